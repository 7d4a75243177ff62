"""Rules of money, and of paying with a card."""

from pocketsflow_emulator.core import cards
from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.money import EXPONENTS
from pocketsflow_emulator.rules.rule import Rule, assumed, documented, room
from pocketsflow_emulator.rules.sources import (
    CON_1,
    G1_TEST_MODE,
    G2_DISCOUNTS_VALIDATE,
    G2_EVENTS,
    G3_EX,
    SDK,
)

_DECIMALS = {count: list(EXPONENTS.values()).count(count) for count in (0, 2, 3)}

MONEY = room(
    "money",
    "Money",
    "The page's own example of an order charges 4.99 tax on 60.00 at a rate of 0.08; the emulator"
    " charges 4.80.",
    documented(
        "major",
        "In `documented` bodies an amount is a number of major units: 64.99.",
        G2_EVENTS,
        dialects=("documented",),
        conflict="C4",
    ),
    documented(
        "minor",
        "In `current` bodies an amount is a whole number of minor units: 6499.",
        G3_EX,
        dialects=("current",),
        conflict="C4",
    ),
    assumed(
        "decimals",
        f"Currencies have the decimals of ISO 4217: {_DECIMALS[0]} have none,"
        f" {_DECIMALS[3]} have three, all others two.",
        G2_EVENTS,
    ),
    assumed("before-tax", "Prices exclude tax.", G2_EVENTS, events=(e.ORDER_COMPLETED,)),
    assumed(
        "rounding",
        "Tax and shares are rounded half up to the minor unit.",
        G2_EVENTS,
        events=(e.ORDER_COMPLETED,),
    ),
    assumed(
        "with-tax",
        "The amounts of subscriptions, invoices and payments include tax.",
        G2_EVENTS,
    ),
    assumed(
        "free",
        "What costs nothing is never charged, and so never declined; the events are the same.",
        CON_1,
    ),
    documented(
        "discount-kinds",
        "A discount takes a percentage or a fixed amount off, of products it names, until it"
        " expires.",
        SDK,
    ),
    assumed(
        "discount",
        "A discount is taken off before tax, never below 0. One that names no product holds for"
        " all. A subscription keeps its lower price.",
        G2_DISCOUNTS_VALIDATE,
    ),
)


def _failing(code: str) -> Rule:
    numbers = [number for number, fails_with in cards.NUMBERS.items() if fails_with == code]
    shown = " ".join((f"`{code}`", *(f"({_spaced(number)})" for number in numbers)))
    says = documented if code == "card_declined" else assumed
    source = G2_EVENTS if code == "card_declined" else G1_TEST_MODE
    return says(code.replace("_", "-"), f"{shown}: “{cards.MESSAGES[code]}”.", source)


def _spaced(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


CARDS = room(
    "cards",
    "Cards",
    "The test cards are those of the help centre, of a time when payments ran on Stripe. Their"
    " numbers and whether they work are documented; the codes they fail with are not.",
    documented(
        "working",
        "The test cards that work are "
        + ", ".join(_spaced(number) for number, code in cards.NUMBERS.items() if not code)
        + ".",
        G1_TEST_MODE,
    ),
    documented(
        "failing",
        "The test cards that do not work, or need more, are "
        + ", ".join(_spaced(number) for number, code in cards.NUMBERS.items() if code)
        + ".",
        G1_TEST_MODE,
    ),
    *(_failing(code) for code in cards.MESSAGES),
)
