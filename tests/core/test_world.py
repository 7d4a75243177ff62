"""A world: the same inputs give the same facts, however time is cut."""

from random import Random

import pytest

from pocketsflow_emulator.core.clock import DAY, parse
from pocketsflow_emulator.core.models import Order
from pocketsflow_emulator.core.world import World
from worlds import JANE, Story, keys


def lives(story):
    """Start a few subscriptions of different fates."""
    plans = [
        ("weekly", 0, "standard", 2),
        ("monthly", 14, "pausing", 4),
        ("monthly", 0, "lenient", 9),
        ("yearly", 2, "patient", 1),
        ("weekly", 5, "standard", 9),
    ]
    for number, (frequency, trial, dunning, declines) in enumerate(plans):
        sub = story.subscriber(
            frequency=frequency,
            trial_days=trial,
            dunning=dunning,
            email=f"buyer{number % 3}@example.com",
        )
        story.do("decline_next", payer=sub.id, times=declines)
    paused = story.subscriber(email="pause@example.com")
    story.do("pause", subscription=paused.id, until="2030-03-05T12:00:00Z")
    ending = story.subscriber(email="end@example.com", frequency="weekly")
    story.do("cancel", subscription=ending.id, at_period_end=True)


def played(seed=7):
    """A world after some months of these lives."""
    story = Story("2030-01-31", seed=seed)
    lives(story)
    story.advance("2030-06-30")
    return story


def test_the_same_inputs_give_the_same_world():
    """With the same seed and the same inputs, all facts and ids are the same."""
    first, second = played(), played()

    assert first.facts == second.facts
    assert first.world.digest() == second.world.digest()


def test_another_seed_changes_the_ids_and_nothing_else():
    """Another seed gives other ids; what happens, and when, is the same."""
    first, second = played(7), played(8)

    assert [(f.event.key, f.stamp, f.buyer) for f in first.facts] == [
        (f.event.key, f.stamp, f.buyer) for f in second.facts
    ]
    assert first.facts != second.facts
    assert first.world.digest() != second.world.digest()


@pytest.mark.parametrize("seed", range(5))
def test_time_can_be_cut_into_any_pieces(seed):
    """Many small advances give the same facts as one."""
    random = Random(seed)
    whole = played()
    story = Story("2030-01-31")
    lives(story)

    end = parse("2030-06-30")
    while story.world.now < end:
        story.advance(min(end, story.world.now + 1 + int(random.random() * 9 * DAY)))

    assert whole.facts == story.facts, f"seed {seed}"
    assert whole.world.digest() == story.world.digest(), f"seed {seed}"


def test_silent_verbs_in_between_change_no_id():
    """What announces nothing, like a webhook or an offer, changes no id of anything else."""
    plain, busy = Story(), Story()
    for story in (plain, busy):
        product = story.do("create_product", price="60.00")
        if story is busy:
            offer = story.do("create_offer")
            story.do("update_offer", offer=offer.id, price="5.00")
            hook = story.do("create_webhook", url="http://127.0.0.1:1")
            story.do("rotate_secret", webhook=hook.id)
            story.do("delete_webhook", webhook=hook.id)
            variant = story.do("create_variant", product=product.id, price=1)
            story.do("delete_variant", variant=variant.id)
            story.do("set_dunning", name="patient")
            story.do("decline_next", payer="other@example.com")
        story.do("purchase", product=product.id, email=JANE)

    assert plain.facts == busy.facts


def test_a_refusal_uses_up_nothing():
    """After a refused verb the next one makes the same ids as if it had not been tried."""
    plain, busy = Story(), Story()
    for story in (plain, busy):
        product = story.do("create_product")
        if story is busy:
            story.refuse("purchase", product=product.id, email="nobody")
            story.refuse("purchase", product=product.id, email=JANE, tax_rate="2")
        story.do("purchase", product=product.id, email=JANE)

    assert plain.facts == busy.facts


def test_two_worlds_share_nothing():
    """What happens in one world is not seen in another."""
    first, second = Story(), Story()
    product = first.do("create_product", id="pro")
    first.do("purchase", product=product.id, email=JANE)

    before = second.world.digest()

    assert before == Story().world.digest()
    assert second.all(Order) == []


def test_nothing_is_due_in_an_empty_world():
    """In a world without subscriptions nothing ever falls due."""
    world = World(7, parse("2030-01-01"), livemode=True)

    assert world.due() is False
    assert world.state.livemode is True
    assert world.now == parse("2030-01-01")


def test_what_is_due_later_waits():
    """What is due later does not happen before time has got there."""
    story = Story()
    story.subscriber()

    early = story.world.due()
    story.state.move_to(parse("2030-01-25"))
    late = story.world.due(), story.world.due()

    assert early is False
    assert late == (True, False)
    assert keys(story.world.drain()) == ["invoice.upcoming"]


def test_the_digest_tells_worlds_apart():
    """Anything that decides what happens next changes the digest."""
    story = Story()
    seen = [story.world.digest()]
    product = story.do("create_product")
    seen.append(story.world.digest())
    for verb, arguments in [
        ("create_webhook", {"url": "http://127.0.0.1:1"}),
        ("decline_next", {"payer": JANE}),
        ("set_dunning", {"name": "patient"}),
        ("purchase", {"product": product.id, "email": JANE, "metadata": {"\ud800": "\ud800"}}),
    ]:
        story.do(verb, **arguments)
        seen.append(story.world.digest())
    story.advance(story.world.now + 1)
    seen.append(story.world.digest())

    assert len(set(seen)) == len(seen)
    assert Story().world.digest() == Story().world.digest()
