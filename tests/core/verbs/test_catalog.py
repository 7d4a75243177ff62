"""What is for sale."""

import pytest

from pocketsflow_emulator.core.clock import parse
from pocketsflow_emulator.core.models import Offer, Product, Variant
from pocketsflow_emulator.errors import IllegalMove, InvalidInput, NotFound, UnknownName
from worlds import JANE, Story, keys


def test_a_product_announces_itself():
    """A new product sends `product.created`, without a buyer."""
    story = Story("2030-01-01")

    product = story.do("create_product", name="Course", price="60.00", currency="EUR")

    assert keys(story.last) == ["product.created"]
    assert story.last[0].get(Product) == product
    assert story.last[0].buyer == ""
    now = parse("2030-01-01")
    expected = Product(product.id, "Course", 6000, "eur", True, now, now)
    assert expected == product


def test_a_quiet_product():
    """A product of a `given` block is created without an event."""
    story = Story()

    product = story.do("create_product", quiet=True, published=False)

    assert story.last == []
    assert product.published is False


def test_a_change_of_a_product():
    """A change sends `product.updated` with what was given changed, and the rest as it was."""
    story = Story("2030-01-01")
    product = story.do("create_product", name="Course", price="60.00")
    story.advance("2030-01-02")

    first = story.do("update_product", product=product.id, price="50.00")
    sent = keys(story.last)
    second = story.do("update_product", product=product.id, name="Class", published=False)

    assert sent == ["product.updated"]
    assert first == product._replace(price=5000, updated_at=parse("2030-01-02"))
    assert second == first._replace(name="Class", published=False)


def test_a_deleted_product():
    """A deleted product sends `product.deleted` and stays readable."""
    story = Story("2030-01-01")
    product = story.do("create_product")

    deleted = story.do("delete_product", product=product.id)

    assert keys(story.last) == ["product.deleted"]
    assert deleted.deleted_at == parse("2030-01-01")
    assert story.store.find("product", product.id, Product) == deleted


@pytest.mark.parametrize(
    ("verb", "arguments", "doing"),
    [
        ("update_product", {}, "update product"),
        ("delete_product", {}, "delete product"),
        ("create_variant", {"price": 1}, "add a variant to product"),
        ("purchase", {"email": JANE}, "purchase product"),
    ],
)
def test_a_deleted_product_cannot_be_used(verb, arguments, doing):
    """A deleted product cannot be changed, deleted again, extended or bought."""
    story = Story()
    story.do("create_product", id="gone")
    story.do("delete_product", product="gone")

    error = story.refuse(verb, product="gone", **arguments)

    assert isinstance(error, IllegalMove)
    assert str(error) == f"cannot {doing} gone: it is deleted"


def test_variants_are_silent():
    """Variants are created, changed and deleted without an event, in the product's currency."""
    story = Story("2030-01-01")
    product = story.do("create_product", currency="jpy", price=500)

    variant = story.do("create_variant", product=product.id, name="Large", price=800)
    changed = story.do("update_variant", variant=variant.id, price=900)
    named = story.do("update_variant", variant=variant.id, name="Huge")
    deleted = story.do("delete_variant", variant=variant.id)

    assert keys(story.facts) == ["product.created"]
    now = parse("2030-01-01")
    assert variant == Variant(variant.id, product.id, "Large", 800, "jpy", now)
    assert changed == variant._replace(price=900)
    assert named == changed._replace(name="Huge")
    assert deleted == named._replace(deleted_at=now)


@pytest.mark.parametrize("verb", ["update_variant", "delete_variant"])
def test_a_deleted_variant_cannot_be_used(verb):
    """A deleted variant cannot be changed or deleted again."""
    story = Story()
    product = story.do("create_product")
    story.do("create_variant", product=product.id, price=1, id="gone")
    story.do("delete_variant", variant="gone")

    error = story.refuse(verb, variant="gone")

    assert isinstance(error, IllegalMove)
    assert (error.kind, error.status) == ("variant", "deleted")


@pytest.mark.parametrize("verb", ["update_variant", "delete_variant"])
def test_the_variants_of_a_deleted_product_go_with_it(verb):
    """The variants of a deleted product cannot be used either."""
    story = Story()
    product = story.do("create_product")
    variant = story.do("create_variant", product=product.id, price=1)
    story.do("delete_product", product=product.id)

    error = story.refuse(verb, variant=variant.id)

    assert isinstance(error, IllegalMove)
    assert (error.kind, error.id) == ("product", product.id)
    assert error.verb.endswith("a variant of")


def test_offers_are_silent():
    """Offers are created, changed and deleted without an event."""
    story = Story("2030-01-01")
    now = parse("2030-01-01")

    offer = story.do(
        "create_offer",
        name="Pro",
        price="29.00",
        frequency="yearly",
        trial_days=14,
        dunning="patient",
        id="pro",
    )
    changed = story.do("update_offer", offer="pro", price="30.00", trial_days=7)
    policy = story.do("update_offer", offer="pro", name="Max", dunning="strict")
    deleted = story.do("delete_offer", offer="pro")

    assert story.facts == []
    assert offer == Offer("pro", "Pro", 2900, "usd", "yearly", 14, "patient", now, now)
    assert changed == offer._replace(price=3000, trial_days=7)
    assert policy == changed._replace(name="Max", dunning="strict")
    assert deleted == policy._replace(deleted_at=now)


def test_a_subscription_keeps_the_price_it_was_sold_at():
    """A change or the end of an offer leaves its subscriptions as they are."""
    story = Story("2030-01-01")
    sub = story.subscriber(price="29.00")

    story.do("update_offer", offer=sub.offer_id, price="99.00")
    story.do("delete_offer", offer=sub.offer_id)
    story.advance("2030-02-01")

    assert story.again(sub).price == 2900
    assert keys(story.last)[-1] == "customer.subscription.updated"


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [("update_offer", {}), ("delete_offer", {}), ("subscribe", {"email": JANE})],
)
def test_a_deleted_offer_cannot_be_used(verb, arguments):
    """A deleted offer cannot be changed, deleted again or subscribed to."""
    story = Story()
    story.do("create_offer", id="gone")
    story.do("delete_offer", offer="gone")

    error = story.refuse(verb, offer="gone", **arguments)

    assert isinstance(error, IllegalMove)
    assert (error.kind, error.id, error.status) == ("offer", "gone", "deleted")


@pytest.mark.parametrize(
    ("verb", "arguments", "kind", "match"),
    [
        ("create_product", {"name": ""}, InvalidInput, "name is empty"),
        ("create_product", {"price": 9.5}, InvalidInput, "price is the float"),
        ("create_product", {"price": "1.999"}, InvalidInput, "more decimals"),
        ("create_product", {"currency": "usb"}, UnknownName, "unknown currency"),
        ("create_product", {"published": "yes"}, InvalidInput, "true or false"),
        ("create_product", {"quiet": 1}, InvalidInput, "true or false"),
        ("create_product", {"id": "a b"}, InvalidInput, "id is"),
        ("create_product", {"id": "course"}, InvalidInput, "taken"),
        ("update_product", {"product": "corse"}, NotFound, "did you mean 'course'"),
        ("update_product", {"product": "course", "name": 5}, InvalidInput, "name is 5"),
        ("update_product", {"product": "course", "price": "-1"}, InvalidInput, "price '-1'"),
        ("update_product", {"product": "course", "published": 1}, InvalidInput, "published is 1"),
        ("delete_product", {"product": "nothing"}, NotFound, "there is no product"),
        ("create_variant", {"product": "nope", "price": 1}, NotFound, "there is no product"),
        ("create_variant", {"product": "course", "price": None}, InvalidInput, "price is None"),
        (
            "create_variant",
            {"product": "course", "price": 1, "name": ""},
            InvalidInput,
            "name is empty",
        ),
        (
            "create_variant",
            {"product": "course", "price": 1, "id": "course"},
            InvalidInput,
            "taken",
        ),
        ("update_variant", {"variant": "nope"}, NotFound, "there is no variant"),
        ("update_variant", {"variant": "large", "price": "x"}, InvalidInput, "price is 'x'"),
        ("update_variant", {"variant": "large", "name": ""}, InvalidInput, "name is empty"),
        ("delete_variant", {"variant": "nope"}, NotFound, "there is no variant"),
        ("create_offer", {"frequency": "daily"}, UnknownName, "unknown frequency 'daily'"),
        ("create_offer", {"trial_days": -1}, InvalidInput, "from 0 to 3650"),
        ("create_offer", {"trial_days": 3651}, InvalidInput, "from 0 to 3650"),
        ("create_offer", {"trial_days": "14"}, InvalidInput, "trial_days is '14'"),
        ("create_offer", {"dunning": "stern"}, UnknownName, "unknown dunning policy"),
        ("create_offer", {"currency": None}, UnknownName, "unknown currency"),
        ("create_offer", {"id": "pro"}, InvalidInput, "taken"),
        ("update_offer", {"offer": "max"}, NotFound, "there is no offer"),
        ("update_offer", {"offer": "pro", "price": "x"}, InvalidInput, "price is 'x'"),
        ("update_offer", {"offer": "pro", "trial_days": 9999}, InvalidInput, "trial_days"),
        ("update_offer", {"offer": "pro", "dunning": "x"}, UnknownName, "dunning policy"),
        ("update_offer", {"offer": "pro", "name": ""}, InvalidInput, "name is empty"),
        ("delete_offer", {"offer": "course"}, NotFound, "there is no offer"),
    ],
)
def test_refusals(verb, arguments, kind, match):
    """What cannot be sold is refused with what was asked and what to do instead."""
    story = Story()
    story.do("create_product", id="course")
    story.do("create_variant", product="course", price=1, id="large")
    story.do("create_offer", id="pro")

    error = story.refuse(verb, **arguments)

    assert isinstance(error, kind)
    assert match in str(error)


def test_what_else_the_api_shows():
    """Details are kept under the API's names; a change replaces what it names."""
    story = Story()
    product = story.do("create_product", details={"description": "All of it", "subtitle": "Now"})

    changed = story.do("update_product", product=product.id, details={"subtitle": None})

    assert changed.details == {"description": "All of it", "subtitle": None}


def test_a_product_in_another_currency():
    """In another currency the same figure holds, unless a new price is given."""
    story = Story()
    product = story.do("create_product", price="60.00")

    same = story.do("update_product", product=product.id, currency="jpy")
    error = story.refuse("update_product", product=product.id, price="60.50")
    dear = story.do("update_product", product=product.id, currency="KWD", price="60.505")

    assert (same.price, same.currency) == (60, "jpy")
    assert "more decimals than jpy" in str(error)
    assert (dear.price, dear.currency) == (60505, "kwd")


def test_the_variants_of_a_product_in_another_currency():
    """Variants go into another currency with their product, at the same figures: what they cost
    is never read as the new currency's smallest units."""
    story = Story()
    story.do("create_product", id="course", price="60.00")
    story.do("create_variant", id="large", product="course", price="80.00")
    story.do("create_variant", id="gone", product="course", price="0.99")
    story.do("delete_variant", variant="gone")

    story.do("update_product", product="course", currency="jpy")
    order = story.do("purchase", product="course", variant="large", email=JANE)

    assert (order.amount, order.currency) == (80, "jpy")


def test_a_variant_whose_figure_the_currency_cannot_have():
    """Where a variant's figure is no amount of the new currency, the product keeps its own."""
    story = Story()
    story.do("create_product", id="course", price="60.00")
    story.do("create_variant", id="large", product="course", price="79.99")

    error = story.refuse("update_product", product="course", currency="jpy")

    assert "the price of large '79.99' has more decimals than jpy amounts have (0)" in str(error)
