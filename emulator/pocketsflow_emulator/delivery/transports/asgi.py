"""Receivers that are an ASGI application (FastAPI, Starlette, Django, Quart ...), called in a loop.

# ASGI specification 3.0, HTTP 2.3
"""

import asyncio
from typing import Any, ClassVar, Unpack

from pocketsflow_emulator.delivery.transports import Attempt, frameworks
from pocketsflow_emulator.delivery.transports.destination import Destination
from pocketsflow_emulator.delivery.transports.inprocess import (
    InProcess,
    Manner,
    Overdue,
)
from pocketsflow_emulator.delivery.transports.lifespan import VERSIONS, AsgiApp, Lifespan, Message
from pocketsflow_emulator.delivery.transports.results import Response
from pocketsflow_emulator.delivery.tries import Outcome

_GRACE = 1.0
"""Seconds that a task has to end after it has been cancelled."""


class AsgiTransport(InProcess):
    """Posts to an ASGI application.

    It is broken off at the deadline, unless its head is complete: then it goes on, as behind a
    server, until it ends or the transport is closed. With `lifespan` it is started before its
    first request, and shut down by `aclose`.
    """

    needs_loop: ClassVar[bool] = True

    def __init__(
        self, app: AsgiApp, to: Destination, *, lifespan: bool = False, **manner: Unpack[Manner]
    ) -> None:
        super().__init__(**manner)
        self.elsewhere = frameworks.is_django(app)
        self._app, self._to = app, to
        self._lifespan = Lifespan(app) if lifespan else None
        self._scope = _surroundings(to)
        self._left: set[asyncio.Task[None]] = set()

    async def attend(self, attempt: Attempt) -> Outcome:
        """Post, and wait for the tasks that the application has started meanwhile."""
        if self._lifespan is not None:  # a failure is told by `asend`
            await asyncio.gather(self._start(), return_exceptions=True)
        before, clock = asyncio.all_tasks(), asyncio.get_running_loop().time
        begun = clock()
        outcome = await self.asend(attempt)
        if started := asyncio.all_tasks() - before:
            await asyncio.wait(started, timeout=max(self.deadline - (clock() - begun), 0))
        return outcome

    async def _start(self) -> None:
        if self._lifespan is not None:
            await self._lifespan.start()

    async def aclose(self) -> None:
        """Break off what is left, and shut the application down where it was started."""
        loop = asyncio.get_running_loop()
        left = {task for task in self._left if task.get_loop() is loop}
        self._left.clear()
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=_GRACE)
        if self._lifespan is not None:
            await self._lifespan.stop()

    async def _acall(self, attempt: Attempt) -> Response:
        exchange = _Exchange(attempt.body, self.deadline)
        response, scope = exchange.response, self._request(attempt)
        task = asyncio.ensure_future(_run(self._app, scope, exchange))
        try:
            await asyncio.wait((task,), timeout=self.deadline)
        except asyncio.CancelledError:
            await _end(task)
            raise
        if not task.done():
            await self._leave(task, exchange)
        elif (error := _failure(task)) is not None:
            if response.head_after is None or not isinstance(error, Exception):
                raise error
            response.break_off(error)
        return response

    async def _leave(self, task: "asyncio.Task[None]", exchange: "_Exchange") -> None:
        """Break off an application that has not answered; let one that has go on."""
        if exchange.response.head_after is None:
            await _end(task)
            raise Overdue
        exchange.hang_up()
        self._left.add(task)
        task.add_done_callback(self._left.discard)

    def _outcome(self, answer: Any, _duration: float, /) -> Outcome:
        response: Response = answer
        return response.outcome(self.deadline)

    def _request(self, attempt: Attempt) -> Message:
        headers = self._to.headers(attempt, self._headers)
        scope = {
            **self._scope,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }
        if self._lifespan is not None:
            scope["state"] = self._lifespan.state.copy()
        return scope


class _Exchange:
    """One request and its answer, as the application sees them."""

    def __init__(self, body: bytes, deadline: float) -> None:
        self.response = Response(deadline)
        self._body: bytes | None = body
        self._over = asyncio.Event()

    async def receive(self) -> Message:
        """Give the request, and after it the end of the connection when that has come."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a part of the answer; after the end of the connection nobody hears it."""
        response, kind = self.response, message["type"]
        if self._over.is_set():
            return
        if kind == "http.response.start" and response.status is None:
            response.status = message["status"]
            pairs = message.get("headers", ())
            response.headers = tuple((_text(name), _text(value)) for name, value in pairs)
        elif kind == "http.response.body" and response.status is not None:
            response.send_head()
            wanted = response.take(message.get("body", b""))
            if not wanted or not message.get("more_body", False):
                self._over.set()
        else:
            raise RuntimeError(f"the application sent {kind!r} where that cannot be")

    def hang_up(self) -> None:
        """Note that the deadline is over."""
        if not self._over.is_set():
            self.response.take(b"")
            self._over.set()


async def _run(app: AsgiApp, scope: Message, exchange: _Exchange) -> None:
    await app(scope, exchange.receive, exchange.send)


def _failure(task: "asyncio.Task[None]") -> BaseException | None:
    if task.cancelled():
        return RuntimeError("the application was cancelled from within")
    return task.exception()


async def _end(task: "asyncio.Task[None]") -> None:
    """Cancel a task and wait for its end; what it says to that is not asked."""
    task.cancel()
    await asyncio.wait((task,), timeout=_GRACE)
    if task.done() and not task.cancelled():
        task.exception()


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _surroundings(to: Destination) -> dict[str, Any]:
    """Return what does not change from one request to the next."""
    return {
        "type": "http",
        "asgi": VERSIONS,
        "http_version": "1.1",
        "method": "POST",
        "scheme": to.scheme,
        "path": to.decoded.decode("utf-8", "replace"),
        "raw_path": to.path.encode(),
        "query_string": to.query.encode(),
        "root_path": "",
        "client": ("127.0.0.1", 123),
        "server": to.server,
    }
