"""The clock of a world: to read, and for others to follow."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pocketsflow_emulator.core import clock
from pocketsflow_emulator.delivery.engine import Engine


class Clock:
    """The world's clock, to read."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine

    @property
    def now(self) -> Any:
        """The instant, an aware datetime."""
        return clock.to_datetime(self._engine().now)


def told(moved: Callable[[datetime], None]) -> Callable[[int], None]:
    """Return what passes an instant on where it is another than the last."""
    last = -1

    def tell(now: int) -> None:
        nonlocal last
        if now != last:
            last = now
            moved(clock.to_datetime(now))

    return tell
