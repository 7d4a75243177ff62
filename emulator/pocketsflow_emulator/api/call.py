"""One call of the merchant API: the world it speaks to, what it asks, and how it is answered."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

from pocketsflow_emulator.api import bodies
from pocketsflow_emulator.api.answer import Answer
from pocketsflow_emulator.api.router import Names
from pocketsflow_emulator.api.routes import Route
from pocketsflow_emulator.api.world import World
from pocketsflow_emulator.core import ids
from pocketsflow_emulator.core.models import CLASSES, KINDS, Object
from pocketsflow_emulator.core.verbs.account import seller_id
from pocketsflow_emulator.errors import InvariantError, NotFound

if TYPE_CHECKING:
    from pocketsflow_emulator.core.state import State
    from pocketsflow_emulator.core.store import Store

T = TypeVar("T", bound=Object)


@lru_cache(maxsize=1024)
def _user_id(seed: int) -> str:
    return ids.api_id(seller_id(seed))


WorldOf = Callable[[web.BaseRequest], World]


class Call:
    """What a handler has to work with: the account, its objects, and what the path names. `base`
    gives the address that the caller knows us by.
    """

    __slots__ = ("base", "path", "state", "store", "world")

    def __init__(self, world: World, path: Mapping[str, str], base: Callable[[], str]) -> None:
        self.world = world
        self.path = path
        self.base = base
        self.state: State = world.engine.world.state
        self.store: Store = self.state.store

    @property
    def test_mode(self) -> bool:
        """Whether the world is one of test keys."""
        return not self.state.livemode

    @property
    def user_id(self) -> str:
        """The API's id of the seller."""
        return _user_id(self.state.origin)

    def all(self, kind: type[T]) -> list[T]:
        """Return the objects of a kind that are not deleted, oldest first."""
        items = list(self.store.table(kind).values())
        if not hasattr(kind, "deleted_at"):
            return items
        return [item for item in items if getattr(item, "deleted_at", None) is None]

    def newest(self, kind: type[T]) -> list[T]:
        """Return the objects of a kind that are not deleted, newest first."""
        return self.all(kind)[::-1]

    def find(self, name: str, value: str, *kinds: type[Any]) -> str:
        """Return the id of the object that a field named `name` means. Raises `NotFound`."""
        found: str = self.store.find(name, value, *kinds).id
        return found

    def do(self, verb: str, kind: type[T], **arguments: Any) -> T:
        """Apply a verb; returns the object that it made or changed. What it causes is sent after
        the answer.
        """
        handle, _ = self.world.submit(verb, arguments)
        if handle is None or CLASSES[handle.kind] is not kind:
            raise InvariantError(f"{verb} returned {handle!r}")
        return self.store.table(kind)[handle.id]

    def named(self, *kinds: type[Any]) -> Any:
        """Return the object of these kinds that the path names by `id`. Raises `NotFound`, also
        where it has been deleted.
        """
        found = self.store.find("id", self.path["id"], *kinds)
        if getattr(found, "deleted_at", None) is not None:
            raise NotFound(f"id: {KINDS[type(found)]} {found.id} has been deleted")
        return found


def handler(
    route: Route, world_of: WorldOf, public_url: str, save: Callable[[], None]
) -> Callable[[web.BaseRequest, Names], Awaitable[web.StreamResponse]]:
    """Return what answers requests of a route; `save` keeps what they have changed."""

    def respond(world: World, request: web.BaseRequest, names: Names, raw: bytes) -> Answer:
        asked: dict[str, Any] = {}
        if route.query is not None:
            asked["query"] = bodies.read_query(request, route.query)
        if route.body is not None:
            asked["body"] = bodies.read_body(raw, route.body)
        with world.lock:
            call = Call(world, names, lambda: public_url or base_url(request))
            return bodies.answer(route.handler(call, **asked), route.status)

    async def handle(request: web.BaseRequest, names: Names) -> web.StreamResponse:
        world = world_of(request)
        raw = b""
        if route.body is not None:
            raw = bodies.arrived(request) or await bodies.read(request)
        response = respond(world, request, names, raw)
        if route.method != "GET" and world.waits:
            save()
            await _finish(response, request, world)
        return response

    return handle


async def _finish(response: web.StreamResponse, request: web.BaseRequest, world: World) -> None:
    """Send an answer, and only then let what the call has caused be sent."""
    try:
        with suppress(ConnectionError):  # the caller has left, and the call holds all the same
            await response.prepare(request)
            await response.write_eof()
    finally:
        world.wake()


def base_url(request: web.BaseRequest) -> str:
    """Return the address the caller knows us by, with `localhost` as 127.0.0.1: some clients refuse
    addresses without a dot.
    """
    host = request.host
    if host == "localhost" or host.startswith("localhost:"):
        host = "127.0.0.1" + host[len("localhost") :]
    return f"{request.scheme}://{host}"
