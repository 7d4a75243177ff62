"""The calendar, whole: every start day of 42 years, in every interval, for 48 periods."""

from datetime import date

import pytest

import oracles
from pocketsflow_emulator.core import billing

PERIODS = 48
FIRST, LAST = date(1999, 1, 1), date(2040, 12, 31)
STARTS = [
    # each day at another time of day, some at midnight
    (ordinal - oracles.EPOCH) * oracles.DAY + (ordinal % 7) * 12_345_678
    for ordinal in range(FIRST.toordinal(), LAST.toordinal() + 1)
]


@pytest.mark.parametrize("frequency", ["weekly", "monthly", "yearly"])
def test_every_period_of_every_start_day_is_the_calendar_s(frequency):
    """From every day from 1999 to 2040, the 48 periods that follow begin when the standard
    library's calendar says, at the time of day of the start."""
    indexes = range(1, PERIODS + 1)

    wrong = [
        oracles.iso(start)
        for start in STARTS
        if oracles.boundaries(start, frequency, PERIODS)
        != [billing.boundary(start, frequency, index) for index in indexes]
    ]

    days = 15_341
    assert days == len(STARTS)
    assert wrong == []


@pytest.mark.parametrize("frequency", ["weekly", "monthly", "yearly"])
def test_the_next_boundary_is_the_first_one_ahead(frequency):
    """Whatever the instant, the next boundary is the first of the calendar's that is ahead."""
    for start in STARTS[::97]:
        expected = oracles.boundaries(start, frequency, PERIODS)
        for last, index in ((0, 1), (4, 5), (40, 41)):
            now = expected[index - 1] - 1

            assert (index, now + 1) == billing.next_boundary(start, frequency, last, now)
            assert (index + 1, expected[index]) == billing.next_boundary(
                start, frequency, last, now + 1
            )
