"""The application: every route of the tables, on the worlds of a server."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiohttp import web

from pocketsflow_emulator.api import call, control, errors, guards, keys
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.api.limits import RateLimit
from pocketsflow_emulator.api.rest import ROUTES
from pocketsflow_emulator.api.routes import METHODS, UNDOCUMENTED, Undocumented
from pocketsflow_emulator.api.world import World
from pocketsflow_emulator.api.worlds import AllWorlds

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site(NamedTuple):
    """What a server is to its callers. `public_url` is the address in links (empty: the caller's
    own), `rate_limit` the requests a minute of one key (0: as many as they like).
    """

    allowed_hosts: tuple[str, ...] = ()
    public_url: str = ""
    rate_limit: int = 0


def application(worlds: AllWorlds, site: Site) -> web.Application:
    """Return the application."""
    app = web.Application(
        middlewares=[guards.middleware(site.allowed_hosts)], client_max_size=guards.LARGEST_BODY
    )
    doors = _Doors(worlds, RateLimit(site.rate_limit) if site.rate_limit else None)
    add = app.router.add_route
    for route in ROUTES:
        handle = call.handler(route, doors.public if route.public else doors.keyed, site.public_url)
        add(route.method, route.path, _shared(handle) if route.public else handle)
        if route.public:
            add("OPTIONS", route.path, _preflight)
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
    return app


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
        try:
            doors.keyed(request)
        except Refused as refusal:
            return errors.answer(refusal.status, refusal.code, refusal.message)
        text = f"Pocketsflow has {row.what}, and no public page says how; the emulator has none"
        return errors.answer(501, "NOT_IMPLEMENTED", text)

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
    from pocketsflow_emulator.api import bodies, openapi

    return bodies.answer(openapi.document())


async def _page(_request: web.Request) -> web.StreamResponse:
    from pocketsflow_emulator.api import page

    headers = {"Content-Security-Policy": page.POLICY, "X-Content-Type-Options": "nosniff"}
    return web.Response(text=page.html(), content_type="text/html", headers=headers)
