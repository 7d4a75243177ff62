"""Ctrl-C and SIGTERM while a run is under way: it is broken off, and then says what was done."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from types import FrameType, TracebackType
from typing import Any, Self

from pocketsflow_emulator import cli
from pocketsflow_emulator.errors import EnvironmentFailure

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """While it is entered, the first signal cancels what `run` runs; a second one ends the program.

    `number` is the signal that came, 0 for none.
    """

    def __init__(self) -> None:
        self.number = 0
        self._before: dict[signal.Signals, Any] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """What people call the signal."""
        return "Ctrl-C" if self.number == signal.SIGINT else "SIGTERM"

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._come)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def guard(
        self, begin: Callable[[], Coroutine[Any, Any, None]], timeout: float | None
    ) -> tuple[int, str | None]:
        """Run what `begin` gives, within `timeout` seconds. Return the exit code and, where the end
        was not reached, why.
        """
        try:
            done = self.run(_within(timeout, begin))
        except TimeoutError:
            return cli.TIMED_OUT, f"--timeout: not done after {timeout:g} s"
        except EnvironmentFailure as error:
            return cli.ENVIRONMENT, str(error)
        if not done:
            return 128 + self.number, f"broken off by {self.name}"
        return cli.OK, None

    def run(self, work: Coroutine[Any, Any, None]) -> bool:
        """Run to the end, or until a signal comes; say whether it came to the end."""
        try:
            asyncio.run(self._watched(work))
        except asyncio.CancelledError:
            return False
        return not self.number

    async def _watched(self, work: Coroutine[Any, Any, None]) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            if self.number:
                work.close()
            else:
                await work
        finally:
            self._loop = self._task = None

    def _come(self, number: int, _frame: FrameType | None) -> None:
        if self.number:
            os._exit(128 + number)
        self.number = number
        if self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)


async def _within(timeout: float | None, begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async with asyncio.timeout(timeout):
        await begin()
