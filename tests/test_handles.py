"""Live handles: objects whose attributes follow the world."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pocketsflow_emulator import EmulatorError
from pocketsflow_emulator.errors import NotFound

JANE = "jane@example.com"


def test_attributes_follow_the_world(shop):
    """A handle that was returned long ago shows its object as it is now."""
    subscription = shop.subscribe(shop.create_offer(), email=JANE)
    before = subscription.period_end, subscription.status

    shop.advance(to="2030-02-10")
    shop.pause(subscription)

    assert (datetime(2030, 2, 1, tzinfo=UTC), "active") == before
    assert datetime(2030, 3, 1, tzinfo=UTC) == subscription.period_end
    assert subscription.status == "paused"


def test_amounts_are_decimals_in_major_units(shop):
    """Money reads as it is written: Decimal, with the places of its currency."""
    course = shop.create_product(price="60.00")
    order = shop.purchase(course, email=JANE, tax_rate="0.08")

    shop.refund(order, amount="4.80")

    assert Decimal("60.00") == course.price
    assert (Decimal("64.80"), Decimal("4.80")) == (order.amount, order.tax)
    assert Decimal("4.80") == order.refunded
    assert order.status == "partially_refunded"
    assert type(order.amount) is Decimal


def test_either_id_names_an_object(shop):
    """`id` is the prefixed id, `api_id` the 24-hex one; every verb takes both, and the handle."""
    course = shop.create_product(id="0123456789abcdef01234567")

    orders = [shop.purchase(name, email=JANE) for name in (course, course.id, course.api_id)]

    assert course.id == "prod_0123456789abcdef01234567"
    assert course.api_id == "0123456789abcdef01234567"
    assert [course.id] * 3 == [order.product_id for order in orders]


def test_handles_are_equal_by_object(shop):
    """Two handles of one object are the same thing, and so is either id; others are not."""
    course, other = shop.create_product(), shop.create_product()
    again = shop.handle(course.id)

    assert again == course
    assert len({course, again, other}) == 2
    assert course == course.api_id
    assert course != other
    assert course != 5


def test_a_near_name_is_suggested(shop):
    """A misspelt attribute is an AttributeError that names the object and the nearest name."""
    course = shop.create_product()

    with pytest.raises(AttributeError) as caught:
        course.prise  # noqa: B018

    assert f"product {course.id} has no 'prise'; did you mean 'price'?" == str(caught.value)


def test_a_handle_cannot_be_written_to(shop):
    """The world changes through verbs; an attribute that is set is refused."""
    course = shop.create_product(price="60.00")

    with pytest.raises(AttributeError):
        course.price = "1.00"

    assert Decimal("60.00") == course.price


def test_a_handle_says_what_it_is(shop):
    """The repr is the kind, the id and, where there is one, the status."""
    course = shop.create_product()
    order = shop.purchase(course, email=JANE)

    assert f"<product {course.id}>" == repr(course)
    assert f"<order {order.id} paid>" == repr(order)


def test_to_dict_is_plain_json(shop):
    """`to_dict` has everything as JSON can carry it: amounts as text, instants as ISO 8601."""
    subscription = shop.subscribe(
        shop.create_offer(price="29.00"), email=JANE, metadata={"user": "7", "tags": [1, 2]}
    )

    fields = subscription.to_dict()

    assert json.loads(json.dumps(fields)) == fields
    assert (subscription.id, subscription.api_id) == (fields["id"], fields["api_id"])
    assert fields["price"] == "29.00"
    assert fields["period_end"] == "2030-02-01T00:00:00.000Z"
    assert fields["canceled_at"] is None
    assert fields["billing_interval"] == "month"
    assert fields["metadata"] == {"user": "7", "tags": [1, 2]}


def test_everything_that_can_be_read_is_listed(shop):
    """Completion offers what `to_dict` has, and every offered name can be read."""
    order = shop.purchase(shop.create_product(), email=JANE)

    names = dir(order)

    assert {"kind", "to_dict"} | order.to_dict().keys() == set(names)
    assert all(hasattr(order, name) for name in names)


def test_a_declined_payment_says_why(shop):
    """A declined purchase returns the payment, with the code and a sentence about it."""
    payment = shop.purchase(shop.create_product(), email=JANE, card="declines")

    assert (payment.kind, payment.status) == ("payment_intent", "declined")
    assert payment.error_code == "card_declined"
    assert payment.error_message


def test_an_object_that_is_gone(shop):
    """A handle from before `reset` says that its object is gone, and its repr still works."""
    course = shop.create_product()
    shop.reset()

    with pytest.raises(NotFound) as caught:
        course.price  # noqa: B018

    assert f"product {course.id} is gone" == str(caught.value)
    assert f"<product {course.id} gone>" == repr(course)


def test_a_handle_is_found_by_id(shop):
    """`handle` gives the live handle of any object; an unknown id is an error of the emulator."""
    order = shop.purchase(shop.create_product(), email=JANE)

    customer = shop.handle(order.customer_id)

    assert customer.email == JANE
    with pytest.raises(EmulatorError, match="there is no object 'order_nope' in this world"):
        shop.handle("order_nope")
