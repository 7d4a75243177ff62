"""The application: every route of the tables, on the worlds of a server."""

import logging
from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple

from aiohttp import web

from pocketsflow_emulator.api import bodies, call, control, errors, guards, keys
from pocketsflow_emulator.api.control import stream
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.api.limits import RateLimit
from pocketsflow_emulator.api.readiness import READINESS, Readiness
from pocketsflow_emulator.api.rest import ROUTES
from pocketsflow_emulator.api.routes import METHODS, UNDOCUMENTED, Undocumented
from pocketsflow_emulator.api.shelf import SHELF, Shelf
from pocketsflow_emulator.api.world import World
from pocketsflow_emulator.api.worlds import AllWorlds
from pocketsflow_emulator.errors import EmulatorError

_LOG = logging.getLogger("pocketsflow_emulator")

EVERYTHING = "/{path:.*}"
"""Where requests go that no route takes."""

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


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


def application(worlds: AllWorlds, site: Site) -> web.Application:
    """Return the application."""
    app = web.Application(client_max_size=bodies.LARGEST_BODY)
    app[SHELF] = site.shelf or Shelf()
    app[READINESS] = site.readiness or Readiness()
    app[stream.OPEN] = set()
    doors = _Doors(worlds, RateLimit(site.rate_limit) if site.rate_limit else None)
    add = _adding(app.router, site.allowed_hosts)
    for route in ROUTES:
        door = doors.public if route.public else doors.keyed
        handle = call.handler(route, door, site.public_url)
        add(route.method, route.path, handle, shared=route.public)
        if route.public:
            add("OPTIONS", route.path, _preflight, shared=True)
    for row in UNDOCUMENTED:
        for method in METHODS:
            add(method, row.path, _undocumented(row, doors))
    for command in control.ROUTES:
        answer = control.handler(command, worlds.named)
        add(command.method, command.path, answer)
        if command.method == "GET":
            add("HEAD", command.path, answer)
    add("GET", "/docs.json", _description)
    add("GET", "/docs", _page)
    add("*", EVERYTHING, _nowhere)
    return app


def _adding(router: web.UrlDispatcher, hosts: Collection[str]) -> Callable[..., None]:
    """Return what adds a guarded route, with one resource for each path."""
    resources: dict[str, web.Resource] = {}

    def add(method: str, path: str, handle: Handle, *, shared: bool = False) -> None:
        if path not in resources:
            resources[path] = router.add_resource(path)
        check = guards.checks("GET" if path == EVERYTHING else method, path, hosts)
        documented = not path.startswith(control.PREFIX)
        guarded = _guarded(handle, check, documented=documented)
        resources[path].add_route(method, _shared(guarded) if shared else guarded)

    return add


def _guarded(handle: Handle, check: guards.Check, *, documented: bool) -> Handle:
    """Return a handler that refuses what must not pass, and answers errors as the API does."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            check(request)
            return await handle(request)
        except EmulatorError as error:
            return errors.of(error, documented=documented)
        except Refused as refusal:
            return errors.answer(refusal.status, refusal.code, refusal.message)
        except Exception:
            _LOG.exception("a defect of the emulator, please report it")
            return errors.answer(500, "INTERNAL", "a defect of the emulator; its log says more")

    return answer


async def _nowhere(request: web.Request) -> web.StreamResponse:
    """Say that there is no such route, or that it takes other methods."""
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        if resource is not request.match_info.route.resource:
            allowed |= (await resource.resolve(request))[1]
    if not allowed:
        raise Refused(404, "NOT_FOUND", f"there is no {request.path}")
    text = f"{request.path} does not take {request.method}"
    said = errors.answer(405, "METHOD_NOT_ALLOWED", text)
    said.headers["Allow"] = ",".join(sorted(allowed))
    return said


class _Doors:
    """How a request finds its world: by its key, or for everybody's routes the test world."""

    def __init__(self, worlds: AllWorlds, limit: RateLimit | None) -> None:
        self._worlds = worlds
        self._limit = limit

    def keyed(self, request: web.Request) -> World:
        """Return the world of the key. Raises `Refused` (401, 429)."""
        key = keys.of_header(request.headers.get("Authorization"))
        if self._limit is not None:
            self._limit.count(key.text)
        return self._worlds.of_key(key)

    def public(self, request: web.Request) -> World:
        """Return the world that everybody sees, or the one a header names."""
        if self._limit is not None:
            self._limit.count(request.remote or "")
        return control.world_of(request, self._worlds.named)


def _undocumented(row: Undocumented, doors: _Doors) -> Handle:
    async def handle(request: web.Request) -> web.StreamResponse:
        doors.keyed(request)
        text = f"Pocketsflow has {row.what}, and no public page says how; the emulator has none"
        raise Refused(501, "NOT_IMPLEMENTED", text)

    return handle


# ---- for the pages of everybody ----------------------------------------------------------------

_EVERYBODY = {"Access-Control-Allow-Origin": "*"}


def _shared(handle: Handle) -> Handle:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = await handle(request)
        response.headers.update(_EVERYBODY)
        return response

    return answer


async def _preflight(_request: web.Request) -> web.StreamResponse:
    allowed = {
        "Access-Control-Allow-Methods": "GET",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": "600",
    }
    return web.Response(status=204, headers={**_EVERYBODY, **allowed})


# ---- documentation -----------------------------------------------------------------------------


async def _description(_request: web.Request) -> web.StreamResponse:
    from pocketsflow_emulator.api import openapi

    return bodies.answer(openapi.document())


async def _page(_request: web.Request) -> web.StreamResponse:
    from pocketsflow_emulator.api import page

    headers = {"Content-Security-Policy": page.POLICY, "X-Content-Type-Options": "nosniff"}
    return web.Response(text=page.html(), content_type="text/html", headers=headers)
