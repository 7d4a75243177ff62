"""What a test reads back, and assertions that explain a miss."""

import json
from datetime import UTC, datetime

import pytest

from pocketsflow_emulator import Deliveries, Emulator, Missed, verify
from pocketsflow_emulator.errors import InvalidInput, UnknownName

JANE = "jane@example.com"


@pytest.fixture
def sold(shop):
    """A shop in which Jane bought a course, had 10.00 back, and then the rest."""
    course = shop.create_product(id="prod_course", price="60.00", quiet=True)
    order = shop.purchase(course, email=JANE, id="order_jane", metadata={"user": "7"})
    shop.advance(days=1)
    shop.refund(order, amount=10)
    shop.refund(order)
    return shop


def miss(assertion, *arguments, **options):
    """Return the text of an assertion that does not hold."""
    with pytest.raises(Missed) as caught:
        assertion(*arguments, **options)
    return str(caught.value)


# ---- deliveries --------------------------------------------------------------------------------


def test_deliveries_are_selected_by_name_or_pattern(sold):
    """`of` takes a name or a pattern, `last` is the newest; slices are deliveries too."""
    deliveries = sold.deliveries

    assert [d.event for d in deliveries.of("order.*")] == [
        "order.completed",
        "order.refunded",
        "order.refunded",
    ]
    assert deliveries[-1].id == deliveries.of("order.refunded").last.id
    assert deliveries.of("review.created").last is None
    assert isinstance(deliveries[1:], Deliveries)
    assert [d.id for d in deliveries[1:]] == [2, 3, 4]


def test_a_misspelt_event_is_no_empty_answer(sold):
    """`of` an event that does not exist is an error with the nearest name."""
    with pytest.raises(UnknownName, match=r"'order\.refund'; did you mean 'order\.refunded'"):
        sold.deliveries.of("order.refund")


def test_a_delivery_shows_what_was_sent_and_answered():
    """Event, bytes, headers, number of tries, instant, status, answer and outcome can be read."""
    with Emulator(start="2030-01-01", secret="whsec_own") as emulator:
        webhook = emulator.deliver_to(lambda _request: (202, b"thanks"))
        emulator.create_product(name="Course")

        delivery = emulator.deliveries.last

    assert (delivery.id, delivery.event, webhook) == (1, "product.created", delivery.webhook)
    assert json.loads(delivery.body) == delivery.json
    assert verify(delivery.body, delivery.headers["X-Pocketsflow-Signature"], "whsec_own")
    assert (delivery.status, delivery.answer, delivery.outcome) == (202, b"thanks", "delivered")
    assert (1, datetime(2030, 1, 1, tzinfo=UTC)) == (delivery.tries, delivery.at)
    assert repr(delivery) == "<delivery 1 product.created 202>"


def test_a_delivery_that_went_wrong_explains_itself():
    """The explanation says what happened, the likely cause and what to do."""
    with Emulator() as emulator:
        emulator.deliver_to(lambda _request: (500, b"no such\x1b[31m\nuser " + 300 * b"!"))
        emulator.create_product()

        delivery = emulator.deliveries.last

    assert (delivery.outcome, delivery.status) == ("rejected", 500)
    assert delivery.explanation.startswith(
        r"product.created: rejected 500 (status 500); the answer: no such\x1b[31m\nuser !!"
    )
    assert len(delivery.explanation) < 600
    assert "Likely: " in delivery.explanation
    assert repr(delivery) == "<delivery 1 product.created 500 rejected>"


def test_tries_are_counted_per_delivery():
    """With a policy of retries a delivery waits for its next try, and is one delivery still."""
    answers = iter([500, 500, 200])
    with Emulator(policy="retry-ladder") as emulator:
        emulator.deliver_to(lambda _request: next(answers))
        emulator.create_product()
        first = emulator.deliveries.last.outcome

        emulator.advance(minutes=5)

        [delivery] = emulator.deliveries
    assert first == "scheduled"
    assert (delivery.tries, delivery.outcome, delivery.status) == (3, "delivered", 200)


def test_a_delivery_to_nobody_was_never_tried():
    """What is queued for a webhook that is switched off is skipped: no headers, no answer."""
    with Emulator() as emulator:
        emulator.deliver_to(lambda _request: emulator.update_webhook(hook, active=False) and 200)
        hook = emulator.handle(emulator.deliver_to(lambda _request: 200).id)
        emulator.create_product()

        delivery = emulator.deliveries.last

    assert (hook, "skipped", 0) == (delivery.webhook, delivery.outcome, delivery.tries)
    assert (delivery.headers, delivery.status, delivery.answer) == ({}, None, b"")
    assert delivery.explanation == "product.created is skipped"


# ---- assertions that hold ----------------------------------------------------------------------


def test_assert_delivered_returns_the_last_that_fits(sold):
    """`where` compares values by path; the delivery that fits comes back."""
    both = sold.assert_delivered("order.refunded", times=2)
    first = sold.assert_delivered("order.refunded", {"refund.amount": 10}, times=1)

    assert first.json["refund"]["amount"] == 10
    assert both.id == sold.deliveries.last.id


def test_bodies_are_asked_for_by_the_paths_of_the_documents():
    """An assertion reads the same whatever dialect the receiver speaks."""
    with Emulator(dialect="current") as emulator:
        emulator.deliver_to(lambda _request: 200)
        course = emulator.create_product(price="60.00", quiet=True)
        order = emulator.purchase(course, email=JANE)

        delivery = emulator.assert_delivered(
            "order.completed", {"order.id": order, "customer.email": JANE, "amount": 60}
        )

    assert delivery.json.keys().isdisjoint({"timestamp", "testMode"})


def test_the_outcome_can_be_asked_for():
    """What was refused by the receiver is not delivered; `outcome` asks for it."""
    with Emulator() as emulator:
        emulator.deliver_to(lambda _request: 500)
        emulator.create_product()

        delivery = emulator.assert_delivered("product.created", outcome="rejected")

        assert delivery.status == 500
        assert "outcome: expected 'delivered', found 'rejected'" in miss(
            emulator.assert_delivered, "product.created"
        )


def test_a_sequence_may_have_others_in_between(sold):
    """`assert_sequence` asks for an order, not for neighbours."""
    sold.assert_sequence("customer.created", "order.refunded", "order.refunded")
    sold.assert_not_delivered("order.refunded", {"refund.amount": 60})
    sold.assert_not_delivered("review.created")


# ---- misses ------------------------------------------------------------------------------------

STORY = """\
  2030-01-01            ✓ customer.created  200  jane@example.com
                        ✓ order.completed   200  60.00 usd  jane@example.com
  2030-01-02            ✓ order.refunded    200  10.00 usd of order_jane
                        ✓ order.refunded    200  50.00 usd of order_jane"""


def test_a_miss_shows_the_nearest_miss(sold):
    """A miss says what was expected, how many fit, what differs in the nearest, and the story."""
    where = {"refund.amount": 60, "customer.email": JANE, "metadata.user": "8"}

    text = miss(sold.assert_delivered, "order.refunded", where)

    first, *near = text.removesuffix(STORY).strip().splitlines()
    assert text.endswith(STORY)
    assert first == (
        "expected order.refunded with refund.amount = 60, customer.email = 'jane@example.com',"
        " metadata.user = '8' delivered; found 0 such deliveries of 4"
    )
    assert len(near) == 2
    assert all("refund.amount: expected 60, found " in line for line in near)


def test_the_nearest_miss_comes_first(sold):
    """Of several near misses the one with the fewest differences is shown first."""
    order = sold.purchase("prod_course", email="tom@example.com")

    text = miss(
        sold.assert_delivered,
        "order.completed",
        {"order.id": order, "customer.email": "tom@example.com", "metadata.user": "7"},
    )

    nearest, further = [line for line in text.splitlines() if "near miss" in line]
    assert f"near miss, delivery {sold.deliveries.last.id}: " in nearest
    assert "customer.email" not in nearest
    assert "customer.email: expected 'tom@example.com', found 'jane@example.com'" in further


def test_a_misspelt_path_is_said(sold):
    """A path that no body has is a miss that names the nearest one."""
    text = miss(sold.assert_delivered, "order.completed", {"customer.emial": JANE})

    assert "there is no 'emial' in 'customer.emial'; did you mean 'email'?" in text


@pytest.mark.parametrize("times", [1, 3])
def test_the_number_counts(sold, times):
    """Too many is a miss as well as too few."""
    text = miss(sold.assert_delivered, "order.refunded", times=times)

    words = "once" if times == 1 else f"{times} times"
    assert f"expected order.refunded delivered {words}; found 2 such deliveries" in text


def test_none_is_asked_for_by_its_own_name(sold):
    """`times=0` has no delivery to return; the error names the assertion to use."""
    with pytest.raises(InvalidInput, match=r"times is 0; .*assert_not_delivered"):
        sold.assert_delivered("review.created", times=0)


def test_what_should_not_have_been_sent_is_shown(sold):
    """`assert_not_delivered` shows the delivery it found, whatever came of it."""
    text = miss(sold.assert_not_delivered, "order.refunded", {"refund.amount": 10})

    assert "expected no order.refunded with refund.amount = 10; found <delivery 3 " in text
    assert text.endswith(STORY)


def test_the_break_in_a_sequence_is_named(sold):
    """`assert_sequence` says which event did not come after which."""
    text = miss(sold.assert_sequence, "order.completed", "customer.created", "order.refunded")

    assert "expected customer.created after order.completed (number 2); it did not come" in text
    assert text.endswith(STORY)


def test_a_miss_where_nothing_has_happened():
    """In an empty world a miss is still a sentence."""
    with Emulator() as emulator:
        text = miss(emulator.assert_delivered, "order.completed")

    assert text.startswith("expected order.completed delivered; found 0 such deliveries of 0")
