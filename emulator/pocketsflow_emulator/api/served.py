"""A world that the server drives: one request at a time for what moves time, and a clock that may
run with the wall's."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from pocketsflow_emulator.api.errors import DEFECT
from pocketsflow_emulator.api.pulls import PatientDriver
from pocketsflow_emulator.api.world import ONCE, Done, World
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.delivery.tries import Outcome, Try
from pocketsflow_emulator.driver import MOVES_TIME
from pocketsflow_emulator.errors import CalledDuringDelivery, EmulatorError

if TYPE_CHECKING:
    from pocketsflow_emulator.scenario.model import Scenario
    from pocketsflow_emulator.scenario.probes import Offered
    from pocketsflow_emulator.scenario.result import Result

_LOG = logging.getLogger("pocketsflow_emulator")

LONGEST_SLEEP = 3_600
"""Seconds that a real clock sleeps at the most before it looks again."""

NEVER = float("inf")

BUSY = (
    "the world is busy: a receiver is being waited for, and cannot move time itself; ask again when"
    " it has answered"
)


def elapsed() -> int:
    """Return the milliseconds of the machine's steady clock."""
    return int(monotonic() * 1000)


class ServedWorld(World):
    """`real` lets the clock run with the wall's, from `since` (`elapsed` then), so that what is
    due happens by itself; otherwise time stands still between advances. While anything is sent the
    instant stands. `begin` gives the driver a fresh engine.
    """

    driver: PatientDriver

    def __init__(
        self,
        name: str,
        driver: PatientDriver,
        dialect: str,
        begin: Callable[[PatientDriver], None],
        *,
        real: bool,
        since: int,
        show_secrets: str = ONCE,
    ) -> None:
        super().__init__(name, driver, dialect)
        self.show_secrets = show_secrets
        self.real = real
        self._begin = begin
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._owed = elapsed() - since
        self._stand()
        self._alarm: float = NEVER
        self._task = asyncio.create_task(self._tend())

    async def close(self) -> None:
        """End what runs by itself, and close connections; what is out is put back."""
        self.pulls.put_back()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self.driver.close()

    # ---- doing ---------------------------------------------------------------------------------

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold the world for something that moves time. Raises `CalledDuringDelivery` where it
        does not come free within the delivery deadline and a second.
        """
        begun = monotonic()
        try:
            async with asyncio.timeout(self.driver.deadline + 1):
                await self._turn.acquire()
        except TimeoutError:
            raise CalledDuringDelivery(BUSY) from None
        try:
            await self._pulled_back(self.driver.deadline + 1 - (monotonic() - begun))
            await self._catch_up()
            yield
        finally:
            self._stand()
            self._turn.release()
            self.bell.ring()
            self._changed.set()  # the next due date has come nearer, or something waits

    async def _pulled_back(self, seconds: float) -> None:
        """Wait for the tries that receivers have taken."""
        out = self.engine.outbox.out
        if out and await self.bell.until(lambda: not out or None, seconds) is None:
            raise CalledDuringDelivery(BUSY)

    async def do(self, verb: str, arguments: Mapping[str, Any]) -> Done:
        """While the world is busy the verb is applied at once and nothing is waited for, unless
        the verb moves time.
        """
        if verb not in MOVES_TIME and (self._turn.locked() or not self.driver.idle):
            return self.submit(verb, arguments)
        async with self.turn():
            before = self.fact_count
            return Done(await self.driver.do(verb, arguments), before)

    async def play(
        self, scenario: "Scenario", options: Mapping[str, Any], offered: "Offered"
    ) -> "tuple[Result, int]":
        """Run a scenario, alone; what is pulled must be asked for meanwhile."""
        from pocketsflow_emulator.scenario.result import Result  # the start is not slowed
        from pocketsflow_emulator.scenario.run import arun_with

        result = Result(scenario)
        async with self.turn():
            before = self.fact_count
            self.driver.patience = self.pulls.decided
            try:
                await arun_with(self.driver, scenario, options, result, offered)
            finally:
                self.driver.patience = None
        return result, before

    async def reset(self) -> None:
        """Begin anew from the template."""
        async with self.turn():
            self.pulls.close()
            self._owed = 0
            self._begin(self.driver)

    async def state(self) -> dict[str, Any]:
        """Read the account when nothing is under way."""
        async with self.turn():
            return self.engine.world.state.plain()

    def submit(self, verb: str, arguments: Mapping[str, Any]) -> Done:
        """Apply a verb at once, at the present instant."""
        self._arrive()
        return super().submit(verb, arguments)

    def decided(self, attempt: Try, outcome: Outcome) -> None:
        """As for every world; the time until now has not passed."""
        self._stand()
        super().decided(attempt, outcome)

    @property
    def waits(self) -> bool:
        """Whether something waits to be sent, or is due sooner than before."""
        due = self._due
        return not self.engine.quiet or (due is not None and due < self._alarm)

    def wake(self) -> None:
        """Let what waits be sent, and look again where something is due sooner than before."""
        if self.waits:
            self._changed.set()

    # ---- time ----------------------------------------------------------------------------------

    @property
    def now(self) -> str:
        """The instant; on a real clock with what has gone by since."""
        if self.real and self.engine.quiet:
            return clock.iso(max(self.engine.now, self.present))
        return super().now

    @property
    def present(self) -> int:
        """The instant (ms) that a real clock shows."""
        return elapsed() + self._shift

    def _stand(self) -> None:
        """Go on from the engine's instant: the time that sending took has not passed. What had
        passed before the world was served is owed until it can catch up.
        """
        self._shift = self.engine.now + self._owed - elapsed()

    async def _catch_up(self) -> None:
        present = self.present
        if self.real and self.engine.quiet and present > self.engine.now:
            self._owed = 0
            await self.driver.do("advance", {"to": clock.iso(present)})

    def _arrive(self) -> None:
        """On a real clock, let the instant be the present where nothing is due on the way."""
        present = self.present
        if not self.real or not self.engine.quiet or present <= self.engine.now:
            return
        due = self._due
        if due is None or due > present:
            self._owed = 0
            self.engine.submit("advance", {"to": present})
            self.engine.pass_time()

    # ---- by itself -----------------------------------------------------------------------------

    async def _tend(self) -> None:
        """Send what calls have caused and, on a real clock, let what falls due happen; for ever."""
        while True:
            self._alarm = NEVER if self._due is None else self._due
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_due()):
                    await self._changed.wait()
            self._changed.clear()
            if not self.engine.quiet or self._until_due() == 0:
                try:
                    await self._send()
                except Exception:
                    _LOG.exception(DEFECT)
                    await self._changed.wait()  # not again and again

    async def _send(self) -> None:
        async with self._turn:
            try:
                await self._catch_up()
                await self.driver.drive()
            except EmulatorError as error:  # nobody waits for it; the journal has what happened
                if self.pulling:
                    self.pulls.fail(error)
            self._stand()
        self.bell.ring()

    @property
    def _due(self) -> int | None:
        """The instant at which something falls due by itself."""
        due = self.engine.world.state.agenda.peek() if self.real else None
        return None if due is None else due.when

    def _until_due(self) -> float:
        """Return the seconds until then; what waits for somebody who pulls holds the instant."""
        due = self._due
        if due is None or not self.engine.quiet:
            return LONGEST_SLEEP
        return min(LONGEST_SLEEP, max(0.0, (due - self.present) / 1000))
