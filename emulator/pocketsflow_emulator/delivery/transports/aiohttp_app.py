"""Receivers that are an aiohttp application: served on a port of their own, in the calling loop.

aiohttp has no interface between server and application but its own protocol, so a socket is the
honest way: `request.transport`, keep-alive and the parser are what they are in production.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, NamedTuple, Unpack

from aiohttp import web
from aiohttp.typedefs import Middleware

from pocketsflow_emulator.delivery.transports import Attempt, Sender
from pocketsflow_emulator.delivery.transports.destination import Destination
from pocketsflow_emulator.delivery.transports.inprocess import InProcess, Manner
from pocketsflow_emulator.delivery.transports.results import named
from pocketsflow_emulator.delivery.tries import Headers, Outcome
from pocketsflow_emulator.errors import InvalidInput, InvariantError
from pocketsflow_emulator.wire.request import SIGNATURE

Call = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Readdressed(NamedTuple):
    """A try on its way to the port on which its application is served."""

    url: str
    event: str
    headers: Headers
    body: bytes
    behaviour: None = None


class AiohttpTransport(InProcess):
    """Starts an aiohttp application at its first delivery and posts to it with `http`.

    The application's startup, cleanup contexts and shutdown are run as a server runs them. What a
    handler raises is heard by a middleware around all others.
    """

    needs_loop: ClassVar[bool] = True

    def __init__(
        self,
        app: web.Application,
        to: Destination,
        http: Sender,
        **manner: Unpack[Manner],
    ) -> None:
        super().__init__(**manner)
        self._app, self._to, self._http = app, to, http
        self._runner: web.AppRunner | None = None
        self._raised: dict[str, Exception] = {}
        self._started: set[asyncio.Task[Any]] = set()
        self._starting = asyncio.Lock()
        if not app.frozen:
            app.middlewares.insert(0, self._middleware())

    async def attend(self, attempt: Attempt) -> Outcome:
        """Post, and wait for the tasks that the handler has started."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        outcome = await self.asend(attempt)
        started, self._started = self._started, set()
        if started:
            await asyncio.wait(started, timeout=max(self.deadline - (clock() - begun), 0))
        return outcome

    async def aclose(self) -> None:
        """Shut the application down."""
        runner, self._runner, self._starting = self._runner, None, asyncio.Lock()
        if runner is not None:
            await self._http.close()
            await runner.cleanup()

    async def _acall(self, attempt: Attempt) -> Outcome:
        if self._runner is None:
            raise InvariantError("an aiohttp application was called before it was started")
        host, port = self._runner.addresses[0][:2]
        url = f"http://{host}:{port}{self._to.target}"
        headers = (*attempt.headers, ("Host", self._to.host), *self._headers)
        sent = await self._http.send(Readdressed(url, attempt.event, headers, attempt.body))
        error = self._raised.pop(_key(attempt.headers), None)
        return sent if error is None else sent._replace(error=error, detail=named(error))

    def _outcome(self, answer: Any, _duration: float, /) -> Outcome:
        outcome: Outcome = answer
        return outcome

    async def _start(self) -> None:
        async with self._starting:
            if self._runner is not None:
                return
            runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=1.0)
            try:
                await runner.setup()
                await web.TCPSite(runner, "127.0.0.1", 0).start()
            except RuntimeError as error:
                if "different loop" not in str(error):
                    raise
                raise InvalidInput(
                    f"{self._app!r} has been run in another event loop before, and aiohttp binds an"
                    " application to one; make one for each test"
                ) from error
            self._runner = runner

    def _middleware(self) -> Middleware:
        @web.middleware
        async def listen(request: web.Request, handler: Call) -> web.StreamResponse:
            before = asyncio.all_tasks()
            try:
                return await handler(request)
            except web.HTTPException:
                raise
            except Exception as error:
                self._raised[request.headers.get(SIGNATURE, "")] = error
                raise
            finally:
                started = self._started | asyncio.all_tasks() - before
                self._started = {task for task in started if not task.done()}

        return listen


def _key(headers: Headers) -> str:
    """Return what tells tries apart that are under way at once."""
    return dict(headers).get(SIGNATURE, "")
