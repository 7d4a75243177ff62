"""Pull mode: tries that a receiver asks for, and whose outcomes it brings back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.tries import Outcome, Try
from pocketsflow_emulator.driver import AsyncDriver
from pocketsflow_emulator.errors import CalledDuringDelivery, EmulatorError, NotFound
from pocketsflow_emulator.handles import Handle

if TYPE_CHECKING:
    from pocketsflow_emulator.api.world import World


class Pull(NamedTuple):
    """A try that a receiver has taken: its number among all that were, and when it was taken."""

    id: int
    attempt: Try
    since: float
    alarm: asyncio.TimerHandle


class Pulls:
    """The tries of a world that are out with receivers which have asked for them. One that is not
    decided within the deadline is a `timeout_response`.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._numbers = count(1)
        self._out: dict[int, Pull] = {}
        self._failure: EmulatorError | None = None

    async def next(self, wait: float, gone: Callable[[], bool]) -> Pull | None:
        """Hand out the next try; None when nothing waits and no advance is under way, after `wait`
        seconds in which nothing came either. Nothing is handed out to one who is `gone`.

        Raises `CalledDuringDelivery` where other receivers keep the world busy for longer than a
        deadline and a second, and what an advance has to say that cannot reach its goal.
        """
        bell, patience = self._world.bell, self._world.driver.deadline + 1

        def look() -> Pull | None:
            return None if gone() else self._take()

        def look_or_rest() -> Pull | bool | None:
            return look() or (True if gone() or self._world.engine.quiet else None)

        found: Pull | bool | None = await bell.until(look, wait)
        if found is None:
            found = await bell.until(look_or_rest, patience)
        if found is None:
            raise CalledDuringDelivery(
                "a delivery waits for another receiver, or for the outcome of a try that has been"
                " handed out; ask again when it has been decided"
            )
        return found if isinstance(found, Pull) else None

    async def decided(self) -> None:
        """Wait until one more has been decided. Raises `CalledDuringDelivery` where nobody asks."""
        world, before = self._world, _stand(self._world.engine)
        patience = world.driver.deadline + 1

        def moved() -> bool | None:
            return _stand(world.engine) != before or None

        def asked() -> bool | None:
            return bool(world.engine.outbox.out) or moved()

        if await world.bell.until(asked, patience) is None:
            raise CalledDuringDelivery(
                "a delivery waits for a receiver that pulls, and nobody has asked for it within"
                f" {patience:g} s; POST attempts/next until the scenario is over"
            )
        await world.bell.until(moved, patience)

    def decide(self, id: int, outcome: Outcome) -> Try:
        """Record what came of a try. Raises `NotFound` where it is not out."""
        pull = self._out.get(id)
        if pull is None:
            raise NotFound(
                f"attempt {id} is not out: it has been decided, or its"
                f" {self._world.driver.deadline:g} s are over; POST attempts/next gives the next"
            )
        outcome = outcome._replace(duration=monotonic() - pull.since)
        self._record(pull, outcome)
        return pull.attempt

    def fail(self, error: EmulatorError) -> None:
        """Let the next who asks know what went wrong while nobody waited."""
        self._failure = error

    def begin_after(self, number: int) -> None:
        """Number what is taken from here on higher: this many may have been taken before."""
        self._numbers = count(number + 1)

    def put_back(self) -> None:
        """Let what has been taken wait again, and end."""
        with self._world.lock:
            for pull in self._out.values():
                self._world.engine.release(pull.attempt)
        self.close()

    def close(self) -> None:
        """Wait for nothing any more, and forget what went wrong."""
        self._failure = None
        for pull in self._out.values():
            pull.alarm.cancel()
        self._out.clear()

    def _take(self) -> Pull | None:
        """Take a try out; where time has moved meanwhile, whoever sends the others is woken."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        world = self._world
        with world.lock:
            before, noted = _stand(world.engine), world.engine.journal.noted
            attempt = world.engine.take(pull=True)
            moved = _stand(world.engine) != before
            if attempt is None:  # one may have been skipped, and another come in its place
                moved |= world.engine.journal.noted != noted
        if moved:
            world.wake()
        if attempt is None:
            return None
        id = next(self._numbers)
        alarm = asyncio.get_running_loop().call_later(world.driver.deadline, self._expire, id)
        self._out[id] = pull = Pull(id, attempt, monotonic(), alarm)
        return pull

    def _expire(self, id: int) -> None:
        deadline = self._world.driver.deadline
        detail = f"no outcome came within {deadline:g} s"
        self._record(self._out[id], Outcome("timeout_response", duration=deadline, detail=detail))

    def _record(self, pull: Pull, outcome: Outcome) -> None:
        del self._out[pull.id]
        pull.alarm.cancel()
        world = self._world
        with world.lock:
            world.engine.record(pull.attempt, outcome)
        world.decided(pull.attempt, outcome)
        world.wake()


class PatientDriver(AsyncDriver):
    """A driver that can wait for those who pull as it does for those it sends to: `patience` does
    so until one more of theirs has been decided.
    """

    patience: Callable[[], Awaitable[None]] | None = None

    async def do(self, verb: str, arguments: Mapping[str, Any]) -> Handle | None:
        """As `AsyncDriver.do`."""
        result = await super().do(verb, arguments)
        while self.patience is not None and not self.engine.quiet:
            await self.patience()
            await self.drive()
        return result


def _stand(engine: Engine) -> tuple[int, int, int]:
    """Return what changes when time has moved or something new waits."""
    return engine.now, engine.delivery_count, len(engine.outbox)
