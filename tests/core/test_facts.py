"""Facts carry the objects as they were."""

import pytest

from pocketsflow_emulator.core.models import Customer, Offer, Order, Product, Refund, Subscription
from pocketsflow_emulator.errors import InvariantError
from worlds import JANE, Story


def purchase():
    """A world in which Jane has bought something."""
    story = Story()
    product = story.do("create_product", quiet=True)
    story.do("purchase", product=product.id, email=JANE)
    return story


def test_a_fact_carries_its_objects():
    """The objects of a fact are found by their class."""
    story = purchase()

    created, completed = story.facts

    assert created.get(Customer).email == JANE
    assert completed.get(Order).email == JANE
    assert completed.get(Product) == story.all(Product)[0]


def test_one_of_several_classes_will_do():
    """Where an event may be about one of two kinds of object, the one it carries is found."""
    story = purchase()
    bought = story.facts[0].get(Offer, Product)
    story.do("refund", order=story.all(Order)[0].id)
    given = story.facts[-1].get(Refund, Subscription)

    assert type(bought) is Product
    assert type(given) is Refund


def test_a_missing_object_is_a_defect():
    """Asking a fact for an object it does not carry is a defect of the emulator and named so."""
    story = purchase()

    with pytest.raises(InvariantError, match=r"customer.created carries no Order or Refund"):
        story.facts[0].get(Order, Refund)


def test_facts_show_objects_as_they_were():
    """What happens to an order later does not change the facts there are."""
    story = purchase()
    order = story.all(Order)[0]

    story.do("refund", order=order.id)

    statuses = [fact.get(Order).status for fact in story.facts[1:]]
    expected = ["paid", "refunded"]
    assert expected == statuses


def test_facts_are_numbered_and_know_their_cause():
    """Facts are numbered from 1 and name the verb, or the due thing, that brought them about."""
    story = Story()
    story.subscriber()
    story.advance("2030-02-01")

    numbers = [fact.number for fact in story.facts]
    causes = [fact.cause for fact in story.facts]

    assert list(range(1, len(numbers) + 1)) == numbers
    expected = ["subscribe"] * 4 + ["invoice notice"] + ["period end"] * 4
    assert expected == causes
    assert {fact.buyer for fact in story.facts} == {JANE}
