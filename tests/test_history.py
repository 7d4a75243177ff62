"""Going back, branching off and single events, on both faces."""

import asyncio

import pytest

from pocketsflow_emulator import AsyncEmulator, Emulator
from pocketsflow_emulator.errors import InvalidInput, UnknownName

JANE = "jane@example.com"


@pytest.fixture
def shop():
    """A world with a product and a receiver that answers 200."""
    with Emulator(start="2030-01-31", seed=7) as emulator:
        emulator.deliver_to(lambda _request: 200)
        emulator.create_product(id="prod_course", price="60.00")
        yield emulator


def test_going_back(shop):
    """Handles, reads and dates are those of the snapshot; the same ids and bytes come again."""
    order = shop.purchase("prod_course", email=JANE)
    shop.snapshot()
    refunded = shop.refund(order)
    bytes_before = shop.deliveries.of("order.refunded").last.body
    shop.advance(days=3)

    shop.restore()

    assert (order.status, shop.events[-1]) == ("paid", "order.completed")
    assert shop.clock.now.isoformat() == "2030-01-31T00:00:00+00:00"
    assert shop.refund(order).id == refunded.id
    assert shop.deliveries.of("order.refunded").last.body == bytes_before


def test_snapshots_have_names(shop):
    """Several may be kept; a name that is unknown is answered with the nearest."""
    shop.snapshot("empty")
    shop.purchase("prod_course", email=JANE)
    shop.snapshot("sold")

    shop.restore("empty")
    assert shop.events == ["product.created"]
    shop.restore("sold")
    assert shop.events[-1] == "order.completed"
    with pytest.raises(UnknownName, match="did you mean 'sold'"):
        shop.restore("sol")


def test_branching_off(shop):
    """After going back, another seed gives fresh ids; going back once more, the old ones come."""
    shop.snapshot()
    first = shop.purchase("prod_course", email=JANE).id
    shop.restore()

    shop.branch(8)
    other = shop.purchase("prod_course", email=JANE).id
    shop.restore()
    again = shop.purchase("prod_course", email=JANE).id

    assert (first == again, first == other) == (True, False)


def test_a_seed_of_a_branch_is_a_whole_number(shop):
    """Anything else is refused."""
    with pytest.raises(InvalidInput, match="seed is 'eight'; write a whole number"):
        shop.branch("eight")


def test_single_events(shop):
    """A trigger returns what was delivered; assertions see the values that were replaced."""
    sent = shop.trigger("order.refunded", overrides={"refund.amount": 5})

    assert [delivery.outcome for delivery in sent] == ["delivered"]
    shop.assert_delivered("order.refunded", {"refund.amount": 5}, times=1)
    assert shop.events == ["product.created", "order.refunded"]


def test_what_breaks_the_schema_needs_a_word(shop):
    """An override that Pocketsflow could not have sent is refused, unless `unchecked`."""
    with pytest.raises(InvalidInput, match=r"refund\.amount: 'five' is not of type 'number'"):
        shop.trigger("order.refunded", overrides={"refund.amount": "five"})

    [sent] = shop.trigger("order.refunded", overrides={"refund.amount": "five"}, unchecked=True)

    assert sent.json["refund"]["amount"] == "five"


def test_both_generations_are_held_to_their_own_schema(shop):
    """A value that one of two webhooks cannot be sent is refused, and its dialect named."""
    shop.deliver_to(lambda _request: 200, dialect="current")

    with pytest.raises(InvalidInput, match="in the dialect current"):
        shop.trigger("order.refunded", overrides={"refund.amount": 4.99})

    assert len(shop.trigger("order.refunded", overrides={"refund.amount": 5})) == 2


def test_the_button_that_tests_a_webhook(shop):
    """`test_webhook` sends what the account's own test sends, to one webhook alone."""
    webhook = shop.deliver_to(lambda _request: 200, events=["order.*"])

    [sent] = shop.test_webhook(webhook)

    assert (sent.event, sent.webhook) == ("order.completed", webhook.id)


def test_on_the_asynchronous_face_they_are_awaited():
    """The same names, awaited."""

    async def play():
        async with AsyncEmulator(seed=7) as emulator:
            emulator.deliver_to(lambda _request: 200)
            await emulator.snapshot()
            sent = await emulator.trigger("review.created", overrides={"review.rating": 1})
            await emulator.restore()
            await emulator.branch(8)
            return [d.json["review"]["rating"] for d in sent], await emulator.events()

    assert asyncio.run(play()) == ([1], [])
