"""Event loops of synchronous callers: one that stands still between deliveries, one in a thread."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from contextvars import copy_context
from typing import Any, TypeVar

from pocketsflow_emulator.errors import InvalidInput

T = TypeVar("T")


class KeptLoop:
    """One loop in the calling thread for all calls, so that what an application has bound to it
    (a pool of connections, a lock) survives from one delivery to the next.
    """

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None

    @property
    def begun(self) -> bool:
        """Whether there is a loop that has something to be closed."""
        return self._runner is not None

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end. Raises `InvalidInput` inside of a running loop."""
        if _is_running():
            coroutine.close()
            raise InvalidInput(
                "an application that needs an event loop was to be called inside of one that is"
                " running; use AsyncEmulator, or in pytest the fixture pocketsflow_async"
            )
        if self._runner is None:
            self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        loop = self._runner.get_loop()
        task = loop.create_task(coroutine, context=copy_context())
        try:
            return loop.run_until_complete(task)  # `Runner.run` sets signal handlers each time
        except BaseException:
            if not task.done():  # Ctrl-C
                task.cancel()
                loop.run_until_complete(asyncio.wait((task,)))
            raise

    def close(self) -> None:
        """End what still runs in the loop, and the loop."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()


def _is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class _SteadyLoop(asyncio.SelectorEventLoop):
    """A loop that goes on where a test has frozen `time.monotonic` (freezegun): that is replaced
    wherever a module holds it, but not in a class.
    """

    _monotonic = staticmethod(time.monotonic)

    def time(self) -> float:
        """Return the loop's own time, in seconds."""
        return self._monotonic()


class LoopThread:
    """An event loop in a thread of its own, for what a synchronous caller keeps open."""

    def __init__(self, name: str = "pocketsflow-http") -> None:
        self._loop = _SteadyLoop()
        self._task: asyncio.Task[Any] | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there and wait for it; broken off here, it is cancelled there."""
        try:
            return asyncio.run_coroutine_threadsafe(self._kept(coroutine), self._loop).result()
        except BaseException:
            self._loop.call_soon_threadsafe(self._cancel)
            raise

    async def _kept(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Remember the task: Ctrl-C may come before its future has got a name here."""
        self._task = asyncio.current_task()
        try:
            return await coroutine
        finally:
            self._task = None

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def stop(self) -> None:
        """End what still runs there, the thread and the loop."""
        self.call(_end_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()


async def _end_others() -> None:
    """Cancel all other tasks of the running loop and wait for their ends."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # what has been closed tells its owner in the next turn of the loop
