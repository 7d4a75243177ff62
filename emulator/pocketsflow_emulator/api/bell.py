"""A bell: rung when something has happened in a world, it wakes the requests that wait for it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import TypeVar

T = TypeVar("T")

LONGEST_SLEEP = 1.0
"""Seconds after which a request that waits looks again, whether the bell has rung or not."""


class Bell:
    """It may be rung from any thread; those who wait do so in their own loops."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def ring(self) -> None:
        """Let all who wait look again."""
        for woken, loop in list(self._waiting.items()) if self._waiting else ():
            with suppress(RuntimeError):  # that loop has ended
                loop.call_soon_threadsafe(woken.set)

    async def until(
        self, look: Callable[[], T | None], seconds: float, *, rest: float = 0
    ) -> T | None:
        """Return what `look` finds, as soon as it finds something; None when the time is over. It
        looks at once, and whenever the bell has rung; but not twice within `rest` seconds.
        """
        end = monotonic() + seconds
        woken = asyncio.Event()
        self._waiting[woken] = asyncio.get_running_loop()
        try:
            while (found := look()) is None and (left := end - monotonic()) > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(left, LONGEST_SLEEP)):
                        await woken.wait()
                        await asyncio.sleep(rest)
                woken.clear()
            return found
        finally:
            del self._waiting[woken]
