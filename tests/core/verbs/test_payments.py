"""Declines on request, and cards on file."""

import pytest

from pocketsflow_emulator.core.models import Invoice, PaymentIntent, Subscription
from pocketsflow_emulator.errors import EmulatorError, IllegalMove, InvalidInput, NotFound
from worlds import JANE, Story, day, keys, period, timeline

JOHN = "john@example.com"


def shop():
    """A world with a course to buy."""
    story = Story("2030-01-01")
    story.do("create_product", id="course", quiet=True)
    return story


def purchases(story, count, email=JANE):
    """Buy the course so many times; the event that each one ends with."""
    ends = []
    for _ in range(count):
        story.do("purchase", product="course", email=email)
        ends.append(keys(story.last)[-1])
    return ends


def overdue(**offer):
    """A monthly subscription whose renewal on 1 February has failed."""
    story = Story("2030-01-01")
    sub = story.subscriber(**offer)
    story.do("decline_next", payer=sub.id, times="until_new_card", code="insufficient_funds")
    story.advance("2030-02-01")
    return story, sub


FAILED, PAID = "payment_intent.payment_failed", "order.completed"


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param(1, [FAILED, PAID, PAID], id="once"),
        pytest.param(2, [FAILED, FAILED, PAID], id="twice"),
        pytest.param("until_new_card", [FAILED, FAILED, FAILED], id="until there is a new card"),
        pytest.param(0, [PAID, PAID, PAID], id="not at all"),
    ],
)
def test_the_next_payments_of_a_buyer_fail(times, expected):
    """The next payments of an e-mail fail, as many as asked for; those of others do not."""
    story = shop()

    story.do("decline_next", payer=JANE, times=times)

    assert story.last == []
    assert purchases(story, 1, JOHN) == [PAID]
    assert expected == purchases(story, 3)


def test_a_decline_says_why():
    """The code asked for is the one the failed payment carries."""
    story = shop()

    story.do("decline_next", payer=JANE, code="expired_card")
    intent = story.do("purchase", product="course", email=JANE)

    assert story.last[0].get(PaymentIntent) == intent
    assert intent.error_code == "expired_card"


@pytest.mark.parametrize("times", [3, "until_new_card"])
def test_zero_times_takes_it_back(times):
    """Asking for 0 declines takes the earlier request back; taking nothing back is allowed."""
    story = shop()
    story.do("decline_next", payer=JANE, times=times)

    story.do("decline_next", payer=JANE, times=0)
    story.do("decline_next", payer=JOHN, times=0)

    assert purchases(story, 1) == [PAID]
    assert story.state.declines == {}


def test_the_next_charges_of_a_subscription_fail():
    """The next charges of one subscription fail; another one of the same buyer renews."""
    story = Story("2030-01-01")
    first, second = story.subscriber(), story.subscriber()

    story.do("decline_next", payer=first.id, code="expired_card")
    story.advance("2030-02-01")

    assert story.again(first).status == "past_due"
    assert story.again(second).status == "active"
    (failed,) = [fact for fact in story.last if fact.event.key == "invoice.payment_failed"]
    assert failed.get(Invoice).error_code == "expired_card"


def test_the_charges_of_a_buyer_s_subscriptions_fail():
    """Declines by e-mail hold for purchases, first payments and renewals alike, in their order."""
    story = Story("2030-01-01")
    sub = story.subscriber()

    story.do("decline_next", payer=JANE, times=2)
    declined = story.subscriber()
    story.advance("2030-02-01")

    assert declined.status == "declined"
    assert story.again(sub).status == "past_due"
    assert story.state.declines == {}


def test_a_bad_card_uses_up_no_request():
    """A charge that fails by its card leaves what was asked for to the next."""
    story = shop()
    story.do("decline_next", payer=JANE, times=1)

    story.do("purchase", product="course", email=JANE, card="declines")

    assert purchases(story, 2) == [FAILED, PAID]


def test_a_subscription_s_requests_come_before_its_buyer_s():
    """A decline asked for a subscription is used up before one asked for its buyer."""
    story = Story("2030-01-01")
    sub = story.subscriber(frequency="weekly")
    story.do("decline_next", payer=JANE, code="expired_card")
    story.do("decline_next", payer=sub.id, code="insufficient_funds")

    story.advance("2030-01-10")

    codes = [
        fact.get(Invoice).error_code
        for fact in story.last
        if fact.event.key == "invoice.payment_failed"
    ]
    expected = ["insufficient_funds", "expired_card"]
    assert expected == codes


@pytest.mark.parametrize(
    ("arguments", "kind", "match"),
    [
        ({"payer": "nobody"}, NotFound, "payer: there is no subscription 'nobody'"),
        ({"payer": "a@b@c"}, InvalidInput, "email is 'a@b@c'"),
        ({"payer": None}, InvalidInput, "payer is None"),
        ({"times": -1}, InvalidInput, "from 0 to 1000"),
        ({"times": 1001}, InvalidInput, "from 0 to 1000"),
        ({"times": "twice"}, InvalidInput, "times is 'twice'"),
        ({"times": True}, InvalidInput, "times is True"),
        ({"code": "no"}, InvalidInput, "unknown decline code 'no'"),
        ({"code": None}, InvalidInput, "unknown decline code"),
    ],
)
def test_refused_requests(arguments, kind, match):
    """What cannot be declined is refused with what was asked and what to do instead."""
    story = Story()

    error = story.refuse("decline_next", **({"payer": JANE} | arguments))

    assert isinstance(error, kind)
    assert match in str(error)


def test_a_canceled_subscription_is_not_charged_any_more():
    """Declines for a canceled subscription are refused, for it will not be charged again."""
    story = Story()
    sub = story.subscriber()
    story.do("decline_next", payer=sub.id)
    story.do("cancel", subscription=sub.id)

    error = story.refuse("decline_next", payer=sub.id)

    assert isinstance(error, IllegalMove)
    assert story.state.declines == {}


def test_dunning_that_cancels_leaves_no_request_behind():
    """A subscription that dunning has cancelled leaves no decline waiting, as any other end."""
    story, _ = overdue()

    story.advance("2030-03-01")

    assert story.state.declines == {}


# ---- cards on file ------------------------------------------------------------------------------


@pytest.mark.parametrize("trial_days", [0, 14])
def test_a_new_card(trial_days):
    """A new card on file sends `customer.subscription.updated` and changes nothing else."""
    story = Story()
    sub = story.subscriber(trial_days=trial_days, card="4242424242424242")

    after = story.do("update_payment_method", subscription=sub.id, card="declines")

    assert keys(story.last) == ["customer.subscription.updated"]
    assert after == sub._replace(card="card_declined")


def test_a_bad_card_fails_at_the_next_renewal():
    """A card that declines fails when it is charged, with its own code."""
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.do("update_payment_method", subscription=sub.id, card="4000000000009995")

    story.advance("2030-02-01")

    assert story.again(sub).status == "past_due"
    assert story.all(Invoice)[-1].error_code == "insufficient_funds"


def test_a_trial_can_begin_with_a_bad_card():
    """A trial begins with any card; it is charged when the trial ends."""
    story = Story("2030-01-01")

    sub = story.subscriber(trial_days=14, card="declines")
    story.advance("2030-01-15")

    assert sub.status == "trialing"
    assert story.again(sub).status == "past_due"


def test_a_new_card_is_charged_at_once():
    """With a new card an open invoice is charged at once, and the request to decline is over."""
    story, sub = overdue()

    after = story.do("update_payment_method", subscription=sub.id)

    expected = {"2030-02-01": "up3 ps4 paid5 up6"}
    assert expected == timeline(story.last)
    assert after.status == "active"
    assert period(after) == ("2030-02-01", "2030-03-01")
    assert story.all(Invoice)[-1].attempt_count == 2
    assert story.all(Invoice)[-1].next_attempt_at is None
    assert story.state.declines == {}


def test_another_bad_card_counts_and_leaves_the_dates():
    """Another bad card is an attempt of its own and leaves the dates of the others."""
    story, sub = overdue()
    story.advance("2030-02-02")

    story.do("update_payment_method", subscription=sub.id, card="4000000000009995")
    by_hand = timeline(story.last)
    story.advance("2030-03-01")

    assert by_hand == {"2030-02-02": "up0 pf1"}
    attempts = [
        (
            day(fact.instant),
            fact.get(Invoice).attempt_count,
            day(fact.get(Invoice).next_attempt_at) if fact.get(Invoice).next_attempt_at else None,
        )
        for fact in story.facts
        if fact.event.key == "invoice.payment_failed"
    ]
    expected = [
        ("2030-02-01", 1, "2030-02-03"),
        ("2030-02-02", 2, "2030-02-03"),
        ("2030-02-03", 3, "2030-02-06"),
        ("2030-02-06", 4, "2030-02-10"),
        ("2030-02-10", 5, None),
    ]
    assert expected == attempts
    assert story.again(sub).status == "canceled"


def test_another_bad_card_does_not_end_what_is_kept_past_due():
    """A failed charge by hand ends nothing, also where no retry is ahead any more."""
    story, sub = overdue(dunning="lenient")
    story.advance("2030-03-01")

    story.do("update_payment_method", subscription=sub.id, card="declines")

    expected = {"2030-03-01": "up0 pf1"}
    assert expected == timeline(story.last)
    assert story.again(sub).status == "past_due"
    assert story.all(Invoice)[-1].attempt_count == 5


def test_a_new_card_ends_the_requests_for_the_buyer_too():
    """A request to decline an e-mail until there is a new card is over with one; a counted one is
    not."""
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.do("decline_next", payer=JANE, times="until_new_card")
    story.do("decline_next", payer=sub.id, times=5)

    story.do("update_payment_method", subscription=sub.id)

    assert {payer: decline.left for payer, decline in story.state.declines.items()} == {sub.id: 5}


def test_a_new_card_for_a_paused_one_is_not_charged():
    """While a subscription is paused a new card is kept and not charged, open invoice or not."""
    story, sub = overdue(dunning="pausing")
    story.advance("2030-03-01")

    after = story.do("update_payment_method", subscription=sub.id)

    assert keys(story.last) == ["customer.subscription.updated"]
    assert after.status == "paused"
    assert after.open_invoice_id


@pytest.mark.parametrize(
    "arguments", [{"subscription": "nothing"}, {"subscription": None}, {"card": "gold"}]
)
def test_refused_cards(arguments):
    """An unknown subscription or card is refused."""
    story = Story()
    sub = story.subscriber()

    error = story.refuse("update_payment_method", **({"subscription": sub.id} | arguments))

    assert isinstance(error, EmulatorError)
    assert story.all(Subscription) == [sub]
