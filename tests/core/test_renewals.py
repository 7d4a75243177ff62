"""What time brings to subscriptions."""

import pytest

from pocketsflow_emulator import Emulator
from pocketsflow_emulator.core import billing
from pocketsflow_emulator.core.models import Invoice, Order, Subscription
from worlds import JANE, Story, day, keys, period, timeline


def days_left(story):
    """Day -> the days that its trial notice speaks of."""
    return {
        day(fact.instant): billing.days_left(fact.get(Subscription).period_end, fact.instant)
        for fact in story.facts
        if fact.event.key == "customer.subscription.trial_will_end"
    }


def test_a_trial_is_noticed_and_converts():
    """A trial of 14 days: the invoice notice a week before its end, the trial's own three days
    before it, then the first charge."""
    expected = {
        "2030-01-01": "cc0 cr1",
        "2030-01-08": "iu0",
        "2030-01-12": "twe0",
        "2030-01-15": "ic0 ps1 paid2 up3",
    }
    story = Story("2030-01-01")

    sub = story.subscriber(trial_days=14)
    story.advance("2030-02-01")

    assert expected == timeline(story.facts)
    assert days_left(story) == {"2030-01-12": 3}
    assert story.again(sub).status == "active"
    assert period(story.again(sub)) == ("2030-01-15", "2030-02-15")
    assert day(story.again(sub).anchor) == "2030-01-15"


@pytest.mark.parametrize(
    ("days", "expected", "left"),
    [
        pytest.param(
            1,
            {"2030-01-01": "cc0 cr1 iu2 twe3", "2030-01-02": "ic0 ps1 paid2 up3"},
            {"2030-01-01": 1},
            id="one day",
        ),
        pytest.param(
            2,
            {"2030-01-01": "cc0 cr1 iu2 twe3", "2030-01-03": "ic0 ps1 paid2 up3"},
            {"2030-01-01": 2},
            id="two days",
        ),
        pytest.param(
            3,
            {"2030-01-01": "cc0 cr1 iu2 twe3", "2030-01-04": "ic0 ps1 paid2 up3"},
            {"2030-01-01": 3},
            id="three days",
        ),
        pytest.param(
            5,
            {"2030-01-01": "cc0 cr1 iu2", "2030-01-03": "twe0", "2030-01-06": "ic0 ps1 paid2 up3"},
            {"2030-01-03": 3},
            id="shorter than a week",
        ),
        pytest.param(
            7,
            {"2030-01-01": "cc0 cr1 iu2", "2030-01-05": "twe0", "2030-01-08": "ic0 ps1 paid2 up3"},
            {"2030-01-05": 3},
            id="a week",
        ),
    ],
)
def test_short_trials_are_noticed_at_once(days, expected, left):
    """Of a trial shorter than its notice, the notice comes at once, with the days left; the
    invoice's notice comes before the trial's."""
    story = Story("2030-01-01")

    story.subscriber(trial_days=days)
    story.advance("2030-01-09")

    assert expected == timeline(story.facts)
    assert left == days_left(story)


def test_a_trial_of_no_days_is_none():
    """With a trial of 0 days the first payment is made at once, also where the offer has one."""
    expected = {"2030-01-01": "cc0 ic1 pis2 cr3"}
    story = Story("2030-01-01")
    offer = story.do("create_offer", trial_days=14)

    sub = story.do("subscribe", offer=offer.id, email=JANE, trial_days=0)

    assert expected == timeline(story.facts)
    assert sub.status == "active"
    assert sub.trial_start is None
    assert sub.trial_end is None


def test_an_upgrade_of_notices_by_uncancel_sends_both():
    """A trial that was ending and no longer is gets both missed notices at once, rounded up."""
    expected = {
        "2030-01-01": "cc0 cr1 up2",
        "2030-01-12 06:00": "up0 iu1 twe2",
        "2030-01-15": "ic0 ps1 paid2 up3",
    }
    story = Story("2030-01-01")

    sub = story.subscriber(trial_days=14)
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.advance("2030-01-12T06:00:00Z")
    story.do("uncancel", subscription=sub.id)
    story.advance("2030-01-15")

    assert expected == timeline(story.facts)
    assert days_left(story) == {"2030-01-12 06:00": 3}


def test_a_scheduled_end():
    """A subscription cancelled at its period end is deleted then, and not billed."""
    expected = {
        "2030-01-01": "cc0 ic1 pis2 cr3",
        "2030-01-20": "up0",
        "2030-02-01": "del0",
    }
    story = Story("2030-01-01")

    sub = story.subscriber()
    story.advance("2030-01-20")
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.advance("2030-06-01")

    assert expected == timeline(story.facts)
    assert story.again(sub).status == "canceled"
    assert day(story.again(sub).canceled_at) == "2030-02-01"


def test_the_scheduled_end_of_a_trial():
    """A trial that was cancelled ends without a charge and without a notice."""
    expected = {"2030-01-01": "cc0 cr1 up2", "2030-01-15": "del0"}
    story = Story("2030-01-01")

    sub = story.subscriber(trial_days=14)
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.advance("2030-03-01")

    assert expected == timeline(story.facts)


def test_the_scheduled_end_of_a_paused_one():
    """A paused subscription still ends when its end was scheduled."""
    expected = {
        "2030-01-01": "cc0 ic1 pis2 cr3",
        "2030-01-10": "up0 paused1 up2",
        "2030-02-01": "del0",
    }
    story = Story("2030-01-01")

    sub = story.subscriber()
    story.advance("2030-01-10")
    story.do("pause", subscription=sub.id)
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.advance("2030-03-01")

    assert expected == timeline(story.facts)


def test_a_pause_until_a_date_within_the_period():
    """A pause until a date within the period ends by itself; a missed notice follows."""
    expected = {
        "2030-01-01": "cc0 ic1 pis2 cr3",
        "2030-01-10": "up0 paused1",
        "2030-01-28": "up0 resumed1 iu2",
        "2030-02-01": "ic0 ps1 paid2 up3",
    }
    story = Story("2030-01-01")

    sub = story.subscriber()
    story.advance("2030-01-10")
    story.do("pause", subscription=sub.id, until="2030-01-28")
    story.advance("2030-02-01")

    assert expected == timeline(story.facts)
    assert story.again(sub).resume_at is None


@pytest.mark.parametrize(
    ("until", "following"),
    [
        pytest.param("2030-02-01", "2030-03-01", id="at the period's end"),
        pytest.param("2030-02-10", "2030-03-10", id="after it"),
    ],
)
def test_a_pause_until_the_period_is_over(until, following):
    """A pause until the period is over or longer ends with a charge, from then on."""
    expected = {
        "2030-01-01": "cc0 ic1 pis2 cr3 up4 paused5",
        until: "up0 resumed1 ic2 ps3 paid4 up5",
    }
    story = Story("2030-01-01")

    sub = story.subscriber()
    story.do("pause", subscription=sub.id, until=until)
    story.advance(until)

    assert expected == timeline(story.facts)
    assert (until, following) == period(story.again(sub))


@pytest.mark.parametrize(
    ("policy", "expected", "status", "invoice"),
    [
        pytest.param("standard", "pf0 del1", "canceled", "void", id="cancel"),
        pytest.param("pausing", "pf0 up1 paused2", "paused", "open", id="pause"),
        pytest.param("lenient", "pf0", "past_due", "open", id="keep past due"),
    ],
)
def test_when_the_retries_are_exhausted(policy, expected, status, invoice):
    """When the last retry has failed the subscription is cancelled, paused or stays past due, as
    the offer's dunning policy says; nothing comes after that."""
    story = Story("2030-01-01")
    sub = story.subscriber(dunning=policy)
    story.do("decline_next", payer=sub.id, times="until_new_card")

    story.advance("2030-12-01")

    days = timeline(story.facts)
    assert days.pop("2030-02-10") == expected
    assert list(days) == ["2030-01-01", "2030-01-25", "2030-02-01", "2030-02-03", "2030-02-06"]
    assert story.again(sub).status == status
    assert story.all(Invoice)[-1].status == invoice
    assert story.all(Invoice)[-1].attempt_count == 4
    assert story.all(Invoice)[-1].next_attempt_at is None


def test_a_strict_policy_ends_with_the_first_failure():
    """Without retries the first failure is the last: the deletion follows in the same instant."""
    expected = "ic0 pf1 up2 del3"
    story = Story("2030-01-01")
    sub = story.subscriber(dunning="strict")
    story.do("decline_next", payer=sub.id)

    story.advance("2030-02-01")

    assert expected == timeline(story.facts)["2030-02-01"]


def test_a_pausing_policy_without_its_retries_recovers_on_resume():
    """A subscription that dunning has paused is charged its open invoice when it is resumed."""
    story = Story("2030-01-01")
    sub = story.subscriber(dunning="pausing")
    story.do("decline_next", payer=sub.id, times=4)
    story.advance("2030-02-20")

    story.do("resume", subscription=sub.id)

    expected = {"2030-02-20": "up0 resumed1 ps2 paid3 up4"}
    assert expected == timeline(story.last)
    assert story.again(sub).status == "active"
    assert period(story.again(sub)) == ("2030-02-01", "2030-03-01")
    assert len(story.all(Invoice)) == 2


def test_a_resume_that_fails_pauses_again():
    """Where the open invoice fails on resume, and no retry is ahead, the policy acts again."""
    story = Story("2030-01-01")
    sub = story.subscriber(dunning="pausing")
    story.do("decline_next", payer=sub.id, times=5)
    story.advance("2030-02-20")

    story.do("resume", subscription=sub.id)

    expected = {"2030-02-20": "up0 resumed1 pf2 up3 up4 paused5"}
    assert expected == timeline(story.last)
    assert story.again(sub).status == "paused"
    assert story.all(Invoice)[-1].attempt_count == 5


def test_a_scheduled_end_after_dunning_has_paused_acts_at_once():
    """Where dunning has paused a subscription its period is over, so its end is now."""
    story = Story("2030-01-01")
    sub = story.subscriber(dunning="pausing")
    story.do("decline_next", payer=sub.id, times=4)
    story.advance("2030-02-20")

    story.do("cancel", subscription=sub.id, at_period_end=True)

    expected = {"2030-02-20": "up0 del1"}
    assert expected == timeline(story.last)
    assert story.all(Invoice)[-1].status == "void"


def test_the_policy_of_an_offer_comes_before_the_world_s():
    """An offer's own policy holds; without one the world's does, as it is when the charge fails."""
    story = Story("2030-01-01")
    own = story.subscriber(dunning="strict")
    common = story.subscriber(email="john@example.com")
    story.do("set_dunning", name="lenient")
    for sub in (own, common):
        story.do("decline_next", payer=sub.id, times="until_new_card")

    story.advance("2030-03-01")

    statuses = story.again(own).status, story.again(common).status
    expected = "canceled", "past_due"
    assert expected == statuses


def test_a_free_offer_is_never_declined():
    """An offer that costs nothing renews whatever the card."""
    expected = {
        "2030-01-01": "cc0 ic1 pis2 cr3 iu4",
        "2030-01-08": "ic0 ps1 paid2 up3 iu4",
    }
    story = Story("2030-01-01")

    sub = story.subscriber(price=0, frequency="weekly", card="declines")
    story.do("decline_next", payer=sub.id, times="until_new_card")
    story.do("decline_next", payer=JANE, times="until_new_card")
    story.advance("2030-01-08")

    assert expected == timeline(story.facts)
    assert sub.amount == 0


def test_every_paid_invoice_makes_an_order():
    """Each paid invoice of a subscription makes an order, so that a refund can name it; a failed
    one makes none."""
    story = Story("2030-01-01")
    sub = story.subscriber(price="29.00", tax_rate="0.08", metadata={"user": "42"})
    story.do("decline_next", payer=sub.id, times=1)

    story.advance("2030-03-01")

    orders = story.all(Order)
    invoices = [invoice.id for invoice in story.all(Invoice)]
    assert invoices == [order.invoice_id for order in orders]
    assert {(order.amount_before_tax, order.tax, order.amount) for order in orders} == {
        (2900, 232, 3132)
    }
    assert {order.product_id for order in orders} == {sub.offer_id}
    assert {order.subscription_id for order in orders} == {sub.id}
    assert orders[0].metadata == {"user": "42"}
    assert orders[0].payment_intent_id
    assert story.again(sub).last_order_id == orders[-1].id


def test_a_long_outage_skips_the_boundaries_that_went_by():
    """A subscription kept past due for months owes one invoice only; recovered, its period runs
    from there to the next boundary ahead."""
    story = Story("2030-01-31")
    sub = story.subscriber(dunning="lenient")
    story.do("decline_next", payer=sub.id, times="until_new_card")
    story.advance("2030-07-15")

    story.do("update_payment_method", subscription=sub.id)

    expected = {"2030-07-15": "up0 ps1 paid2 up3"}
    assert expected == timeline(story.last)
    assert period(story.again(sub)) == ("2030-02-28", "2030-07-31")
    assert len(story.all(Invoice)) == 2


def test_two_subscriptions_due_in_one_instant():
    """What falls due for two subscribers in one instant comes one after the other, whole."""
    story = Story("2030-01-01")
    offer = story.do("create_offer")
    buyers = ["a@example.com", "b@example.com"]
    for email in buyers:
        story.do("subscribe", offer=offer.id, email=email)

    story.advance("2030-02-01")

    renewals = [fact for fact in story.last if day(fact.instant) == "2030-02-01"]
    assert [fact.buyer for fact in renewals] == ["a@example.com"] * 4 + ["b@example.com"] * 4
    assert keys(renewals[:4]) == keys(renewals[4:])
    assert [fact.stamp - fact.instant for fact in renewals] == [0, 1, 2, 3] * 2


def test_a_scheduled_end_holds_while_past_due():
    """A subscription that ends at its period end does so also where an invoice is still open and
    the next retry is planned for later."""
    story = Story("2030-01-01")
    sub = story.subscriber(price="30.00")
    story.do("create_offer", id="max", price="90.00", dunning="pausing")
    story.do("decline_next", payer=sub.id, times="until_new_card")
    story.advance("2030-01-20")
    story.do("change_plan", subscription=sub.id, offer="max", proration="immediate")
    story.advance("2030-01-29")
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.do("update_offer", offer="max", dunning="patient")
    waiting = story.do("resume", subscription=sub.id)

    story.advance("2030-03-01")

    assert (waiting.status, day(waiting.retry_at)) == ("past_due", "2030-02-03")
    assert timeline(story.last) == {"2030-02-01": "del0"}
    assert story.all(Invoice)[-1].status == "void"


def busy_instant(verb):
    """At the first renewal of one subscription, a receiver acts on another, which is paused and
    ends in the same instant; what was sent about that one then."""
    with Emulator() as pocketsflow:
        offer = pocketsflow.create_offer(price="29.00")
        pocketsflow.subscribe(offer, email="first@example.com")
        other = pocketsflow.subscribe(offer, email=JANE)
        pocketsflow.advance(days=26)
        pocketsflow.pause(other)
        pocketsflow.cancel(other, at_period_end=True)

        def receiver(request):
            if request.event == "invoice.created":
                getattr(pocketsflow, verb)(other)

        pocketsflow.deliver_to(receiver)
        sent = pocketsflow.advance(days=6)
    return [d.event for d in sent if d.json["customer"]["email"] == JANE]


def test_a_resume_in_the_instant_of_the_end_charges_nobody():
    """Whoever is resumed in the very instant in which their subscription ends is not billed for
    another period: it ends."""
    expected = [
        "customer.subscription.updated",
        "customer.subscription.resumed",
        "customer.subscription.deleted",
    ]

    sent = busy_instant("resume")

    assert expected == sent
