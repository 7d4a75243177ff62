"""The ready-made scenarios: each holds, over its options, against a receiver that has learnt; and
each reveals the mistake that it is there for.
"""

import pytest

from pocketsflow_emulator.core import clock, events
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.transports.handler import HandlerTransport
from pocketsflow_emulator.driver import Driver
from pocketsflow_emulator.scenario import library
from pocketsflow_emulator.scenario.model import COMMON
from pocketsflow_emulator.scenario.probes import Offered
from pocketsflow_emulator.scenario.run import run_with
from scenario import merchants
from scenario.files import SECRET, SEED, START
from scenario.merchants import Hardened, Naive

NAMES = library.names()
STARTS = {
    "the last of January": "2030-01-31",
    "a leap day": "2032-02-29",
    "the end of a year": "2029-12-31T23:59:59Z",
    "the end of a short month": "2030-04-30T12:00:00Z",
}

each_name = pytest.mark.parametrize("name", NAMES)
each_dialect = pytest.mark.parametrize("dialect", events.DIALECTS)


def play(name, merchant, *, dialect=events.DIALECTS[0], start=START, seed=SEED, **options):
    """Play a ready-made scenario against a merchant in this process; nothing is waited for."""
    scenario = library.ready_made(name)
    asked = {key: probe._replace(within=0.0) for key, probe in scenario.probes.items()}
    ways = {key: way for key, way in merchant.probes.items() if key in asked}
    driver = Driver(Engine(seed, clock.parse(start)))
    settings = {"url": "handler:", "secret": SECRET, "dialect": dialect}
    webhook = driver.do("create_webhook", settings)
    driver.targets[webhook.id] = HandlerTransport(merchant, raise_errors=False)
    return run_with(driver, scenario._replace(probes=asked), options, Offered(ways))


def choices():
    """Every ready-made scenario with each bound and each value of each of its options."""
    for name in NAMES:
        for option in library.ready_made(name).options.values():
            if option.name in COMMON:
                continue
            limits = [value for value in (option.least, option.most) if value is not None]
            for value in (*limits, *option.values):
                yield pytest.param(name, {option.name: value}, id=f"{name}-{option.name}={value}")


# ---- the library -------------------------------------------------------------------------------


@each_name
def test_every_scenario_says_what_it_shows_and_catches(name):
    """A ready-made scenario has a title, a description, a mistake that it catches, and tags; and
    each says exactly what happens.
    """
    scenario = library.ready_made(name)

    expected = [step.expect for step in scenario.steps if step.expect]
    assert all([scenario.title, scenario.description, scenario.catches, scenario.tags])
    assert scenario.catches.endswith(".")
    assert any(each.events is not None or each.counts.values for each in expected)


@each_name
@each_dialect
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_every_scenario_holds(name, dialect, start):
    """Every ready-made scenario holds in both dialects, whatever day it starts on."""
    result = play(name, Hardened(SECRET), dialect=dialect, start=start)

    assert [str(miss) for miss in result.misses] == []
    assert result.ok


@each_dialect
@pytest.mark.parametrize(("name", "options"), list(choices()))
def test_every_scenario_holds_over_its_options(name, options, dialect):
    """Every ready-made scenario holds at the ends of each of its options, and for each value."""
    result = play(name, Hardened(SECRET), dialect=dialect, **options)

    assert [str(miss) for miss in result.misses] == []
    assert result.ok


# ---- what it catches ---------------------------------------------------------------------------


CAUGHT = {
    "cancel-at-period-end": "a cancellation booked as a payment",
    "cancel-then-undo": "a changed flag booked as a payment",
    "downgrade-without-proration": "A change of plan that is booked as a payment",
    "dunning-patient": "books what was billed and never paid",
    "duplicate-order": "An order that is fulfilled, or booked, once for every delivery",
    "duplicate-reminder": "A mail that is sent once for every delivery",
    "duplicate-renewal": "A renewal that is booked once for every delivery",
    "endpoint-down-for-a-day": "the moment of arrival",
    "forged-order": "A receiver that never checks the signature",
    "history-sent-again": "Access that opens again, or money that is booked again",
    "late-creation": "Access that an old event gives back",
    "late-update": "A state that is overwritten by an older one",
    "locked-out-for-a-day": "A receiver that accepts what it cannot verify",
    "lost-payment": "Access that hangs on one event alone",
    "missing-field": "A crash (500) on a field that is missing or null",
    "monthly-to-yearly": "a change of plan booked on top of its invoice",
    "not-json": "A crash (500) on a body that cannot be parsed",
    "order-of-another-webhook": "A receiver that accepts any secret",
    "partial-refund": "A refund that takes all access at once, is not booked",
    "pause-within-period": "A pause or a resume that is booked as a payment",
    "reordered-events": "takes the order of arrival for the order of events",
    "replayed-order": "Goods that are given out again to whoever repeats a request",
    "replayed-subscription": "Access that comes back with a repeated request",
    "reminder-too-late": "A mail that says",
    "refund": "Access that stays when the money has gone back",
    "refund-after-cancellation": "A refund that is looked up among live subscriptions, and lost",
    "refund-in-many-parts": "kept after the last one",
    "refund-of-renewal": "a refund that is not booked",
    "renewal-failure": "a renewal booked before it is paid",
    "secret-rotated": "A receiver that never checks the signature",
    "tampered-order": "A signature that is checked over something else",
    "trial-cancelled": "Money that is booked when a trial begins",
    "trial-converts": "A trial's price booked when the trial begins, and again when it is paid",
    "trial-ended-early": "A trial's price that is booked twice",
    "unsigned-order": "A check of the signature that is skipped",
    "two-subscriptions": "Access that is taken from the buyer when one of two subscriptions ends",
    "upgrade-declined": "An upgrade that is taken for paid",
    "upgrade-with-proration": "A change of plan that is booked as another full payment",
    "verification-needs-more": "A seller who stays verified when a new check is open",
}


@pytest.mark.parametrize(("name", "expected"), CAUGHT.items(), ids=CAUGHT)
def test_a_naive_receiver_is_caught(name, expected):
    """The handlers of the events page, as they stand, fail, and the message names the mistake."""
    result = play(name, Naive())

    advice = [miss.advice for miss in result.misses if "This scenario catches: " in miss.advice]
    assert advice
    assert all(expected in each for each in advice)
    assert result.finished


@pytest.mark.parametrize(
    ("mistaken", "expected"),
    [
        (merchants.LastPaymentOnly, {"history-sent-again", "older-payment-resent"}),
        (merchants.AtItsWord, {"reminder-too-late"}),
        (merchants.KnowsItsOwn, {"events-of-strangers"}),
    ],
)
def test_a_single_mistake_is_found(mistaken, expected):
    """A receiver that has learnt everything but one thing is caught where that matters, and nowhere
    else.
    """
    caught = {name for name in NAMES if not play(name, mistaken(SECRET)).ok}

    assert caught == expected


def test_a_naive_receiver_answers_everything_and_is_caught_by_what_it_did():
    """Without probes the naive receiver looks well but for forgeries and crashes: most of what it
    does wrong shows only where somebody asks.
    """
    results = {name: play(name, Naive()) for name in NAMES}

    caught = {name for name, result in results.items() if not result.ok}
    by_answers = {
        name
        for name, result in results.items()
        if any("expected an answer of" in miss.message for miss in result.misses)
    }
    assert len(caught) >= 45
    assert 5 <= len(by_answers) <= 12
