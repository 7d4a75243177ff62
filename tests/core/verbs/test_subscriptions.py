"""Subscriptions: start, pause, resume, cancel, trials."""

import pytest

from pocketsflow_emulator.core import ids
from pocketsflow_emulator.core.clock import parse
from pocketsflow_emulator.core.models import (
    Customer,
    Invoice,
    Offer,
    Order,
    PaymentIntent,
    Subscription,
)
from pocketsflow_emulator.errors import InvalidInput, NotFound
from worlds import JANE, Story, day, keys, period, timeline

HEX = "65f0a1b2c3d4e5f6a7b8c9d0"

# ---- start --------------------------------------------------------------------------------------


def test_a_subscription_starts_paid():
    """A subscription without trial is billed, paid and created, after its customer."""
    story = Story("2030-01-31")

    sub = story.subscriber(
        first_name="Jane",
        country="de",
        zip="10115",
        state="BE",
        vat_number="DE1",
        tax_rate="0.19",
        metadata={"user": "42"},
        client_reference_id="cart_1",
        id="sub_mine",
        person=4,
    )

    expected = {"2030-01-31": "cc0 ic1 pis2 cr3"}
    assert expected == timeline(story.facts)
    assert {fact.buyer for fact in story.facts} == {JANE}
    created = story.facts[-1]
    assert created.get(Subscription) == sub
    assert created.get(Offer).name == "Pro"
    assert created.get(Customer).first_name == "Jane"
    assert (sub.id, sub.status, sub.email) == ("sub_mine", "active", JANE)
    assert (sub.price, sub.tax, sub.tax_rate, sub.amount) == (2900, 551, "0.19", 3451)
    assert (sub.country, sub.zip, sub.state, sub.vat_number) == ("DE", "10115", "BE", "DE1")
    assert (sub.metadata, sub.client_reference_id) == ({"user": "42"}, "cart_1")
    assert period(sub) == ("2030-01-31", "2030-02-28")
    assert story.state.counters["person"] == 4


def test_the_first_invoice_and_its_payment():
    """The first invoice is open when it is created and paid when the subscription is."""
    story = Story("2030-01-31")

    sub = story.subscriber()

    billed, intent = story.facts[1].get(Invoice), story.facts[2].get(PaymentIntent)
    assert (billed.status, billed.amount, billed.attempt_count) == ("open", 2900, 0)
    assert (day(billed.period_start), day(billed.period_end)) == ("2030-01-31", "2030-02-28")
    assert billed.subscription_id == sub.id
    (paid,) = story.all(Invoice)
    assert paid == billed._replace(status="paid", attempt_count=1, paid_at=parse("2030-01-31"))
    assert (intent.status, intent.amount, intent.error_code) == ("succeeded", 2900, "")
    (order,) = story.all(Order)
    assert (order.invoice_id, order.payment_intent_id) == (paid.id, intent.id)
    assert sub.last_order_id == order.id


@pytest.mark.parametrize(
    ("frequency", "end"),
    [("weekly", "2032-03-07"), ("monthly", "2032-03-29"), ("yearly", "2033-02-28")],
)
def test_the_first_period(frequency, end):
    """The first period is a week, a month or a year of the calendar."""
    story = Story("2032-02-29")

    sub = story.subscriber(frequency=frequency)

    assert period(sub) == ("2032-02-29", end)


def test_a_declined_subscription():
    """Where the first payment is declined there is no subscription and no customer."""
    story = Story("2030-01-01")

    intent = story.subscriber(card="declines", tax_rate="0.1")

    expected = {"2030-01-01": "pif0"}
    assert expected == timeline(story.facts)
    assert (intent.status, intent.error_code, intent.amount) == ("declined", "card_declined", 3190)
    assert story.all(Subscription) == []
    assert story.all(Customer) == []


def test_a_trial_starts():
    """A trial sends `customer.created` and `customer.subscription.created`; the period is the
    trial."""
    story = Story("2030-01-01")

    sub = story.subscriber(trial_days=14)

    expected = {"2030-01-01": "cc0 cr1"}
    assert expected == timeline(story.facts)
    assert sub.status == "trialing"
    assert period(sub) == ("2030-01-01", "2030-01-15")
    assert (sub.trial_start, sub.trial_end) == (sub.period_start, sub.period_end)
    assert story.all(Invoice) == []


def test_a_trial_of_one_s_own():
    """`trial_days` of a subscription comes before the offer's."""
    story = Story("2030-01-01")
    offer = story.do("create_offer", trial_days=14)

    sub = story.do("subscribe", offer=offer.id, email=JANE, trial_days=30)

    assert period(sub) == ("2030-01-01", "2030-01-31")


@pytest.mark.parametrize(
    ("arguments", "kind", "match"),
    [
        ({"offer": "max"}, NotFound, "there is no offer 'max'"),
        ({"offer": None}, InvalidInput, "offer is None"),
        ({"email": None}, InvalidInput, "email is None"),
        ({"trial_days": -1}, InvalidInput, "from 0 to 3650"),
        ({"trial_days": 3651}, InvalidInput, "from 0 to 3650"),
        ({"trial_days": "14"}, InvalidInput, "trial_days is '14'"),
        ({"tax_rate": "1.5"}, InvalidInput, "write a fraction"),
        ({"metadata": []}, InvalidInput, "metadata is []"),
        ({"client_reference_id": {}}, InvalidInput, "client_reference_id is"),
        ({"card": ""}, InvalidInput, "card is ''"),
        ({"id": "pro"}, InvalidInput, "taken"),
        ({"id": 5}, InvalidInput, "id is 5"),
        ({"person": True}, InvalidInput, "person is True"),
        ({"zip": 5}, InvalidInput, "zip is 5"),
    ],
)
def test_refused_subscriptions(arguments, kind, match):
    """What cannot be subscribed to is refused with what was asked and what to do instead."""
    story = Story()
    story.do("create_offer", id="pro")

    error = story.refuse("subscribe", **({"offer": "pro", "email": JANE} | arguments))

    assert isinstance(error, kind)
    assert match in str(error)


@pytest.mark.parametrize("id", [None, HEX, "mine"])
def test_verbs_take_both_ids(id):
    """Every verb takes the prefixed id of webhooks and the 24-hex id of the API."""
    story = Story()
    sub = story.subscriber(trial_days=14, id=id)
    api = ids.api_id(sub.id)

    for verb, arguments in [
        ("extend_trial", {"days": 1}),
        ("cancel", {"at_period_end": True}),
        ("uncancel", {}),
        ("pause", {}),
        ("resume", {}),
        ("update_payment_method", {}),
        ("end_trial", {}),
        ("cancel", {}),
    ]:
        for form in (api, sub.id):
            twin = story.twin()
            assert twin.do(verb, subscription=form, **arguments).id == sub.id
        story.do(verb, subscription=api, **arguments)

    assert story.again(sub).status == "canceled"
    assert story.do("refund", order=api).order_id == story.again(sub).last_order_id


@pytest.mark.parametrize(
    "verb", ["pause", "resume", "cancel", "uncancel", "extend_trial", "end_trial"]
)
@pytest.mark.parametrize(
    ("value", "kind"), [("sub_nothing", NotFound), (None, InvalidInput), (5, InvalidInput)]
)
def test_unknown_subscriptions_are_refused(verb, value, kind):
    """A subscription nobody knows is refused by every verb."""
    story = Story()
    story.subscriber()
    days = {"days": 1} if verb == "extend_trial" else {}

    error = story.refuse(verb, subscription=value, **days)

    assert isinstance(error, kind)


# ---- pause and resume ---------------------------------------------------------------------------


def test_a_pause():
    """A pause sends `.updated` and `.paused`; nothing falls due any more."""
    story = Story("2030-01-01")
    sub = story.subscriber()

    paused = story.do("pause", subscription=sub.id)
    sent = keys(story.last)
    story.advance("2035-01-01")

    assert sent == ["customer.subscription.updated", "customer.subscription.paused"]
    assert (paused.status, paused.paused_from, paused.resume_at) == ("paused", "active", None)
    assert story.last == []


def test_a_resume_within_the_period():
    """A resume within the period sends `.updated` and `.resumed`; the period stays."""
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.do("pause", subscription=sub.id, until="2030-01-20")
    story.advance("2030-01-10")

    resumed = story.do("resume", subscription=sub.id)
    sent = keys(story.last)
    story.advance("2030-01-24")

    assert sent == ["customer.subscription.updated", "customer.subscription.resumed"]
    assert resumed == sub
    assert story.last == []


def test_a_notice_is_not_sent_twice_for_a_period():
    """A pause after the notice and a resume within the period send no second notice."""
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.advance("2030-01-26")
    story.do("pause", subscription=sub.id)
    story.advance("2030-01-28")

    story.do("resume", subscription=sub.id)

    expected = {"2030-01-28": "up0 resumed1"}
    assert expected == timeline(story.last)


@pytest.mark.parametrize(
    ("until", "match"),
    [
        ("2030-01-01", "which is not ahead of 2030-01-01T00:00:00.000Z"),
        ("2029-01-01", "which is not ahead of"),
        ("1969-01-01", "outside the years"),
        ("tomorrow", "is not a date"),
        ("", "until is empty"),
        (20300201, "until is 20300201"),
    ],
)
def test_a_pause_ends_in_the_future(until, match):
    """A pause can only last until a date that is still ahead."""
    story = Story("2030-01-01")
    sub = story.subscriber()

    error = story.refuse("pause", subscription=sub.id, until=until)

    assert isinstance(error, InvalidInput)
    assert match in str(error)


# ---- cancel -------------------------------------------------------------------------------------


@pytest.mark.parametrize("trial_days", [0, 14])
def test_cancel_now(trial_days):
    """A cancellation ends the subscription at once; nothing falls due any more."""
    story = Story("2030-01-01")
    sub = story.subscriber(trial_days=trial_days)

    ended = story.do("cancel", subscription=sub.id)
    sent = keys(story.last)
    story.advance("2031-01-01")

    assert sent == ["customer.subscription.deleted"]
    assert (ended.status, ended.canceled_at) == ("canceled", parse("2030-01-01"))
    assert story.last == []


def test_a_cancellation_voids_the_open_invoice():
    """The open invoice of a subscription that ends is void and not tried again."""
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.do("decline_next", payer=sub.id)
    story.advance("2030-02-01")

    ended = story.do("cancel", subscription=sub.id)
    story.advance("2030-03-01")

    invoice = story.all(Invoice)[-1]
    assert (invoice.status, invoice.next_attempt_at) == ("void", None)
    assert (ended.open_invoice_id, ended.retry_at) == ("", None)
    assert story.last == []


@pytest.mark.parametrize("value", [1, "yes", None])
def test_at_period_end_is_true_or_false(value):
    """Whether to cancel at the period's end is true or false."""
    story = Story()
    sub = story.subscriber()

    error = story.refuse("cancel", subscription=sub.id, at_period_end=value)

    assert isinstance(error, InvalidInput)


def test_an_ending_one_can_still_be_cancelled_now():
    """A subscription that is ending at its period end can be cancelled at once."""
    story = Story()
    sub = story.subscriber()
    story.do("cancel", subscription=sub.id, at_period_end=True)

    story.do("cancel", subscription=sub.id)

    assert keys(story.last) == ["customer.subscription.deleted"]


def test_a_paused_one_can_be_saved_from_its_end():
    """A scheduled end of a paused subscription can be taken back."""
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.do("pause", subscription=sub.id)
    story.do("cancel", subscription=sub.id, at_period_end=True)

    story.do("uncancel", subscription=sub.id)
    sent = keys(story.last)
    story.advance("2030-03-01")

    assert sent == ["customer.subscription.updated"]
    assert story.last == []
    assert story.again(sub).status == "paused"


def test_an_ending_one_that_was_paused_ends_after_its_resume():
    """A resume within the period keeps the scheduled end."""
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.do("pause", subscription=sub.id)
    story.do("resume", subscription=sub.id)

    story.advance("2030-03-01")

    expected = {"2030-02-01": "del0"}
    assert expected == timeline(story.last)


# ---- trials -------------------------------------------------------------------------------------


def test_a_trial_is_extended():
    """An extended trial ends later, and so does the anchor of its periods."""
    story = Story("2030-01-01")
    sub = story.subscriber(trial_days=14)

    longer = story.do("extend_trial", subscription=sub.id, days=7)
    sent = keys(story.last)
    story.advance("2030-01-22")

    assert sent == ["customer.subscription.updated"]
    assert period(longer) == ("2030-01-01", "2030-01-22")
    assert longer.trial_end == longer.anchor == longer.period_end
    assert period(story.again(sub)) == ("2030-01-22", "2030-02-22")


def test_both_notices_come_again_after_an_extension():
    """After an extension both notices are sent again, for the new end."""
    expected = {
        "2030-01-01": "cc0 cr1",
        "2030-01-08": "iu0",
        "2030-01-12": "twe0",
        "2030-01-14": "up0",
        "2030-01-29": "iu0",
        "2030-02-02": "twe0",
        "2030-02-05": "ic0 ps1 paid2 up3",
    }
    story = Story("2030-01-01")
    sub = story.subscriber(trial_days=14)
    story.advance("2030-01-14")

    story.do("extend_trial", subscription=sub.id, days=21)
    story.advance("2030-02-05")

    assert expected == timeline(story.facts)


def test_an_extension_by_a_day_sends_missed_notices_at_once():
    """Where the new end is near, the notices come at once, the invoice's first."""
    story = Story("2030-01-01")
    sub = story.subscriber(trial_days=14)
    story.advance("2030-01-14")

    story.do("extend_trial", subscription=sub.id, days=1)

    expected = {"2030-01-14": "up0 iu1 twe2"}
    assert expected == timeline(story.last)


@pytest.mark.parametrize("days", [0, -1, 3651, "7", None, True, 1.5])
def test_a_trial_is_extended_by_whole_days(days):
    """A trial is extended by 1 to 3,650 whole days."""
    story = Story()
    sub = story.subscriber(trial_days=14)

    error = story.refuse("extend_trial", subscription=sub.id, days=days)

    assert isinstance(error, InvalidInput)
    assert "from 1 to 3650" in str(error)


def test_a_trial_is_ended():
    """A trial that is ended is charged at once, and its periods start now."""
    story = Story("2030-01-01")
    sub = story.subscriber(trial_days=14)
    story.advance("2030-01-05")

    after = story.do("end_trial", subscription=sub.id)

    expected = {"2030-01-05": "ic0 ps1 paid2 up3"}
    assert expected == timeline(story.last)
    assert after.status == "active"
    assert period(after) == ("2030-01-05", "2030-02-05")
    assert day(after.trial_end) == day(after.anchor) == "2030-01-05"


def test_a_trial_that_is_ended_may_be_declined():
    """Where the charge at a trial's end is declined, dunning begins."""
    story = Story("2030-01-01")
    sub = story.subscriber(trial_days=14, card="declines")

    after = story.do("end_trial", subscription=sub.id)

    expected = {"2030-01-01": "ic2 pf3 up4"}
    assert expected == timeline(story.last)
    assert after.status == "past_due"
    assert day(after.retry_at) == "2030-01-03"


def test_ending_an_ending_trial_keeps_the_buyer():
    """Ending a trial now takes a scheduled end back: the buyer has been charged."""
    story = Story("2030-01-01")
    sub = story.subscriber(trial_days=14)
    story.do("cancel", subscription=sub.id, at_period_end=True)

    after = story.do("end_trial", subscription=sub.id)
    story.advance("2030-02-01")

    assert after.cancel_at_period_end is False
    assert story.again(sub).status == "active"


# ---- the end of time ----------------------------------------------------------------------------


@pytest.mark.parametrize("frequency", ["weekly", "monthly", "yearly"])
def test_on_the_last_day_there_is_a_period_begins(frequency):
    """On the last day of the calendar a subscription begins; its dates are written as always."""
    story = Story("8999-12-31")
    story.do("create_offer", id="pro", frequency=frequency, trial_days=0)

    sub = story.do("subscribe", offer="pro", email=JANE)

    assert day(sub.period_end).startswith("9000-")


def test_no_trial_is_extended_past_the_year_8999():
    """A trial cannot be extended past the year 8999."""
    story = Story("8999-10-01")
    sub = story.subscriber(trial_days=14)

    error = story.refuse("extend_trial", subscription=sub.id, days=365)

    assert isinstance(error, InvalidInput)
