"""Spans of time as people write them: `30s`, `5m`, `3 days`. Milliseconds inside."""

import re

from pocketsflow_emulator.core import clock
from pocketsflow_emulator.errors import InvalidInput, quoted

UNITS = {
    "ms": 1,
    "s": clock.SECOND,
    "m": clock.MINUTE,
    "h": clock.HOUR,
    "d": clock.DAY,
    "w": clock.WEEK,
}
"""Short name of a unit -> its length in ms."""

_WORDS = {
    "millisecond": "ms",
    "second": "s",
    "minute": "m",
    "hour": "h",
    "day": "d",
    "week": "w",
}
_SPAN = re.compile(rf"([0-9]{{1,12}})\s*(?:({'|'.join(UNITS)})|({'|'.join(_WORDS)})s?)")


def read(name: str, value: object) -> int:
    """Return the milliseconds of a span. Raises `InvalidInput`, which speaks of `name`, for what
    is none; months and years are none, because they differ in length.
    """
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise InvalidInput(f"{name} is {quoted(value)}; write a span like 30s, 5m, 2h or 3 days")
    span = int(found[1]) * UNITS[found[2] or _WORDS[found[3]]]
    if span > clock.LATEST:
        raise InvalidInput(f"{name} is {quoted(value)}; that is longer than any world lasts")
    return span


def write(span: int) -> str:
    """Write milliseconds as the shortest span that `read` takes: `90s`, `5m`, `3d`."""
    fitting = (unit for unit in reversed(UNITS) if span % UNITS[unit] == 0)
    unit = next(fitting) if span else "s"
    return f"{span // UNITS[unit]}{unit}"
