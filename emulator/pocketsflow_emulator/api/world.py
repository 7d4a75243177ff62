"""A world behind HTTP: its driver, and one request at a time for what moves time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

from pocketsflow_emulator.core import clock
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.journal import Delivery
from pocketsflow_emulator.driver import AsyncDriver
from pocketsflow_emulator.errors import CalledDuringDelivery, EmulatorError
from pocketsflow_emulator.handles import Handle

LONGEST_SLEEP = 3_600
"""Seconds that a real clock sleeps at the most before it looks again."""


class ServedWorld:
    """One world. `real` lets its clock run with the wall's, so that what is due happens by
    itself; otherwise time stands still between advances. `dialect` is that of the webhooks which
    are made without one.
    """

    def __init__(self, name: str, driver: AsyncDriver, *, real: bool, dialect: str) -> None:
        self.name = name
        self.dialect = dialect
        self.driver = driver
        self.real = real
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._shift = self.engine.now - self._elapsed()

    @property
    def engine(self) -> Engine:
        """The engine as it is since the last reset."""
        return self.driver.engine

    @property
    def livemode(self) -> bool:
        """Whether this is a world of live keys."""
        return self.engine.world.state.livemode

    @staticmethod
    def _elapsed() -> int:
        return int(monotonic() * 1000)

    # ---- one at a time -------------------------------------------------------------------------

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
            self._turn.release()
            self._changed.set()

    async def do(self, verb: str, arguments: Mapping[str, Any]) -> tuple[Handle | None, int]:
        """Apply a verb and wait until the world is quiet. While a receiver is being waited for it
        is applied at once and nothing is waited for, unless the verb moves time. Returns its
        object and the number of the last delivery before it.
        """
        if self._turn.locked() and verb not in ("advance", "settle"):
            return self.submit(verb, arguments)
        async with self.turn():
            before = self.engine.delivery_count
            return await self.driver.do(verb, arguments), before

    def submit(self, verb: str, arguments: Mapping[str, Any]) -> tuple[Handle | None, int]:
        """Apply a verb at once, and let what it causes be sent afterwards."""
        self._arrive()
        before = self.engine.delivery_count
        result = self.driver.submit(verb, arguments)
        self._changed.set()
        return result, before

    def renew(self, engine: Engine) -> None:
        """Go on with another engine; hold the `turn` for it."""
        self.driver.engine = engine

    # ---- reading -------------------------------------------------------------------------------

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

    # ---- by itself -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Send what calls have caused and, on a real clock, let what falls due happen; for ever."""
        while True:
            try:
                async with asyncio.timeout(self._until_due()):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            if not self.engine.quiet or self._until_due() == 0:
                await self._send()

    async def _send(self) -> None:
        async with self._turn:
            with suppress(EmulatorError):  # nobody waits for it; the journal has what happened
                await self._catch_up()
                await self.driver.drive()
            self._shift = self.engine.now - self._elapsed()

    def _until_due(self) -> float:
        """Return the seconds until something falls due on a real clock."""
        due = self.engine.world.state.agenda.peek()
        if not self.real or due is None:
            return LONGEST_SLEEP
        left = (due.when - self._elapsed() - self._shift) / 1000
        return min(LONGEST_SLEEP, max(0.0, left))

    async def _catch_up(self) -> None:
        target = self._elapsed() + self._shift
        if self.real and target > self.engine.now:
            await self.driver.do("advance", {"to": clock.iso(target)})

    def _arrive(self) -> None:
        """On a real clock, let the instant be the present where nothing is due on the way."""
        target = self._elapsed() + self._shift
        due = self.engine.world.state.agenda.peek()
        if not self.real or not self.engine.quiet or target <= self.engine.now:
            return
        if due is None or due.when > target:
            self.engine.submit("advance", {"to": target})
            self.engine.take()
