"""Verbs over HTTP: whatever the fixture does, any language can do."""

import pytest

import receivers
from clients import Client, serving
from pocketsflow_emulator.api import actions
from pocketsflow_emulator.scenario.model import NO_STEPS


def test_a_verb_answers_when_the_world_is_quiet(api, receiver):
    """The envelope has the object, the deliveries with their outcomes, and how the world stands."""
    product = api.act("create_product", name="Course", price="60.00", id="prod_course")

    answer = api.post(
        "/_emulator/actions/purchase",
        {"product": "prod_course", "firstName": "Jane", "email": "jane@example.com"},
    ).json

    assert product["id"] == "prod_course"
    assert answer["result"]["email"] == "jane@example.com"
    assert answer["result"]["amount"] == "60.00"
    assert [(one["event"], one["outcome"], one["status"]) for one in answer["deliveries"]] == [
        ("customer.created", "delivered", 200),
        ("order.completed", "delivered", 200),
    ]
    assert (answer["world"], answer["pending"]) == ("test", 0)
    assert answer["now"] == "2030-01-31T00:00:00.000Z"
    assert len(receiver.requests) == 3


def test_it_need_not_be_waited_for(api):
    """`?wait=false` answers at once; `settle` waits and says what came of it."""
    answer = api.post("/_emulator/actions/create_product?wait=false", {"name": "A", "price": "1"})

    settled = api.control("settle")

    assert answer.json["pending"] == 1
    assert [one["outcome"] for one in answer.json["deliveries"]] == ["waiting"]
    assert settled["pending"] == 0
    assert [one["outcome"] for one in api.get("/_emulator/deliveries").json["result"]] == [
        "delivered"
    ]


def test_what_is_no_step_is_an_action():
    """What a world can be told and a scenario cannot is done from outside of it."""
    assert set(NO_STEPS) == set(actions.OTHERS)


def test_every_verb_can_be_called(api):
    """A subscription's life, verb by verb."""
    offer = api.act("create_offer", price="29.00", trial_days=14)["id"]
    sub = api.act("subscribe", offer=offer, email="jane@example.com")["id"]
    api.act("decline_next", payer=sub, code="insufficient_funds")

    api.act("advance", days=14)
    status = api.act("update_payment_method", subscription=sub)["status"]
    api.act("set_dunning", name="strict")
    api.act("set_policy", name="retry-ladder")
    paused = api.act("pause", subscription=sub)["status"]
    result = api.act("run_scenario", name="purchase", price="75.00")
    api.act("snapshot")
    api.act("restore")
    api.act("branch", seed=8)
    reset = api.post("/_emulator/actions/reset", {}).json

    assert (status, paused) == ("active", "paused")
    assert (result["ok"], result["name"]) == (True, "purchase")
    assert reset["now"] == "2030-01-31T00:00:00.000Z"
    assert api.get("/_emulator/deliveries").json["result"] == []


def test_a_reset_keeps_what_the_command_line_gave(api, receiver):
    """The template's webhook is there again; one that was added is not."""
    api.post("/webhooks", {"url": receiver.url, "events": ["*"]})

    api.control("reset")

    [webhook] = api.get("/webhooks").json
    assert webhook["url"] == receiver.url


def test_a_removed_webhook_is_named(api):
    """What a verb has removed comes back as its ids."""
    [webhook] = api.get("/webhooks").json

    answer = api.act("delete_webhook", webhook=webhook["_id"])

    assert answer == {"id": f"webhook_{webhook['_id']}", "api_id": webhook["_id"]}


def test_secrets_are_shown_only_where_they_are_asked_for(api):
    """Creating a webhook and rotating its secret show it; nothing else does."""
    made = api.act("create_webhook", url="http://127.0.0.1:1/", secret="whsec_0123456789abcdef")
    changed = api.act("update_webhook", webhook=made["id"], active=False)
    rotated = api.act("rotate_secret", webhook=made["id"], secret="whsec_fedcba9876543210")

    state = api.get("/_emulator/state").text

    assert made["secret"] == "whsec_0123456789abcdef"
    assert changed["secret"] == "whsec_...cdef"
    assert rotated["next_secret"] == "whsec_fedcba9876543210"
    assert "0123456789" not in state
    assert "fedcba" not in state


@pytest.mark.parametrize(
    ("verb", "body", "status", "said"),
    [
        ("purchse", {}, 404, "did you mean 'purchase'?"),
        ("purchase", {}, 400, "needs product"),
        ("purchase", {"product": "nothing"}, 404, "product"),
        ("purchase", {"prodct": "x"}, 400, "did you mean 'product'?"),
        ("purchase", {"person": 7}, 400, "unknown argument"),
        ("create_product", {"price": 29.999}, 400, "price"),
        ("create_product", {"name": "a", "Name": "b"}, 400, "given twice"),
        ("create_product", {"metadata": {}}, 400, "metadata"),
        ("advance", {}, 400, "advance takes"),
        ("run_scenario", {}, 400, "needs name"),
        ("run_scenario", {"name": "refnd"}, 400, "did you mean 'refund'?"),
        ("settle", [], 400, "object"),
        ("create_customer", {"email": "jane"}, 400, "email"),
    ],
)
def test_what_cannot_be_done_is_said(api, verb, body, status, said):
    """Every refusal has a status and a sentence with what to do."""
    refused = api.post(f"/_emulator/actions/{verb}", body)

    assert status == refused.status
    assert said in refused.json["message"]


def test_an_object_in_the_wrong_status_is_a_conflict(api):
    """What the object's status does not allow is 409."""
    offer = api.act("create_offer", price="29.00")["id"]
    sub = api.act("subscribe", offer=offer)["id"]
    api.act("cancel", subscription=sub)

    refused = api.post("/_emulator/actions/pause", {"subscription": sub})

    assert (refused.status, refused.json["code"]) == (409, "ILLEGAL_MOVE")


def test_every_verb_has_a_sentence():
    """What the page says of a verb is what its docstring says."""
    silent = [verb for verb in actions.names() if not actions.summary(verb)]

    assert silent == []


def test_schemas_can_be_read(api):
    """The schema of an event's body in a dialect, as it stands in the repository."""
    found = api.get("/_emulator/schemas/documented/order.completed.json")

    assert found.status == 200
    assert '"$schema"' in found.text
    assert api.get("/_emulator/schemas/documented/order.complete.json").status == 404
    assert api.get("/_emulator/schemas/future/order.completed.json").status == 404


def test_a_policy_and_a_dunning_of_the_template_hold():
    """What the command line chose is what new worlds begin with."""
    with (
        receivers.answering(500) as receiver,
        serving(webhooks=(receiver.url,), policy="retry-ladder", dunning="strict") as api,
    ):
        other = Client(api.url, world="other")
        offer = other.act("create_offer", price="29.00", trial_days=3)["id"]
        sub = other.act("subscribe", offer=offer)["id"]
        other.act("decline_next", payer=sub)
        other.act("advance", days=3)

        state = other.get("/_emulator/state").json["result"]

    assert state["objects"]["subscription"][sub]["status"] == "canceled"
    assert len(receiver.requests) > 5
