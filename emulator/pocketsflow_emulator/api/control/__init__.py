"""The control API under `/_emulator/`: what a test does to a served world."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from pocketsflow_emulator.api import keys
from pocketsflow_emulator.api.control import (
    acts,
    attempts,
    clock,
    faults,
    history,
    journal,
    reading,
    scenarios,
    stream,
    triggers,
    waiting,
)
from pocketsflow_emulator.api.control.ask import PREFIX, Ask, ControlRoute, Kept, check_keys
from pocketsflow_emulator.api.router import Names
from pocketsflow_emulator.api.world import World

__all__ = ["HEADER", "PREFIX", "ROUTES", "Kept", "handler"]

HEADER = "X-Pocketsflow-World"
"""Names the world that is spoken to: a name, or an API key."""

GROUPS = (
    clock.group,
    acts.group,
    triggers.group,
    faults.group,
    scenarios.group,
    reading.group,
    waiting.group,
    stream.group,
    attempts.group,
    history.group,
    journal.group,
)
"""In the order of the page of documentation."""

ROUTES: tuple[ControlRoute, ...] = tuple(route for group in GROUPS for route in group.routes)


Named = Callable[[str | None], World]


def world_of(request: web.BaseRequest, named: Named) -> World:
    """Return the world that a request names, else the default one. Raises `Refused` (400)."""
    name = request.headers.get(HEADER)
    return named(None if name is None else keys.world_name(name))


def handler(
    route: ControlRoute, named: Named, server: Kept
) -> Callable[[web.BaseRequest, Names], Awaitable[web.StreamResponse]]:
    """Return what answers requests of a route."""

    async def handle(request: web.BaseRequest, names: Names) -> web.StreamResponse:
        ask = Ask(lambda: world_of(request, named), request, names, server)
        if request.query:
            check_keys("query parameter", request.query, route.query)
        if route.method != "GET" and route.body is None:
            await ask.body()  # nothing is asked for in it, but it must be one
        return await route.handler(ask)

    return handle
