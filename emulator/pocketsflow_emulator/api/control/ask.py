"""One request of the control API, its answer, and the table of routes."""

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any, NamedTuple

from aiohttp import web

from pocketsflow_emulator.api import bodies
from pocketsflow_emulator.api.router import Names
from pocketsflow_emulator.api.world import World
from pocketsflow_emulator.delivery.tries import Delivery

PREFIX = "/_emulator/"


class Ask:
    """One request: the world it speaks to, what its path names, and what it asks."""

    def __init__(self, find: Callable[[], World], request: web.BaseRequest, path: Names) -> None:
        self._find = find
        self.request = request
        self.path = path

    @cached_property
    def world(self) -> World:
        """The world it speaks to. Raises `Refused` where its name is none."""
        return self._find()

    async def body(self) -> dict[str, Any]:
        """Return the body, an object; empty where there is none."""
        return bodies.loads(await bodies.read(self.request))

    def envelope(self, result: Any, deliveries: list[Delivery] | None = None) -> web.Response:
        """Return an answer: what was asked for, the deliveries that it caused, and how the world
        stands.
        """
        world = self.world
        with world.lock:
            return bodies.answer(
                {
                    "result": result,
                    "deliveries": [short(delivery) for delivery in deliveries or ()],
                    "now": world.now,
                    "world": world.name,
                    "pending": world.pending,
                }
            )


def short(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as lists show it."""
    outcome = delivery.outcome
    return {
        "id": delivery.number,
        "event": delivery.event,
        "outcome": delivery.state,
        "status": outcome.status if outcome else None,
    }


Handler = Callable[[Ask], Awaitable[web.Response]]

Body = str | dict[str, Any] | None
"""What a route takes: the name of a verb whose arguments these are, a JSON Schema, or nothing."""


class ControlRoute(NamedTuple):
    """One route. `query` are the parameters it knows, `content` the type of its answer; a
    `worldly` one speaks to a world.
    """

    method: str
    path: str
    handler: Handler
    body: Body
    query: tuple[str, ...]
    content: str
    worldly: bool

    @property
    def name(self) -> str:
        """An id that no other route has."""
        return f"control_{self.handler.__name__}"

    @property
    def summary(self) -> str:
        """What it does."""
        return " ".join((self.handler.__doc__ or "").split())


class ControlGroup:
    """The routes of one kind, in the order of the page of documentation."""

    def __init__(self) -> None:
        self.routes: list[ControlRoute] = []

    def route(
        self,
        method: str,
        path: str,
        *,
        body: Body = None,
        query: tuple[str, ...] = (),
        content: str = "application/json",
        worldly: bool = True,
    ) -> Callable[[Handler], Handler]:
        """Register the decorated handler; its docstring is what it does."""

        def register(handler: Handler) -> Handler:
            row = ControlRoute(method, PREFIX + path, handler, body, query, content, worldly)
            self.routes.append(row)
            return handler

        return register
