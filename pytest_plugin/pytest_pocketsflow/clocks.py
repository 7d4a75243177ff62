"""The application's clock: time-machine's or freezegun's, moved with the world's."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from importlib.util import find_spec
from typing import Any, Protocol

from pocketsflow_emulator import wall
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.errors import EnvironmentFailure
from pocketsflow_emulator.verbs import When


class Freezer(Protocol):
    """A library that sets the clock of this process."""

    def frozen(self) -> Any:
        """Return what sets the clock now, or None."""
        ...

    def move(self, frozen: Any, instant: datetime) -> None:
        """Set the clock that is frozen."""
        ...

    def freeze(self, instant: datetime) -> Callable[[], None]:
        """Set the clock; returns what gives it back."""
        ...


class TimeMachine:
    """time-machine, which sets the clock that Python's own C code reads."""

    name = "time_machine"

    def frozen(self) -> Any:
        """Return the innermost traveller."""
        if (module := sys.modules.get(self.name)) is None:
            return None
        stack = getattr(module, "traveller_stack", None) or getattr(module, "coordinates_stack", ())
        return stack[-1] if stack else None

    def move(self, frozen: Any, instant: datetime) -> None:
        """Shift a traveller, who keeps a time zone of its own."""
        frozen.shift(instant - _now())

    def freeze(self, instant: datetime) -> Callable[[], None]:
        """Travel. An instant in UTC would set the application's time zone to it; this one has an
        offset that means no zone.
        """
        import time_machine

        travel = time_machine.travel(instant.astimezone(timezone(timedelta(hours=1))), tick=False)
        travel.start()
        return travel.stop


class Freezegun:
    """freezegun, which replaces Python's functions, those of event loops too."""

    name = "freezegun"

    def frozen(self) -> Any:
        """Return the innermost factory of datetimes."""
        api = sys.modules.get("freezegun.api")
        return api.freeze_factories[-1] if api and api.freeze_factories else None

    def move(self, frozen: Any, instant: datetime) -> None:
        """Move a factory."""
        frozen.move_to(instant)

    def freeze(self, instant: datetime) -> Callable[[], None]:
        """Freeze; `thaw_loops` does for event loops what its `real_asyncio` would."""
        import freezegun

        freeze = freezegun.freeze_time(instant)
        freeze.start()
        return freeze.stop


FREEZERS = (Freezegun(), TimeMachine())
"""The one that is looked at first is the one that covers the other."""


def frozen() -> tuple[Freezer, Any] | None:
    """Return what has set the clock of this process, and its library, or None."""
    for freezer in FREEZERS:
        if (found := freezer.frozen()) is not None:
            return freezer, found
    return None


def thaw_loops() -> Callable[[], None]:
    """Let event loops see time pass while freezegun is at work; returns what undoes it.

    They wait by `time.monotonic`, which it replaces, and would wait for ever.
    """
    from freezegun import api

    loop: Any = asyncio.BaseEventLoop
    before = loop.time
    loop.time = lambda _self: api.real_monotonic()

    def undo() -> None:
        loop.time = before

    return undo


class Followed(Protocol):
    """A world whose clock is followed."""

    @property
    def clock(self) -> Any:
        """Its clock."""
        ...

    def begin_at(self, instant: When) -> None:
        """Let it begin there, where nobody gave it a start."""
        ...

    def watch(
        self,
        *,
        begins: Callable[[], None] | None = None,
        moved: Callable[[datetime], None] | None = None,
    ) -> None:
        """Call these before its first verb, and when time has moved."""
        ...


class ApplicationClock:
    """Gives a world the start of a clock that is frozen, and moves that clock with the world's
    where it is to follow.
    """

    def __init__(self, world: Followed) -> None:
        self._world = world
        self._follows = False
        self._started = False
        self._undo: list[Callable[[], None]] = []
        self._moved: list[Any] = []
        world.watch(begins=self._begin)

    @property
    def follows(self) -> bool:
        """Whether it moves with the world's."""
        return self._follows

    def adopt(self) -> None:
        """Let a world that nobody gave a start begin where the clock is frozen."""
        if not self._started and not self._follows and frozen() is not None:
            self._world.begin_at(_now())

    def follow(self) -> None:
        """Move with the world from here on. Raises `EnvironmentFailure` without a freezer."""
        if not self._follows:
            self.adopt()
            self._follows = True
            self._world.watch(moved=self._move)
            if frozen() is None:
                self._undo.append(_installed().freeze(self._world.clock.now))
            self._move(self._world.clock.now)

    def stop(self) -> None:
        """Give the clock back."""
        while self._undo:
            self._undo.pop()()
        self._follows = False

    def _begin(self) -> None:
        """Look once more when the first verb comes: decorators freeze after fixtures are made."""
        if self._started:
            return
        found = frozen()
        if found is not None and found[1] not in self._moved:
            self._world.begin_at(_now())
            if self._follows:
                self._move(self._world.clock.now)
        self._started = True

    def _move(self, instant: datetime) -> None:
        """Set the innermost clock; one that was there before us is set back at the end."""
        found = frozen()
        if not self._follows or found is None:
            return
        freezer, clock_of = found
        if clock_of not in self._moved:
            self._moved.append(clock_of)
            before = _now()
            self._undo.append(lambda: _set_back(freezer, clock_of, before))
            if isinstance(freezer, Freezegun):
                self._undo.append(thaw_loops())
        freezer.move(clock_of, instant)


def _set_back(freezer: Freezer, moved: Any, before: datetime) -> None:
    if freezer.frozen() is moved:
        freezer.move(moved, before)


def _installed() -> Freezer:
    for freezer in reversed(FREEZERS):  # time-machine is the quicker one
        if find_spec(freezer.name) is not None:
            return freezer
    raise EnvironmentFailure(
        "sync_clock moves the application's clock with time-machine or freezegun, and neither is"
        ' installed; pip install "pocketsflow-emulator[time]"'
    )


def _now() -> datetime:
    """Return the time that the application sees."""
    return clock.to_datetime(wall.now_exactly()).astimezone(UTC)
