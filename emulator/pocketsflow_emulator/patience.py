"""Waiting for something outside to become true, with a bound."""

import time
from collections.abc import Iterator
from typing import Any

from pocketsflow_emulator.errors import InvalidInput, Missed, quoted

_FIRST, _LONGEST = 0.005, 0.1


class Patience:
    """Looks again and again, at most for `timeout` seconds of real time.

    `for pause in patience:` gives the seconds to wait before the next look; what each look found is
    told to `holds`.
    """

    _monotonic = staticmethod(time.monotonic)  # in a class, where no test can freeze it

    def __init__(self, what: object, timeout: float) -> None:
        if not callable(what):
            raise InvalidInput(f"eventually takes a function to call; {quoted(what)} is none")
        if not isinstance(timeout, int | float) or not timeout >= 0:
            raise InvalidInput(f"timeout is {quoted(timeout)}; write seconds, as timeout=5")
        self._timeout = timeout
        self._name = getattr(what, "__name__", repr(what))
        self._last = ""

    def __iter__(self) -> Iterator[float]:
        end = self._monotonic() + self._timeout
        pause = _FIRST
        while True:
            yield pause
            if self._monotonic() >= end:
                return
            pause = min(2 * pause, _LONGEST)

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
