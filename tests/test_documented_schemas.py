"""The contract of the documented dialect: one hand-written schema for each event."""

import copy
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parents[1] / "schemas" / "documented"

EVENTS = (
    "order.completed",
    "order.refunded",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.created",
    "invoice.payment_succeeded",
    "invoice.payment_failed",
    "invoice.upcoming",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "customer.created",
    "product.created",
    "product.updated",
    "product.deleted",
    "review.created",
    "identity.verification_session.verified",
    "identity.verification_session.processing",
    "identity.verification_session.requires_input",
)

each_event = pytest.mark.parametrize("event", EVENTS)


def read(event):
    return json.loads((FOLDER / f"{event}.json").read_text(encoding="utf-8"))


def validator(schema):
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def subschemas(schema, path=()):
    """Every schema of a value inside the body, with the value's path, outermost first."""
    for name, inner in schema.get("properties", {}).items():
        yield (*path, name), inner
        yield from subschemas(inner, (*path, name))
    if "items" in schema:
        yield (*path, "items"), schema["items"]
        yield from subschemas(schema["items"], (*path, "items"))


def objects(schema):
    """The schemas of the body and of every object in it that has fixed keys."""
    inner = [
        (path, part)
        for path, part in subschemas(schema)
        if part.get("type") == "object" and path != ("metadata",)
    ]
    return [((), schema), *inner]


def at(body, path):
    for key in path:
        body = body[key]
    return body


def complaints(schema, body):
    """What is wrong with a body: the violated rule and the path of the value that violates it."""
    return [(error.validator, tuple(error.path)) for error in validator(schema).iter_errors(body)]


def test_each_event_has_a_schema():
    """There is one schema for each of the 22 documented events, and nothing else beside them."""
    expected = sorted(f"{event}.json" for event in EVENTS)

    actual = sorted(path.name for path in FOLDER.iterdir())

    assert len(set(EVENTS)) == 22
    assert expected == actual


@each_event
def test_schema_is_valid_and_carries_its_name(event):
    """Each file is a JSON Schema 2020-12 whose id, title and `event` are the name of the event."""
    schema = read(event)
    expected = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://pocketsflow-emulator.invalid/schemas/documented/{event}.json",
        "title": event,
    }

    actual = {key: schema[key] for key in expected}

    Draft202012Validator.check_schema(schema)
    assert expected == actual
    assert event == schema["properties"]["event"]["const"]


@each_event
def test_schema_stands_alone(event):
    """A schema can be copied out of the folder and used alone: it refers to nothing else."""
    text = (FOLDER / f"{event}.json").read_text(encoding="utf-8")

    assert '"$ref"' not in text
    assert '"$dynamicRef"' not in text


@each_event
def test_example_is_valid(event):
    """Each schema brings exactly one example, and the example obeys it."""
    schema = read(event)
    expected = [[]]

    actual = [complaints(schema, example) for example in schema["examples"]]

    assert expected == actual


@each_event
def test_keys_stand_in_the_order_of_the_body(event):
    """Properties are listed in the order in which a body carries them, at every level."""
    schema = read(event)
    [example] = schema["examples"]

    expected = {path: list(part["properties"]) for path, part in objects(schema)}
    actual = {path: list(at(example, path)) for path, _ in objects(schema)}

    assert expected == actual


@each_event
def test_body_begins_with_the_common_fields(event):
    """Every body begins with webhookId, event, timestamp, testMode and livemode, in this order."""
    schema = read(event)
    expected = ["webhookId", "event", "timestamp", "testMode", "livemode"]

    actual = list(schema["properties"])[:5]

    assert expected == actual


@each_event
def test_every_field_is_explained(event):
    """Every field has a type and a description, which says so where the field can be null."""
    schema = read(event)
    expected = []

    actual = [
        path
        for path, part in subschemas(schema)
        if not part.get("description")
        or not {"type", "const", "enum"} & part.keys()
        or ("null" in part.get("type", "") and "null" not in part["description"])
    ]

    assert schema["description"]
    assert expected == actual


@each_event
def test_every_object_is_closed(event):
    """Every object allows the keys it lists and no others; only metadata takes anything."""
    schema = read(event)

    actual = {
        path: part["additionalProperties"]
        for path, part in [((), schema), *subschemas(schema)]
        if part.get("type") == "object"
    }

    expected = {path: path == ("metadata",) for path in actual}
    assert expected == actual


@each_event
def test_every_field_is_always_present(event):
    """No field is ever left out: what has no value is null."""
    schema = read(event)

    expected = {path: list(part["properties"]) for path, part in objects(schema)}
    actual = {path: part["required"] for path, part in objects(schema)}

    assert expected == actual


@each_event
def test_dates_have_one_form(event):
    """Every date is written in UTC with milliseconds: 2024-12-01T10:00:00.000Z."""
    schema = read(event)
    form = ("date-time", r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$")

    actual = {
        path: (part.get("format"), part.get("pattern"))
        for path, part in subschemas(schema)
        if "string" in part.get("type", "")
        and (path[-1].endswith(("At", "Start", "End", "Attempt")) or "format" in part)
    }

    expected = dict.fromkeys(actual, form)
    assert expected == actual


@each_event
def test_schema_names_its_source(event):
    """Each schema says where its knowledge comes from, and what of it is assumed."""
    schema = read(event)

    comment = schema["$comment"]

    assert "G2 /api-webhooks/events" in comment
    assert "assumed" in comment.lower()


@each_event
def test_unknown_key_is_rejected(event):
    """A body with a key too many, at whatever level, is not a body of this event."""
    schema = read(event)
    [example] = schema["examples"]
    expected, actual = {}, {}

    for path, _ in objects(schema):
        body = copy.deepcopy(example)
        at(body, path)["surplus"] = "value"
        expected[path] = [("additionalProperties", path)]
        actual[path] = complaints(schema, body)

    assert expected == actual


@each_event
def test_missing_key_is_rejected(event):
    """A body with a key too few, at whatever level, is not a body of this event."""
    schema = read(event)
    [example] = schema["examples"]
    expected, actual = {}, {}

    for path, part in objects(schema):
        for key in part["properties"]:
            body = copy.deepcopy(example)
            del at(body, path)[key]
            expected[*path, key] = [("required", path)]
            actual[*path, key] = complaints(schema, body)

    assert expected == actual


@pytest.mark.parametrize("mode", [True, False], ids=["test", "live"])
@each_event
def test_modes_are_opposites(event, mode):
    """testMode and livemode are opposites: a body with both, or with neither, is rejected."""
    schema = read(event)
    [example] = schema["examples"]
    expected = {"opposite": [], "equal": [("const", ("livemode",))]}

    actual = {
        "opposite": complaints(schema, example | {"testMode": mode, "livemode": not mode}),
        "equal": complaints(schema, example | {"testMode": mode, "livemode": mode}),
    }

    assert expected == actual


@pytest.mark.parametrize(
    "metadata",
    [{}, {"id": 7, "tags": ["a", None], "nested": {"deep": {"flag": True}}}],
    ids=["empty", "nested"],
)
def test_metadata_takes_any_json(metadata):
    """The metadata of an order is the merchant's own: any keys, any JSON values, or none."""
    schema = read("order.completed")
    [example] = schema["examples"]
    expected = []

    actual = complaints(schema, example | {"metadata": metadata})

    assert expected == actual
