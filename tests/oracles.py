"""Answers found by another way than the product's: dates from the standard library's calendar,
money from exact fractions."""

from calendar import Calendar
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache

DAY = 86_400_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
_CALENDAR = Calendar()


@cache
def month(number):
    """Return the midnights (ms) of all days of a month; `number` counts months from year 0."""
    year, index = divmod(number, 12)
    days = _CALENDAR.itermonthdates(year, index + 1)
    return [(day.toordinal() - EPOCH) * DAY for day in days if day.month == index + 1]


@lru_cache(maxsize=100_000)
def place(midnight):
    """Return the number of the month that a midnight (ms) belongs to, and the day in it."""
    day = datetime.fromordinal(midnight // DAY + EPOCH)
    return day.year * 12 + day.month - 1, day.day


def boundaries(anchor, frequency, count):
    """Return the starts (ms) of the `count` periods after the one that starts at `anchor`."""
    if frequency == "weekly":
        return [anchor + 7 * DAY * n for n in range(1, count + 1)]
    time = anchor % DAY
    number, day = place(anchor - time)
    step = {"monthly": 1, "yearly": 12}[frequency]
    months = [month(number + step * n) for n in range(1, count + 1)]
    return [days[min(day, len(days)) - 1] + time for days in months]


@lru_cache(maxsize=100_000)
def boundary(anchor, frequency, index):
    """Return the start (ms) of the period number `index`; 0 is the one that starts at `anchor`."""
    return boundaries(anchor, frequency, index)[-1] if index else anchor


@lru_cache(maxsize=100_000)
def iso(instant):
    """Write an instant (ms) as receivers see it."""
    moment = datetime.fromordinal(instant // DAY + EPOCH)
    minutes, thousandths = divmod(instant % DAY, 60_000)
    return f"{moment:%Y-%m-%d}T{minutes // 60:02}:{minutes % 60:02}:{thousandths / 1000:06.3f}Z"


def instant(text):
    """Read a date, or a date with a time, as an instant (ms)."""
    moment = datetime.fromisoformat(text)
    seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
    midnight = (moment.toordinal() - EPOCH) * DAY
    return midnight + seconds * 1000 + moment.microsecond // 1000


def half_up(exact):
    """Return a fraction rounded to a whole number, halves up."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def major(amount, decimals):
    """Return minor units as the exact number of major units that receivers see."""
    return Decimal(amount) / 10**decimals
