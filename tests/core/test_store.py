"""Finding an object by either of its ids."""

import pytest

from pocketsflow_emulator.core import ids
from pocketsflow_emulator.core.models import (
    Customer,
    Offer,
    Order,
    Product,
    Ref,
    Subscription,
    Webhook,
)
from pocketsflow_emulator.errors import InvalidInput, NotFound
from worlds import JANE, Story

HEX = "65f0a1b2c3d4e5f6a7b8c9d0"


@pytest.mark.parametrize("id", [None, HEX, f"prod_{HEX}", "pro", "prod_pro", "x_" + HEX])
def test_both_ids_name_a_product(id):
    """A product is found by its prefixed id and by the API's, own or generated."""
    story = Story()
    product = story.do("create_product", id=id)
    other = story.do("create_product")

    found = [story.store.find("product", form, Product) for form in both(product)]
    beside = [story.store.find("product", form, Product) for form in both(other)]

    assert [product, product] == found
    assert [other, other] == beside


def both(item):
    """Both ids of an object."""
    return item.id, ids.api_id(item.id)


@pytest.mark.parametrize("id", [None, HEX])
def test_a_customer_has_a_third_id(id):
    """A customer is also found by the `cus_` id that subscription events show."""
    story = Story()
    customer = story.do("create_customer", email=JANE, id=id)

    actual = story.store.find("customer", ids.customer_reference(customer.id), Customer)

    assert customer == actual


def test_a_customer_with_an_own_id_is_found_as_its_subscriptions_write_it():
    """The `cus_` id of subscription events names a customer with an own id too."""
    story = Story()
    customer = story.do("create_customer", email=JANE, id="jane")

    actual = story.store.find("customer", ids.customer_reference(customer.id), Customer)

    assert customer == actual


def test_two_products_never_share_an_id_of_the_api():
    """An own id whose API id is already another product's is refused as taken."""
    story = Story()
    story.do("create_product", id=f"a_{HEX}")

    error = story.refuse("create_product", id=f"b_{HEX}")

    assert "is taken" in str(error)


def test_products_and_offers_share_one_id_space():
    """An id that a product has cannot be an offer's as well."""
    story = Story()
    story.do("create_product", id=HEX)

    error = story.refuse("create_offer", id=HEX)

    assert "is taken; choose another" in str(error)


def test_one_of_two_kinds_is_found():
    """Where an order or a subscription may be named, either is found."""
    story = Story()
    sub = story.subscriber()
    order = story.all(Order)[0]

    found = [story.store.find("order", item.id, Order, Subscription) for item in (sub, order)]

    assert [sub, order] == found


def test_what_is_not_there_is_named_with_the_nearest():
    """An id nobody has is refused with the parameter's name and the nearest id."""
    story = Story()
    story.do("create_product", id="prod_pro")

    with pytest.raises(NotFound, match=r"product: there is no product 'prod_por'; did you mean"):
        story.store.find("product", "prod_por", Product)


def test_where_there_is_nothing_the_error_says_so():
    """Where there is no object of a kind at all, the error says that there are none."""
    story = Story()

    with pytest.raises(NotFound, match="there is no order or subscription 'x'; there are none"):
        story.store.find("order", "x", Order, Subscription)


@pytest.mark.parametrize("value", [None, 5, True, [], {}, 1.5])
def test_an_id_is_text(value):
    """What is no text is no id."""
    story = Story()

    with pytest.raises(InvalidInput, match=r"product is .*; give the product or its id"):
        story.store.find("product", value, Product)


@pytest.mark.parametrize("value", ["", "\ud800", "\0", "x" * 5000, "cus_", "cust_"])
def test_strange_ids_are_not_found(value):
    """Strange texts name no object."""
    story = Story()
    story.do("create_customer", email=JANE)

    with pytest.raises(NotFound):
        story.store.find("customer", value, Customer)


def test_an_id_of_another_kind_is_not_found():
    """An offer's id names no product."""
    story = Story()
    offer = story.do("create_offer")

    with pytest.raises(NotFound):
        story.store.find("product", offer.id, Product)


def test_an_object_is_named_by_its_id_alone():
    """An object's prefixed id says which kind it is of; an id nobody has names nothing."""
    story = Story()
    product = story.do("create_product", id="pro")
    sub = story.subscriber()

    names = [story.store.name_of(id) for id in (product.id, sub.id, "max")]

    expected = [Ref("product", "pro"), Ref("subscription", sub.id), None]
    assert expected == names


def test_a_removed_webhook_is_gone_and_its_id_free():
    """A deleted webhook is gone for good; its own id can be used again."""
    story = Story()
    first = story.do("create_webhook", url="http://one", id="hook")
    story.do("delete_webhook", webhook=first.id)

    second = story.do("create_webhook", url="http://two", id="hook")

    actual = story.store.find("webhook", ids.api_id("hook"), Webhook)
    assert second == actual


def test_customers_are_found_by_email():
    """A customer is found by e-mail, also after it has changed."""
    story = Story()
    customer = story.do("create_customer", email=JANE)

    story.do("update_customer", customer=customer.id, email="j@example.com")

    assert story.store.customer_of(JANE) is None
    assert story.store.customer_of("j@example.com") == story.again(customer)


def test_objects_stand_in_order_of_creation():
    """Tables list objects in order of creation, also after changes."""
    story = Story()
    names = ["a", "b", "c"]
    offers = [story.do("create_offer", name=name) for name in names]

    story.do("update_offer", offer=offers[0].id, price="1.00")

    assert names == [offer.name for offer in story.all(Offer)]


def test_a_copy_goes_its_own_way():
    """A copy of a store has the same objects; changing one leaves the other alone."""
    story = Story()
    story.do("create_customer", email=JANE, id="jane")
    twin = story.twin()

    story.do("update_customer", customer="jane", email="j@example.com")
    story.do("create_product", id="pro")

    assert twin.store.customer_of(JANE).id == "jane"
    assert twin.store.find("customer", ids.api_id("jane"), Customer).email == JANE
    assert not twin.store.knows("pro")


def test_a_store_is_shown_as_plain_values():
    """Everything in a store can be written as plain values, kind by kind."""
    story = Story()
    product = story.do("create_product", name="Course")

    actual = story.store.plain()

    assert actual["product"] == {product.id: product._asdict()}
    assert actual["order"] == {}
