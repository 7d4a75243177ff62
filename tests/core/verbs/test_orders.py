"""One-time purchases, refunds and reviews."""

import pytest

from pocketsflow_emulator.core.clock import parse
from pocketsflow_emulator.core.models import (
    Customer,
    Order,
    PaymentIntent,
    Product,
    Refund,
    Review,
    Variant,
)
from pocketsflow_emulator.core.terms import Terms
from pocketsflow_emulator.errors import IllegalMove, InvalidInput, NotFound
from worlds import JANE, Story, keys, timeline


def shop():
    """A world with a course for 60.00, a large variant of it, and a book."""
    story = Story("2030-01-01")
    story.do("create_product", id="course", name="Course", price="60.00", quiet=True)
    story.do("create_variant", id="large", product="course", name="Large", price="80.00")
    story.do("create_product", id="book", name="Book", price="9.99", quiet=True)
    return story


def bought(**arguments):
    """The shop, and Jane's order of the course."""
    story = shop()
    return story, story.do("purchase", product="course", email=JANE, **arguments)


# ---- purchases ----------------------------------------------------------------------------------


def test_a_purchase():
    """The first purchase of an e-mail sends `customer.created` and `order.completed`."""
    story, order = bought(
        first_name="Jane",
        last_name="Doe",
        country="us",
        zip="94107",
        state="CA",
        vat_number="US1",
        tax_rate="0.0825",
        metadata={"user": "7"},
        client_reference_id="cart_1",
        id="order_mine",
        person=2,
    )

    expected = {"2030-01-01": "cc0 oc1"}
    assert expected == timeline(story.facts)
    created, completed = story.facts
    customer = created.get(Customer)
    assert (customer.first_name, customer.country) == ("Jane", "US")
    assert completed.get(Product).id == "course"
    assert completed.get(Customer) == customer
    assert {fact.buyer for fact in story.facts} == {JANE}
    wanted = Order(
        id="order_mine",
        terms=Terms(
            product_id="course",
            variant_id="",
            subscription_id="",
            customer_id=customer.id,
            email=JANE,
            currency="usd",
            tax_rate="0.0825",
            country="US",
            zip="94107",
            state="CA",
            vat_number="US1",
            metadata={"user": "7"},
            client_reference_id="cart_1",
            discount_id="",
        ),
        amount_before_tax=6000,
        tax=495,
        payment_intent_id=order.payment_intent_id,
        invoice_id="",
        created_at=parse("2030-01-01"),
    )
    assert wanted == order == completed.get(Order)
    assert order.amount == 6495
    assert order.status == "paid"
    assert story.state.counters["person"] == 2


def test_a_second_purchase():
    """A later purchase of the same e-mail sends `order.completed` alone."""
    story, _ = bought()

    story.do("purchase", product="book", email=JANE)

    assert keys(story.last) == ["order.completed"]


def test_a_variant_has_its_own_price():
    """Buying a variant costs what the variant costs."""
    _, order = bought(variant="large")

    assert (order.variant_id, order.product_id, order.amount) == ("large", "course", 8000)


def test_a_variant_of_another_product_is_refused():
    """A variant must be one of the product bought."""
    story = shop()

    error = story.refuse("purchase", product="book", variant="large", email=JANE)

    assert isinstance(error, InvalidInput)
    assert str(error) == "variant large is one of course, not of book"


def test_a_deleted_variant_cannot_be_bought():
    """A deleted variant cannot be bought; its product still can."""
    story = shop()
    story.do("delete_variant", variant="large")

    error = story.refuse("purchase", product="course", variant="large", email=JANE)

    assert isinstance(error, IllegalMove)
    assert story.all(Variant)[0].deleted_at is not None


@pytest.mark.parametrize(
    ("card", "code"),
    [("declines", "card_declined"), ("4000000000009995", "insufficient_funds")],
)
def test_a_declined_purchase(card, code):
    """A declined purchase sends `payment_intent.payment_failed` alone: no customer, no order."""
    story, intent = bought(card=card, tax_rate="0.1")

    expected = {"2030-01-01": "pif0"}
    assert expected == timeline(story.facts)
    assert story.facts[0].get(PaymentIntent) == intent
    assert story.facts[0].buyer == JANE
    assert (intent.status, intent.error_code, intent.amount) == ("declined", code, 6600)
    assert story.all(Order) == []
    assert story.all(Customer) == []


def test_a_free_product_is_never_declined():
    """What costs nothing is not charged, so no card can fail."""
    story = Story()
    story.do("create_product", id="free", price=0, quiet=True)
    story.do("decline_next", payer=JANE, times=1)

    order = story.do("purchase", product="free", email=JANE, card="declines")

    assert keys(story.last) == ["customer.created", "order.completed"]
    assert order.amount == 0


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        pytest.param(0, ("0", 0), id="none"),
        pytest.param("0.08", ("0.08", 80), id="8 %"),
        pytest.param("0.080000000", ("0.08", 80), id="zeros too many"),
        pytest.param("0.0825", ("0.0825", 83), id="half up"),
        pytest.param("1e-6", ("0.000001", 0), id="six decimals"),
        pytest.param("0.0", ("0", 0), id="a written zero"),
        pytest.param("-0", ("0", 0), id="minus zero"),
    ],
)
def test_tax_rates(rate, expected):
    """A tax rate is a fraction; the tax is added to the price and rounded half up."""
    story = Story()
    story.do("create_product", id="p", price="10.00")

    order = story.do("purchase", product="p", email=JANE, tax_rate=rate)

    assert expected == (order.tax_rate, order.tax)


@pytest.mark.parametrize(
    ("arguments", "kind", "match"),
    [
        ({"product": "curse"}, NotFound, "did you mean 'course'"),
        ({"product": None}, InvalidInput, "product is None"),
        ({"variant": "small"}, NotFound, "there is no variant"),
        ({"email": "jane"}, InvalidInput, "email is 'jane'"),
        ({"country": ""}, InvalidInput, "country is ''"),
        ({"tax_rate": 0.08}, InvalidInput, 'tax_rate="0.08"'),
        ({"tax_rate": "8"}, InvalidInput, 'like "0.08" for 8 %'),
        ({"tax_rate": 1}, InvalidInput, "write a fraction"),
        ({"tax_rate": "-0.1"}, InvalidInput, "write a fraction"),
        ({"tax_rate": "0.0000001"}, InvalidInput, "more than six decimals"),
        ({"tax_rate": "NaN"}, InvalidInput, "tax_rate is 'NaN'"),
        ({"vat_number": 5}, InvalidInput, "vat_number is 5"),
        ({"metadata": "user=7"}, InvalidInput, "metadata is 'user=7'"),
        ({"client_reference_id": 5}, InvalidInput, "client_reference_id is 5"),
        ({"card": "1234"}, InvalidInput, "card is '1234'"),
        ({"id": "course"}, InvalidInput, "taken"),
        ({"id": ""}, InvalidInput, "id is ''"),
        ({"person": -1}, InvalidInput, "person is -1"),
    ],
)
def test_refused_purchases(arguments, kind, match):
    """What cannot be bought is refused with what was asked and what to do instead."""
    story = shop()

    error = story.refuse("purchase", **({"product": "course", "email": JANE} | arguments))

    assert isinstance(error, kind)
    assert match in str(error)


# ---- refunds ------------------------------------------------------------------------------------


def test_a_full_refund():
    """Without an amount everything that is left is given back."""
    story, order = bought(tax_rate="0.1")

    given = story.do("refund", order=order.id)

    assert keys(story.last) == ["order.refunded"]
    (fact,) = story.last
    assert fact.get(Refund) == given
    assert fact.get(Order) == story.again(order)
    assert fact.buyer == JANE
    assert (given.amount, given.order_id, given.reason, given.status) == (
        6600,
        order.id,
        "requested_by_customer",
        "succeeded",
    )
    assert story.again(order).status == "refunded"


def test_refunds_add_up_to_the_total():
    """Several refunds go up to the total; each event says what this one gave back."""
    story, order = bought()

    given = [
        story.do("refund", order=order.id, amount=amount, reason="duplicate")
        for amount in ("10.00", 20, None)
    ]

    assert [refund.amount for refund in given] == [1000, 2000, 3000]
    assert keys(story.facts)[2:] == ["order.refunded"] * 3
    statuses = [fact.get(Order).status for fact in story.facts[2:]]
    expected = ["partially_refunded", "partially_refunded", "refunded"]
    assert expected == statuses
    assert len({refund.id for refund in given}) == 3


def test_a_refund_of_too_much():
    """More than is left is refused; the error says what is left."""
    story, order = bought()
    story.do("refund", order=order.id, amount="50.00")

    error = story.refuse("refund", order=order.id, amount="10.01")

    assert isinstance(error, IllegalMove)
    expected = (
        f"cannot refund 10.01 usd of {order.id}: it is partially_refunded with 10.00 usd left"
    )
    assert expected == str(error)


@pytest.mark.parametrize("amount", [None, "0.01"])
def test_a_refunded_order_has_nothing_left(amount):
    """An order that is refunded in full cannot be refunded again."""
    story, order = bought()
    story.do("refund", order=order.id)

    error = story.refuse("refund", order=order.id, amount=amount)

    assert isinstance(error, IllegalMove)
    assert str(error) == f"cannot refund {order.id}: it is refunded"


def test_the_order_of_a_deleted_product_can_be_refunded():
    """That a product is gone does not keep its orders from being refunded."""
    story, order = bought()
    story.do("delete_product", product="course")

    story.do("refund", order=order.id)

    assert keys(story.last) == ["order.refunded"]


def test_a_subscription_s_last_paid_invoice_is_refunded():
    """Refunding a subscription refunds its last paid invoice and leaves its status alone."""
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.advance("2030-02-01")
    orders = story.all(Order)

    given = story.do("refund", order=sub.id, amount="9.00")

    assert keys(story.last) == ["order.refunded"]
    assert given.order_id == orders[-1].id
    assert [story.again(order).refunded for order in orders] == [0, 900]
    assert story.again(sub).status == "active"


def test_each_invoice_of_a_subscription_can_be_refunded():
    """The order of an earlier invoice can be refunded by its own id, also after the end."""
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.advance("2030-02-01")
    story.do("cancel", subscription=sub.id)

    for order in story.all(Order):
        story.do("refund", order=order.id)

    assert [order.status for order in story.all(Order)] == ["refunded", "refunded"]


def test_a_subscription_that_has_not_paid_cannot_be_refunded():
    """A trial has not paid anything yet, so there is nothing to give back."""
    story = Story()
    sub = story.subscriber(trial_days=14)

    error = story.refuse("refund", order=sub.id)

    assert isinstance(error, IllegalMove)
    assert "it is trialing and has not paid yet" in str(error)


@pytest.mark.parametrize(
    ("arguments", "kind", "match"),
    [
        ({"order": "nothing"}, NotFound, "there is no order or subscription 'nothing'"),
        ({"order": None}, InvalidInput, "give the order or subscription or its id"),
        ({"amount": 0}, InvalidInput, "amount 0 is outside 0.01"),
        ({"amount": "-1"}, InvalidInput, "amount '-1' is outside"),
        ({"amount": 1.5}, InvalidInput, "amount is the float"),
        ({"amount": "0.001"}, InvalidInput, "more decimals"),
        ({"reason": ""}, InvalidInput, "reason is empty"),
        ({"reason": None}, InvalidInput, "reason is None"),
    ],
)
def test_refused_refunds(arguments, kind, match):
    """What cannot be given back is refused with what was asked and what to do instead."""
    story, order = bought()

    error = story.refuse("refund", **({"order": order.id} | arguments))

    assert isinstance(error, kind)
    assert match in str(error)


def test_a_declined_purchase_cannot_be_refunded():
    """A payment that was declined is no order, so it cannot be refunded."""
    story, intent = bought(card="declines")

    error = story.refuse("refund", order=intent.id)

    assert isinstance(error, NotFound)


# ---- reviews ------------------------------------------------------------------------------------


def test_a_review():
    """The buyer of an order can review its product."""
    story, order = bought()

    review = story.do("review", order=order.id, rating=4, text="Good")

    (fact,) = story.last
    assert fact.event.key == "review.created"
    assert fact.buyer == JANE
    assert fact.get(Review) == review
    assert (review.rating, review.text, review.order_id) == (4, "Good", order.id)
    assert fact.get(Product).id == review.product_id == "course"
    assert fact.get(Customer).id == review.customer_id == order.customer_id


def test_a_review_of_a_deleted_product_without_words():
    """A review needs no text, and the product may be gone."""
    story, order = bought()
    story.do("delete_product", product="course")

    review = story.do("review", order=order.id, text="")

    assert keys(story.last) == ["review.created"]
    assert (review.rating, review.text) == (5, "")


def test_subscriptions_are_not_reviewed():
    """Only products are reviewed; the order of a subscription has none."""
    story = Story()
    story.subscriber()
    (order,) = story.all(Order)

    error = story.refuse("review", order=order.id)

    assert isinstance(error, NotFound)
    assert "is of a subscription; only products are reviewed" in str(error)


@pytest.mark.parametrize(
    ("arguments", "kind", "match"),
    [
        ({"order": "nothing"}, NotFound, "there is no order"),
        ({"rating": 0}, InvalidInput, "from 1 to 5"),
        ({"rating": 6}, InvalidInput, "from 1 to 5"),
        ({"rating": "5"}, InvalidInput, "rating is '5'"),
        ({"rating": True}, InvalidInput, "rating is True"),
        ({"text": 5}, InvalidInput, "text is 5"),
    ],
)
def test_refused_reviews(arguments, kind, match):
    """What is no review is refused with what was asked and what to do instead."""
    story, order = bought()

    error = story.refuse("review", **({"order": order.id} | arguments))

    assert isinstance(error, kind)
    assert match in str(error)
