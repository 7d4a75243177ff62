"""The registry of rules: complete, well-formed, and honest about how sure it is."""

import re

import pytest

from pocketsflow_emulator import rules
from pocketsflow_emulator.core import billing, cards, dunning, events
from pocketsflow_emulator.core.lifecycle import DUES
from pocketsflow_emulator.delivery import policy
from pocketsflow_emulator.errors import UnknownName
from pocketsflow_emulator.rules import LEVELS, ROOMS, RULES, rule
from pocketsflow_emulator.rules.rule import ASSUMED, DOCUMENTED, OBSERVED
from pocketsflow_emulator.rules.sources import CONFLICTS, G2_EVENTS, OF_THE_API, SOURCES
from pocketsflow_emulator.rules.spans import listed, written

GENERATIONS = {"documented": {"G2"}, "current": {"G3", "G3-EX", "SDK"}}
"""Dialect -> the tags whose pages name its events."""

each_rule = pytest.mark.parametrize("known", RULES.values(), ids=lambda known: known.id)


@each_rule
def test_a_rule_has_a_level_and_a_page(known):
    """Every rule says how sure it is, and names a page of the list."""
    assert known.level in LEVELS
    assert known.sources
    assert set(known.sources) <= set(SOURCES.values())


@each_rule
def test_a_rule_can_be_read_alone(known):
    """A rule is a whole sentence that leans on no other: `explain` shows it by itself."""
    assert re.fullmatch(r"[A-Z`].*\.", known.sentence)
    assert not re.match(r"(It|They|This|That|These|Those|Such|All else|The same)\b", known.sentence)


@each_rule
def test_an_id_is_a_room_and_a_name(known):
    """An id is dotted, in lower case, and is no event's name."""
    assert re.fullmatch(r"[a-z]+(\.[a-z0-9_-]+)+", known.id)
    assert known.id not in events.names()


@each_rule
def test_merchants_show_and_the_vendor_documents(known):
    """What is documented cites Pocketsflow, what is observed cites merchants."""
    merchants = {source.tag == "CON" for source in known.sources}

    expected = {DOCUMENTED: [{False}], OBSERVED: [{True}], ASSUMED: [{False}, {True}]}
    assert merchants in expected[known.level]


def test_an_id_is_there_once():
    """Two rules of one id are refused."""
    twice = rule.room("twice", "Twice", "", rule.assumed("same", "One.", G2_EVENTS))

    with pytest.raises(ValueError, match=r"rule twice\.same is declared twice"):
        rules.registry((twice, twice))


def test_a_rule_without_a_page_is_refused():
    """Somebody must be named who says so, or who could have."""
    with pytest.raises(ValueError, match="rule alone names no page"):
        rule.documented("alone", "Alone.")


def test_a_rule_decides_known_conflicts_only():
    """The number of a conflict is one of the list."""
    with pytest.raises(ValueError, match="rule odd decides C99"):
        rule.assumed("odd", "Odd.", G2_EVENTS, conflict="C99")


def test_every_conflict_is_decided():
    """Where the pages contradict each other, a rule says what the emulator does; of the API, its
    routes."""
    decided = {known.conflict for known in RULES.values()} - {""}

    assert set(CONFLICTS) - OF_THE_API == decided


@pytest.mark.parametrize(
    ("dialect", "name"),
    [
        (dialect, row.in_dialect(dialect))
        for dialect in events.DIALECTS
        for row in events.CATALOGUE.values()
        if row.in_dialect(dialect)
    ],
)
def test_every_event_of_a_dialect_is_named_by_a_page_of_its_generation(dialect, name):
    """An event is documented in the generation whose dialect has it."""
    known = RULES[f"events.{name}"]

    tags = {source.tag for source in known.sources}
    assert known.level == DOCUMENTED
    assert dialect in known.dialects
    assert tags & GENERATIONS[dialect]


def test_every_span_of_the_house_stands_in_a_rule():
    """Whatever the house waits for, a rule says how long, in the same figure."""
    sentences = "\n".join(known.sentence for known in RULES.values())
    spans = [written(value) for name, value in vars(billing).items() if name.endswith("_AHEAD")]
    spans += [listed(known.offsets) for known in dunning.POLICIES.values() if known.offsets]
    spans += [listed(known.spans) for known in policy.POLICIES.values() if known.spans]

    missing = [span for span in [*spans, f"{policy.DEADLINE:g} seconds"] if span not in sentences]

    assert len(spans) > 2
    assert missing == []


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("dunning.policy-", dunning.POLICIES),
        ("delivery.policy-", policy.POLICIES),
        ("cards.", [code.replace("_", "-") for code in cards.MESSAGES]),
    ],
)
def test_every_policy_and_decline_code_has_a_rule(prefix, names):
    """What can be chosen by name is explained by it."""
    missing = [name for name in names if f"{prefix}{name}" not in RULES]

    assert missing == []


def test_notices_are_stated_in_the_order_in_which_they_fall_due():
    """At the same instant the notice of the invoice comes first."""
    order = [event.key for event in RULES["order.both-notices"].order]

    expected = ["invoice.upcoming", "customer.subscription.trial_will_end"]
    assert expected == order
    assert len(DUES["trialing"]) == 3


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ((86_400_000,), "1 day"),
        ((172_800_000, 432_000_000), "2 and 5 days"),
        ((60_000, 3_600_000, 259_200_000), "1 min, 1 h and 3 days"),
    ],
)
def test_spans_are_written_in_their_largest_unit(spans, expected):
    """Days are counted once, mixed units each."""
    actual = listed(spans)

    assert expected == actual


# ---- asking --------------------------------------------------------------------------------------


def test_a_rule_is_asked_for_by_its_id():
    """An id means one rule."""
    found = rules.about("dunning.first-retry")

    assert found == [RULES["dunning.first-retry"]]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_is_asked_for_by_its_name(room):
    """The name of a room means its rules."""
    found = rules.about(room.name)

    assert found == list(room.rules)


def test_an_event_is_asked_for_by_its_name_in_any_dialect():
    """Either name of an event means every rule about it, of all rooms and both dialects."""
    found = rules.about("customer.subscription.pause")

    rooms = {known.id.partition(".")[0] for known in found}
    assert found == rules.about("customer.subscription.paused")
    assert rooms >= {"events", "order", "pausing", "documented", "current"}


@pytest.mark.parametrize("row", events.CATALOGUE.values(), ids=lambda row: row.key)
def test_every_event_has_its_name_its_body_and_its_cause_explained(row):
    """Of every event there are rules on its name, its body and what it follows from."""
    rooms = {known.id.partition(".")[0] for known in rules.about(row.name)}

    assert "events" in rooms
    assert rooms & {"documented", "current"}
    assert rooms & {"order", "catalog", "seller"}


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("dunning.first-retri", "dunning.first-retry"),
        ("invoice.upcomin", "invoice.upcoming"),
        ("dunnin", "dunning"),
    ],
)
def test_an_unknown_name_comes_back_with_the_nearest(name, nearest):
    """A misspelt rule, event or room is refused with the one that was meant."""
    with pytest.raises(UnknownName, match=re.escape(f"did you mean '{nearest}'?")):
        rules.about(name)
