"""Cards: the documented test numbers and the words for a declined payment."""

import pytest

from pocketsflow_emulator.core import cards
from pocketsflow_emulator.errors import InvalidInput, UnknownName


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("ok", ""),
        ("declines", "card_declined"),
        ("4242424242424242", ""),
        ("4242 4242 4242 4242", ""),
        (4242424242424242, ""),
        ("4000000000000002", "card_declined"),
        (4000000000009995, "insufficient_funds"),
        ("378282246310005", ""),
    ],
)
def test_cards_say_how_they_fail(card, expected):
    """A card is "ok", "declines" or a documented test number, with or without blanks."""
    actual = cards.decline_code(card)

    assert expected == actual


@pytest.mark.parametrize("code", cards.MESSAGES)
def test_a_card_that_fails_in_a_chosen_way(code):
    """A decline code stands for a card that fails with it."""
    assert cards.decline_code(code) == code


@pytest.mark.parametrize(
    "card", ["", "visa", "4111111111111111", None, 5, True, 4.2, [], {}, "\ud800", "4242\0"]
)
def test_other_cards_are_refused(card):
    """A card that is not documented is refused, because nobody could say what it does."""
    with pytest.raises(InvalidInput, match='write "ok", "declines", a decline code or a'):
        cards.decline_code(card)


@pytest.mark.parametrize("number", cards.NUMBERS)
def test_every_test_card_has_a_message_for_its_code(number):
    """Every code with which a test card fails has a message."""
    code = cards.decline_code(number)

    assert not code or cards.MESSAGES[code]


@pytest.mark.parametrize("value", cards.MESSAGES)
def test_decline_codes(value):
    """Every code that has a message can be asked for."""
    actual = cards.code(value)

    assert value == actual


@pytest.mark.parametrize("value", ["", "declined", None, 5, [], {}, True])
def test_unknown_decline_codes_are_refused(value):
    """A decline code nobody knows is refused."""
    with pytest.raises(UnknownName, match="unknown decline code"):
        cards.code(value)
