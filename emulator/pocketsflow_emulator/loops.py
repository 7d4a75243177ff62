"""The event loop of a synchronous caller: it stands still between deliveries."""

import asyncio
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
