"""Waiting for deliveries: until they are there, or with the nearest misses."""

from typing import Any

from aiohttp import web

from pocketsflow_emulator.api.control.ask import LONGEST_WAIT, Ask, ControlGroup, check_keys
from pocketsflow_emulator.api.world import World
from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.arguments import choice, text, whole
from pocketsflow_emulator.delivery import outcomes, tries
from pocketsflow_emulator.errors import InvalidInput, quoted
from pocketsflow_emulator.reads import Deliveries, Wanted

group = ControlGroup()

REST = 0.02
"""Seconds between two looks at everything that was sent."""

ANY = "any"
STATES = (ANY, *outcomes.OUTCOMES, tries.WAITING, tries.OUT, tries.SCHEDULED, tries.SKIPPED)
"""What a delivery that is waited for may have come to."""

WANTED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "default": "*"},
        "count": {"type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1},
        "outcome": {"enum": list(STATES), "default": "delivered"},
        "where": {"type": "object", "description": "Values by path of the documented body"},
        "timeout": {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT, "default": 5},
    },
    "additionalProperties": False,
}


@group.route(
    "POST",
    "deliveries/wait",
    body=WANTED,
    result={
        "type": "object",
        "required": ["ok", "found", "misses"],
        "properties": {
            "ok": {"type": "boolean"},
            "found": {"type": "integer"},
            "misses": {"type": "array", "items": {"type": "string"}},
        },
    },
)
async def wait_for_deliveries(ask: Ask) -> web.StreamResponse:
    """Wait until `count` deliveries of `event` have come to `outcome`, with these values by path
    (`where`); at most `timeout` seconds. `ok` says whether they have; where not, `misses` says
    what was expected, what was found, and which deliveries came nearest.
    """
    body = await ask.body()
    check_keys("key of deliveries/wait", body, WANTED["properties"])
    event, where = text("event", body.get("event", "*")), body.get("where", {})
    count = whole("count", body.get("count", 1), 1, 1_000_000)
    outcome = choice("outcome", body.get("outcome", "delivered"), STATES)
    if not isinstance(where, dict):
        raise InvalidInput(f"where is {quoted(where)}; write values by path")
    seconds = ask.seconds("timeout", body.get("timeout", 5))
    wanted = Wanted(event, where, None if outcome == ANY else outcome)
    events.matching(event)

    def found() -> Deliveries | None:
        fitting = wanted.among(_sent(ask.world))
        return fitting if len(fitting) >= count else None

    fitting = await ask.world.bell.until(found, seconds, rest=REST)
    misses: list[str] = []
    if fitting is None:
        sent = _sent(ask.world)
        fitting = wanted.among(sent)
        times = " once" if count == 1 else f" {count} times"
        misses = wanted.missed(sent, fitting, f"{times} within {seconds:g} s")
    result = {"ok": not misses, "found": len(fitting), "misses": misses}
    return ask.envelope(result, [delivery.kept for delivery in fitting])


def _sent(world: World) -> Deliveries:
    with world.lock:
        return Deliveries.kept(world.engine.journal.deliveries(), set())
