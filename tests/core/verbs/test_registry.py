"""Verbs as a whole: what they take, and that a refused one changes nothing."""

from decimal import Decimal
from functools import cache
from random import Random

import pytest

from pocketsflow_emulator.core.verbs import VERBS, named, registry
from pocketsflow_emulator.errors import EmulatorError, InvalidInput, UnknownName
from worlds import JANE, Story

SEED = 8128


@cache
def town():
    """A world with one of everything, under ids that are easy to name."""
    story = Story("2030-01-01")
    story.do("create_webhook", url="http://127.0.0.1:1", id="hook")
    story.do("create_product", id="course", price="60.00")
    story.do("create_product", id="gone", price="60.00")
    story.do("create_variant", product="course", price="80.00", id="large")
    story.do("create_variant", product="gone", price="80.00", id="gone_variant")
    story.do("create_offer", id="pro", price="29.00", dunning="lenient")
    story.do("create_offer", id="max", price="59.00")
    story.do("create_offer", id="gone_offer")
    story.do("create_discount", code="SPRING", value="10", id="spring")
    story.do("create_upsell", products=["course"], upsell_product="course", price="9", id="more")
    story.do("create_checkout", product="course", id="page")
    story.do("create_customer", email="new@example.com", id="new")
    story.do("purchase", product="course", email=JANE, id="bought")
    story.do("purchase", product="course", email=JANE, id="refunded")
    story.do("purchase", product="gone", email=JANE, id="old")
    story.do("refund", order="refunded")
    story.do("delete_product", product="gone")
    story.do("delete_offer", offer="gone_offer")
    story.do("subscribe", offer="pro", email="late@example.com", id="late", trial_days=1)
    story.do("decline_next", payer="late", times="until_new_card")
    story.advance("2030-01-03")
    story.do("subscribe", offer="pro", email=JANE, id="active")
    story.do("subscribe", offer="pro", email=JANE, id="trial", trial_days=30)
    story.do("subscribe", offer="pro", email=JANE, id="paused")
    story.do("pause", subscription="paused")
    story.do("subscribe", offer="pro", email=JANE, id="ending")
    story.do("cancel", subscription="ending", at_period_end=True)
    story.do("subscribe", offer="pro", email=JANE, id="canceled")
    story.do("cancel", subscription="canceled")
    return story


GOOD = {
    "abandon_checkout": {"session": "page"},
    "cancel": {"subscription": "active"},
    "change_plan": {"subscription": "active", "offer": "max"},
    "complete_checkout": {"session": "page", "email": JANE},
    "create_checkout": {"product": "course"},
    "create_customer": {"email": "somebody@example.com"},
    "create_discount": {"code": "LAUNCH", "value": "20"},
    "create_offer": {},
    "create_product": {},
    "create_upsell": {"products": ["course"], "upsell_product": "course", "price": "9"},
    "create_variant": {"product": "course", "price": "1.00"},
    "create_webhook": {"url": "http://127.0.0.1:1"},
    "decline_checkout": {"session": "page", "email": JANE},
    "decline_next": {"payer": "active"},
    "delete_customer": {"customer": "new"},
    "delete_discount": {"discount": "spring"},
    "delete_offer": {"offer": "pro"},
    "delete_product": {"product": "course"},
    "delete_upsell": {"upsell": "more"},
    "delete_variant": {"variant": "large"},
    "delete_webhook": {"webhook": "hook"},
    "end_trial": {"subscription": "trial"},
    "extend_trial": {"subscription": "trial", "days": 3},
    "pause": {"subscription": "active"},
    "purchase": {"product": "course", "email": JANE},
    "refund": {"order": "bought"},
    "resume": {"subscription": "paused"},
    "review": {"order": "bought"},
    "rotate_secret": {"webhook": "hook"},
    "set_dunning": {"name": "patient"},
    "set_verification": {"status": "verified"},
    "subscribe": {"offer": "pro", "email": JANE},
    "uncancel": {"subscription": "ending"},
    "update_customer": {"customer": "new"},
    "update_discount": {"discount": "spring"},
    "update_offer": {"offer": "pro"},
    "update_payment_method": {"subscription": "late"},
    "update_product": {"product": "course"},
    "update_upsell": {"upsell": "more"},
    "update_user": {},
    "update_variant": {"variant": "large"},
    "update_webhook": {"webhook": "hook"},
}
"""Verb -> arguments with which it can be done in the town."""

BAD = {
    "None": None,
    "true": True,
    "false": False,
    "zero": 0,
    "minus one": -1,
    "huge": 10**400,
    "float": 1.5,
    "nan": float("nan"),
    "infinity": float("inf"),
    "Decimal": Decimal("1.5"),
    "Decimal nan": Decimal("sNaN"),
    "empty text": "",
    "blank": " ",
    "text": "something",
    "unknown id": "order_000000000000000000000000",
    "24 hex": "0" * 24,
    "an order": "bought",
    "a refunded order": "refunded",
    "an order of a deleted product": "old",
    "a product": "course",
    "a deleted product": "gone",
    "a deleted variant's": "gone_variant",
    "a deleted offer": "gone_offer",
    "a trial": "trial",
    "a paused subscription": "paused",
    "a canceled subscription": "canceled",
    "a past due subscription": "late",
    "an e-mail": JANE,
    "two at signs": "a@b@c",
    "a date": "2030-06-01",
    "a past date": "1971-01-01",
    "negative text": "-1",
    "10^400": "1" + "0" * 400,
    "exponent": "1e400",
    "NaN text": "NaN",
    "lone surrogate": "\ud800",
    "NUL": "\0",
    "long": "x" * 3000,
    "list": [],
    "list of None": [None],
    "list of lists": [[]],
    "dict": {},
    "dict of text": {"a": "b"},
    "dict of number": {1: 2},
    "many keys": {str(number): number for number in range(200)},
    "bytes": b"bytes",
}
"""Values that some parameters take and most do not."""

EVERY = [(verb.name, parameter) for verb in VERBS.values() for parameter in verb.parameters]


def attempt(story, verb, arguments, what):
    """Do a verb that may be refused; whatever happens, nothing but a clean refusal may fail."""
    before = story.world.digest()
    try:
        story.do(verb, **arguments)
    except EmulatorError:
        assert before == story.world.digest(), f"{what} was refused and has changed the world"
        assert story.state.fresh == [], f"{what} was refused and has left facts"
        return False
    except Exception as error:
        raise AssertionError(f"{what}: {type(error).__name__}: {error}") from error
    return True


def test_every_verb_has_an_example():
    """There is an example here for every verb, and for nothing else."""
    assert set(VERBS) == set(GOOD)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_can_be_done(verb):
    """Every verb can be done with what it needs, and nothing is due in its instant after it."""
    story = town().twin()

    story.do(verb, **GOOD[verb])

    assert story.world.due() is False


@pytest.mark.parametrize(("verb", "parameter"), EVERY)
def test_no_value_of_any_parameter_breaks_a_world(verb, parameter):
    """Whatever is given to a verb, it is done or refused with an error of the emulator; refused,
    it leaves the world as it was; done, time goes on from there."""
    for name, value in BAD.items():
        story = town().twin()
        what = f"{verb}({parameter}={name})"

        if attempt(story, verb, GOOD[verb] | {parameter: value}, what):
            story.advance(story.world.now + 40 * 86_400_000)


def test_no_mixture_of_values_breaks_a_world():
    """Also several strange values at once are done or refused, whole."""
    random = Random(SEED)
    names = list(BAD)

    def pick(items):
        return items[int(random.random() * len(items))]

    story = town().twin()
    for number in range(3000):
        verb = VERBS[pick(list(VERBS))]
        strange = {pick(list(verb.parameters)): BAD[pick(names)] for _ in range(3)}
        attempt(story, verb.name, GOOD[verb.name] | strange, f"seed {SEED}, {number}: {verb.name}")
        if number % 100 == 99:
            story.advance(story.world.now + 10 * 86_400_000)


def test_a_number_too_long_to_be_printed_breaks_no_verb():
    """A number of thousands of digits is refused like any other wrong value, by every verb."""
    broken = {}
    for verb, parameter in EVERY:
        try:
            town().twin().do(verb, **GOOD[verb] | {parameter: 10**5000})
        except EmulatorError:
            continue
        except Exception as error:
            broken[verb, parameter] = repr(error)

    expected = {}
    assert expected == broken


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_argument_is_refused(verb):
    """An argument that a verb does not take is refused, with the nearest one."""
    error = town().twin().refuse(verb, **GOOD[verb], colour="red")

    assert isinstance(error, UnknownName)
    assert f"unknown argument of {verb} 'colour'" in str(error)


@pytest.mark.parametrize(
    ("verb", "parameter"),
    [
        (verb.name, name)
        for verb in VERBS.values()
        for name, must in verb.parameters.items()
        if must
    ],
)
def test_a_missing_argument_is_refused(verb, parameter):
    """What a verb needs must be given; the error names it."""
    arguments = {name: value for name, value in GOOD[verb].items() if name != parameter}

    error = town().twin().refuse(verb, **arguments)

    assert isinstance(error, InvalidInput)
    assert str(error) == f"{verb} needs {parameter}"


@pytest.mark.parametrize("name", ["purchse", "", None, 5, [], {}])
def test_an_unknown_verb_is_refused(name):
    """A verb that does not exist is refused."""
    with pytest.raises(UnknownName, match="unknown verb"):
        named(name)
    with pytest.raises(UnknownName, match="unknown verb"):
        town().twin().world.do(name, {})


def test_a_verb_is_found_by_its_name():
    """A verb is found by its name and says which parameters it needs."""
    verb = named("refund")

    assert verb.name == "refund"
    assert dict(verb.parameters) == {"order": True, "amount": False, "reason": False}


def test_a_verb_cannot_be_declared_twice():
    """A second verb of the same name is refused."""

    def refund(account):
        """Never registered."""

    with pytest.raises(ValueError, match="verb refund is declared twice"):
        registry.verb(refund)


def test_the_list_of_verbs_cannot_be_changed():
    """The list of verbs is read-only."""
    with pytest.raises(TypeError):
        VERBS["steal"] = VERBS["refund"]
