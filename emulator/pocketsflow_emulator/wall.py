"""The wall: the real clock and fresh seeds, read here and nowhere else."""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

from pocketsflow_emulator.core import clock

STAMPS = ("virtual", "wall")
"""What timestamps are made from: the world's clock, or the wall's."""


def of(timestamps: str) -> Callable[[], int] | None:
    """Return what tells the time that stamps are made from, where it is the wall's."""
    return now_exactly if timestamps == "wall" else None


def now() -> int:
    """Return the present instant (ms), cut to the second."""
    return now_exactly() // clock.SECOND * clock.SECOND


def now_exactly() -> int:
    """Return the present instant (ms)."""
    return clock.from_datetime(datetime.now(UTC))  # noqa: TID251  (this is the one place that asks)


def second() -> int:
    """Return the present second since 1970."""
    return int(time.time())  # noqa: TID251


def fresh_seed() -> int:
    """Return a seed nobody has chosen, short enough to type again."""
    return secrets.randbelow(900_000) + 100_000
