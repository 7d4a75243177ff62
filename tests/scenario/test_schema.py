"""The schema of scenario files, the loader and the registries say the same."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from pocketsflow_emulator import resources
from pocketsflow_emulator.core import arguments, cards, dunning, events, models, verbs
from pocketsflow_emulator.core.verbs import account, catalog, payments
from pocketsflow_emulator.delivery import faults, policy
from pocketsflow_emulator.delivery.faults.asked import TARGETS
from pocketsflow_emulator.errors import ScenarioError
from pocketsflow_emulator.scenario import library, tree
from pocketsflow_emulator.scenario.load import read
from pocketsflow_emulator.scenario.model import MOST_TURNS, PSEUDO_VERBS
from pocketsflow_emulator.scenario.reader import EXPECTED, RESERVED
from scenario.files import GIVEN, HEAD

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads(resources.text("schemas", "scenario.schema.json"))
DEFS = SCHEMA["$defs"]
VERBS = (*verbs.VERBS, *PSEUDO_VERBS)
UNWRITABLE = {"person", "quiet", "by"}
"""Parameters that a file cannot give: the drivers' own, and a span that is a Python object."""

each_verb = pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "fault"])
"""All verbs with arguments of their own; the words of a fault are those of its kind."""


def complaints(text):
    """What the schema says against a file."""
    found = Draft202012Validator(SCHEMA).iter_errors(tree.plain(tree.parse(text, "a.yaml")))
    return [error.message for error in found]


def loads(text):
    """Whether the loader reads a file."""
    try:
        read(text, "a.yaml")
    except ScenarioError:
        return False
    return True


def known_to_the_loader(text):
    """The names that the loader lists when it refuses the name `zzzzzz` in a file."""
    with pytest.raises(ScenarioError, match="'zzzzzz'") as caught:
        read(text, "a.yaml")
    return set(str(caught.value).partition("known are ")[2].split(", "))


def arguments_in_schema(verb):
    """The schema of a verb's arguments written out."""
    forms = [DEFS[verb], *DEFS[verb].get("anyOf", ())]
    [form] = [form for form in forms if "object" in form.get("type", ())]
    return form


def words(name):
    """The words that a definition allows."""
    return set(DEFS[name]["anyOf"][0]["enum"])


def properties(schema, path="#"):
    """Every property with a name of its own in the schema, with its path."""
    if isinstance(schema, dict):
        for key, inner in schema.items():
            here = f"{path}/{key}"
            if key == "properties" and not path.endswith(("/if", "/then")):
                yield from ((f"{here}/{name}", found) for name, found in inner.items())
            yield from properties(inner, here)
    elif isinstance(schema, list):
        for number, inner in enumerate(schema):
            yield from properties(inner, f"{path}/{number}")


# ---- the schema itself -------------------------------------------------------------------------


def test_the_schema_is_one():
    """The schema is a JSON Schema of the draft 2020-12."""
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_field_is_described():
    """An editor shows a sentence for each key, verb, argument and event."""
    described = {}
    for path, found in properties(SCHEMA):
        target = DEFS.get(found.get("$ref", "").rpartition("/")[2], {})
        described[path] = found.get("description") or target.get("description", "")

    silent = [
        path for path, text in described.items() if not re.fullmatch(r"[\w`].{10,}[.?]", text)
    ]

    assert len(described) > 200
    assert silent == []


# ---- names -------------------------------------------------------------------------------------


def test_top_level_keys():
    """The schema has the keys that the loader knows, and the loader accepts them together."""
    expected = known_to_the_loader(HEAD + "zzzzzz: 1\n")

    assert expected == set(SCHEMA["properties"])


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        ("option", HEAD + "options: {o: {zzzzzz: 1}}\nsteps: [settle: ]\n"),
        ("answers", HEAD + "steps: [{settle: , expect: {answers: {zzzzzz: 1}}}]\n"),
        ("expect", HEAD + "steps: [{settle: , expect: {zzzzzz: {}}}]\n"),
        ("probe", HEAD + "probes: {p: {zzzzzz: 1}}\nsteps: [settle: ]\n"),
    ],
)
def test_keys_of_options_and_expectations(definition, text):
    """The parts of a file have the keys that the loader knows."""
    expected = known_to_the_loader(text)

    assert expected == set(DEFS[definition]["properties"])


def test_every_verb_is_a_step():
    """Each verb of the registry, and each of the world's own, is a step in the schema."""
    expected = set(VERBS)

    assert expected | {"as", "repeat", "expect"} == set(DEFS["step"]["properties"])
    assert expected == {required["required"][0] for required in DEFS["step"]["oneOf"]}


def test_every_creating_verb_can_be_given():
    """What creates an object can stand under `given`."""
    expected = {verb for verb in verbs.VERBS if verb.startswith("create_")}

    assert expected == set(DEFS["given"]["properties"])


@each_verb
def test_arguments_of_a_verb(verb):
    """A step has exactly the arguments that its verb takes, and needs what its verb needs."""
    registered = verbs.VERBS[verb].parameters if verb in verbs.VERBS else PSEUDO_VERBS[verb]
    taken = set(registered) - UNWRITABLE
    needed = {name for name in taken if registered.get(name)} - {"email"}

    found = arguments_in_schema(verb)

    assert taken == set(found.get("properties", {}))
    assert needed == set(found.get("required", ()))


def test_the_words_of_a_fault():
    """A fault has its kinds, their settings and what it aims at, and the schema has no others."""
    settings = {name for kind in faults.KINDS.values() for name in kind.parameters}

    found = arguments_in_schema("fault")["properties"]

    assert {*faults.KINDS, *settings, *TARGETS} == set(found)
    assert {k.name: k.sentence for k in faults.KINDS.values()} == {
        name: found[name]["description"] for name in faults.KINDS
    }


@pytest.mark.parametrize("name", faults.KINDS)
def test_the_loader_takes_each_fault(name):
    """A fault can be a step, with its default settings."""
    text = HEAD + f"steps: [{{fault: {{{name}: invoice.*}}}}, fault: {name}]\n"

    assert loads(text)
    assert complaints(text) == []


@each_verb
def test_the_loader_takes_the_arguments_of_the_schema(verb):
    """What an editor completes can be loaded; what it does not offer is refused with the list."""
    found = arguments_in_schema(verb)
    needed = dict.fromkeys(found.get("required", ()), "$email")

    for name in found.get("properties", {}):
        step = {verb: {**needed, name: "$email"}}
        read(HEAD + f"steps: [{json.dumps(step)}]\n", "a.yaml")
    with pytest.raises(ScenarioError, match=f"{verb} has no argument 'zzzzzz'"):
        read(HEAD + f"steps: [{json.dumps({verb: {**needed, 'zzzzzz': 1}})}]\n", "a.yaml")


@each_verb
@pytest.mark.parametrize("empty", [False, True], ids=["short", "empty"])
def test_short_forms(verb, empty):
    """The schema offers a short form, or none at all, where the loader reads one."""
    value = "" if empty else "3 days" if verb == "advance" else "$email"
    text = HEAD + f"steps: [{verb}: {value}]\n"

    offered = not complaints(text)

    expected = loads(text)
    assert expected == offered


def test_event_names():
    """Every name of every event can be expected, alone and with values."""
    expected = set(events.names())

    assert expected == set(DEFS["event_name"]["enum"])
    assert expected == set(DEFS["event"]["anyOf"][1]["properties"])


def test_events_are_described_as_in_the_catalogue():
    """The schema says of an event what the catalogue says."""
    described = DEFS["event"]["anyOf"][1]["properties"]

    wrong = [
        name
        for name in events.names()
        if events.named(name).when.lower() not in described[name]["description"].lower()
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("card", {"ok", "declines", *cards.NUMBERS}),
        ("decline_code", set(cards.MESSAGES)),
        ("dunning", set(dunning.POLICIES)),
        ("policy", set(policy.POLICIES)),
        ("verification_status", set(account.VERIFICATIONS)),
    ],
)
def test_words(name, expected):
    """Cards, codes and policies are those of the registries."""
    assert expected == words(name)


def test_words_and_limits_of_arguments():
    """Dialects, frequencies, common options and the bounds of numbers are the core's."""
    offer = DEFS["create_offer"]["properties"]
    times = DEFS["decline_next"]["properties"]["times"]["anyOf"][0]

    assert (
        list(events.DIALECTS) == DEFS["create_webhook"]["properties"]["dialect"]["anyOf"][0]["enum"]
    )
    assert set(models.FREQUENCIES) == set(offer["frequency"]["anyOf"][0]["enum"])
    assert offer["trial_days"]["anyOf"][0]["maximum"] == catalog.LONGEST_TRIAL
    assert times["maximum"] == payments.MOST_DECLINES
    assert DEFS["metadata"]["maxProperties"] == arguments.MOST_METADATA_KEYS
    assert [*RESERVED, *EXPECTED] == DEFS["reserved"]["enum"]
    assert list(events.DIALECTS) == list(DEFS["expect"]["properties"]["body"]["properties"])
    assert DEFS["step"]["properties"]["repeat"]["anyOf"][0]["maximum"] == MOST_TURNS


def bounds():
    """Every argument of a verb that is a whole number, with the least and the most of it."""
    for verb in VERBS:
        for name, found in arguments_in_schema(verb).get("properties", {}).items():
            for form in found.get("anyOf", ()):
                if form.get("type") == "integer":
                    yield verb, name, form["minimum"], form["maximum"]


@pytest.mark.parametrize(("verb", "name", "least", "most"), list(bounds()))
def test_bounds_of_numbers(verb, name, least, most):
    """A number beyond the bounds that an editor shows is refused before anything runs."""
    needed = dict.fromkeys(arguments_in_schema(verb).get("required", ()), "$email")
    texts = {
        number: HEAD + f"steps: [{json.dumps({verb: {**needed, name: number}})}]\n"
        for number in (least, most, least - 1, most + 1)
    }

    actual = [number for number, text in texts.items() if loads(text)]

    assert [least, most] == actual
    assert [number for number, text in texts.items() if not complaints(text)] == actual


# ---- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", library.names())
def test_ready_made_scenarios_obey_the_schema(name):
    """Each ready-made scenario obeys the schema, and names it for editors in its first line."""
    text = library.text(name)
    first, expected = text.partition("\n")[0], ROOT / "schemas" / "scenario.schema.json"

    actual = complaints(text)

    assert actual == []
    path = first.removeprefix("# yaml-language-server: $schema=")
    assert expected == (ROOT / "scenarios" / path).resolve()


def test_the_examples_of_the_manual_obey_the_schema():
    """The files in docs/scenarios.md obey the schema."""
    page = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)

    actual = [complaint for example in examples for complaint in complaints(example)]

    assert len(examples) == 4
    assert actual == []


def test_every_key_stands_in_the_manual():
    """Each key of the format is explained in docs/scenarios.md."""
    page = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    keys = {*SCHEMA["properties"], "as", "repeat", "expect", *DEFS["probe"]["properties"]}
    keys |= {*DEFS["option"]["properties"], *DEFS["answers"]["properties"]}

    missing = [key for key in (*keys, *DEFS["expect"]["properties"]) if f"`{key}`" not in page]

    assert missing == []


GOOD = [
    "  - purchase: {product: $course, card: 4242424242424242, tax_rate: 0.08}\n",
    "  - purchase: {product: $course, card: 4000 0000 0000 9995, metadata: {a: [1, {b: null}]}}\n",
    "  - subscribe: {offer: $pro, trial_days: 0, metadata: $metadata, email: a+$email}\n",
    "  - advance: {months: 1, days: 3}\n",
    "  - advance: {to: 2030-02-01T09:00:00Z}\n",
    "  - advance: {until: invoice.paid}\n    expect: {events: []}\n",
    "  - create_webhook: {url: 'http://localhost:3000', events: [invoice.*, order.completed]}\n",
    "  - settle: {}\n    expect: {answers: {status: [200, 3xx], under: 0.5 s}}\n",
    "  - decline_next: {payer: $email, times: until_new_card}\n",
    "  - refund: {order: $course, amount: 12.50}\n",
    "  - purchase: {product: $course, email: b$number@example.com}\n    repeat: 3\n",
    "  - pause: $pro\n    expect: {refused: is no subscription}\n",
    "  - settle:\n    expect: {counts: {invoice.created: 0}, answers: {count: 0}}\n",
    "  - settle:\n    expect: {never: [{order.completed: {amount: 1}}, order.refunded]}\n",
    "  - settle:\n    expect: {body: {current: [{invoice.paid: {billingReason: renewal}}]}}\n",
    "  - settle:\n    expect: {answers: {contains: [ok, true]}}\n".replace("true", "fine"),
    "  - create_webhook: {url: $webhook.url, secret: $webhook.secret, dialect: current}\n",
]


@pytest.mark.parametrize("steps", GOOD)
def test_good_files_are_accepted_by_both(steps):
    """Schema and loader accept what the manual shows, in its less usual forms."""
    assert complaints(GIVEN + steps) == []
    assert read(GIVEN + steps, "a.yaml").steps


STEP = "steps: [settle: ]\n"
BAD = {
    "a list": "[]\n",
    "no steps": HEAD,
    "empty steps": HEAD + "steps: []\n",
    "another version": HEAD.replace("1", "2") + STEP,
    "a true version": HEAD.replace("1", "true") + STEP,
    "a version in quotes": HEAD.replace("1", "'1'") + STEP,
    "a name in capitals": HEAD.replace("story", "Story") + STEP,
    "a number as title": HEAD.replace("A story", "5") + STEP,
    "an unknown key": HEAD + "stpes: []\n" + STEP,
    "one tag": HEAD + "tags: trial\n" + STEP,
    "no options": HEAD + "options:\n" + STEP,
    "a common option": HEAD + "options: {email: {default: a}}\n" + STEP,
    "an option without default": HEAD + "options: {o: {type: text}}\n" + STEP,
    "an unknown type": HEAD + "options: {o: {type: number, default: 1}}\n" + STEP,
    "a default of another type": HEAD + "options: {o: {type: integer, default: '1'}}\n" + STEP,
    "no amount": HEAD + "options: {o: {type: amount, default: ten}}\n" + STEP,
    "a reference as amount": HEAD + "options: {o: {type: amount, default: $email}}\n" + STEP,
    "a least of another type": HEAD + "options: {o: {type: integer, default: 1, min: x}}\n" + STEP,
    "a least text": HEAD + "options: {o: {default: x, min: 1}}\n" + STEP,
    "values that are none": HEAD + "options: {o: {default: x, values: x}}\n" + STEP,
    "a value of another type": HEAD + "options: {o: {default: x, values: [x, 1]}}\n" + STEP,
    "a purchase before the beginning": HEAD + "given: {o: {purchase: x}}\n" + STEP,
    "two verbs under given": HEAD + "given: {o: {create_offer: , create_product: }}\n" + STEP,
    "a step without verb": HEAD + "steps: [{as: x}]\n",
    "a step of two verbs": HEAD + "steps: [{settle: , advance: 1 day}]\n",
    "an unknown verb": HEAD + "steps: [buy: x]\n",
    "an unknown argument": HEAD + "steps: [{purchase: {product: x, prize: 1}}]\n",
    "a hidden argument": HEAD + "steps: [{create_product: {quiet: true}}]\n",
    "a missing argument": HEAD + "steps: [{purchase: {card: ok}}]\n",
    "a missing short argument": HEAD + "steps: [purchase: ]\n",
    "a missing name": HEAD + "steps: [{set_dunning: {}}]\n",
    "too short": HEAD + "steps: [extend_trial: x]\n",
    "a list as argument": HEAD + "steps: [pause: [a, b]]\n",
    "no span": HEAD + "steps: [advance: 3]\n",
    "an unknown span": HEAD + "steps: [advance: 3 fortnights]\n",
    "an empty advance": HEAD + "steps: [advance: {}]\n",
    "an advance in two ways": HEAD + "steps: [{advance: {days: 1, to: 2030-02-01}}]\n",
    "a Python span": HEAD + "steps: [{advance: {by: 3 days}}]\n",
    "a name in capitals for what is made": HEAD + "steps: [{create_offer: , as: Pro}]\n",
    "a name for nothing": HEAD + "steps: [{settle: , as: x}]\n",
    "a common option as name": HEAD + "steps: [{create_offer: , as: email}]\n",
    "an expected number": HEAD + "steps: [{settle: , expect: 5}]\n",
    "one event": HEAD + "steps: [{settle: , expect: {events: order.completed}}]\n",
    "an unknown event": HEAD + "steps: [{settle: , expect: {events: [order.complete]}}]\n",
    "an event with a list": HEAD
    + "steps: [{settle: , expect: {includes: [{order.completed: []}]}}]\n",
    "two events in one": HEAD
    + "steps: [{settle: , expect: {events: [{order.completed: {}, order.refunded: {}}]}}]\n",
    "a dialect nobody speaks": HEAD + "steps: [{settle: , expect: {body: {newest: []}}}]\n",
    "one body": HEAD + "steps: [{settle: , expect: {body: {current: order.completed}}}]\n",
    "refused without words": HEAD + "steps: [{settle: , expect: {refused: ''}}]\n",
    "refused by a number": HEAD + "steps: [{settle: , expect: {refused: 404}}]\n",
    "counts of a list": HEAD + "steps: [{settle: , expect: {counts: [order.completed]}}]\n",
    "a count below none": HEAD + "steps: [{settle: , expect: {counts: {order.completed: -1}}}]\n",
    "counts of something": HEAD + "steps: [{settle: , expect: {counts: {orders: 1}}}]\n",
    "an answer with nothing": HEAD + "steps: [{settle: , expect: {answers: {contains: ''}}}]\n",
    "half an answer": HEAD + "steps: [{settle: , expect: {answers: {count: 0.5}}}]\n",
    "a probe of two ways": HEAD + "probes: {p: {get: /x, command: [x]}}\n" + STEP,
    "a probe elsewhere": HEAD + "probes: {p: {get: 'http://example.com'}}\n" + STEP,
    "a probe without end": HEAD + "probes: {p: {within: 2}}\n" + STEP,
    "an empty command": HEAD + "probes: {p: {command: []}}\n" + STEP,
    "a command as a line": HEAD + "probes: {p: {command: ls -l}}\n" + STEP,
    "a probe with a taken name": HEAD + "probes: {webhook: {}}\n" + STEP,
    "an option with a taken name": HEAD + "options: {number: {default: x}}\n" + STEP,
    "no turns": HEAD + "steps: [{settle: , repeat: 0}]\n",
    "too many turns": HEAD + "steps: [{settle: , repeat: 10001}]\n",
    "turns as text": HEAD + "steps: [{settle: , repeat: often}]\n",
    "an unknown status": HEAD + "steps: [{settle: , expect: {answers: {status: 6xx}}}]\n",
    "no status": HEAD + "steps: [{settle: , expect: {answers: {status: []}}}]\n",
    "a time without unit": HEAD + "steps: [{settle: , expect: {answers: {under: 5}}}]\n",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_bad_files_are_refused_by_both(text):
    """What the editor marks as wrong is refused by the loader, and the other way round."""
    assert complaints(text) != []
    with pytest.raises(ScenarioError, match=r"^a\.yaml:[1-9]"):
        read(text, "a.yaml")
