"""Buyers."""

import pytest

from pocketsflow_emulator.core.clock import parse
from pocketsflow_emulator.core.models import Customer, Offer, Order, Product
from pocketsflow_emulator.errors import IllegalMove, InvalidInput, NotFound
from worlds import JANE, Story, keys

PERSON = {
    "email": JANE,
    "first_name": "Jane",
    "last_name": "Doe",
    "country": "de",
    "zip": "10115",
    "state": "BE",
}


def test_a_customer_who_has_not_bought_is_silent():
    """A customer created by hand sends nothing; `customer.created` comes with the first order."""
    story = Story("2030-01-01")
    product = story.do("create_product", quiet=True)

    customer = story.do("create_customer", **PERSON, person=3)
    silent = story.facts == []
    order = story.do("purchase", product=product.id, email=JANE)

    assert silent
    expected = Customer(
        customer.id, JANE, "Jane", "Doe", "DE", "10115", "BE", parse("2030-01-01"), False
    )
    assert expected == customer
    assert keys(story.last) == ["customer.created", "order.completed"]
    assert story.last[0].get(Customer) == customer._replace(announced=True)
    assert order.customer_id == customer.id
    assert story.state.counters["person"] == 3


@pytest.mark.parametrize("kind", [Product, Offer])
def test_customer_created_carries_what_was_bought(kind):
    """The first order's product, or the first subscription's offer, comes with the customer."""
    story = Story()
    if kind is Product:
        product = story.do("create_product")
        story.do("purchase", product=product.id, email=JANE)
    else:
        story.subscriber(trial_days=14)

    (created,) = [fact for fact in story.facts if fact.event.key == "customer.created"]

    assert created.get(kind) == story.all(kind)[0]
    assert created.buyer == JANE


def test_a_customer_is_announced_once():
    """The second order of an e-mail sends no second `customer.created`."""
    story = Story()
    product = story.do("create_product", quiet=True)
    story.do("purchase", product=product.id, email=JANE)

    story.do("purchase", product=product.id, email=JANE)
    story.subscriber()

    assert keys(story.facts).count("customer.created") == 1
    assert len(story.all(Customer)) == 1


def test_a_change_of_a_customer():
    """What is given is changed, silently; the rest stays."""
    story = Story()
    customer = story.do("create_customer", **PERSON)

    moved = story.do("update_customer", customer=customer.id, zip="", country="US")
    renamed = story.do("update_customer", customer=customer.id, email="j@example.com")

    assert moved == customer._replace(zip="", country="US")
    assert renamed == moved._replace(email="j@example.com")
    assert story.facts == []


def test_nothing_changed():
    """An update without anything to change leaves the customer as it is."""
    story = Story()
    customer = story.do("create_customer", **PERSON)

    actual = story.do("update_customer", customer=customer.id)

    assert customer == actual


def test_a_deleted_customer_can_buy_again():
    """A deleted customer who buys again is the same one, and not announced a second time."""
    story = Story()
    product = story.do("create_product", quiet=True)
    story.do("purchase", product=product.id, email=JANE)
    (customer,) = story.all(Customer)

    deleted = story.do("delete_customer", customer=customer.id)
    story.do("purchase", product=product.id, email=JANE)

    assert deleted.deleted_at is not None
    assert keys(story.last) == ["order.completed"]
    assert story.again(customer) == customer


def test_a_payer_cannot_be_deleted():
    """A customer cannot be deleted while a subscription of theirs lives; the error names it."""
    story = Story()
    sub = story.subscriber()
    other = story.do("create_customer", email="john@example.com")

    error = story.refuse("delete_customer", customer=sub.customer_id)
    story.do("delete_customer", customer=other.id)
    story.do("cancel", subscription=sub.id)
    story.do("delete_customer", customer=sub.customer_id)

    assert isinstance(error, IllegalMove)
    assert f"the payer of {sub.id}, which is active; cancel the subscription first" in str(error)


def test_the_email_of_somebody_who_bought_stays():
    """The e-mail of a buyer with orders stays, because their orders are known by it."""
    story = Story()
    product = story.do("create_product")
    story.do("purchase", product=product.id, email=JANE)
    (order,) = story.all(Order)

    error = story.refuse("update_customer", customer=order.customer_id, email="j@example.com")

    assert isinstance(error, IllegalMove)
    assert "change the e-mail of" in str(error)


def test_the_name_of_somebody_who_bought_can_change():
    """Everything but the e-mail of a buyer with orders can change."""
    story = Story()
    sub = story.subscriber()

    actual = story.do("update_customer", customer=sub.customer_id, first_name="Janet", email=JANE)

    assert actual.first_name == "Janet"


@pytest.mark.parametrize("verb", ["update_customer", "delete_customer"])
def test_a_deleted_customer_cannot_be_changed(verb):
    """A deleted customer cannot be changed or deleted again."""
    story = Story()
    customer = story.do("create_customer", email=JANE)
    story.do("delete_customer", customer=customer.id)

    error = story.refuse(verb, customer=customer.id)

    assert isinstance(error, IllegalMove)
    assert error.status == "deleted"


@pytest.mark.parametrize(
    ("verb", "arguments", "kind", "match"),
    [
        ("create_customer", {"email": JANE}, InvalidInput, "a customer jane@example.com exists"),
        ("create_customer", {"email": "jane"}, InvalidInput, "email is 'jane'"),
        ("create_customer", {"email": "a@b", "country": "USA"}, InvalidInput, "country is 'USA'"),
        ("create_customer", {"email": "a@b", "first_name": 5}, InvalidInput, "first_name is 5"),
        ("create_customer", {"email": "a@b", "last_name": []}, InvalidInput, "last_name is"),
        ("create_customer", {"email": "a@b", "zip": 10115}, InvalidInput, "zip is 10115"),
        ("create_customer", {"email": "a@b", "state": True}, InvalidInput, "state is True"),
        ("create_customer", {"email": "a@b", "id": "jane"}, InvalidInput, "taken"),
        ("create_customer", {"email": "a@b", "person": 0}, InvalidInput, "person is 0"),
        ("create_customer", {"email": "a@b", "person": "1"}, InvalidInput, "person is '1'"),
        ("update_customer", {"customer": "john"}, NotFound, "there is no customer"),
        ("update_customer", {"customer": "jane", "email": "x"}, InvalidInput, "email is 'x'"),
        (
            "update_customer",
            {"customer": "jane", "email": "b@example.com"},
            InvalidInput,
            "there is already a customer b@example.com",
        ),
        ("update_customer", {"customer": "jane", "country": 1}, InvalidInput, "country is 1"),
        ("update_customer", {"customer": "jane", "zip": 1}, InvalidInput, "zip is 1"),
        ("delete_customer", {"customer": "john"}, NotFound, "there is no customer"),
        ("delete_customer", {"customer": None}, InvalidInput, "customer is None"),
    ],
)
def test_refusals(verb, arguments, kind, match):
    """What cannot be a buyer is refused with what was asked and what to do instead."""
    story = Story()
    story.do("create_customer", email=JANE, id="jane")
    story.do("create_customer", email="b@example.com")

    error = story.refuse(verb, **arguments)

    assert isinstance(error, kind)
    assert match in str(error)
