"""The rules of the bodies and the schemas: the same groups of fields, and as sure of them."""

import json

import pytest

from pocketsflow_emulator import resources
from pocketsflow_emulator.core import events
from pocketsflow_emulator.rules import RULES
from pocketsflow_emulator.rules.rule import ASSUMED

BODIES = [
    (dialect, name)
    for dialect in events.DIALECTS
    for name in resources.names(f"schemas/{dialect}", ".json")
]
COMMON = {"webhookId", "event", "timestamp", "testMode", "livemode"}

each_body = pytest.mark.parametrize(("dialect", "name"), BODIES)


def schema(dialect, name):
    return json.loads(resources.text("schemas", f"{dialect}/{name}.json"))


def stated(dialect, name):
    """The rules that speak of fields of an event in a dialect."""
    event = events.named(name)
    return [
        rule
        for rule in RULES.values()
        if rule.fields and dialect in rule.dialects and event in rule.events
    ]


@each_body
def test_every_group_of_fields_has_a_rule_and_every_rule_its_fields(dialect, name):
    """What a body has, the rules name; what they name, it has."""
    fields = {field for rule in stated(dialect, name) for field in rule.fields}

    expected = set(schema(dialect, name)["properties"])
    assert expected == fields


@each_body
def test_rules_are_as_sure_of_a_body_as_its_schema(dialect, name):
    """A body that nobody has published is assumed in the rules as it is in the schema."""
    comment = schema(dialect, name)["$comment"]
    published = not comment.startswith("Assumed:") and not any(
        phrase in comment
        for phrase in ("it is similar to", "but no body", "the shape is that of invoice")
    )

    sure = {
        field for rule in stated(dialect, name) for field in rule.fields if rule.level != ASSUMED
    }
    assert published == bool(sure - COMMON)
