"""A world behind HTTP: its driver, and one request at a time for what moves time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from pocketsflow_emulator.core import clock
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.tries import Delivery
from pocketsflow_emulator.driver import AsyncDriver
from pocketsflow_emulator.errors import CalledDuringDelivery

LONGEST_SLEEP = 3_600
"""Seconds that a real clock sleeps at the most before it looks again."""


class ServedWorld:
    """One world. `real` lets its clock run with the wall's, so that what is due happens by
    itself; otherwise time stands still between advances.
    """

    def __init__(self, name: str, engine: Engine, driver: AsyncDriver, *, real: bool) -> None:
        self.name = name
        self.engine = engine
        self.driver = driver
        self.real = real
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._shift = engine.now - self._elapsed()

    @staticmethod
    def _elapsed() -> int:
        return int(monotonic() * 1000)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold the world for something that moves time. Raises `CalledDuringDelivery` where it
        does not come free within the delivery deadline and a second.
        """
        try:
            async with asyncio.timeout(self.driver.deadline + 1):
                await self._turn.acquire()
        except TimeoutError:
            raise CalledDuringDelivery(
                "the world is busy with another request; a receiver that is being waited for"
                " cannot move time"
            ) from None
        try:
            await self._catch_up()
            yield
        finally:
            self._shift = self.engine.now - self._elapsed()
            self._changed.set()
            self._turn.release()

    async def advance(self, arguments: Mapping[str, Any]) -> list[Delivery]:
        """Let time pass; returns the deliveries that were made."""
        async with self.turn():
            before = self.engine.delivery_count
            await self.driver.do("advance", arguments)
            return self.made_since(before)

    def made_since(self, before: int) -> list[Delivery]:
        """Return the deliveries numbered above `before`."""
        return [d for d in self.engine.journal.deliveries() if d.number > before]

    @property
    def pending(self) -> int:
        """How many deliveries wait for their turn or are out."""
        return sum(1 for _ in self.engine.outbox.waiting()) + len(self.engine.outbox.out)

    @property
    def now(self) -> str:
        """The instant, as ISO 8601; on a real clock with what has gone by since."""
        if self.real and self.engine.quiet:
            return clock.iso(max(self.engine.now, self._elapsed() + self._shift))
        return clock.iso(self.engine.now)

    async def tick(self) -> None:
        """Let what falls due on a real clock happen by itself, for ever."""
        while True:
            due = self.engine.world.state.agenda.peek()
            wait = float(LONGEST_SLEEP)
            if due is not None:
                wait = min(wait, max(0, due.when - self._elapsed() - self._shift) / 1000)
            self._changed.clear()
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                async with self.turn():
                    pass

    async def _catch_up(self) -> None:
        target = self._elapsed() + self._shift
        if self.real and target > self.engine.now:
            await self.driver.do("advance", {"to": clock.iso(target)})
