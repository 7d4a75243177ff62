"""One call of the merchant API: the world it speaks to, what it asks, and how it is answered."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from pocketsflow_emulator.api import errors
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.api.routes import Route
from pocketsflow_emulator.api.world import ServedWorld
from pocketsflow_emulator.core import ids
from pocketsflow_emulator.core.models import CLASSES, KINDS, Object
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.store import Store
from pocketsflow_emulator.core.verbs.account import seller
from pocketsflow_emulator.errors import EmulatorError, InvariantError, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T", bound=Object)
M = TypeVar("M", bound=BaseModel)


class Call:
    """What a handler has to work with. `base` is the address that the caller knows us by."""

    __slots__ = ("base", "path", "world")

    def __init__(self, world: ServedWorld, path: "Mapping[str, str]", base: str) -> None:
        self.world = world
        self.path = path
        self.base = base

    @property
    def state(self) -> State:
        """The account."""
        return self.world.engine.world.state

    @property
    def store(self) -> Store:
        """The objects of the account."""
        return self.state.store

    @property
    def test_mode(self) -> bool:
        """Whether the world is one of test keys."""
        return not self.state.livemode

    @property
    def user_id(self) -> str:
        """The API's id of the seller."""
        return ids.api_id(seller(self.state).id)

    def all(self, kind: type[T]) -> list[T]:
        """Return the objects of a kind that are not deleted, oldest first."""
        items = self.store.table(kind).values()
        return [item for item in items if getattr(item, "deleted_at", None) is None]

    def newest(self, kind: type[T]) -> list[T]:
        """Return the objects of a kind that are not deleted, newest first."""
        return self.all(kind)[::-1]

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
    route: Route, world_of: Callable[[web.Request], ServedWorld], public_url: str
) -> Callable[[web.Request], Any]:
    """Return what answers requests of a route."""
    run = route.handler

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            call = Call(world_of(request), request.match_info, public_url or base_url(request))
            asked: dict[str, Any] = {}
            if route.query is not None:
                asked["query"] = read_query(request, route.query)
            if route.body is not None:
                asked["body"] = parse(await request.read(), route.body)
            result = run(call, **asked)
        except EmulatorError as error:
            return errors.of(error, documented=True)
        except Refused as refusal:
            return errors.answer(refusal.status, refusal.code, refusal.message)
        return respond(result, route.status)

    return handle


def respond(result: Any, status: int) -> web.Response:
    """Return an answer as JSON."""
    text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    return web.Response(text=text, status=status, content_type="application/json")


def base_url(request: web.Request) -> str:
    """Return the address the caller knows us by, with `localhost` as 127.0.0.1: some clients refuse
    addresses without a dot.
    """
    host = request.host
    if host == "localhost" or host.startswith("localhost:"):
        host = "127.0.0.1" + host[len("localhost") :]
    return f"{request.scheme}://{host}"


def parse(raw: bytes, model: type[M]) -> M:
    """Read a body. Raises `Refused` (400) that names what is wrong with which field."""
    value = loads(raw)
    if not isinstance(value, dict):
        raise Refused(400, "INVALID_INPUT", "the body must be a JSON object")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Refused(400, "INVALID_INPUT", _words(error)) from None


def loads(raw: bytes) -> Any:
    """Read JSON with exact numbers; an empty body is `{}`. Raises `Refused` (400)."""
    try:
        return json.loads(raw or b"{}", parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refused(400, "INVALID_JSON", "the body is not JSON") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def read_query(request: web.Request, model: type[M]) -> M:
    """Read the query. Raises `Refused` (400) that names what is wrong with which parameter."""
    try:
        return model.model_validate_strings(dict(request.query))
    except ValidationError as error:
        raise Refused(400, "INVALID_INPUT", _words(error)) from None


def _words(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(map(str, one['loc'])) or 'the body'}: {one['msg']}" for one in found]
    return "; ".join(lines[:5])
