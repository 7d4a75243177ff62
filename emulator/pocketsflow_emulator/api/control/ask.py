"""One request of the control API, its answer, and the table of routes."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from functools import cached_property
from typing import Any, NamedTuple

from aiohttp import web

from pocketsflow_emulator.api import bodies
from pocketsflow_emulator.api.readiness import Readiness
from pocketsflow_emulator.api.router import Names
from pocketsflow_emulator.api.shelf import Shelf
from pocketsflow_emulator.api.world import World
from pocketsflow_emulator.delivery.tries import Delivery
from pocketsflow_emulator.errors import InvalidInput, UnknownName, quoted

PREFIX = "/_emulator/"

LONGEST_WAIT = 60
"""Seconds that a request may wait for something to happen."""


class Kept(NamedTuple):
    """What a server keeps beside its worlds: the streams that are open, the scenarios it knows, and
    whether it is ready. `save` keeps what has happened in the worlds, which comes before telling.
    """

    streams: set[object]
    shelf: Shelf
    readiness: Readiness
    save: Callable[[], None]


class Ask:
    """One request: the world it speaks to, what its path names, and what it asks. `server` is what
    the server keeps.
    """

    def __init__(
        self,
        find: Callable[[], World],
        request: web.BaseRequest,
        path: Names,
        server: Kept,
    ) -> None:
        self._find = find
        self.request = request
        self.path = path
        self.server = server

    @cached_property
    def world(self) -> World:
        """The world it speaks to. Raises `Refused` where its name is none."""
        return self._find()

    async def body(self) -> dict[str, Any]:
        """Return the body, an object; empty where there is none."""
        return bodies.loads(await bodies.read(self.request))

    @property
    def gone(self) -> bool:
        """Whether whoever asks has left."""
        transport = self.request.transport
        return transport is None or transport.is_closing()

    def choice(self, name: str) -> bool:
        """Return what a query parameter says, true where it is not there. Raises `InvalidInput`."""
        said = self.request.query.get(name, "true")
        if said not in ("true", "false"):
            raise InvalidInput(f"{name} is {quoted(said)}; write true or false")
        return said == "true"

    def seconds(self, name: str, value: object) -> float:
        """Return a time to wait, in seconds from 0 to 60. Raises `InvalidInput`."""
        try:
            read = float(str(value))
        except ValueError:
            read = -1.0
        if isinstance(value, bool) or not 0 <= read <= LONGEST_WAIT:
            raise InvalidInput(f"{name} is {quoted(value)}; write seconds from 0 to {LONGEST_WAIT}")
        return read

    def envelope(self, result: Any, deliveries: list[Delivery] | None = None) -> web.StreamResponse:
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


_SHORT = {
    "type": "object",
    "required": ["id", "event", "outcome", "status"],
    "properties": {
        "id": {"type": "integer"},
        "event": {"type": "string"},
        "outcome": {"type": "string"},
        "status": {"type": ["integer", "null"]},
    },
}


def enveloped(result: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an answer whose result has this one."""
    return {
        "type": "object",
        "required": ["result", "deliveries", "now", "world", "pending"],
        "properties": {
            "result": result,
            "deliveries": {"type": "array", "items": _SHORT},
            "now": {"type": "string", "format": "date-time"},
            "world": {"type": "string"},
            "pending": {"type": "integer", "minimum": 0},
        },
    }


def check_keys(kind: str, given: Iterable[str], known: Collection[str]) -> None:
    """Raise `UnknownName` for a key that is not known."""
    for name in given:
        if name not in known:
            raise UnknownName(kind, name, known)


Handler = Callable[[Ask], Awaitable[web.StreamResponse]]

Body = str | dict[str, Any] | None
"""What a route takes: the name of a verb whose arguments these are, a JSON Schema, or nothing."""


class ControlRoute(NamedTuple):
    """One route. `query` are the parameters it knows, `content` the type of its answer; a
    `worldly` one speaks to a world. `answer` is the schema of what it answers with, `empty` says
    when that is nothing at all.
    """

    method: str
    path: str
    handler: Handler
    body: Body
    query: tuple[str, ...]
    content: str
    worldly: bool
    answer: dict[str, Any]
    empty: str

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
        result: dict[str, Any] | None = None,
        answer: dict[str, Any] | None = None,
        empty: str = "",
    ) -> Callable[[Handler], Handler]:
        """Register the decorated handler; its docstring is what it does. `result` is the schema of
        what stands in the envelope, `answer` that of an answer without one.
        """
        shape = answer or (enveloped(result) if result else {"type": "object"})

        def register(handler: Handler) -> Handler:
            row = ControlRoute(
                method, PREFIX + path, handler, body, query, content, worldly, shape, empty
            )
            self.routes.append(row)
            return handler

        return register
