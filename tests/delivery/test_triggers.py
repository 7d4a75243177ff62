"""Single events in the engine: what is told, to whom, and with which values."""

import json

import pytest

import runs
from pocketsflow_emulator.delivery.triggers import overridden
from pocketsflow_emulator.errors import InvalidInput, NotFound, UnknownName

BODY = {"order": {"id": "order_1"}, "requiredFields": ["selfie", "document"], "amount": 60}


def test_one_event_is_told_and_nothing_else():
    """The event goes to all who hear it; the account's objects and agenda are untouched."""
    made = runs.hooked()
    runs.do(made, "create_webhook", id="hook_2", url="http://localhost:3000/", events="invoice.*")
    before = made.world.state.plain()

    runs.do(made, "trigger", event="invoice.created")

    after = made.world.state.plain()
    told = [(d.webhook, d.event, d.fact.cause) for d in made.journal.deliveries()]
    assert told == [(hook, "invoice.created", "trigger") for hook in ("hook_1", "hook_2")]
    assert {k for k in before if before[k] != after[k]} == {"facts", "stamps"}


def test_a_trigger_is_an_input():
    """It stands in the log with its values, before what it caused; the same log gives the same."""
    made, again = runs.hooked(), runs.hooked()

    runs.do(made, "trigger", event="order.refunded", overrides={"refund.amount": 5})

    entries = made.journal.entries[-3:]
    assert [entry.kind for entry in entries] == ["input", "fact", "delivery"]
    again.submit(*entries[0].what)
    assert entries[0].what[1] == {"event": "order.refunded", "overrides": {"refund.amount": 5}}
    assert made.journal.canonical() == again.journal.canonical()
    assert made.world.digest() == again.world.digest()


def test_to_one_webhook_alone():
    """A webhook may be chosen; the next event is heard by all again."""
    made = runs.hooked()
    runs.do(made, "create_webhook", id="hook_2", url="http://localhost:3000/")

    runs.do(made, "trigger", event="invoice.created", webhook="hook_2")
    runs.do(made, "create_product", price="1")

    assert [d.webhook for d in made.journal.deliveries()] == ["hook_2", "hook_1", "hook_2"]


def test_overrides_count_once():
    """The values are of this event; the next one is as it is."""
    made = runs.hooked()

    runs.do(made, "trigger", event="product.created", overrides={"product.name": "Mine"})
    runs.do(made, "create_product", name="Theirs")

    names = [json.loads(d.body)["product"]["name"] for d in made.journal.deliveries()]
    assert names == ["Mine", "Theirs"]


def test_a_refused_trigger_leaves_nothing_behind():
    """Neither a fact, nor a line of the log, nor values for the next event."""
    made = runs.hooked()
    before = made.world.digest(), len(made.journal)

    with pytest.raises(InvalidInput, match=r"event\.name cannot be replaced"):
        made.submit("trigger", {"event": "product.created", "overrides": {"event.name": 1}})

    assert before == (made.world.digest(), len(made.journal))
    runs.do(made, "create_product", name="Theirs")
    [delivery] = made.journal.deliveries()
    assert json.loads(delivery.body)["event"] == "product.created"


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        ({"event": "product.creatd"}, UnknownName, "did you mean 'product.created'"),
        ({"event": 5}, UnknownName, "unknown event type 5"),
        ({}, UnknownName, "unknown event type ''"),
        ({"event": "invoice.paid"}, InvalidInput, "no webhook hears invoice.paid"),
        ({"event": "order.completed", "webhook": "hook_2"}, NotFound, "no webhook 'hook_2'"),
        ({"event": "order.completed", "sooner": 1}, UnknownName, "argument of trigger 'sooner'"),
        ({"event": "order.completed", "unchecked": 1}, InvalidInput, "write true or false"),
    ],
)
def test_what_cannot_be_triggered(arguments, kind, said):
    """Each refusal says what is known instead."""
    made = runs.hooked()

    with pytest.raises(kind, match=said):
        runs.do(made, "trigger", **arguments)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("order.id", "order_2", {**BODY, "order": {"id": "order_2"}}),
        ("amount", None, {**BODY, "amount": None}),
        ("order", [], {**BODY, "order": []}),
        ("requiredFields.1", "x", {**BODY, "requiredFields": ["selfie", "x"]}),
        ("metadata.user.id", "7", {**BODY, "metadata": {"user": {"id": "7"}}}),
    ],
)
def test_values_by_path(path, value, expected):
    """A path leads through objects and lists; objects that are missing are made."""
    assert overridden(BODY, {path: value}) == expected
    assert BODY["order"] == {"id": "order_1"}


@pytest.mark.parametrize(
    "path", ["amount.minor", "requiredFields.2", "requiredFields.x", "requiredFields.-1", "amount."]
)
def test_paths_that_lead_nowhere(path):
    """The path and the part that is not there are named."""
    with pytest.raises(InvalidInput, match=f"{path} cannot be replaced: there is no"):
        overridden(BODY, {path: 1})
