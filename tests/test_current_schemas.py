"""The contract of the current dialect, and both dialects of one world side by side."""

import json
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator

from pocketsflow_emulator import Emulator, resources
from pocketsflow_emulator.core import events
from pocketsflow_emulator.scenario import library

CURRENT = sorted(row.current for row in events.CATALOGUE.values() if row.current)
DIALECTS = ("documented", "current")

PUBLISHED = {
    "customer.subscription.created": {},
    "customer.subscription.updated": {"cancelAtPeriodEnd": True},
    "customer.subscription.deleted": {"status": "canceled", "active": False},
    "invoice.payment_succeeded": {},
}
"""Event of a published fixture -> what its `subscriptionCustomer` says differently."""


def schema(dialect, event):
    return json.loads(resources.text("schemas", f"{dialect}/{event}.json"))


def complaints(dialect, event, body):
    """What is wrong with a body: the path and the message."""
    checker = Draft202012Validator(
        schema(dialect, event), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [(error.json_path, error.message) for error in checker.iter_errors(body)]


def fixture(event):
    """A body as the vendor's example repository publishes it."""
    changes = PUBLISHED[event]
    buyer = {
        "id": "6a43ce05fae6c4f0cb5a2193",
        "status": "active",
        "active": True,
        "cancelAtPeriodEnd": False,
        "paused": False,
    } | changes
    card = {
        "id": "pm_4Xn8Tz1",
        "type": "card",
        "brand": "visa",
        "last4": "4242",
        "expMonth": 11,
        "expYear": 2029,
    }
    body = {
        "subscription": {"id": "6949918ee8d99b0e628103e0", "customerId": "cus_8Qx2m1"},
        "subscriptionCustomer": buyer,
        "customer": {"email": "jane@example.com", "firstName": "Jane", "lastName": "Doe"},
        "status": buyer["status"],
        "paymentMethod": None if event.endswith("deleted") else card,
        "portalUrl": "https://app.pocketsflow.com/portal/6949918ee8d99b0e628103e0/"
        "6a43ce05fae6c4f0cb5a2193",
        "subscriptionCustomerId": "6a43ce05fae6c4f0cb5a2193",
        "clientReferenceId": "your-user-id-123",
        "metadata": {"plan": "pro"},
    }
    if event.startswith("invoice"):
        body |= {"amount": 1500, "currency": "usd"}
    return {**body, "webhookId": "6a43cd01fae6c4f0cb5a2001"}


def listen(world, *dialects):
    """Add a receiver per dialect; returns the list of what they hear: (dialect, event, body)."""
    found = []

    def receiver(dialect):
        return lambda request: found.append((dialect, request.event, request.json()))

    for dialect in dialects:
        world.deliver_to(handler=receiver(dialect), dialect=dialect)
    return found


@pytest.mark.parametrize("event", CURRENT)
def test_each_schema_is_valid_and_so_is_its_example(event):
    """Each event of the current generation has a JSON Schema 2020-12 with a valid example."""
    found = schema("current", event)

    Draft202012Validator.check_schema(found)
    assert event == found["title"]
    assert complaints("current", event, found["examples"][0]) == []


@pytest.mark.parametrize("event", CURRENT)
def test_each_schema_says_how_sure_it_is(event):
    """Each schema says what is documented, observed or assumed, and describes every field."""
    found = schema("current", event)

    assert found["$comment"].startswith(("Documented: ", "Assumed: "))
    assert all(field["description"].endswith(".") for field in found["properties"].values())
    assert list(found["properties"])[-1] == "webhookId"


@pytest.mark.parametrize("event", PUBLISHED)
def test_the_published_bodies_are_valid(event):
    """What the vendor's example shows obeys the schema, but for what only receivers have seen."""
    observed = {"canceledAt", "billingReason"}

    found = [
        message
        for _, message in complaints("current", event, fixture(event))
        if not any(f"'{name}' is a required property" == message for name in observed)
    ]

    assert found == []


@pytest.fixture(scope="module")
def heard():
    """What two webhooks in two dialects hear of all scenarios and all other verbs."""
    found = []
    for name in [
        each.name
        for each in library.everything()
        if not {"signature", "fault", "dialect"} & {*each.tags}
    ]:
        with Emulator(seed=7, start=datetime(2030, 1, 31, tzinfo=UTC)) as world:
            heard_now = listen(world, *DIALECTS)
            world.run_scenario(name)
            found += heard_now
    with Emulator(seed=7) as world:
        heard_now = listen(world, *DIALECTS)
        course = world.create_product(name="Course", price="60.00")
        world.update_product(course, price="70.00")
        version = world.create_variant(course, name="Gold", price="90.00")
        order = world.purchase(course, variant=version, client_reference_id="u-1", tax_rate="0.08")
        world.purchase(course, card="declines")
        world.review(order, rating=4)
        world.refund(order, amount="0.07")
        world.delete_product(course)
        for status in ("processing", "requires_input", "verified"):
            world.set_verification(status)
        pro = world.create_offer(price="15.00", trial_days=2)
        sub = world.subscribe(pro, metadata={"plan": "pro"}, client_reference_id="u-2")
        world.advance(days=40)
        world.pause(sub)
        world.update_payment_method(sub, card="5555555555554444")
        world.resume(sub)
        world.cancel(sub)
    return found + heard_now


@pytest.mark.parametrize("dialect", DIALECTS)
def test_all_events_of_a_dialect_occur(heard, dialect):
    """Every event that a dialect knows comes out of what users do."""
    expected = {row.in_dialect(dialect) for row in events.CATALOGUE.values()} - {None}

    actual = {event for spoken, event, _ in heard if spoken == dialect}

    assert expected == actual


def test_every_body_obeys_its_schema(heard):
    """Whatever is sent, in either dialect, validates against the schema of its event."""
    broken = [
        (dialect, event, found)
        for dialect, event, body in heard
        if (found := complaints(dialect, event, body))
    ]

    assert broken == []


def test_amounts_are_minor_units_in_every_currency():
    """A yen is a yen, and a dinar is a thousand fils."""
    with Emulator(seed=7) as world:
        sent = listen(world, "current")
        for currency, price in (("usd", "15.00"), ("jpy", "1500"), ("bhd", "1.500")):
            world.purchase(world.create_product(price=price, currency=currency))

    assert [body["amount"] for _, _, body in sent if "amount" in body] == [1500] * 3


def test_what_was_given_at_checkout_is_replayed_for_life(heard):
    """Every event about a subscription carries its metadata and reference, months later too."""
    about = [body for d, _, body in heard if d == "current" and "subscriptionCustomerId" in body]

    mine = [body for body in about if body["metadata"] == {"plan": "pro"}]

    assert len(mine) > 10
    assert {"u-2"} == {body["clientReferenceId"] for body in mine}


def test_a_change_while_paused_is_told():
    """A new card during a pause is an update of its own, also in the current dialect."""
    with Emulator(seed=7) as world:
        sent = listen(world, "current")
        sub = world.subscribe(world.create_offer())
        world.pause(sub)
        world.update_payment_method(sub)

    expected = ["customer.subscription.pause", "customer.subscription.updated"]
    assert expected == [event for _, event, _ in sent[-2:]]
