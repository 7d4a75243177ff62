"""The wall: the real clock and fresh seeds, read here and nowhere else."""

import secrets
import time
from datetime import UTC, datetime

from pocketsflow_emulator.core import clock


def now() -> int:
    """Return the present instant (ms), cut to the second."""
    present = datetime.now(UTC)  # noqa: TID251  (this is the one place that asks)
    return clock.from_datetime(present.replace(microsecond=0))


def second() -> int:
    """Return the present second since 1970."""
    return int(time.time())  # noqa: TID251


def fresh_seed() -> int:
    """Return a seed nobody has chosen, short enough to type again."""
    return secrets.randbelow(900_000) + 100_000
