"""Holds together what is declared in several places: half an addition fails here."""

import json
import re
from pathlib import Path

import pytest

from pocketsflow_emulator import cli, resources
from pocketsflow_emulator.core import cards, dunning, events, ids, lifecycle, models, verbs
from pocketsflow_emulator.delivery import faults, outcomes, policy
from pocketsflow_emulator.scenario import library
from pocketsflow_emulator.scenario.model import PSEUDO_VERBS
from pocketsflow_emulator.wire import dialects
from pocketsflow_emulator.wire.dialects.current import current
from pocketsflow_emulator.wire.dialects.shapes import shapes
from pytest_pocketsflow import plugin, settings

ROOT = Path(__file__).parents[1]
CURRENT = {row.current for row in events.CATALOGUE.values() if row.current}
DOCUMENTED = {row.documented for row in events.CATALOGUE.values() if row.documented}


def test_catalogue_and_documented_builders_name_the_same_events():
    """Every event the documents name has a builder, and every builder an event."""
    with_builder = {events.CATALOGUE[key].documented for key in shapes}

    assert with_builder == DOCUMENTED


def test_catalogue_and_documented_schemas_name_the_same_events():
    """Every event the documents name has a schema, and every schema an event."""
    with_schema = set(resources.names("schemas/documented", ".json"))

    assert with_schema == DOCUMENTED


def test_catalogue_and_current_builders_name_the_same_events():
    """Every event of the current generation has a shape, its own or the page's."""
    with_builder = {events.CATALOGUE[key].current for key in {*shapes, *current}}

    assert with_builder == CURRENT


def test_catalogue_and_current_schemas_name_the_same_events():
    """Every event of the current generation has a schema, and every schema an event."""
    with_schema = set(resources.names("schemas/current", ".json"))

    assert with_schema == CURRENT


def test_the_documents_name_22_events():
    """The catalogue holds the 22 events of the events page."""
    assert len(DOCUMENTED) == 22


def test_every_dialect_in_use_has_builders():
    """A webhook cannot have a dialect that nobody can write."""
    assert set(dialects.BUILDERS) == set(events.DIALECTS)


def test_every_lifecycle_status_has_its_due_dates():
    """Each status says what may fall due in it."""
    assert set(models.STATUSES) == set(lifecycle.DUES)


def test_every_lifecycle_event_is_in_the_catalogue():
    """The table emits nothing that the catalogue does not know."""
    emitted = {event for row in lifecycle.TABLE.values() for event in row.emits}

    assert emitted <= set(events.CATALOGUE.values())


def test_every_kind_of_object_has_a_prefix():
    """Every object gets an id with the prefix of its kind."""
    kinds = set(models.KINDS.values())

    assert kinds <= set(ids.PREFIXES)


def test_every_test_card_fails_with_a_known_code():
    """A decline always has a message."""
    codes = set(cards.NUMBERS.values()) - {""}

    assert codes <= set(cards.MESSAGES)


@pytest.mark.parametrize("name", library.names())
def test_scenarios_are_named_like_their_files(name):
    """A scenario is found by the name it has."""
    scenario = library.ready_made(name)

    assert name == scenario.name
    assert scenario.title
    assert scenario.tags


def _documentation() -> str:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def _names() -> dict[str, set[str]]:
    options = set()
    for command in cli.COMMANDS:
        loaded = cli.program.get_command(None, command)
        for parameter in [*loaded.params, *(p for c in _inner(loaded) for p in c.params)]:
            options |= {flag for flag in parameter.opts if flag.startswith("--")}
    return {
        "event type": set(events.names()),
        "verb": set(verbs.VERBS) | set(PSEUDO_VERBS),
        "scenario": set(library.names()),
        "command": set(cli.COMMANDS),
        "option": options,
        "outcome": set(outcomes.OUTCOMES),
        "dunning policy": set(dunning.POLICIES),
        "delivery policy": set(policy.POLICIES),
        "decline code": set(cards.MESSAGES),
        "fixture": {name for name, value in vars(plugin).items() if _is_fixture(value)},
        "option of pytest": {
            f"--pocketsflow-{name.replace('_', '-')}"
            for name in (*(row[0] for row in (*plugin.SETTINGS, *plugin.OPTIONS)), "update")
        },
        "key of pytest's configuration": {
            f"pocketsflow_{row[0]}" for row in (*plugin.SETTINGS, *plugin.OPTIONS)
        },
        "setting of the mark": set(settings.NAMES),
    }


def _is_fixture(value) -> bool:
    return type(value).__name__ == "FixtureFunctionDefinition"


def _inner(command):
    return list(getattr(command, "commands", {}).values())


@pytest.mark.parametrize("kind", sorted(_names()))
def test_every_name_occurs_in_the_documentation(kind):
    """What can be named can be looked up."""
    text = _documentation()

    missing = [
        name
        for name in sorted(_names()[kind])
        if not re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text)
    ]

    assert missing == []


def test_the_mark_names_every_setting():
    """`pytest --markers` shows whatever the mark takes."""
    shown = set(re.findall(r"(\w+)=", plugin.MARK.partition("):")[0]))

    assert shown == set(settings.NAMES)


def test_examples_in_schemas_carry_their_own_name():
    """The example of an event's schema is one of that event."""
    for name in DOCUMENTED:
        schema = json.loads(resources.text("schemas", f"documented/{name}.json"))

        assert name == schema["examples"][0]["event"]


def test_every_fault_is_documented_as_it_is():
    """The page of faults has a row for each, with its settings and what it says of itself."""
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    rows = {
        row[0]: row[1:]
        for row in re.findall(r"^\| `([a-z-]+)` \| (.*) \| (.*) \|$", page, re.MULTILINE)
    }

    for kind in faults.KINDS.values():
        settings, sentence = rows[kind.name]
        assert kind.sentence == sentence
        assert set(kind.parameters) == set(re.findall(r"`(\w+)`", settings))
