"""Verbs on the faces: the same as the account's, and refused without a trace."""

import asyncio
import inspect
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pocketsflow_emulator import AsyncEmulator, Emulator, EmulatorError
from pocketsflow_emulator.core.verbs import VERBS
from pocketsflow_emulator.errors import IllegalMove, InvalidInput, NotFound, UnknownName
from pocketsflow_emulator.scenario.model import PSEUDO_VERBS

JANE = "jane@example.com"
FACES = pytest.mark.parametrize("face", [Emulator, AsyncEmulator])
INTERNAL = {"person"}
"""Arguments that are not for people: the driver fills them in."""


def parameters(function):
    """The parameters of a method or verb, without what it acts on."""
    _, *rest = inspect.signature(function).parameters.values()
    return {p.name: p for p in rest if p.name not in INTERNAL}


@FACES
@pytest.mark.parametrize("name", VERBS)
def test_a_face_has_every_verb_with_its_parameters(face, name):
    """Whatever an account understands can be written on both faces: same name, parameters,
    and the same that must be given, except the e-mail, which is invented.
    """
    method, verb = parameters(getattr(face, name)), parameters(VERBS[name].apply)

    needed = {p.name for p in verb.values() if p.default is p.empty} - {"email"}
    assert verb.keys() == method.keys()
    assert needed == {p.name for p in method.values() if p.default is p.empty}


@pytest.mark.parametrize("name", VERBS)
def test_the_defaults_of_a_face_are_those_of_the_account(name):
    """A default that a signature shows is the one that counts; None means "not given"."""
    method, verb = parameters(getattr(Emulator, name)), parameters(VERBS[name].apply)
    shown = {n: p.default for n, p in method.items() if p.default not in (None, p.empty)}

    assert {n: verb[n].default for n in shown} == shown


@FACES
@pytest.mark.parametrize("name", PSEUDO_VERBS)
def test_a_face_has_the_verbs_that_are_not_the_accounts(face, name):
    """Time and delivery have verbs too; `milliseconds` are for files."""
    method = parameters(getattr(face, name)).keys() - {"by", "fault", "words"}

    assert set(PSEUDO_VERBS[name]) - {"milliseconds"} == method


@pytest.mark.parametrize("name", [*VERBS, *PSEUDO_VERBS])
def test_every_verb_has_a_sentence(name):
    """`help` of a verb says what it does."""
    assert (inspect.getdoc(getattr(Emulator, name)) or "").rstrip(".") != ""


def test_verbs_of_the_asynchronous_face_are_awaited():
    """On the asynchronous face a verb is a coroutine, whose result is that of the plain one."""

    async def main():
        async with AsyncEmulator(seed=7) as emulator:
            made = emulator.create_product(name="Course")
            assert inspect.isawaitable(made)
            return (await made).id

    with Emulator(seed=7) as emulator:
        expected = emulator.create_product(name="Course").id

    assert expected == asyncio.run(main())


# ---- what verbs take ---------------------------------------------------------------------------


@pytest.mark.parametrize("amount", ["12.5", 12, Decimal("12.50")], ids=repr)
def test_amounts_are_text_integers_or_decimals(shop, amount):
    """Amounts are major units, written in any of three ways."""
    order = shop.purchase(shop.create_product(price="60.00"), email=JANE)

    shop.refund(order, amount=amount)

    assert Decimal(amount) == order.refunded


@pytest.mark.parametrize(
    "until",
    [date(2030, 1, 20), datetime(2030, 1, 20, tzinfo=UTC), "2030-01-20", "2030-01-20T00:00:00Z"],
    ids=str,
)
def test_dates_are_written_in_any_of_four_ways(shop, until):
    """An instant is a date, an aware datetime, or the text of either."""
    subscription = shop.subscribe(shop.create_offer(), email=JANE)

    shop.pause(subscription, until=until)

    assert datetime(2030, 1, 20, tzinfo=UTC) == subscription.resume_at


def test_metadata_is_normalised_as_javascript_would(shop):
    """Integers that JavaScript cannot keep are changed, with a warning that names the key."""
    course = shop.create_product()

    with pytest.warns(UserWarning, match="metadata big: an integer is too large"):
        order = shop.purchase(course, metadata={"big": 2**53 + 1, "rate": Decimal("0.5")})

    assert dict(order.metadata) == {"big": 2**53, "rate": 0.5}


def test_the_warning_points_at_the_line_that_wrote_the_metadata(shop):
    """A warning about metadata is found where the metadata is, not inside the emulator."""
    course = shop.create_product()

    with pytest.warns(UserWarning, match="metadata big") as caught:
        shop.purchase(course, metadata={"big": 2**53 + 1})

    assert __file__ == caught[0].filename


def test_missing_people_are_invented_the_same_for_the_same_seed():
    """A buyer nobody described has a name and an address, of the seed and nobody's."""

    def buyer(seed):
        with Emulator(seed=seed) as emulator:
            order = emulator.purchase(emulator.create_product())
            return emulator.handle(order.customer_id).to_dict()

    one, again, other = buyer(7), buyer(7), buyer(8)

    assert one == again
    assert one["email"] != other["email"]
    assert one["email"].endswith("@example.com")
    assert all(one[name] for name in ("first_name", "last_name", "zip", "state"))


def test_own_data_always_wins(shop):
    """What is given is kept, and a buyer who is known is the same one in the next purchase."""
    course = shop.create_product()
    first = shop.purchase(course, email=JANE, first_name="Jané", country="DE", zip="10115")

    second = shop.purchase(course, email=JANE)

    customer = shop.handle(first.customer_id)
    assert (customer.first_name, customer.country, customer.zip) == ("Jané", "DE", "10115")
    assert (first.customer_id, "DE", "10115") == (second.customer_id, second.country, second.zip)


# ---- refusals ----------------------------------------------------------------------------------


@pytest.fixture
def town(shop):
    """A shop with an order that is partly refunded and a canceled subscription."""
    course = shop.create_product(id="prod_course", price="60.00")
    offer = shop.create_offer(id="prod_pro")
    shop.purchase(course, email=JANE, id="order_jane")
    shop.refund("order_jane", amount=20)
    shop.subscribe(offer, email=JANE, id="sub_gone")
    shop.cancel("sub_gone")
    shop.advance(days=1)
    return shop


REFUSALS = {
    "refund too much": (
        "refund",
        {"order": "order_jane", "amount": "40.01"},
        IllegalMove,
        "cannot refund 40.01 usd of order_jane: it is partially_refunded with 40.00 usd left",
    ),
    "pause what is canceled": (
        "pause",
        {"subscription": "sub_gone"},
        IllegalMove,
        "cannot pause subscription sub_gone: it is canceled;",
    ),
    "advance backwards": (
        "advance",
        {"to": "2030-01-01"},
        InvalidInput,
        "cannot advance the world to 2030-01-01T00:00:00.000Z: it is at 2030-01-02T00:00:00.000Z",
    ),
    "advance by less than nothing": (
        "advance",
        {"days": -1},
        InvalidInput,
        "it is at 2030-01-02T00:00:00.000Z; time only goes forward",
    ),
    "advance in two ways": (
        "advance",
        {"days": 1, "to": "2030-03-01"},
        InvalidInput,
        "advance takes a span (days=3), to= a date, or until= an event",
    ),
    "advance by half a day": ("advance", {"days": 0.5}, InvalidInput, "days is 0.5; write a whole"),
    "wait for what never comes": (
        "advance",
        {"until": "order.completd"},
        UnknownName,
        "did you mean 'order.completed'",
    ),
    "an id of nobody": (
        "refund",
        {"order": "order_nobody"},
        NotFound,
        "there is no order or subscription 'order_nobody'",
    ),
    "a float": (
        "purchase",
        {"product": "prod_course", "tax_rate": 0.08},
        InvalidInput,
        'tax_rate is the float 0.08; write it as a string: tax_rate="0.08"',
    ),
    "something else": (
        "purchase",
        {"product": {"prod_course"}},
        InvalidInput,
        "product is {'prod_course'}, a set; that cannot be used here",
    ),
    "an unknown dunning": ("set_dunning", {"name": "ptient"}, UnknownName, "mean 'patient'"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refused_verb_says_why_and_changes_nothing(town, case):
    """An error names the object, its status and the verb; the world is as it was."""
    verb, arguments, kind, words = REFUSALS[case]
    before = town.journal(), town.clock.now, town.handle("order_jane").to_dict()

    with pytest.raises(kind) as caught:
        getattr(town, verb)(**arguments)

    assert words in str(caught.value)
    assert isinstance(caught.value, EmulatorError)
    assert before == (town.journal(), town.clock.now, town.handle("order_jane").to_dict())


def test_a_refused_buyer_uses_no_invented_person_up(town):
    """A purchase that is refused leaves the next one as it would have been."""
    with Emulator(seed=7) as twin:
        expected = twin.purchase(twin.create_product()).email

    with pytest.raises(EmulatorError):
        town.purchase("prod_course", variant="nope")
    order = town.purchase("prod_course")

    assert expected == order.email
