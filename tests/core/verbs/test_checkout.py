"""Checkout sessions: a page is made, and a buyer pays on it, fails to, or leaves."""

import pytest

from pocketsflow_emulator.core.models import CheckoutSession, Order, Subscription
from pocketsflow_emulator.core.verbs import checkout
from worlds import JANE, Story, keys

THANKS = "https://shop.example/thanks?order=7&from=mail"


@pytest.fixture
def story():
    """A world with a product, an offer, one with a trial, and a discount."""
    story = Story("2030-01-01")
    story.do("create_product", id="course", price="60.00", quiet=True)
    story.do("create_offer", id="pro", price="29.00")
    story.do("create_offer", id="tried", price="29.00", trial_days=14)
    story.do("create_discount", id="launch", code="LAUNCH", value="20")
    return story


def page(story, product="course", **arguments):
    """Make a page for a product that sends the buyer on to the shop."""
    return story.do(
        "create_checkout",
        product=product,
        success_url=THANKS,
        cancel_url="https://shop.example/cart",
        **arguments,
    )


def test_a_page_sends_nothing(story):
    """Making a page and leaving it are silent; the buyer lands on the cancel address."""
    session = page(story)

    left = story.do("abandon_checkout", session=session.id)

    assert story.facts == []
    assert (left.status, left.landing_url) == ("abandoned", "https://shop.example/cart")


def test_a_product_is_bought_on_its_page(story):
    """What the page carries is on the order; the buyer lands on the success address, as it is."""
    session = page(story, discount="LAUNCH", metadata={"user": "7"}, client_reference_id="cart-9")

    done = story.do("complete_checkout", session=session.id, email=JANE)

    order = story.store.table(Order)[done.order_id]
    assert keys(story.last) == ["customer.created", "order.completed"]
    assert (done.status, done.landing_url, done.subscription_id) == ("complete", THANKS, "")
    assert (
        order.amount,
        order.metadata,
        order.client_reference_id,
    ) == (4800, {"user": "7"}, "cart-9")


def test_an_offer_is_subscribed_to_on_its_page(story):
    """A page for an offer makes a subscription, and the order of its first invoice."""
    session = page(story, "pro", metadata={"user": "7"}, email=JANE)

    done = story.do("complete_checkout", session=session.id)

    sub = story.store.table(Subscription)[done.subscription_id]
    assert (sub.status, sub.email, sub.metadata) == ("active", JANE, {"user": "7"})
    assert sub.last_order_id == done.order_id


def test_a_declined_payment_leaves_the_page_open(story):
    """After a declined payment the buyer can try another card."""
    session = page(story)
    declined = story.do(
        "complete_checkout", session=session.id, email=JANE, card="insufficient_funds"
    )
    sent = keys(story.last)

    done = story.do("complete_checkout", session=session.id, email=JANE)

    assert sent == ["payment_intent.payment_failed"]
    assert (
        declined.status,
        declined.error_code,
        declined.landing_url,
    ) == ("open", "insufficient_funds", "")
    assert (done.status, done.error_code) == ("complete", "")


def test_a_payment_can_be_let_fail(story):
    """A payment is declined with any code there is, also where no test card has it."""
    session = page(story)

    declined = story.do("decline_checkout", session=session.id, email=JANE, code="expired_card")

    assert keys(story.last) == ["payment_intent.payment_failed"]
    assert (declined.status, declined.error_code) == ("open", "expired_card")


@pytest.mark.parametrize("address", ["{}", "http://127.0.0.1:6060/checkout/{}", "x/{}/?a=b/c"])
def test_a_session_is_named_by_its_address_too(story, address):
    """A session is named by its id or by any address that ends in it."""
    session = page(story)

    done = story.do("complete_checkout", session=address.format(session.id), email=JANE)

    assert session.id == done.id


@pytest.mark.parametrize("verb", ["complete_checkout", "decline_checkout", "abandon_checkout"])
@pytest.mark.parametrize("before", ["complete_checkout", "abandon_checkout"])
def test_a_finished_session_stays_finished(story, before, verb):
    """A session that is complete or abandoned cannot be finished again."""
    session = page(story, email=JANE)
    finished = story.do(before, session=session.id)

    error = story.refuse(verb, session=session.id)

    assert f"it is {finished.status}" in str(error)


@pytest.mark.parametrize("free", [{"product": "tried"}, {"discount": "ALL"}])
def test_what_is_free_cannot_be_declined(story, free):
    """Where nothing is charged, nothing can be declined."""
    story.do("create_discount", code="ALL", value="100")
    session = page(story, **free)

    error = story.refuse("decline_checkout", session=session.id, email=JANE)

    assert "free of charge now" in str(error)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"product": "gone"}, "deleted"),
        ({"product": "cuorse"}, "did you mean 'course'"),
        ({"success_url": "shop.example"}, "success_url is 'shop.example'; write an address"),
        ({"cancel_url": "javascript:alert(1)"}, "write an address with http"),
        ({"email": "jane"}, "write an address like"),
        ({"discount": "LAUNCHED"}, "there is no discount 'LAUNCHED'"),
        ({"metadata": [1]}, "metadata is [1]"),
    ],
)
def test_pages_that_cannot_be(story, arguments, message):
    """A page for nothing, or with addresses nobody can open, is refused."""
    story.do("create_product", id="gone", quiet=True)
    story.do("delete_product", product="gone")

    error = story.refuse("create_checkout", **{"product": "course", **arguments})

    assert message in str(error)


def test_a_page_without_an_e_mail(story):
    """Somebody has to buy: a page that was made for nobody needs the buyer's e-mail."""
    session = page(story)

    error = story.refuse("complete_checkout", session=session.id)

    assert f"{session.id} has no e-mail of its own; give the buyer's as email" == str(error)


def test_a_page_outlives_a_refusal(story):
    """A product that is deleted while its page is open cannot be bought; the page stays."""
    session = page(story, email=JANE)
    story.do("delete_product", product="course")

    error = story.refuse("complete_checkout", session=session.id)

    assert "deleted" in str(error)
    assert story.store.table(CheckoutSession)[session.id].status == "open"


@pytest.mark.parametrize("form", ["{id}", "https://store.pocketsflow.com/checkout/{id}/?from=mail"])
def test_a_page_is_found_by_its_id_and_by_its_address(story, form):
    """A session is named by its id, or by the address that its buyer has."""
    session = page(story)

    found = checkout.named(story.state, form.format(id=session.id))

    assert session == found


@pytest.mark.parametrize("value", ["cs_nobody", "https://store.pocketsflow.com/", "", None, 7])
def test_what_names_no_page_finds_none(story, value):
    """Anything else finds no session, and is no error yet."""
    page(story)

    found = checkout.named(story.state, value)

    assert found is None
