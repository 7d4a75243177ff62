"""Single events on request: over the control API, and what is asked for alone."""

import json
from base64 import b64decode

import pytest

from clients import serving
from pocketsflow_emulator import verify
from pocketsflow_emulator.core import events
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET

SECRET = "whsec_1a2b3c4d5e6f7g8h9i0j"


@pytest.fixture(scope="module")
def served():
    """A server whose test world has one webhook that pulls, so that nothing is sent."""
    with serving(webhooks=("pull:",), secret=SECRET) as client:
        yield client


@pytest.fixture
def api(served):
    """A client of that world, begun anew."""
    served.control("reset")
    return served


def account(api):
    """The state of the account, without the counts of what has been told."""
    state = api.get("/_emulator/state").json["result"]
    return {name: value for name, value in state.items() if name not in ("facts", "stamps")}


@pytest.mark.parametrize("dialect", events.DIALECTS)
def test_every_event_can_be_triggered(api, dialect):
    """Each of the catalogue's, under any of its names; the account stays as it was."""
    webhook = api.get("/webhooks").json[0]["_id"]
    api.act("update_webhook", webhook=webhook, dialect=dialect)
    names = [name for row in events.CATALOGUE.values() if (name := row.in_dialect(dialect))]
    before = account(api)

    sent = [api.control(f"events/{name}")["deliveries"] for name in names]

    assert [[one["event"] for one in made] for made in sent] == [[name] for name in names]
    assert account(api) == before


def test_values_are_replaced_by_path(api):
    """Overrides change what they name and nothing else."""
    overrides = {"invoice.attemptCount": 5, "customer.email": "jane@example.com"}

    plain = api.control("events/invoice.payment_failed?deliver=false")["result"]
    made = api.control("events/invoice.payment_failed", {"overrides": overrides})["deliveries"]

    [id] = [one["id"] for one in made]
    body = json.loads(api.get(f"/_emulator/deliveries/{id}").json["result"]["body"])
    assert (body["invoice"]["attemptCount"], body["customer"]["email"]) == (5, "jane@example.com")
    was = json.loads(plain["body"])
    was["invoice"]["attemptCount"], was["customer"]["email"] = 5, "jane@example.com"
    assert was == body


def test_each_trigger_is_about_other_objects(api):
    """A receiver that remembers ids takes two triggers for two events."""
    for _ in range(2):
        api.control("events/order.completed")

    ids = [one["id"] for one in api.get("/_emulator/deliveries").json["result"]]
    bodies = [api.get(f"/_emulator/deliveries/{id}").json["result"]["body"] for id in ids]
    assert len({json.loads(body)["order"]["id"] for body in bodies}) == 2


def test_a_trigger_is_part_of_the_journal(api):
    """The same inputs give the same bytes, triggers among them."""

    def told():
        api.control("reset")
        api.act("create_product", id="prod_course", price="60.00")
        api.control("events/order.refunded", {"overrides": {"refund.reason": "other"}})
        api.act("purchase", product="prod_course", email="jane@example.com")
        listed = api.get("/_emulator/deliveries").json["result"]
        shown = [api.get(f"/_emulator/deliveries/{one['id']}").json["result"] for one in listed]
        return [one["body"] for one in shown]

    assert told() == told()


@pytest.mark.parametrize(
    "overrides",
    [{"refund.amount": "all"}, {"refund.nothing": 1}, {"refund.amount": -1}, {"event": "x"}],
)
def test_what_breaks_the_schema_needs_a_word(api, overrides):
    """It is refused with the path and what is wrong, and sent with `unchecked`."""
    refused = api.post("/_emulator/events/order.refunded", {"overrides": overrides})
    sent = api.control("events/order.refunded", {"overrides": overrides, "unchecked": True})

    assert (refused.status, refused.json["code"]) == (400, "INVALID_INPUT")
    assert "breaks its schema in the dialect documented" in refused.json["message"]
    assert next(iter(overrides)).partition(".")[0] in refused.json["message"]
    assert len(sent["deliveries"]) == 1


def test_a_signed_request_alone(api):
    """With `?deliver=false` nothing is sent or logged; the request is signed as it would be."""
    answer = api.control("events/order.completed?deliver=false", {"overrides": {"currency": "eur"}})

    request = answer["result"]
    raw = b64decode(request["body_base64"])
    assert json.loads(raw)["currency"] == "eur"
    assert raw.decode() == request["body"]
    assert verify(raw, request["headers"]["X-Pocketsflow-Signature"], SECRET)
    assert request["headers"]["X-Pocketsflow-Event"] == request["event"] == "order.completed"
    assert request["headers"]["X-Pocketsflow-Timestamp"] == str(json.loads(raw)["timestamp"])
    assert (answer["deliveries"], answer["pending"]) == ([], 0)
    assert api.get("/_emulator/state").json["result"]["facts"] == 0


def test_a_request_alone_needs_no_webhook():
    """Where nobody hears the event, it is signed with the secret that everybody knows; one that
    only the other generation has is written in that.
    """
    with serving() as api:
        made = api.control("events/invoice.paid?deliver=false")["result"]

    raw = made["body"].encode()
    assert verify(raw, made["headers"]["X-Pocketsflow-Signature"], DEFAULT_SECRET)
    assert made["url"] == ""


def test_one_webhook_alone(api):
    """With `webhook` the others are not told."""
    other = api.act("create_webhook", url="pull:/other", events=["order.*"])["id"]

    both = api.control("events/order.completed")["deliveries"]
    one = api.control("events/order.completed", {"webhook": other})["deliveries"]

    assert (len(both), len(one)) == (2, 1)
    shown = api.get(f"/_emulator/deliveries/{one[0]['id']}").json["result"]
    assert shown["webhook"] == other


def test_a_trigger_is_an_action_too(api):
    """`actions/trigger` takes the event among its arguments."""
    answer = api.post("/_emulator/actions/trigger?wait=false", {"event": "review.created"}).json

    assert [one["event"] for one in answer["deliveries"]] == ["review.created"]


def test_a_misspelt_argument_of_the_verb_is_named(api):
    """`actions/trigger` names the nearest of all that it takes."""
    answer = api.post("/_emulator/actions/trigger", {"event": "review.created", "uncheckd": True})

    assert answer.status == 400
    assert "'uncheckd'; did you mean 'unchecked'?" in answer.json["message"]


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("order.complete", {}, 404, "did you mean 'order.completed'?"),
        ("invoice.paid", {}, 400, "no webhook hears invoice.paid"),
        ("order.completed", {"override": {}}, 400, "did you mean 'overrides'?"),
        ("order.completed", {"event": "x"}, 400, "unknown argument of trigger 'event'"),
        ("order.completed", {"overrides": 5}, 400, "write values by path"),
        ("order.completed", {"overrides": {"event.name": 5}}, 400, "there is no 'name' in"),
        ("order.completed", {"unchecked": "yes"}, 400, "write true or false"),
        ("order.completed", {"webhook": "webhook_1"}, 404, "there is no webhook 'webhook_1'"),
        ("order.completed?deliver=no", {}, 400, "write true or false"),
        ("order.completed?deliver=false", {"overrides": {"currency": 5}}, 400, "currency: 5"),
    ],
)
def test_what_cannot_be_triggered_is_refused(api, path, body, status, said):
    """The world stays as it was, and the message says what to do."""
    before = api.get("/_emulator/state").json["result"]

    answer = api.post(f"/_emulator/events/{path}", body)

    assert (status, said in answer.json["message"]) == (answer.status, True), answer.text
    assert api.get("/_emulator/state").json["result"] == before


def test_a_webhook_that_does_not_hear_it_is_named(api):
    """A filter, a dialect or a pause of the webhook is the reason."""
    deaf = api.act("create_webhook", url="pull:/deaf", events=["order.*"])["id"]

    answer = api.post("/_emulator/events/review.created", {"webhook": deaf})

    assert answer.status == 400
    assert f"webhook {deaf} is not one that hears review.created" in answer.json["message"]
