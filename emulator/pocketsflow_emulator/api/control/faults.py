"""Deliveries that go wrong on purpose."""

from typing import Any

from aiohttp import web

from pocketsflow_emulator.api.control.ask import Ask, ControlGroup
from pocketsflow_emulator.delivery.faults import KINDS
from pocketsflow_emulator.delivery.faults.asked import TARGETS
from pocketsflow_emulator.inputs import as_parsed

group = ControlGroup()

_WORDS = {name for kind in KINDS.values() for name in (kind.name, *kind.parameters)}
_BODY = {
    "type": "object",
    "minProperties": 1,
    "properties": {name: {} for name in (*sorted(_WORDS), *TARGETS)},
    "additionalProperties": False,
}


@group.route("GET", "faults")
async def list_faults(ask: Ask) -> web.StreamResponse:
    """List the faults that are set, with the numbers of deliveries that each matched and hit."""
    return ask.envelope(_listed(ask))


@group.route("POST", "faults", body=_BODY)
async def set_fault(ask: Ask) -> web.StreamResponse:
    """Set a fault: its kind with the events that it hits, its settings, and what it aims at, like
    `{"duplicate": "invoice.*", "copies": 2, "after": "30s"}`.
    """
    await ask.world.do("fault", as_parsed("fault", await ask.body()))
    return ask.envelope(_listed(ask))


@group.route("DELETE", "faults")
async def clear_faults(ask: Ask) -> web.StreamResponse:
    """Let nothing go wrong from now on; what is delayed or held stays so."""
    await ask.world.do("clear_faults", {})
    return ask.envelope(_listed(ask))


@group.route("POST", "faults/release")
async def release_held(ask: Ask) -> web.StreamResponse:
    """Send what the fault `hold` holds, in the order of the events."""
    with ask.world.lock:
        held = list(ask.world.engine.held)
    await ask.world.do("release_held", {})
    return ask.envelope(None, held)


def _listed(ask: Ask) -> list[dict[str, Any]]:
    with ask.world.lock:
        return [
            {"fault": one.asked.text, "matched": one.seen, "hit": one.fired}
            for one in ask.world.engine.faults
        ]
