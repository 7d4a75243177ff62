"""Whatever is given to a verb of the public face: it is done, or refused with the world unchanged.

What the core makes of the same values is in `core/verbs/test_registry.py`.
"""

import inspect
import json
import warnings
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pocketsflow_emulator import Emulator
from pocketsflow_emulator.core.verbs import VERBS
from pocketsflow_emulator.delivery.transports.handler import HandlerTransport
from pocketsflow_emulator.errors import EmulatorError, InvalidInput
from pocketsflow_emulator.scenario.model import PSEUDO_VERBS

JANE = "jane@example.com"
DAY = 86_400_000


def nested(levels, around=dict):
    """Return an object or a list in itself, so many levels deep."""
    value = "deep"
    for _ in range(levels):
        value = {"a": value} if around is dict else [value]
    return value


def endless():
    """Return a list that contains itself."""
    value = []
    value.append(value)
    return value


BAD = {
    "a flag": True,
    "zero": 0,
    "below nothing": -1,
    "a float": 29.99,
    "nan": float("nan"),
    "too precise": "1.00001",
    "too precise a Decimal": Decimal("0.00001"),
    "a huge Decimal": Decimal("1E+999999999999"),
    "a tiny Decimal": Decimal("1E-999999999999"),
    "Infinity": Decimal("Infinity"),
    "NaN": Decimal("sNaN"),
    "thousands of digits": 10**5000,
    "a fraction": Fraction(1, 3),
    "complex": 1j,
    "a foreign currency": "xxx",
    "a date": date(2031, 2, 28),
    "the first date": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23))),
    "the last date": date(9999, 12, 31),
    "a time": time(1),
    "no date": "2030-02-30",
    "a span": timedelta(days=40_000),
    "a span backwards": timedelta(days=-1),
    "an unknown id": "sub_000000000000000000000000",
    "a deleted product": "gone",
    "a trial": "trial",
    "a canceled subscription": "canceled",
    "an order": "bought",
    "two at signs": "a@b@c",
    "half a character": "a\ud800@b",
    "NUL": "a\0@b",
    "right to left": "\u202eesrever@\u05d0\u05d1",
    "an empty text": "",
    "a long text": "x" * 3000,
    "bytes": b"bytes",
    "an object": object(),
    "a type": int,
    "a set": {1},
    "a list of nothing": [None],
    "a list of lists": [[]],
    "a list in itself": endless(),
    "deep lists": nested(5000, list),
    "deep objects": nested(5000),
    "not quite so deep objects": nested(900),
    "keys that are no text": {1: 2},
    "numbers JSON has not": {"a": Decimal("NaN"), "b": float("inf")},
    "a signaling NaN": {"a": Decimal("sNaN")},
    "a monster": {"a": Decimal("1E+999999999999")},
    "an endless number": {"a": Decimal("Infinity")},
    "digits without end": {"a": 10**5000},
    "an object in an object": {"a": object()},
    "half a character in an object": {"\ud800": "\udfff"},
    "many keys": {str(number): number for number in range(200)},
}
"""Values that some parameters take and most do not."""

GOOD = {
    "cancel": {"subscription": "active"},
    "change_plan": {"subscription": "active", "offer": "max"},
    "complete_checkout": {"session": "page", "email": JANE},
    "create_checkout": {"product": "course"},
    "create_customer": {"email": "somebody@example.com"},
    "create_discount": {"code": "LAUNCH", "value": "20"},
    "create_upsell": {"products": ["course"], "upsell_product": "course", "price": "9"},
    "create_variant": {"product": "course", "price": "1.00"},
    "create_webhook": {"url": "http://127.0.0.1:1", "active": False},
    "decline_checkout": {"session": "page", "email": JANE},
    "decline_next": {"payer": "active"},
    "end_trial": {"subscription": "trial"},
    "extend_trial": {"subscription": "trial", "days": 3},
    "pause": {"subscription": "active"},
    "purchase": {"product": "course", "email": JANE},
    "refund": {"order": "bought"},
    "resume": {"subscription": "paused"},
    "review": {"order": "bought"},
    "set_dunning": {"name": "patient"},
    "set_policy": {"name": "retry-ladder"},
    "fault": {"fault": "duplicate=*"},
    "set_verification": {"status": "verified"},
    "subscribe": {"offer": "pro", "email": JANE},
    "uncancel": {"subscription": "ending"},
    "update_payment_method": {"subscription": "active"},
    "abandon_checkout": {"session": "page"},
    "rotate_secret": {"webhook": "hook"},
    **{f"update_{word}": {word: "this"} for word in ("customer", "discount", "upsell", "webhook")},
    **{f"delete_{word}": {word: "this"} for word in ("customer", "discount", "upsell", "webhook")},
    **{f"{do}_product": {"product": "course"} for do in ("update", "delete")},
    **{f"{do}_offer": {"offer": "pro"} for do in ("update", "delete")},
    **{f"{do}_variant": {"variant": "large"} for do in ("update", "delete")},
    **{verb: {} for verb in ("create_offer", "create_product", "update_user", "advance")},
    **{verb: {} for verb in ("clear_faults", "release_held", "snapshot", "restore")},
    "branch": {"seed": 8},
    "replay": {"delivery": "review.created"},
    "test_webhook": {"webhook": "reviews"},
    "trigger": {"event": "review.created"},
}
"""Verb -> arguments with which it can be done in the town; "this" is the only one of its kind."""

THIS = {"customer": "new", "discount": "spring", "upsell": "more", "webhook": "hook"}

EVERY = [
    (verb, parameter)
    for verb in GOOD
    for parameter in list(inspect.signature(getattr(Emulator, verb)).parameters)[1:]
]


@pytest.fixture
def emulator():
    """A world with one of everything, under ids that are easy to name."""
    with Emulator(start="2030-01-01", seed=7) as emulator:
        yield furnished(emulator)


def furnished(emulator):
    emulator.create_webhook("http://127.0.0.1:1", id="hook", active=False)
    emulator.create_product(name="Course", price="60.00", id="course")
    emulator.create_product(id="gone")
    emulator.delete_product("gone")
    emulator.create_variant("course", price="80.00", id="large")
    for id, price in (("pro", "29.00"), ("max", "59.00")):
        emulator.create_offer(price=price, id=id)
    emulator.create_discount("SPRING", value="10", id="spring")
    emulator.create_upsell(["course"], "course", price="9", id="more")
    emulator.create_checkout("course", id="page")
    emulator.create_customer("new@example.com", id="new")
    emulator.purchase("course", email=JANE, id="bought")
    for id in ("active", "paused", "ending", "canceled"):
        emulator.subscribe("pro", email=JANE, id=id)
    emulator.subscribe("pro", email=JANE, id="trial", trial_days=14)
    emulator.pause("paused")
    emulator.cancel("ending", at_period_end=True)
    emulator.cancel("canceled")
    emulator.create_webhook("http://127.0.0.1:2", id="reviews", events="review.created")
    emulator._driver.targets["reviews"] = HandlerTransport(lambda _: 200)
    emulator.review("bought")
    emulator.snapshot()
    return emulator


def digest(emulator):
    """What decides everything that an emulator does next."""
    return emulator._driver.engine.world.digest()


def good(verb):
    """Return arguments with which a verb can be done."""
    return {name: THIS[name] if value == "this" else value for name, value in GOOD[verb].items()}


def attempt(emulator, verb, arguments):
    """Do a verb and go on for a while; say whether it was done."""
    before = digest(emulator), emulator.journal()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a number that JavaScript cannot hold is changed
            getattr(emulator, verb)(**arguments)
    except EmulatorError:
        assert before == (digest(emulator), emulator.journal())
        return False
    if verb != "advance":
        emulator.advance(days=40)
    assert emulator.timeline()
    assert list(emulator._driver.engine.journal.log())
    return True


def test_every_verb_of_the_face_is_tried():
    """There are good arguments for every verb there is, and for nothing else."""
    assert {*VERBS, *PSEUDO_VERBS} - {"settle"} == set(GOOD)


@pytest.mark.parametrize(("verb", "parameter"), EVERY)
def test_whatever_is_given_nothing_breaks(emulator, verb, parameter):
    """A wrong type, an unknown id, an impossible amount or date: the verb is done, and time goes on
    after it, or it is refused with an error that says why, and the world is as it was."""
    for name, value in BAD.items():
        try:
            if attempt(emulator, verb, good(verb) | {parameter: value}):
                emulator.reset()
                furnished(emulator)
        except Exception as error:
            raise AssertionError(f"{verb}({parameter}={name}): {error!r}") from error


@pytest.mark.parametrize(
    ("verb", "arguments", "message"),
    [
        ("create_product", {"price": 29.99}, "price is the float 29.99; write it as a string"),
        ("create_product", {"price": "9.999"}, "more decimals than usd amounts have (2)"),
        ("create_product", {"price": "-1"}, "price '-1' is outside 0.00 to"),
        ("create_product", {"currency": "xxx"}, "unknown currency 'xxx'"),
        ("create_product", {"price": Decimal("1E+999999999999")}, "write an amount like"),
        ("create_product", {"details": nested(65)}, "nested more than 64 levels deep"),
        ("create_product", {"details": {"a": object()}}, "details: JSON has no object"),
        ("create_offer", {"trial_days": 4000}, "write a whole number from 0 to 3650"),
        ("create_offer", {"name": endless()}, "is a list that contains itself"),
        ("extend_trial", {"subscription": "trial", "days": 10**6}, "from 1 to 3650"),
        ("pause", {"subscription": "active", "until": "2030-02-30"}, "is not a date; write it"),
        ("pause", {"subscription": "active", "until": date(2029, 1, 1)}, "is not ahead of"),
        ("refund", {"order": "bought", "amount": "60.01"}, "paid with 60.00 usd left"),
        ("resume", {"subscription": "sub_nothing"}, "there is no subscription 'sub_nothing'"),
        ("advance", {"years": 101}, "cannot advance the world by more than 100 years"),
        ("advance", {"days": 10**5000}, "days is a very large number; that is more than 100"),
        ("advance", {"to": "1999-12-31"}, "time only goes forward"),
        ("advance", {"to": 10**5000}, "to is a very large number; write a date like"),
    ],
)
def test_an_error_says_what_was_asked_and_what_to_do(emulator, verb, arguments, message):
    """The error names the parameter, shows the value, and says what to write instead."""
    before = digest(emulator)

    with pytest.raises(EmulatorError) as caught:
        getattr(emulator, verb)(**arguments)

    assert message in str(caught.value)
    assert len(str(caught.value)) < 500
    assert before == digest(emulator)


def test_a_hundred_years_are_no_trouble():
    """A jump of a hundred years is allowed, and leads exactly there."""
    with Emulator(start="2030-01-31") as emulator:
        emulator.subscribe(emulator.create_offer(price="1.00", frequency="yearly"), email=JANE)

        emulator.advance(years=100)

    assert datetime(2130, 1, 31, tzinfo=UTC) == emulator.clock.now
    assert emulator.events.count("invoice.payment_succeeded") == 100


def test_metadata_may_be_64_levels_deep(emulator):
    """What is nested deeper could be read but not be written again, so it is refused at once."""
    order = emulator.purchase("course", email=JANE, metadata=nested(64))

    assert nested(64) == order.metadata
    with pytest.raises(InvalidInput, match="metadata is nested more than 64 levels deep"):
        emulator.purchase("course", email=JANE, metadata=nested(65))


ANY_TEXT = st.text(st.characters(exclude_categories=()), min_size=1, max_size=40)
"""Every character there is, controls, unassigned ones and halves of pairs included."""


@settings(max_examples=150, deadline=None, derandomize=True)
@given(ANY_TEXT, ANY_TEXT)
def test_names_are_any_unicode_and_survive(name, word):
    """A name may be any text there is, and arrives as it is: control characters, right-to-left
    marks, and lone halves of characters, written as JavaScript writes them."""
    got = {}

    def receiver(request):
        got[request.event] = json.loads(request.body)

    with Emulator() as emulator:
        emulator.deliver_to(receiver)
        product = emulator.create_product(name=name, price="1.00")
        emulator.purchase(
            product, email=JANE, first_name=word, last_name=name, metadata={word: name}
        )

    order = got["order.completed"]
    joined, key = joined_pairs(name), joined_pairs(word)
    assert joined == got["product.created"]["product"]["name"]
    assert (key, joined) == (order["customer"]["firstName"], order["customer"]["lastName"])
    assert {key: joined} == order["metadata"]


def joined_pairs(text):
    """Return a text with both halves of a character as the one that they stand for."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
