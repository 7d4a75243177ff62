"""The application: every route of the tables, on the worlds of a server."""

import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiohttp import web

from pocketsflow_emulator.api import bodies, call, control, errors, guards, keys
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.api.limits import RateLimit
from pocketsflow_emulator.api.readiness import Readiness
from pocketsflow_emulator.api.rest import ROUTES
from pocketsflow_emulator.api.router import Names, Router
from pocketsflow_emulator.api.routes import METHODS, UNDOCUMENTED, Undocumented
from pocketsflow_emulator.api.shelf import Shelf
from pocketsflow_emulator.api.world import World
from pocketsflow_emulator.api.worlds import AllWorlds
from pocketsflow_emulator.errors import EmulatorError, EnvironmentFailure

_LOG = logging.getLogger("pocketsflow_emulator")

Handle = Callable[[web.BaseRequest, Names], Awaitable[web.StreamResponse]]
"""Answers a request whose path has these names in it."""


class Site(NamedTuple):
    """What a server is to its callers. `public_url` is the address in links (empty: the caller's
    own), `rate_limit` the requests a minute of one key (0: as many as they like), `shelf` the
    scenarios it knows, `readiness` what its health check says.
    """

    allowed_hosts: tuple[str, ...] = ()
    public_url: str = ""
    rate_limit: int = 0
    shelf: Shelf | None = None
    readiness: Readiness | None = None


class Way(NamedTuple):
    """Where a request goes: through a check, then to a handler. Errors are written with the
    statuses of the merchant API where it is a `documented` one; what is `shared` any page may read.
    """

    check: guards.Check
    handle: Handle
    documented: bool
    shared: bool


class Application:
    """Every route, and the answer to every request."""

    def __init__(self, worlds: AllWorlds, site: Site) -> None:
        self.ways: Router[Way] = Router()
        self._worlds, self._failed = worlds, False
        self._hosts = site.allowed_hosts
        self._nowhere = self._way("GET", "", self._say_nowhere)
        doors = _Doors(worlds, RateLimit(site.rate_limit) if site.rate_limit else None)
        for route in ROUTES:
            door = doors.public if route.public else doors.keyed
            handle = call.handler(route, door, site.public_url, worlds.save)
            self._add(route.method, route.path, handle, shared=route.public)
            if route.public:
                self._add("OPTIONS", route.path, _preflight, shared=True)
        for row in UNDOCUMENTED:
            for method in METHODS:
                self._add(method, row.path, _undocumented(row, doors))
        kept = control.Kept(
            set(), site.shelf or Shelf(), site.readiness or Readiness(), worlds.save
        )
        for command in control.ROUTES:
            answer = control.handler(command, worlds.named, kept)
            self._add(command.method, command.path, answer)
            if command.method == "GET":
                self._add("HEAD", command.path, answer)
        self._add("GET", "/docs.json", _description)
        self._add("GET", "/docs", _page)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request; refuses what must not pass, and writes errors as the API does. What it
        has changed is kept before the answer goes out.
        """
        path = request.rel_url.path_safe
        way, names = self.ways.find(request.method, path) or (self._nowhere, {})
        if "Expect" in request.headers:
            await _go_on(request)
        try:
            way.check(request)
            response = await way.handle(request, names)
        except EmulatorError as error:
            response = errors.of(error, documented=way.documented)
        except Refused as refusal:
            response = errors.answer(refusal.status, refusal.code, refusal.message)
        except Exception:
            _LOG.exception(errors.DEFECT)
            response = errors.answer(500, "INTERNAL", "a defect of the emulator; its log says more")
        try:
            self._worlds.save()
        except EnvironmentFailure as error:
            if not self._failed:
                _LOG.error("%s", error)
            self._failed = True
            if not response.prepared:
                response = errors.answer(500, "NOT_KEPT", str(error))
        if way.shared:
            response.headers.update(_EVERYBODY)
        return response

    def _add(self, method: str, path: str, handle: Handle, *, shared: bool = False) -> None:
        self.ways.add(method, path, self._way(method, path, handle, shared=shared))

    def _way(self, method: str, path: str, handle: Handle, *, shared: bool = False) -> Way:
        check = guards.checks(method, path, self._hosts)
        return Way(check, handle, not path.startswith(control.PREFIX), shared)

    async def _say_nowhere(self, request: web.BaseRequest, _names: Names) -> web.StreamResponse:
        """Say that there is no such route, or that it takes other methods."""
        allowed = self.ways.methods(request.rel_url.path_safe)
        if not allowed:
            raise Refused(
                404, "NOT_FOUND", f"there is no {request.path}; GET /docs lists what there is"
            )
        text = f"{request.path} does not take {request.method}"
        said = errors.answer(405, "METHOD_NOT_ALLOWED", text)
        said.headers["Allow"] = ",".join(sorted(allowed))
        return said


async def _go_on(request: web.BaseRequest) -> None:
    """Ask for the body that a client holds back until it is asked."""
    wanted = request.headers["Expect"]
    if request.version < (1, 1):
        return
    if wanted.lower() != "100-continue":
        raise web.HTTPExpectationFailed(text=f"Unknown Expect: {wanted}")
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")


class _Doors:
    """How a request finds its world: by its key, or for everybody's routes the test world."""

    def __init__(self, worlds: AllWorlds, limit: RateLimit | None) -> None:
        self._worlds = worlds
        self._limit = limit

    def keyed(self, request: web.BaseRequest) -> World:
        """Return the world of the key. Raises `Refused` (401, 429)."""
        key = keys.of_header(request.headers.get("Authorization"))
        if self._limit is not None:
            self._limit.count(key.text)
        return self._worlds.of_key(key)

    def public(self, request: web.BaseRequest) -> World:
        """Return the world that everybody sees, or the one a header names."""
        if self._limit is not None:
            self._limit.count(request.remote or "")
        return control.world_of(request, self._worlds.named)


def _undocumented(row: Undocumented, doors: _Doors) -> Handle:
    async def handle(request: web.BaseRequest, _names: Names) -> web.StreamResponse:
        doors.keyed(request)
        text = f"Pocketsflow has {row.what}, and no public page says how; the emulator has none"
        raise Refused(501, "NOT_IMPLEMENTED", text)

    return handle


# ---- for the pages of everybody ----------------------------------------------------------------

_EVERYBODY = {"Access-Control-Allow-Origin": "*"}


async def _preflight(_request: web.BaseRequest, _names: Names) -> web.StreamResponse:
    allowed = {
        "Access-Control-Allow-Methods": "GET",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": "600",
    }
    return web.Response(status=204, headers={**_EVERYBODY, **allowed})


# ---- documentation -----------------------------------------------------------------------------


async def _description(_request: web.BaseRequest, _names: Names) -> web.StreamResponse:
    from pocketsflow_emulator.api import openapi

    return bodies.answer(openapi.document())


async def _page(_request: web.BaseRequest, _names: Names) -> web.StreamResponse:
    from pocketsflow_emulator.api import page

    headers = {"Content-Security-Policy": page.POLICY, "X-Content-Type-Options": "nosniff"}
    return web.Response(text=page.html(), content_type="text/html", headers=headers)
