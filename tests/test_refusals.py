"""What cannot be is refused at once, in words that say what to do instead."""

import sys

import pytest

from pocketsflow_emulator import Emulator
from pocketsflow_emulator.errors import InvalidInput, NotFound


@pytest.mark.parametrize(
    ("receiver", "said"),
    [
        (lambda: 200, "takes no arguments; a handler takes one request; if it is an application"),
        (lambda a, b, c, d: 200, "takes a, b, c, d; .* say so: wsgi= or asgi="),
        ("http://8.8.8.8/", "is a public address; .* allow_public=True"),
        ("https://me:pw@example.org/x", r"^https://\*\*\*@example.org/x is a public address"),
        ("ftp://x", "is not an address"),
    ],
)
def test_what_cannot_be_a_receiver_is_named(receiver, said):
    """An application, a function of something else, a public address: refused at once."""
    with Emulator() as emulator:
        with pytest.raises(InvalidInput, match=said):
            emulator.deliver_to(receiver)

        assert emulator.journal() == []
        assert emulator._driver.engine.untouched


@pytest.mark.parametrize("receiver", [lambda *all: 200, lambda request, more=1: 200, dict.fromkeys])
def test_what_can_be_called_with_one_request_is_a_handler(receiver):
    """Further parameters with defaults do no harm."""
    with Emulator() as emulator:
        webhook = emulator.deliver_to(receiver)

    assert webhook.url == "handler:"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("3000", "http://127.0.0.1:3000/"),
        ("localhost:3000/hooks", "http://localhost:3000/hooks"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("handler:", "handler:"),
    ],
)
def test_a_webhook_takes_short_forms(url, kept):
    """`create_webhook` and `update_webhook` take an address as `deliver_to` does."""
    with Emulator() as emulator:
        webhook = emulator.create_webhook(url)
        other = emulator.update_webhook(emulator.create_webhook("1"), url=url)

    assert (webhook.url, other.url) == (kept, kept)


def test_a_webhook_that_nothing_can_be_sent_to_is_refused():
    """Neither ftp nor a word is an address; the world stays as it was."""
    with Emulator() as emulator:
        webhook = emulator.create_webhook("3000")

        for url in ("ftp://x", "", "http://"):
            with pytest.raises(InvalidInput, match="is not an address"):
                emulator.create_webhook(url)
            with pytest.raises(InvalidInput, match="is not an address"):
                emulator.update_webhook(webhook, url=url)

    assert webhook.url == "http://127.0.0.1:3000/"


def test_an_empty_secret_is_refused():
    """`secret=""` does not silently mean the default."""
    with Emulator() as emulator, pytest.raises(InvalidInput, match="secret is empty"):
        emulator.deliver_to(lambda request: 200, secret="")


def test_a_product_is_bought_and_an_offer_subscribed_to():
    """Who mixes them up is told what the thing is, and which verb takes it."""
    with Emulator() as emulator:
        offer = emulator.create_offer(id="prod_pro")
        product = emulator.create_product(id="prod_course")

        with pytest.raises(NotFound, match=r"'prod_pro'; that is an offer, .*: subscribe$"):
            emulator.purchase(offer)
        with pytest.raises(NotFound, match=r"'prod_course'; that is a product, .*: purchase$"):
            emulator.subscribe(product)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda e: e.purchase("x", emial="a"), r"^purchase\(\) has no argument 'emial'; did you"),
        (lambda e: e.deliver_to(nadler=1), r"^deliver_to\(\) has no argument 'nadler'"),
        (lambda e: e.assert_delivered("x", time=1), r"no argument 'time'; did you mean 'times'"),
        (lambda e: e.purchase(), r"^purchase\(\) missing 1 required positional argument"),
        (lambda e: Emulator(sed=1), r"^Emulator\(\) has no argument 'sed'; did you mean 'seed'"),
    ],
)
def test_an_unknown_argument_comes_back_with_the_nearest(call, said):
    """No name of an internal class is in the way."""
    with Emulator() as emulator, pytest.raises(TypeError, match=said):
        call(emulator)


def test_an_unknown_attribute_comes_back_with_the_nearest():
    """A misspelt verb is told the right one; something else is told plainly."""
    with Emulator() as emulator:
        with pytest.raises(AttributeError, match=r"^Emulator has no 'purchse'; did you mean 'purc"):
            emulator.purchse  # noqa: B018
        with pytest.raises(AttributeError, match=r"^Emulator has no 'xyzzy'$"):
            emulator.xyzzy  # noqa: B018


@pytest.mark.parametrize(
    "misspelt",
    [lambda e: e.purchse, lambda e: e.create_product().prise],
    ids=["a verb", "a field"],
)
def test_an_attribute_is_suggested_once(misspelt, capsys):
    """What Python prints for a misspelt name is our sentence, without a second guess behind it."""
    with Emulator() as emulator, pytest.raises(AttributeError) as caught:
        misspelt(emulator)

    sys.__excepthook__(caught.type, caught.value, caught.tb)

    assert f"AttributeError: {caught.value}\n" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:metadata")
@pytest.mark.parametrize("value", [1, "1", 2**60, {"\ud83d\ude00": 2}, [1.5]])
def test_a_key_of_two_halves_is_one_character(value):
    """Surrogate halves that stand beside each other in a key of metadata become one character."""
    with Emulator() as emulator:
        emulator.deliver_to(lambda request: 200)
        emulator.purchase(emulator.create_product(), metadata={"\ud83d\ude00": value})

    assert list(emulator.deliveries.last.json["metadata"]) == ["\U0001f600"]


def test_only_integers_that_change_are_warned_of():
    """A joined key is no change; an integer beyond JavaScript's is, also inside."""
    with Emulator() as emulator:
        course = emulator.create_product()

        emulator.purchase(course, metadata={"\ud83d\ude00": {"\ud83d\ude00": 1}})
        with pytest.warns(UserWarning, match="metadata deep: an integer is too large"):
            emulator.purchase(course, metadata={"deep": [{"\ud83d\ude00": 2**60 + 1}], "x": 1})
