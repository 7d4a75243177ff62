"""Discount codes: what they take off, and where they hold."""

import pytest

from pocketsflow_emulator.core.models import Discount, Invoice, Order
from worlds import JANE, Story, keys


@pytest.fixture
def story():
    """A world with a product of 60 dollars and an offer of 29 a month."""
    story = Story("2030-01-01")
    story.do("create_product", id="course", price="60.00", quiet=True)
    story.do("create_offer", id="pro", price="29.00")
    return story


@pytest.mark.parametrize(
    ("discount", "price"),
    [
        ({"value": "20"}, 4800),
        ({"value": "12.5"}, 5250),
        ({"value": "33.3333"}, 4000),
        ({"value": "0.0084"}, 5999),
        ({"value": "5.50", "value_type": "fixed"}, 5450),
        ({"value": "100"}, 0),
        ({"value": "99.00", "value_type": "fixed"}, 0),
    ],
)
def test_what_a_code_takes_off(story, discount, price):
    """A code takes a percentage, rounded half up, or an amount off a price; never more than it."""
    story.do("create_discount", code="LAUNCH", **discount)

    order = story.do("purchase", product="course", email=JANE, discount="LAUNCH")

    assert price == order.amount_before_tax


def test_a_discount_sends_nothing(story):
    """Creating, changing and deleting a discount is silent."""
    found = story.do("create_discount", code="LAUNCH", value="20")
    story.do("update_discount", discount=found.id, value="30")
    story.do("delete_discount", discount=found.id)

    assert story.facts == []


def test_tax_is_on_the_discounted_price(story):
    """The tax of a discounted order is that of what is paid."""
    story.do("create_discount", code="HALF", value="50")

    order = story.do("purchase", product="course", email=JANE, tax_rate="0.08", discount="HALF")

    assert (order.amount_before_tax, order.tax) == (3000, 240)


def test_a_free_order_needs_no_card(story):
    """A free order is complete without a charge, whatever the card is worth."""
    story.do("create_discount", code="FREE", value="100")

    order = story.do("purchase", product="course", email=JANE, discount="FREE", card="declines")

    assert keys(story.last) == ["customer.created", "order.completed"]
    assert (order.amount, order.status) == (0, "paid")


def test_a_free_order_cannot_be_refunded(story):
    """There is nothing to give back of a free order."""
    story.do("create_discount", code="FREE", value="100")
    order = story.do("purchase", product="course", email=JANE, discount="FREE")

    error = story.refuse("refund", order=order.id)

    assert "cannot refund order" in str(error)
    assert "free" in str(error)


def test_a_subscription_keeps_its_discount(story):
    """A code lowers every invoice of the subscription that was sold with it."""
    story.do("create_discount", code="FRIEND", value="50", id="friend")
    story.do("subscribe", offer="pro", email=JANE, discount="FRIEND", tax_rate="0.1")
    story.do("delete_discount", discount="friend")

    story.advance("2030-02-01")

    assert [invoice.amount for invoice in story.all(Invoice)] == [1595, 1595]
    assert [order.discount_id for order in story.all(Order)] == ["friend", "friend"]


@pytest.mark.parametrize("word", ["LAUNCH", "launch", "own", "disc_own", "$api"])
def test_a_discount_is_named_by_its_code_or_an_id(story, word):
    """Buyers type a code in any case; programs may name the discount by its ids."""
    found = story.do("create_discount", code="LAUNCH", value="20", id="5f" * 12)
    words = {"own": found.id, "disc_own": found.id, "$api": "5f" * 12}

    order = story.do("purchase", product="course", email=JANE, discount=words.get(word, word))

    assert found.id == order.discount_id


def test_a_code_for_some_things_only(story):
    """A code for some products holds for no others."""
    story.do("create_product", id="other", quiet=True)
    story.do("create_discount", code="COURSE", value="20", products=["course", "pro"])
    story.do("subscribe", offer="pro", email=JANE, discount="COURSE")

    error = story.refuse("purchase", product="other", email=JANE, discount="COURSE")

    assert str(error) == "discount 'COURSE' is for course, pro, not for other"


def test_a_discount_on_a_variant(story):
    """The price of the chosen variant is what is lowered."""
    story.do("create_variant", product="course", price="80.00", id="large")
    story.do("create_discount", code="LAUNCH", value="25", products=["course"])

    order = story.do("purchase", product="course", email=JANE, variant="large", discount="LAUNCH")

    assert order.amount_before_tax == 6000


def test_a_code_expires(story):
    """From its expiration on a code no longer holds."""
    story.do("create_discount", code="WEEK", value="20", expiration="2030-01-08", id="week")
    story.advance("2030-01-08")

    error = story.refuse("purchase", product="course", email=JANE, discount="WEEK")

    assert "expired at 2030-01-08T00:00:00.000Z" in str(error)


def test_a_code_that_is_switched_off(story):
    """An inactive code does not hold until it is switched on again."""
    story.do("create_discount", code="SOON", value="20", active=False, id="soon")
    error = story.refuse("purchase", product="course", email=JANE, discount="SOON")

    story.do("update_discount", discount="soon", active=True)
    order = story.do("purchase", product="course", email=JANE, discount="SOON")

    assert "not active" in str(error)
    assert order.amount == 4800


def test_a_deleted_code_is_free_again(story):
    """A deleted discount cannot be used, and its code can be given anew."""
    story.do("create_discount", code="LAUNCH", value="20", id="first")
    story.do("delete_discount", discount="first")
    error = story.refuse("purchase", product="course", email=JANE, discount="LAUNCH")

    again = story.do("create_discount", code="LAUNCH", value="30")

    assert "there is no discount 'LAUNCH'" in str(error)
    assert again.value == "30"
    assert "deleted" in str(story.refuse("update_discount", discount="first", value="1"))


def test_a_code_is_unique(story):
    """Two discounts cannot have one code, in whatever case; a discount may keep its own."""
    first = story.do("create_discount", code="LAUNCH", value="20", id="first")

    error = story.refuse("create_discount", code="launch", value="30")
    kept = story.do("update_discount", discount="first", code="Launch")

    assert str(error) == "code 'launch' is taken by first; choose another"
    assert kept == first._replace(code="Launch")


def test_a_change_of_a_discount(story):
    """A change replaces what is given and keeps the rest."""
    found = story.do("create_discount", code="LAUNCH", value="20", name="Launch")

    changed = story.do(
        "update_discount",
        discount=found.id,
        value="5.00",
        value_type="fixed",
        products=["pro"],
        expiration="2030-06-01",
        name="Summer",
    )

    expected = Discount(
        id=found.id,
        name="Summer",
        code="LAUNCH",
        value="5.00",
        value_type="fixed",
        product_ids=("pro",),
        active=True,
        expires_at=changed.expires_at,
        created_at=found.created_at,
    )
    assert expected == changed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"value": "0"}, "a percentage discount takes a number above 0 and at most 100"),
        ({"value": "101"}, "a percentage discount takes a number above 0 and at most 100"),
        ({"value": "-5", "value_type": "fixed"}, "a fixed discount takes a number above 0"),
        ({"value": "0.00001"}, "more than four decimals"),
        ({"value": "ten"}, "write an amount"),
        ({"value": "10", "value_type": "percent"}, "did you mean 'percentage'"),
        ({"value": "10", "products": "course"}, "write a list of products and offers"),
        ({"value": "10", "products": ["curse"]}, "did you mean 'course'"),
        ({"value": "10", "expiration": "2029-12-31"}, "not ahead of 2030-01-01"),
        ({"value": "10", "code": ""}, "code is empty"),
    ],
)
def test_discounts_that_cannot_be(story, arguments, message):
    """What makes no sense is refused with what to write instead."""
    error = story.refuse("create_discount", **{"code": "LAUNCH", **arguments})

    assert message in str(error)


def test_a_fixed_discount_in_a_currency_without_decimals(story):
    """An amount off that the currency cannot express is refused when it is used."""
    story.do("create_product", id="manga", price="900", currency="jpy", quiet=True)
    story.do("create_discount", code="CENTS", value="5.50", value_type="fixed")

    error = story.refuse("purchase", product="manga", email=JANE, discount="CENTS")

    assert str(error) == "the discount's value '5.50' has more decimals than jpy amounts have (0)"
