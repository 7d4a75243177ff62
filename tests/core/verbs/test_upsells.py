"""Upsells: kept as they are given."""

import pytest

from worlds import Story


@pytest.fixture
def story():
    """A world with a product in dollars, one in yen, and one that is gone."""
    story = Story("2030-01-01")
    story.do("create_product", id="course", price="60.00", quiet=True)
    story.do("create_product", id="manga", price="900", currency="jpy", quiet=True)
    story.do("create_product", id="gone", quiet=True)
    story.do("delete_product", product="gone")
    story.facts.clear()
    return story


def test_an_upsell_is_kept_in_silence(story):
    """An upsell is created, changed and deleted without an event."""
    made = story.do(
        "create_upsell",
        products=["course"],
        upsell_product="manga",
        price="500",
        details={"offer": "Only today"},
    )
    changed = story.do(
        "update_upsell",
        upsell=made.id,
        upsell_product="course",
        details={"primaryButtonText": "Yes"},
    )
    story.do("delete_upsell", upsell=made.id)

    assert story.facts == []
    assert (made.price, made.currency) == (500, "jpy")
    assert (changed.price, changed.currency) == (50000, "usd")
    assert changed.details == {"offer": "Only today", "primaryButtonText": "Yes"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"products": []}, "products is []; write a list of products"),
        ({"products": "course"}, "products is 'course'; write a list of products"),
        ({"products": ["curse"]}, "did you mean 'course'"),
        ({"upsell_product": "gone"}, "deleted"),
        ({"price": "-1"}, "outside"),
        ({"details": [1]}, "details is [1]"),
    ],
)
def test_upsells_that_cannot_be(story, arguments, message):
    """An upsell of nothing, to nobody, or below nothing is refused."""
    good = {"products": ["course"], "upsell_product": "manga", "price": "500"}

    error = story.refuse("create_upsell", **{**good, **arguments})

    assert message in str(error)


def test_a_deleted_upsell(story):
    """A deleted upsell cannot be changed."""
    made = story.do("create_upsell", products=["course"], upsell_product="manga", price="500")
    story.do("delete_upsell", upsell=made.id)

    error = story.refuse("update_upsell", upsell=made.id, name="Again")

    assert "deleted" in str(error)


def test_an_upsell_of_a_product_that_is_gone(story):
    """An upsell whose product has been deleted can still be switched off and renamed."""
    made = story.do("create_upsell", products=["manga"], upsell_product="course", price="5.00")
    story.do("delete_product", product="course")

    changed = story.do("update_upsell", upsell=made.id, name="Over", active=False)

    assert (changed.name, changed.active, changed.price) == ("Over", False, 500)
