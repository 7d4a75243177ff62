"""What can be looked into is known before anything runs: fields of objects, paths of bodies."""

import json

import pytest

from core.verbs.test_registry import GOOD, town
from pocketsflow_emulator import handles, resources
from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.models import KINDS
from pocketsflow_emulator.core.verbs import VERBS
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.scenario import fields

DOCUMENTED = [row.documented for row in events.CATALOGUE.values() if row.documented]


@pytest.mark.parametrize("verb", [verb for verb in VERBS if fields.gives(verb)])
def test_what_a_verb_gives_is_known(verb):
    """Whatever a verb gives, its fields are those that `$name.field` and `expect` may name."""
    story = town().twin()

    given = story.do(verb, **GOOD[verb])

    if given is not None:  # a webhook that was deleted is gone
        assert {*handles.view(given), "kind"} <= fields.given_by(verb)
    assert fields.kinds(verb)


def test_a_declined_purchase_has_fields_too():
    """A purchase gives an order or, declined, a payment: the fields of both are known."""
    assert {"status", "refunded", "error_code", "error_message"} <= fields.given_by("purchase")


@pytest.mark.parametrize("kind", KINDS)
def test_fields_are_those_of_the_objects(kind):
    """The fields of a kind are exactly what an object of it shows."""
    for item in town().store.table(kind).values():
        assert {*handles.view(item), "kind"} == set(handles.fields(kind))


def paths(body, beginning=""):
    """Every path of a body."""
    for key, value in body.items() if isinstance(body, dict) else enumerate(body):
        yield f"{beginning}{key}"
        if isinstance(value, dict | list):
            yield from paths(value, f"{beginning}{key}.")


@pytest.mark.parametrize("event", DOCUMENTED)
def test_every_path_of_a_documented_body_is_known(event):
    """What the example of an event holds can be expected; a misspelt end of it cannot."""
    example = json.loads(resources.text("schemas", f"documented/{event}.json"))["examples"][0]

    for path in paths(example):
        fields.check_path(event, path)
        if not path.startswith("metadata"):
            with pytest.raises(InvalidInput, match="there is no 'x_'"):
                fields.check_path(event, f"{path}.x_")
