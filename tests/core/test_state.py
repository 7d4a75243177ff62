"""One account as it stands: ids, stamps, time and copies."""

import json

import pytest

from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core import ids
from pocketsflow_emulator.core.clock import DAY, LATEST, parse
from pocketsflow_emulator.core.models import Product
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.errors import InvalidInput
from worlds import JANE, Story, keys, timeline

HEX = "65f0a1b2c3d4e5f6a7b8c9d0"


def stamps(state):
    """The stamps of the facts since the last look, in ms after their instant."""
    return [fact.stamp - fact.instant for fact in state.drain()]


def test_numbers_count_from_one_for_each_purpose():
    """Each purpose has its own numbers, from 1."""
    state = State(7, 0)

    actual = [state.count("order"), state.count("order"), state.count("secret")]

    expected = [1, 2, 1]
    assert expected == actual


def test_a_generated_id_passes_over_one_that_is_taken():
    """Where a user's own id looks like the next generated one, the one after it is used."""
    story = Story(seed=7)
    story.do("create_product", id=ids.generated(7, "product", 1))

    product = story.do("create_product")

    assert ids.generated(7, "product", 2) == product.id


@pytest.mark.parametrize("value", [None, 5, True, [], {}, "", "a b", "-a", "é", "\ud800", "a\0"])
def test_what_cannot_be_an_id_is_refused(value):
    """An own id is letters, digits and a few signs, or 24 hex digits."""
    state = State(7, 0)

    with pytest.raises(InvalidInput, match=r"id is .*; use letters, digits"):
        state.own_id("product", value)


def test_an_id_that_is_taken_is_refused():
    """An id can be given once in a world."""
    story = Story()
    story.do("create_product", id="pro")

    error = story.refuse("create_offer", id="pro")

    assert "id 'pro' is taken; choose another" in str(error)


def test_stamps_of_one_buyer_rise_strictly():
    """Events of one buyer in one instant are stamped 1 ms apart; those of others are not moved."""
    state = State(7, 1000)
    for buyer in ("jane", "jane", "john", "", "jane", ""):
        state.emit(e.ORDER_COMPLETED, buyer=buyer)

    actual = stamps(state)

    expected = [0, 1, 0, 0, 2, 1]
    assert expected == actual


def test_stamps_rise_across_instants_that_are_closer_than_their_events():
    """Where the last stamp of a buyer lies ahead of the instant, the next is 1 ms after it."""
    state = State(7, 1000)
    for _ in range(5):
        state.emit(e.ORDER_COMPLETED, buyer="jane")
    stamps(state)

    state.move_to(1002)
    state.emit(e.ORDER_COMPLETED, buyer="jane")
    state.emit(e.ORDER_COMPLETED, buyer="john")
    ahead = stamps(state)
    state.move_to(1006)
    state.emit(e.ORDER_COMPLETED, buyer="jane")
    later = stamps(state)

    expected = [3, 0], [0]
    assert expected == (ahead, later)


def test_facts_are_handed_over_once():
    """Draining hands over the facts since the last time, and leaves none."""
    state = State(7, 0)
    state.emit(e.ORDER_COMPLETED)

    first, second = state.drain(), state.drain()

    assert [fact.number for fact in first] == [1]
    assert second == []


def test_time_goes_forward_only():
    """An instant in the past is refused; the present one is allowed."""
    state = State(7, parse("2030-01-02"))

    state.move_to(state.now)

    with pytest.raises(InvalidInput, match="time only goes forward"):
        state.move_to(parse("2030-01-01"))
    assert parse("2030-01-02") == state.now


def test_time_ends_with_the_year_8999():
    """A world cannot go past the year 8999."""
    state = State(7, 0)

    state.move_to(LATEST)

    with pytest.raises(InvalidInput, match="past the year 8999"):
        state.move_to(LATEST + 1)


def test_a_copy_goes_on_exactly_like_the_original():
    """A copy has everything that decides what happens next, and shares nothing that changes."""
    story = Story()
    sub = story.subscriber(trial_days=14)
    story.do("decline_next", payer=JANE, times=2)
    story.do("set_dunning", name="patient")
    twin = story.twin()
    before = twin.world.digest()

    there = keys(story.advance("2030-02-10"))
    unmoved = twin.world.digest()
    here = keys(twin.advance("2030-02-10"))

    assert before == unmoved
    assert there == here
    assert story.world.digest() == twin.world.digest()
    assert story.again(sub) == twin.again(sub)


def test_a_copy_has_the_stamps():
    """Stamps go on rising in a copy."""
    story = Story()
    product = story.do("create_product", quiet=True)
    story.do("purchase", product=product.id, email=JANE)
    twin = story.twin()

    twin.do("purchase", product=product.id, email=JANE)

    expected = {"2030-01-01": "oc2"}
    assert expected == timeline(twin.facts)


def test_a_state_is_shown_as_plain_values():
    """Everything that decides what happens next can be written as JSON."""
    story = Story()
    story.subscriber(metadata={"user": "42"})
    story.do("decline_next", payer=JANE, times=2)

    actual = json.loads(json.dumps(story.state.plain()))

    assert actual["declines"] == {JANE: [2, "card_declined"]}
    assert actual["now"] == parse("2030-01-01")
    assert [due[2] for due in actual["agenda"]] == ["invoice notice"]
    assert actual["agenda"][0][0] == parse("2030-02-01") - 7 * DAY
    assert actual["facts"] == len(story.facts)
    assert actual["stamps"] == {JANE: parse("2030-01-01") + 3}


def test_an_account_without_buyer_has_stamps_of_its_own():
    """Events without a buyer, like those of products, rise among themselves."""
    story = Story()
    story.do("create_product")
    story.do("create_product")
    story.do("purchase", product=story.all(Product)[0].id, email=JANE)

    expected = {"2030-01-01": "product.created0 product.created1 cc0 oc1"}
    assert expected == timeline(story.facts)
