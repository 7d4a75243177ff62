"""Instants: integer milliseconds since 1970 UTC, how they are written, and calendar months.

The emulator's only idea of "now" is a number that somebody passes in; nothing here reads a clock.
"""

from calendar import isleap
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from pocketsflow_emulator.errors import InvalidInput, quoted

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = EPOCH.toordinal()

_DAYS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Month -> its days, in years without a leap day."""

LATEST = 221_845_391_999_999
"""8999-12-31T23:59:59.999Z: no world goes further, so that every date it plans has a four-digit
year."""


@lru_cache(maxsize=8192)
def iso(instant: int) -> str:
    """Write an instant (ms) the way JavaScript's `toISOString` does: `2030-01-01T00:00:00.000Z`."""
    day, rest = divmod(instant, DAY)
    minutes, milliseconds = divmod(rest, MINUTE)
    hour, minute = divmod(minutes, 60)
    second, milliseconds = divmod(milliseconds, SECOND)
    written = date.fromordinal(_EPOCH_ORDINAL + day).isoformat()
    return f"{written}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z"


def parse(text: str) -> int:
    """Read an ISO 8601 date or date-time as an instant (ms); without an offset it is UTC.

    Raises `InvalidInput` for anything else, and outside the years 1970 to 8999.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, AttributeError, TypeError):
        raise InvalidInput(
            f"{quoted(text)} is not a date; write it like 2030-01-31 or 2030-01-31T09:00:00Z"
        ) from None
    return from_datetime(moment)


def from_datetime(moment: datetime) -> int:
    """Turn a datetime into an instant (ms); a naive one is read as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    instant = (aware - EPOCH) // timedelta(milliseconds=1)
    if not 0 <= instant <= LATEST:
        raise InvalidInput(f"{moment.isoformat()} is outside the years 1970 to 8999")
    return instant


def to_datetime(instant: int) -> datetime:
    """Turn an instant (ms) into an aware UTC datetime."""
    return EPOCH + timedelta(milliseconds=instant)


def add_months(instant: int, months: int) -> int:
    """Move an instant by calendar months, cut to the month's last day: 31 Jan + 1 is 28 (29) Feb.

    Always add to the anchor, never to an earlier result, or the day drifts (31, 28, 28).
    Raises `InvalidInput` past the year 9999.
    """
    day, rest = divmod(instant, DAY)
    start = date.fromordinal(_EPOCH_ORDINAL + day)
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    if year > 9999:
        raise InvalidInput(f"{months} months after {iso(instant)} is past the year 9999")
    last = 29 if month == 2 and isleap(year) else _DAYS[month]
    moved = date(year, month, min(start.day, last))
    return (moved.toordinal() - _EPOCH_ORDINAL) * DAY + rest
