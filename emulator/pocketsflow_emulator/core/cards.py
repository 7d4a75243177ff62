"""Cards: what a buyer may pay with, and the words for a payment that fails.

The numbers are the documented test cards. # G1 /en/articles/10690609-test-mode
"""

from pocketsflow_emulator.errors import InvalidInput, UnknownName, quoted

MESSAGES = {
    "card_declined": "Your card was declined",  # G2 /api-webhooks/events
    "insufficient_funds": "Your card has insufficient funds",  # assumed, as all below
    "expired_card": "Your card has expired",
    "authentication_required": "This payment needs to be confirmed by the card holder",
    "processing_error": "The payment could not be processed, please try again",
    "stolen_card": "Your card was declined",
    "incorrect_zip": "The ZIP code does not match the card",
    "incorrect_cvc": "The security code does not match the card",
}
"""Decline code -> the message that goes with it."""

NUMBERS = {
    "4242424242424242": "",
    "5555555555554444": "",
    "6011111111111117": "",
    "378282246310005": "",
    "4000008260000000": "",
    "4000000000000002": "card_declined",
    "4000000000009995": "insufficient_funds",
    "4000000000009979": "stolen_card",
    "4000000000003220": "authentication_required",
    "4000000000000101": "incorrect_zip",
    "4000000000000069": "incorrect_cvc",
}
"""Documented test card -> decline code, empty for one that works. The codes are assumed."""


def decline_code(card: object) -> str:
    """Return the code with which a card fails, empty for one that works.

    `card` is "ok", "declines", a decline code or a documented test card number; raises
    `InvalidInput` otherwise.
    """
    if card == "ok":
        return ""
    if card == "declines":
        return "card_declined"
    if isinstance(card, str) and card in MESSAGES:
        return card
    number = card.replace(" ", "") if isinstance(card, str) else quoted(card)
    if number not in NUMBERS:
        raise InvalidInput(
            f'card is {quoted(card)}; write "ok", "declines", a decline code'
            " or a documented test card number"
        )
    return NUMBERS[number]


def last4(code: str) -> str:
    """Return the last digits of a card that fails with this code; empty: of one that works."""
    numbers = (number for number, fails_with in NUMBERS.items() if fails_with == code)
    return next(numbers, "0002")[-4:]


def code(value: object) -> str:
    """Check a decline code; raises `UnknownName`."""
    if not isinstance(value, str) or value not in MESSAGES:
        raise UnknownName("decline code", value, MESSAGES)
    return value
