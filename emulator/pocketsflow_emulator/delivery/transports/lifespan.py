"""The start and the end of an ASGI application, in the loop in which it is called.

# ASGI specification, Lifespan protocol 2.0
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from pocketsflow_emulator.errors import EnvironmentFailure

Message = dict[str, Any]
AsgiApp = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]

VERSIONS = {"version": "3.0", "spec_version": "2.3"}

LONGEST = 30.0
"""Seconds that an application has to start, and to shut down."""


class Lifespan:
    """Starts an application once in each loop that it is called in; `state` is what it keeps."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None
        self.state: dict[str, Any] = {}

    async def start(self) -> None:
        """Start the application where it has not been started; raises what it raises."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self.state = loop, {}
            self._stopping = asyncio.Event()
            self._steps = iter(("startup", "shutdown"))
            self._up: asyncio.Future[None] = loop.create_future()
            self._task = loop.create_task(self._live())
        if not self._up.done():
            await asyncio.wait((self._up,), timeout=LONGEST)
        if not self._up.done():
            raise EnvironmentFailure(f"the application did not start within {LONGEST:g} s")
        self._up.result()

    async def stop(self) -> None:
        """Shut the application down where it was started in this loop; raises what it raises."""
        if self._loop is not asyncio.get_running_loop():
            return
        self._loop = None
        self._stopping.set()
        failed = self._up.done() and self._up.exception() is not None
        await asyncio.wait((self._task,), timeout=LONGEST)
        if not self._task.done():
            self._task.cancel()
            raise EnvironmentFailure(f"the application did not shut down within {LONGEST:g} s")
        if not failed and not self._task.cancelled():
            self._task.result()

    async def _live(self) -> None:
        """Run the application's lifespan; until it has started, its errors are those of `start`."""
        self._failure = ""
        try:
            scope = {"type": "lifespan", "asgi": VERSIONS, "state": self.state}
            await self._app(scope, self._receive, self._send)
            if self._failure or not self._up.done():
                said = self._failure or "it ended its lifespan without a word"
                raise EnvironmentFailure(said)
        except asyncio.CancelledError:
            self._up.cancel()
            raise
        except Exception as error:
            if self._up.done():
                raise
            self._up.set_exception(error)
            self._up.exception()  # it is told by `start`, if anybody still asks

    async def _receive(self) -> Message:
        step = next(self._steps, None)
        if step != "startup":
            await self._stopping.wait()
        if step is None:  # nothing comes after the shutdown
            await asyncio.Event().wait()
        return {"type": f"lifespan.{step}"}

    async def _send(self, message: Message) -> None:
        match message["type"]:
            case "lifespan.startup.complete":
                self._up.set_result(None)
            case "lifespan.startup.failed" | "lifespan.shutdown.failed":
                self._failure = message.get("message") or "it says that it failed"
