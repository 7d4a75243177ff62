"""Instants are milliseconds of UTC; months are the calendar's."""

import calendar
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random

import pytest

from pocketsflow_emulator.core.clock import (
    DAY,
    LATEST,
    add_months,
    from_datetime,
    iso,
    parse,
    to_datetime,
)
from pocketsflow_emulator.errors import EmulatorError, InvalidInput

SEED = 20300131


def months_later(instant, months):
    """What `add_months` should give, by the standard library's calendar of each month."""
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)
    year, month = start.year, start.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    last = max(calendar.Calendar().itermonthdays(year, month))
    moved = start.replace(year=year, month=month, day=min(start.day, last))
    return (moved - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        pytest.param("2030-01-31", 0, "2030-01-31", id="no month"),
        pytest.param("2030-01-31", 1, "2030-02-28", id="cut to February"),
        pytest.param("2032-01-31", 1, "2032-02-29", id="February of a leap year"),
        pytest.param("2030-01-31", 2, "2030-03-31", id="back to the 31st"),
        pytest.param("2030-01-31", 3, "2030-04-30", id="a month of 30 days"),
        pytest.param("2030-12-31", 2, "2031-02-28", id="over the year's end"),
        pytest.param("2032-02-29", 12, "2033-02-28", id="a leap day, a year on"),
        pytest.param("2032-02-29", 48, "2036-02-29", id="a leap day, four years on"),
        pytest.param("2096-02-29", 48, "2100-02-28", id="2100 is no leap year"),
        pytest.param("1999-01-31", 13, "2000-02-29", id="2000 was one"),
        pytest.param("2030-03-31", -1, "2030-02-28", id="backwards"),
        pytest.param("2030-01-15T23:59:59.999Z", 1, "2030-02-15T23:59:59.999Z", id="with a time"),
    ],
)
def test_months_are_calendar_months(start, months, expected):
    """A month later is the same day of the month, or the month's last day where it is shorter."""
    actual = add_months(parse(start), months)

    assert iso(parse(expected)) == iso(actual)


def test_months_agree_with_the_calendar_of_the_standard_library():
    """From any instant, any number of months on is what the standard library's calendar says."""
    random = Random(SEED)
    spans = [int(random.random() * 600) for _ in range(1500)]
    starts = [int(random.random() * parse("2200-01-01")) for _ in spans]

    expected = [months_later(start, span) for start, span in zip(starts, spans, strict=True)]
    actual = [add_months(start, span) for start, span in zip(starts, spans, strict=True)]

    assert expected == actual, f"seed {SEED}"


def test_the_ends_of_all_months_agree_with_the_calendar():
    """From each of the days around a month's end, a year and more of months come out right."""
    ends = [parse(f"{year}-{month:02}-28") for year in (2031, 2032, 2100) for month in range(1, 13)]
    starts = [end + more * DAY for end in ends for more in range(4)]
    cases = [(start, months) for start in starts for months in range(14)]

    expected = [months_later(start, months) for start, months in cases]
    actual = [add_months(start, months) for start, months in cases]

    assert expected == actual


def test_no_month_leads_past_the_year_9999():
    """Months past the year 9999 are refused, because no four-digit year could write them."""
    with pytest.raises(InvalidInput, match="past the year 9999"):
        add_months(parse("8999-12-01"), 12_001)


def test_instants_are_written_as_javascript_does():
    """An instant is written like JavaScript's `toISOString`, with three decimals and a Z."""
    random = Random(SEED)
    instants = [0, 1, DAY - 1, DAY, LATEST, *(int(random.random() * LATEST) for _ in range(2000))]

    expected = [
        to_datetime(instant).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for instant in instants
    ]
    actual = [iso(instant) for instant in instants]

    assert expected == actual, f"seed {SEED}"


def test_what_is_written_can_be_read():
    """Reading back what was written gives the same instant."""
    random = Random(SEED)
    expected = [0, LATEST, *(int(random.random() * LATEST) for _ in range(2000))]

    actual = [parse(iso(instant)) for instant in expected]

    assert expected == actual, f"seed {SEED}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2030-01-31", "2030-01-31T00:00:00.000Z", id="a date is its midnight"),
        pytest.param("2030-01-31T09:30", "2030-01-31T09:30:00.000Z", id="without offset it is UTC"),
        pytest.param("2030-01-31 09:30:15", "2030-01-31T09:30:15.000Z", id="with a blank"),
        pytest.param("2030-01-31T09:30:00Z", "2030-01-31T09:30:00.000Z", id="UTC"),
        pytest.param("2030-01-31T01:00:00+02:00", "2030-01-30T23:00:00.000Z", id="with an offset"),
        pytest.param("2030-01-31T00:00:00.9999", "2030-01-31T00:00:00.999Z", id="cut to ms"),
        pytest.param("  2030-01-31\n", "2030-01-31T00:00:00.000Z", id="white space around"),
        pytest.param("1970-01-01", "1970-01-01T00:00:00.000Z", id="the first"),
        pytest.param("8999-12-31T23:59:59.999Z", "8999-12-31T23:59:59.999Z", id="the last"),
    ],
)
def test_dates_are_read_as_iso_8601(text, expected):
    """Dates and date-times are read as ISO 8601; without an offset they are UTC."""
    actual = iso(parse(text))

    assert expected == actual


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2030-02-30", "31.01.2030", "2030-13-01", "2030-01-31T25:00", "\ud800", "2030\0"],
)
def test_what_is_no_date_is_refused_with_an_example(text):
    """What is no date is refused, and the error shows how to write one."""
    with pytest.raises(InvalidInput, match="is not a date; write it like 2030-01-31"):
        parse(text)


@pytest.mark.parametrize(
    "value", [None, 5, 1.5, True, ["2030-01-31"], {}, pytest.param(b"2030-01-31", id="bytes")]
)
def test_what_is_no_text_is_refused_as_a_date(value):
    """A date is text; anything else is refused like any other thing that is no date."""
    with pytest.raises(InvalidInput, match="is not a date"):
        parse(value)


@pytest.mark.parametrize(
    "text",
    [
        "1969-12-31T23:59:59.999Z",
        "0001-01-01",
        "0001-01-01T00:00:00+14:00",
        "1970-01-01T00:00:00+00:01",
        "8999-12-31T23:59:59-01:00",
    ],
)
def test_dates_before_1970_and_after_8999_are_refused(text):
    """Only the years 1970 to 8999, in UTC, can be written as an instant."""
    with pytest.raises(InvalidInput, match="outside the years 1970 to 8999"):
        parse(text)


def test_datetimes_are_read_in_their_own_zone():
    """A datetime with a zone is that moment; a naive one is UTC."""
    moment = datetime(2030, 1, 31, 12, tzinfo=timezone(timedelta(hours=-5)))
    naive = datetime.combine(date(2030, 1, 31), moment.time())

    actual = [iso(from_datetime(moment)), iso(from_datetime(naive))]

    expected = ["2030-01-31T17:00:00.000Z", "2030-01-31T12:00:00.000Z"]
    assert expected == actual


def test_an_error_of_a_date_is_one_of_the_emulator():
    """Whoever catches the emulator's errors, or ValueError, catches a wrong date."""
    with pytest.raises(EmulatorError) as caught:
        parse("tomorrow")

    assert isinstance(caught.value, ValueError)
