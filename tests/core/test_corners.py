"""Where two rules meet: lives of subscriptions worked out by hand, date by date."""

import pytest

from pocketsflow_emulator.core.models import Invoice, Order
from worlds import JANE, Story, day, period, timeline


def amounts(story):
    """What the invoices so far asked for, in minor units."""
    return [invoice.amount for invoice in story.all(Invoice)]


# ---- pauses --------------------------------------------------------------------------------------


def test_a_trial_paused_until_a_date_within_it():
    """A trial that goes on by itself before its end is a trial again, with its missed notices."""
    expected = {
        "2030-01-01": "cc0 cr1 up2 paused3",
        "2030-01-13": "up0 resumed1 iu2 twe3",
        "2030-01-15": "ic0 ps1 paid2 up3",
    }
    story = Story("2030-01-01")
    sub = story.subscriber(trial_days=14)

    story.do("pause", subscription=sub.id, until="2030-01-13")
    story.advance("2030-01-20")

    assert expected == timeline(story.facts)


def test_a_trial_paused_beyond_its_end():
    """A trial whose end goes by while it is paused is billed when it goes on, from then on."""
    expected = {"2030-01-31": "up0 resumed1 ic2 ps3 paid4 up5", "2030-02-21": "iu0"}
    story = Story("2030-01-01")
    sub = story.subscriber(trial_days=14)
    story.do("pause", subscription=sub.id, until="2030-01-31")

    story.advance("2030-02-27")

    assert expected == timeline(story.last)
    assert period(story.again(sub)) == ("2030-01-31", "2030-02-28")


def test_a_scheduled_resume_of_an_ending_one_comes_too_late():
    """Paused until after its scheduled end, a subscription ends and does not come back."""
    expected = {"2030-02-01": "del0"}
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.do("pause", subscription=sub.id, until="2030-02-10")

    story.advance("2030-06-01")

    assert expected == timeline(story.last)


def test_a_pause_waits_with_a_planned_interval():
    """A new interval that was planned before a pause begins with the resume after the period."""
    story = Story("2030-01-01")
    story.do("create_offer", id="year", price="300.00", frequency="yearly")
    sub = story.subscriber()
    story.do("change_plan", subscription=sub.id, offer="year")
    story.do("pause", subscription=sub.id, until="2030-02-10")

    story.advance("2030-02-10")

    assert amounts(story) == [2900, 30000]
    assert period(story.again(sub)) == ("2030-02-10", "2031-02-10")


def test_a_credit_outlives_a_pause():
    """What a downgrade has left over lowers the invoice that a resume makes."""
    story = Story("2030-04-01")
    story.do("create_offer", id="cheap", price="30.00")
    sub = story.subscriber(price="60.00")
    story.advance("2030-04-16")
    story.do("change_plan", subscription=sub.id, offer="cheap", proration="immediate")
    story.do("pause", subscription=sub.id)
    story.advance("2030-05-10")

    story.do("resume", subscription=sub.id)

    assert amounts(story) == [6000, 1500]


# ---- trials --------------------------------------------------------------------------------------


def test_an_ending_trial_that_is_extended_still_ends():
    """A trial that is ending and is extended ends later, without notices and without a bill."""
    expected = {"2030-01-01": "cc0 cr1 up2 up3", "2030-01-25": "del0"}
    story = Story("2030-01-01")
    sub = story.subscriber(trial_days=14)
    story.do("cancel", subscription=sub.id, at_period_end=True)

    story.do("extend_trial", subscription=sub.id, days=10)
    story.advance("2030-03-01")

    assert expected == timeline(story.facts)


def test_a_trial_extended_after_a_change_of_interval():
    """The first period after an extended trial is one of the plan it was changed to."""
    story = Story("2030-01-01")
    story.do("create_offer", id="week", price="7.00", frequency="weekly")
    sub = story.subscriber(trial_days=14)
    story.do("change_plan", subscription=sub.id, offer="week")
    story.do("extend_trial", subscription=sub.id, days=7)

    story.advance("2030-01-29")

    assert amounts(story) == [700, 700]
    assert period(story.again(sub)) == ("2030-01-29", "2030-02-05")


def test_a_trial_ended_early_and_declined_recovers_into_its_first_period():
    """The periods of a trial that was ended early count from that day, also where the first charge
    needed a retry."""
    story = Story("2030-01-01")
    sub = story.subscriber(trial_days=30)
    story.advance("2030-01-10")
    story.do("decline_next", payer=sub.id)
    failed = story.do("end_trial", subscription=sub.id)

    story.advance("2030-01-12")

    assert period(failed) == ("2030-01-01", "2030-01-10")
    assert period(story.again(sub)) == ("2030-01-10", "2030-02-10")


# ---- dunning -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "retries", "ends"),
    [
        ("standard", ["2030-01-10", "2030-01-13", "2030-01-17"], "pf0 del1"),
        ("patient", ["2030-01-11", "2030-01-15", "2030-01-22", "2030-01-29"], "pf0 del1"),
        ("pausing", ["2030-01-10", "2030-01-13", "2030-01-17"], "pf0 up1 paused2"),
        ("lenient", ["2030-01-10", "2030-01-13", "2030-01-17"], "pf0"),
    ],
)
def test_a_weekly_subscription_outlived_by_its_dunning(policy, retries, ends):
    """While the retries of a weekly subscription outlast its periods nothing else is billed, and
    no notice is sent."""
    story = Story("2030-01-01")
    sub = story.subscriber(frequency="weekly", dunning=policy)
    story.do("decline_next", payer=sub.id, times="until_new_card")

    story.advance("2030-04-01")

    expected = {"2030-01-08": "ic0 pf1 up2", **dict.fromkeys(retries, "pf0"), retries[-1]: ends}
    del (lived := timeline(story.facts))["2030-01-01"]
    assert expected == lived
    assert len(story.all(Invoice)) == 2


def test_a_retry_that_recovers_on_a_boundary():
    """A retry in the very instant of a boundary skips it: the period goes to the one after."""
    story = Story("2030-01-01")
    sub = story.subscriber(frequency="weekly", dunning="patient")
    story.do("decline_next", payer=sub.id, times=2)

    story.advance("2030-01-15")

    assert timeline(story.last)["2030-01-15"] == "ps0 paid1 up2 iu3"
    assert period(story.again(sub)) == ("2030-01-08", "2030-01-22")


def test_by_hand_then_by_plan():
    """A charge by hand between two retries counts, and the next retry is on its old day; counted
    declines are used up by both."""
    expected = {
        "2030-02-01": "ic0 pf1 up2",
        "2030-02-02": "up0 pf1",
        "2030-02-03": "pf0",
        "2030-02-06": "ps0 paid1 up2",
    }
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.do("decline_next", payer=sub.id, times=3)
    story.advance("2030-02-02")
    story.do("update_payment_method", subscription=sub.id)

    story.advance("2030-02-06")

    lived = {when: what for when, what in timeline(story.facts).items() if when > "2030-01-31"}
    assert expected == lived
    assert story.all(Invoice)[-1].attempt_count == 4


def test_a_policy_that_changes_while_it_dunned():
    """The policy that holds when a retry fails decides what follows: its dates still ahead count
    from the first failure."""
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.do("decline_next", payer=sub.id, times="until_new_card")
    story.advance("2030-02-04")
    story.do("set_dunning", name="patient")

    story.advance("2030-02-06")

    assert day(story.again(sub).retry_at) == "2030-02-08"


def test_declines_of_an_e_mail_are_used_up_in_the_order_of_charges():
    """Two declines asked for an e-mail hit the two charges that come first, whichever they are."""
    story = Story("2030-01-01")
    weekly, monthly = story.subscriber(frequency="weekly"), story.subscriber()
    story.do("decline_next", payer=JANE, times=2)

    story.advance("2030-01-11")

    assert (story.again(weekly).status, story.again(weekly).open_invoice_id != "") == (
        "past_due",
        True,
    )
    assert story.again(monthly).status == "active"
    assert story.state.declines == {}


# ---- plans ---------------------------------------------------------------------------------------


def test_two_changes_in_one_period_and_a_refund():
    """Up twice within a period: each change charges its own rest, a refund of the subscription
    gives back the last one, and the renewal is at the last price."""
    story = Story("2030-04-01")
    for id, price in (("b", "60.00"), ("c", "90.00")):
        story.do("create_offer", id=id, price=price)
    sub = story.subscriber(price="30.00")
    story.advance("2030-04-11")
    story.do("change_plan", subscription=sub.id, offer="b", proration="immediate")
    story.advance("2030-04-21")
    story.do("change_plan", subscription=sub.id, offer="c", proration="immediate")

    refund = story.do("refund", order=sub.id)
    story.advance("2030-05-01")

    assert amounts(story) == [3000, 2000, 1000, 9000]
    assert refund.amount == 1000
    assert [order.refunded for order in story.all(Order)] == [0, 0, 1000, 0]


def test_a_declined_upgrade_keeps_the_new_plan_and_the_old_dates():
    """A declined difference is tried again as a renewal would be; lost, it ends everything."""
    story = Story("2030-01-01")
    story.do("create_offer", id="pro", price="60.00")
    sub = story.subscriber(price="30.00")
    story.do("decline_next", payer=sub.id, times="until_new_card")

    story.do("change_plan", subscription=sub.id, offer="pro", proration="immediate")
    story.advance("2030-02-01")

    expected = {
        "2030-01-01": "cc0 ic1 pis2 cr3 up4 ic5 pf6 up7",
        "2030-01-03": "pf0",
        "2030-01-06": "pf0",
        "2030-01-10": "pf0 del1",
    }
    assert expected == timeline(story.facts)


def test_a_plan_whose_offer_is_deleted_goes_on():
    """Deleting an offer ends no subscription to it: it renews at its price, and can be paused,
    resumed and moved away."""
    story = Story("2030-01-01")
    story.do("create_offer", id="other", price="31.00")
    sub = story.subscriber(dunning="pausing")
    story.do("delete_offer", offer=sub.offer_id)
    story.advance("2030-02-01")
    story.do("pause", subscription=sub.id)
    story.do("resume", subscription=sub.id)

    story.do("change_plan", subscription=sub.id, offer="other")
    story.advance("2030-03-01")

    assert amounts(story) == [2900, 2900, 3100]


# ---- money that is none --------------------------------------------------------------------------


def test_a_subscription_for_nothing():
    """With a discount of 100 % every period is billed and paid at 0, whatever the card; there is
    nothing to refund."""
    story = Story("2030-01-31")
    story.do("create_discount", code="FREE", value="100")
    sub = story.subscriber(discount="FREE", card="declines", tax_rate="0.19")
    story.do("decline_next", payer=sub.id, times=5)

    story.advance("2030-03-31")
    error = story.refuse("refund", order=sub.id)

    assert amounts(story) == [0, 0, 0]
    assert story.again(sub).status == "active"
    assert "it is free" in str(error)


@pytest.mark.parametrize(
    ("currency", "price", "rate", "expected"),
    [("jpy", "999", "0.1", 1099), ("kwd", "9.999", "0.05", 10499), ("usd", "9.99", "0.15", 1149)],
)
def test_amounts_in_currencies_with_other_decimals(currency, price, rate, expected):
    """Tax is rounded to the smallest unit that a currency has: none, three or two decimals."""
    story = Story("2030-01-01")
    story.do("create_offer", id="pro", price=price, currency=currency)

    sub = story.do("subscribe", offer="pro", email=JANE, tax_rate=rate)
    story.advance("2030-02-01")

    assert amounts(story) == [expected, expected]
    assert sub.amount == expected
