"""Changes of plan: what is charged, when, and what the subscription then is."""

import pytest

from pocketsflow_emulator.core.models import Invoice, Order, Subscription
from worlds import JANE, Story, day, keys, period, timeline


@pytest.fixture
def story():
    """A world with four offers: 30 and 60 dollars a month, 300 a year, 7 a week."""
    story = Story("2030-04-01")
    story.do("create_offer", id="basic", price="30.00")
    story.do("create_offer", id="pro", price="60.00")
    story.do("create_offer", id="year", price="300.00", frequency="yearly")
    story.do("create_offer", id="week", price="7.00", frequency="weekly")
    return story


def on(story, offer, **arguments):
    """Return a new subscription of Jane's to an offer."""
    return story.do("subscribe", offer=offer, email=JANE, **arguments)


def change(story, sub, offer, proration="immediate"):
    """Change the plan and return the subscription."""
    return story.do("change_plan", subscription=sub.id, offer=offer, proration=proration)


def amounts(story):
    """What the invoices so far asked for."""
    return [invoice.amount for invoice in story.all(Invoice)]


# ---- from the next renewal ---------------------------------------------------------------------


def test_a_change_without_proration(story):
    """Without proration only an update is sent; the next renewal is the first at the new price."""
    sub = on(story, "basic")
    story.advance("2030-04-16")

    changed = change(story, sub, "pro", "none")
    sent = keys(story.last)
    story.advance("2030-05-01")

    assert sent == ["customer.subscription.updated"]
    assert ("pro", 6000, *period(sub)) == (changed.offer_id, changed.price, *period(changed))
    assert amounts(story) == [3000, 6000]


def test_a_new_interval_from_the_next_renewal(story):
    """A new interval without proration starts when the current period is over."""
    sub = on(story, "basic")
    story.advance("2030-04-16")

    changed = change(story, sub, "year", "none")
    story.advance("2031-06-01")

    assert period(changed) == ("2030-04-01", "2030-05-01")
    assert period(story.again(sub)) == ("2031-05-01", "2032-05-01")
    assert amounts(story) == [3000, 30000, 30000]


def test_the_notice_of_a_changed_plan(story):
    """The notice before the first renewal of a changed plan has the new price."""
    sub = on(story, "basic")
    change(story, sub, "pro", "none")

    story.advance("2030-04-24")

    (notice,) = story.last
    assert notice.event.key == "invoice.upcoming"
    assert notice.get(Subscription).price == 6000


# ---- settled now: the same interval ------------------------------------------------------------


def test_an_upgrade_charges_the_difference_for_the_rest(story):
    """Half of a period before its end an upgrade charges half of the difference, with tax."""
    sub = on(story, "basic", tax_rate="0.1")
    story.advance("2030-04-16")

    changed = change(story, sub, "pro")
    story.advance("2030-05-01")

    expected = {
        "2030-04-01": "cc0 ic1 pis2 cr3",
        "2030-04-16": "up0 ic1 ps2 paid3",
        "2030-04-24": "iu0",
        "2030-05-01": "ic0 ps1 paid2 up3",
    }
    assert expected == timeline(story.facts)
    assert amounts(story) == [3300, 1650, 6600]
    assert ("active", *period(sub)) == (changed.status, *period(changed))


def test_the_order_of_a_difference(story):
    """What an upgrade charges is an order of its own, which a refund of the subscription finds."""
    sub = on(story, "basic", tax_rate="0.1")
    story.advance("2030-04-16")
    change(story, sub, "pro")

    given = story.do("refund", order=sub.id)

    order = story.all(Order)[-1]
    assert (order.amount_before_tax, order.tax, order.product_id) == (1500, 150, "pro")
    assert (order.id, 1650) == (given.order_id, given.amount)


def test_a_downgrade_lowers_the_next_invoices(story):
    """The unused difference of a downgrade is not paid out: it lowers what comes next."""
    story.do("create_offer", id="tiny", price="9.00")
    sub = on(story, "pro", tax_rate="0.1")
    story.advance("2030-04-16")

    changed = change(story, sub, "tiny")
    sent = keys(story.last)
    story.advance("2030-08-01")

    assert sent == ["customer.subscription.updated"]
    assert changed.credit == 2550
    assert amounts(story) == [6600, 0, 0, 165, 990]
    assert story.again(sub).credit == 0


def test_the_notice_takes_the_credit_off(story):
    """`invoice.upcoming` announces what the invoice will ask for, less the credit."""
    sub = on(story, "pro")
    story.advance("2030-04-16")
    change(story, sub, "basic")

    story.advance("2030-05-01")

    assert amounts(story) == [6000, 1500]


def test_up_and_down_again_within_a_period(story):
    """Going up and back down in one instant costs nothing in the end."""
    sub = on(story, "basic")
    story.advance("2030-04-11")
    change(story, sub, "pro")

    back = change(story, sub, "basic")

    assert amounts(story) == [3000, 2000]
    assert back.credit == 2000


def test_an_upgrade_uses_the_credit_first(story):
    """Credit of an earlier downgrade is used before the card."""
    sub = on(story, "pro")
    story.advance("2030-04-11")
    change(story, sub, "basic")

    again = change(story, sub, "pro")

    assert amounts(story) == [6000, 0]
    assert again.credit == 0


def test_an_upgrade_at_the_price_paid(story):
    """After a change from the next renewal on, settling now counts from what the period cost."""
    sub = on(story, "basic")
    change(story, sub, "pro", "none")
    story.do("create_offer", id="max", price="90.00")
    story.advance("2030-04-16")

    change(story, sub, "max")

    assert amounts(story) == [3000, 3000]


def test_an_upgrade_that_is_declined(story):
    """A difference that cannot be charged is dunning as for a renewal; the period stays."""
    sub = on(story, "basic")
    story.advance("2030-04-16")
    story.do("decline_next", payer=sub.id)

    failed = change(story, sub, "pro")
    sent = keys(story.last)
    story.advance("2030-05-01")

    assert sent == [
        "customer.subscription.updated",
        "invoice.created",
        "invoice.payment_failed",
        "customer.subscription.updated",
    ]
    assert (failed.status, day(failed.retry_at)) == ("past_due", "2030-04-18")
    assert period(sub) == period(failed)
    assert amounts(story) == [3000, 1500, 6000]


def test_a_difference_paid_late_within_the_period(story):
    """When the retry pays a difference within the period, the period goes on as it was."""
    sub = on(story, "basic")
    story.advance("2030-04-16")
    story.do("decline_next", payer=sub.id)
    change(story, sub, "pro")

    story.advance("2030-04-18")

    recovered = story.again(sub)
    assert ("active", *period(sub)) == (recovered.status, *period(recovered))


def test_a_difference_paid_after_the_period(story):
    """A difference that is paid when the period is over begins the period that runs now."""
    sub = on(story, "basic")
    story.advance("2030-04-29")
    story.do("decline_next", payer=sub.id, times=2)
    change(story, sub, "pro")

    story.advance("2030-05-10")

    recovered = story.again(sub)
    assert (recovered.status, *period(recovered)) == ("active", "2030-04-29", "2030-06-01")


def test_a_period_had_for_a_difference_is_worth_that(story):
    """Where a difference was paid when its period was over, the boundary in between was skipped
    unbilled; a change then settles against what was paid, so that no unpaid money is credited."""
    sub = on(story, "basic")
    story.advance("2030-04-29")
    story.do("decline_next", payer=sub.id, times=2)
    change(story, sub, "pro")
    story.advance("2030-05-04")

    changed = change(story, sub, "basic")

    paid = [3000, 200]
    rest = 2376  # of the 28.00 between: 28 of 33 days
    assert amounts(story) == [*paid, rest]
    assert changed.credit == 0


# ---- settled now: a new interval ---------------------------------------------------------------


def test_a_new_interval_starts_now(story):
    """A change to a yearly plan starts a year now, less what is unused of the month."""
    sub = on(story, "basic")
    story.advance("2030-04-16 12:00")

    changed = change(story, sub, "year")
    sent = timeline(story.last)
    story.advance("2031-04-16 12:00")

    assert sent == {"2030-04-16 12:00": "up0 ic1 ps2 paid3"}
    assert period(changed) == ("2030-04-16 12:00", "2031-04-16 12:00")
    assert amounts(story) == [3000, 28550, 30000]


def test_what_is_unused_beyond_the_new_price_is_kept(story):
    """Never is less than nothing charged: the rest of a year pays for weeks to come."""
    sub = on(story, "year")
    story.advance("2031-03-18")

    change(story, sub, "week")
    story.advance("2031-04-01")

    assert amounts(story) == [30000, 0, 249, 700]


def test_a_new_interval_that_is_declined(story):
    """While the first invoice of a new interval is open the dates are those last paid; paid, the
    period is the new one."""
    sub = on(story, "basic")
    story.advance("2030-04-16")
    story.do("decline_next", payer=sub.id)

    failed = change(story, sub, "year")
    story.advance("2030-04-18")

    assert (failed.status, *period(failed)) == ("past_due", "2030-04-01", "2030-05-01")
    recovered = story.again(sub)
    assert (recovered.status, *period(recovered)) == ("active", "2030-04-16", "2031-04-16")


def test_settling_now_after_a_new_interval_was_planned(story):
    """A plan of another interval that has not begun does not count: a period starts now."""
    sub = on(story, "basic")
    change(story, sub, "year", "none")
    story.do("create_offer", id="better", price="500.00", frequency="yearly")
    story.advance("2030-04-16")

    changed = change(story, sub, "better")

    assert period(changed) == ("2030-04-16", "2031-04-16")
    assert amounts(story) == [3000, 48500]


def test_a_planned_interval_that_is_taken_back_leaves_the_dates():
    """A new interval that is taken back before it has begun changes nothing: renewals stay at the
    ends of the months, and settling now charges the difference."""
    story = Story("2030-01-31")
    for id, price, frequency in (("a", 28, "monthly"), ("b", 56, "monthly"), ("y", 9, "yearly")):
        story.do("create_offer", id=id, price=price, frequency=frequency)
    sub = on(story, "a")
    change(story, sub, "y", "none")
    change(story, sub, "a", "none")
    story.advance("2030-02-14")

    change(story, sub, "b")
    settled = keys(story.last)
    story.advance("2030-03-31")

    assert amounts(story) == [2800, 1400, 5600, 5600]
    assert settled[1:3] == ["invoice.created", "invoice.payment_succeeded"]
    assert period(story.again(sub)) == ("2030-03-31", "2030-04-30")


# ---- trials, and what is refused ---------------------------------------------------------------


@pytest.mark.parametrize("proration", ["none", "immediate"])
def test_a_change_during_a_trial(story, proration):
    """During a trial only the update is sent; the trial's end charges the new plan."""
    sub = on(story, "basic", trial_days=14)
    story.advance("2030-04-10")

    changed = change(story, sub, "year", proration)
    sent = keys(story.last)
    story.advance("2030-04-15")

    assert sent == ["customer.subscription.updated"]
    assert ("trialing", *period(sub)) == (changed.status, *period(changed))
    assert (
        story.again(sub).status,
        *period(story.again(sub)),
    ) == ("active", "2030-04-15", "2031-04-15")
    assert amounts(story) == [30000]


def test_the_present_price_of_the_same_offer(story):
    """After an offer's price has changed, its subscribers can be moved to it."""
    sub = on(story, "basic")
    story.do("update_offer", offer="basic", price="35.00")

    changed = change(story, sub, "basic", "none")

    assert changed.price == 3500


def test_a_discount_ends_with_its_plan(story):
    """A discount belongs to the plan it was sold with."""
    story.do("create_discount", code="HALF", value="50")
    sub = on(story, "basic", discount="HALF")

    change(story, sub, "pro", "none")
    story.advance("2030-05-01")

    assert amounts(story) == [1500, 6000]


@pytest.mark.parametrize(
    ("before", "arguments", "message"),
    [
        ((), {"offer": "basic"}, "on basic already"),
        ((), {"offer": "basci"}, "did you mean 'basic'"),
        ((), {"offer": "euro"}, "a plan keeps its currency"),
        ((), {"offer": "gone"}, "deleted"),
        ((), {"offer": "pro", "proration": "imediate"}, "did you mean 'immediate'"),
        (("cancel", {"at_period_end": True}), {"offer": "pro"}, "uncancel it first"),
        (("pause", {}), {"offer": "pro"}, "it must be trialing or active"),
        (("cancel", {}), {"offer": "pro"}, "canceled"),
    ],
)
def test_changes_that_cannot_be(story, before, arguments, message):
    """A change that cannot be made is refused, says why, and changes nothing."""
    story.do("create_offer", id="euro", currency="eur")
    story.do("create_offer", id="gone")
    story.do("delete_offer", offer="gone")
    sub = on(story, "basic")
    if before:
        story.do(before[0], subscription=sub.id, **before[1])

    error = story.refuse("change_plan", subscription=sub.id, **arguments)

    assert message in str(error)


def test_a_past_due_subscription_keeps_its_plan(story):
    """While an invoice is open the plan stays."""
    sub = on(story, "basic")
    story.do("decline_next", payer=sub.id, times="until_new_card")
    story.advance("2030-05-02")

    error = story.refuse("change_plan", subscription=sub.id, offer="pro")

    assert "cannot change the plan of subscription" in str(error)
    assert "past_due" in str(error)
