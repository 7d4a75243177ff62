"""Waiting for something outside to become true, with a bound."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from pocketsflow_emulator.errors import InvalidInput, Missed, quoted

T = TypeVar("T")

_FIRST, _LONGEST = 0.005, 0.1


class Patience(Generic[T]):
    """Looks again and again, at most for `timeout` seconds of real time.

    Where looking is awaited, `for pause in patience:` gives the seconds to wait before the next
    look, and what each look found is told to `holds`.
    """

    _monotonic = staticmethod(time.monotonic)  # in a class, where no test can freeze it

    def __init__(self, check: Callable[[], T], timeout: float) -> None:
        if not callable(check):
            raise InvalidInput(f"eventually takes a function to call; {quoted(check)} is none")
        if not isinstance(timeout, int | float) or not timeout >= 0:
            raise InvalidInput(f"timeout is {quoted(timeout)}; write seconds, as timeout=5")
        self._check = check
        self._timeout = timeout
        self._name = getattr(check, "__name__", repr(check))
        self._last = ""

    def __iter__(self) -> Iterator[float]:
        end = self._monotonic() + self._timeout
        pause = _FIRST
        while True:
            yield pause
            if self._monotonic() >= end:
                return
            pause = min(2 * pause, _LONGEST)

    def wait(self, settle: Callable[[], object], story: Callable[[], str]) -> T:
        """Settle and look until something will do, and return that; raises `Missed`."""
        for pause in self:
            settle()
            try:
                found = self._check()
            except AssertionError as error:
                self.holds(error)
            else:
                if self.holds(found):
                    return found
            threading.Event().wait(pause)
        raise self.missed(story())

    def holds(self, found: Any) -> bool:
        """Say whether what a look found will do; remember it where it will not."""
        if isinstance(found, AssertionError):
            self._last = f"it raised {type(found).__name__}: {found}"
        elif not found:
            more = "; a function of asserts ends with `return True`" if found is None else ""
            self._last = f"it returned {quoted(found)}{more}"
        return bool(found) and not isinstance(found, AssertionError)

    def missed(self, story: str) -> Missed:
        """Return the error that says what was waited for in vain."""
        return Missed(f"{self._name} did not hold within {self._timeout} s: {self._last}", story)
