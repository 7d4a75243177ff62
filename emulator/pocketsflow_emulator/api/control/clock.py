"""Whether the server is there, what time it is, and letting it pass."""

from typing import Any

from aiohttp import web

from pocketsflow_emulator import resources
from pocketsflow_emulator.api import actions, bodies
from pocketsflow_emulator.api.control.ask import Ask, ControlGroup

group = ControlGroup()


@group.route("GET", "health", worldly=False)
async def health(ask: Ask) -> web.StreamResponse:
    """Say that the server is there, and which version; 503 until what runs at its start has been
    played, and for ever where a file of it cannot be used (`problems`).
    """
    status, problems = ask.server.readiness.report()
    said: dict[str, Any] = {"status": status, "version": resources.version()}
    if problems:
        said["problems"] = list(problems)
    return bodies.answer(said, 200 if status == "ok" else 503)


@group.route("GET", "clock")
async def read_clock(ask: Ask) -> web.StreamResponse:
    """Return the instant, and whether it runs with the wall's."""
    world = ask.world
    return ask.envelope({"now": world.now, "clock": "real" if world.real else "virtual"})


@group.route("POST", "clock/advance", body="advance")
async def advance(ask: Ask) -> web.StreamResponse:
    """Let time pass: `{"days": 3}`, `{"to": "2030-01-31"}` or `{"until": "invoice.upcoming"}`."""
    done = await ask.world.do("advance", actions.arguments("advance", await ask.body()))
    return ask.envelope({"now": ask.world.now}, ask.world.made_since(done.before))


@group.route("POST", "settle")
async def settle(ask: Ask) -> web.StreamResponse:
    """Wait until nothing is waiting or out. `deliveries` are those that were, and what followed."""
    before = ask.world.unsent
    done = await ask.world.do("settle", {})
    return ask.envelope(None, [*before, *ask.world.made_since(done.before)])


@group.route("POST", "reset")
async def reset(ask: Ask) -> web.StreamResponse:
    """Begin anew: same seed and start, the webhooks and objects of the command line, no others."""
    await ask.world.reset()
    return ask.envelope(None)
