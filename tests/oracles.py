"""Answers found by another way than the product's: the calendar day by day, money as fractions."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import takewhile

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MONTHS = {"monthly": 1, "yearly": 12}


@lru_cache(maxsize=None)
def month(number):
    """Return the midnights (ms) of all days of a month; `number` counts months from year 0."""
    first = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
    days = takewhile(lambda day: day.month == first.month, (first + DAY * n for n in range(32)))
    return [(day - EPOCH) // timedelta(milliseconds=1) for day in days]


@lru_cache(maxsize=None)
def place(midnight):
    """Return the number of the month that a midnight (ms) belongs to, and the day in it."""
    day = EPOCH + timedelta(milliseconds=midnight)
    return day.year * 12 + day.month - 1, day.day


def boundaries(anchor, frequency, count):
    """Return the starts (ms) of the `count` periods after the one that starts at `anchor`."""
    if frequency == "weekly":
        return [anchor + 604_800_000 * n for n in range(1, count + 1)]
    rest = anchor % 86_400_000
    number, day = place(anchor - rest)
    step = MONTHS[frequency]
    months = (month(number + step * n) for n in range(1, count + 1))
    return [days[min(day, len(days)) - 1] + rest for days in months]


def boundary_after(anchor, frequency, instant):
    """Return the first boundary (ms) after an instant of the periods counted from `anchor`."""
    count = 1
    while (found := boundaries(anchor, frequency, count)[-1]) <= instant:
        count *= 2
    return next(b for b in boundaries(anchor, frequency, count) if b > instant) if found else 0


def half_up(exact):
    """Return a fraction rounded to a whole number, halves up."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
