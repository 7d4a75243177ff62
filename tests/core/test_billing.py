"""Periods and due dates."""

import pytest

from pocketsflow_emulator.core import billing
from pocketsflow_emulator.core.clock import DAY, parse
from pocketsflow_emulator.core.models import Subscription
from worlds import Story, day, period


@pytest.mark.parametrize(
    ("start", "frequency", "expected"),
    [
        pytest.param(
            "2030-01-31",
            "monthly",
            ["2030-01-31", "2030-02-28", "2030-03-31", "2030-04-30", "2030-05-31"],
            id="monthly from the 31st",
        ),
        pytest.param(
            "2032-01-30",
            "monthly",
            ["2032-01-30", "2032-02-29", "2032-03-30", "2032-04-30", "2032-05-30"],
            id="monthly in a leap year",
        ),
        pytest.param(
            "2032-02-29",
            "yearly",
            ["2032-02-29", "2033-02-28", "2034-02-28", "2035-02-28", "2036-02-29"],
            id="yearly from a leap day",
        ),
        pytest.param(
            "2030-02-20",
            "weekly",
            ["2030-02-20", "2030-02-27", "2030-03-06", "2030-03-13", "2030-03-20"],
            id="weekly",
        ),
    ],
)
def test_periods_are_counted_from_the_anchor(start, frequency, expected):
    """Periods are counted from the start of the first paid one, so the day does not drift."""
    anchor = parse(start)

    actual = [day(billing.boundary(anchor, frequency, index)) for index in range(5)]

    assert expected == actual


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2030-02-15", (2, "2030-02-28"), id="the next one"),
        pytest.param("2030-02-28", (3, "2030-03-31"), id="one that is now has gone by"),
        pytest.param("2030-05-01", (5, "2030-05-31"), id="several have gone by"),
    ],
)
def test_boundaries_that_went_by_are_skipped(now, expected):
    """The next boundary is the first one still ahead."""
    index, instant = billing.next_boundary(parse("2029-12-31"), "monthly", 1, parse(now))

    assert expected == (index, day(instant))


def test_the_next_period_begins_where_this_one_ends():
    """The period after the current one begins where that ends."""
    sub = Story("2030-01-31").subscriber()

    start, end = billing.next_period(sub)

    expected = "2030-02-28", "2030-03-31"
    assert expected == (day(start), day(end))


@pytest.mark.parametrize(
    ("left", "expected"),
    [(0, 0), (1, 1), (DAY - 1, 1), (DAY, 1), (DAY + 1, 2), (3 * DAY, 3)],
)
def test_days_left_are_rounded_up(left, expected):
    """A day that has begun counts whole."""
    actual = billing.days_left(1000 + left, 1000)

    assert expected == actual


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, ("2030-01-25", "invoice notice"), id="active"),
        pytest.param(
            {"notified_for": parse("2030-02-01")}, ("2030-02-01", "period end"), id="noticed"
        ),
        pytest.param(
            {"cancel_at_period_end": True}, ("2030-02-01", "period end"), id="ending: no notice"
        ),
        pytest.param(
            {"period_start": parse("2030-01-28")},
            ("2030-01-28", "invoice notice"),
            id="a period shorter than a week: at its start",
        ),
        pytest.param(
            {"status": "trialing", "notified_for": parse("2030-02-01")},
            ("2030-01-29", "trial notice"),
            id="trialing",
        ),
        pytest.param(
            {
                "status": "trialing",
                "notified_for": parse("2030-02-01"),
                "period_start": parse("2030-01-31"),
            },
            ("2030-01-31", "trial notice"),
            id="a trial shorter than three days: at its start",
        ),
        pytest.param(
            {"status": "trialing", "period_start": parse("2030-01-31")},
            ("2030-01-31", "invoice notice"),
            id="both notices at once: the invoice's first",
        ),
        pytest.param(
            {
                "status": "trialing",
                "notified_for": parse("2030-02-01"),
                "trial_notified_for": parse("2030-02-01"),
            },
            ("2030-02-01", "period end"),
            id="trialing, both sent",
        ),
        pytest.param(
            {"status": "trialing", "cancel_at_period_end": True},
            ("2030-02-01", "period end"),
            id="trialing and ending",
        ),
        pytest.param({"status": "past_due"}, None, id="past due, kept"),
        pytest.param(
            {"status": "past_due", "retry_at": parse("2030-02-03")},
            ("2030-02-03", "payment retry"),
            id="past due",
        ),
        pytest.param({"status": "paused"}, None, id="paused"),
        pytest.param(
            {"status": "paused", "resume_at": parse("2030-03-01")},
            ("2030-03-01", "scheduled resume"),
            id="paused until",
        ),
        pytest.param(
            {"status": "paused", "cancel_at_period_end": True},
            ("2030-02-01", "period end"),
            id="paused and ending",
        ),
        pytest.param(
            {
                "status": "paused",
                "cancel_at_period_end": True,
                "resume_at": parse("2030-02-01"),
            },
            ("2030-02-01", "period end"),
            id="an end comes before a resume of the same instant",
        ),
        pytest.param({"status": "canceled"}, None, id="canceled"),
    ],
)
def test_what_falls_due_next(changes, expected):
    """What falls due next follows from the subscription alone."""
    sub = Story("2030-01-01").subscriber()._replace(**changes)

    due = billing.next_due(sub)

    assert expected == (None if due is None else (day(due[0]), due[1]))


@pytest.mark.parametrize("frequency", ["weekly", "monthly", "yearly"])
def test_renewals_meet_the_boundaries(frequency):
    """Renewal by renewal, the periods of a subscription are those counted from its anchor."""
    story = Story("2032-01-31")
    sub = story.subscriber(frequency=frequency)
    expected = [
        (
            day(billing.boundary(sub.anchor, frequency, index)),
            day(billing.boundary(sub.anchor, frequency, index + 1)),
        )
        for index in range(1, 9)
    ]

    story.advance("2041-01-31")

    actual = [
        period(fact.get(Subscription))
        for fact in story.facts
        if fact.event.key == "customer.subscription.updated"
    ]
    assert expected == actual[:8]
