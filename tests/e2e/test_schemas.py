"""What is sent obeys the schemas in `schemas/documented/`, their formats included."""

import json
from datetime import datetime

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from e2e import programs
from pocketsflow_emulator import Emulator

FOLDER = programs.ROOT / "schemas" / "documented"
EVENTS = sorted(path.stem for path in FOLDER.glob("*.json"))
SEED = 7

# jsonschema looks at no date-time unless a further package is installed.
FORMATS = FormatChecker(["email", "uuid"])


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value):
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def complaints(event, body):
    """What the schema of an event has to say against a body."""
    schema = json.loads((FOLDER / f"{event}.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema, format_checker=FORMATS)
    return [f"{event} {error.json_path}: {error.message}" for error in validator.iter_errors(body)]


@pytest.fixture(scope="module")
def world():
    """A world in which everything documented happens, all of it because of what was done to it."""
    with Emulator(start="2030-01-31", seed=SEED) as emulator:
        emulator.deliver_to(lambda request: 200)
        tell(emulator)
        yield emulator


def tell(emulator):
    """Let every documented event happen, and money, dates and text of all kinds occur."""
    course = emulator.create_product(name='Zoë\'s "Course" 😀', price="60.00", currency="eur")
    emulator.update_product(course, price="0.07")
    order = emulator.purchase(
        course,
        email="jane@example.com",
        country="DE",
        zip="10115",
        vat_number="DE123456789",
        tax_rate="0.19",
        metadata={"10": [None, {"deep": 1.5}], "user": "\u2028 7"},
        client_reference_id="cart-7",
    )
    emulator.purchase(course, email="tom@example.com", card="declines")
    emulator.review(order, rating=4, text="Good.\nVery <b>good</b>.")
    emulator.refund(order, amount="0.01")
    emulator.delete_product(course)

    monthly = emulator.create_offer(name="Pro", price="29.00", trial_days=14)
    weekly = emulator.create_offer(name="Week", price="7.99", frequency="weekly")
    yearly = emulator.create_offer(name="Year", price="290.00", frequency="yearly")
    trial = emulator.subscribe(monthly, email="ann@example.com", metadata={"user": "42"})
    emulator.subscribe(weekly, email="tom@example.com")
    emulator.subscribe(yearly, email="jane@example.com")
    emulator.advance(days=20)
    emulator.pause(trial)
    emulator.advance(days=40)
    emulator.resume(trial)
    emulator.decline_next(trial, times="until_new_card")
    emulator.advance(days=60)
    for status in ("processing", "requires_input", "verified"):
        emulator.set_verification(status)


@pytest.mark.parametrize("event", EVENTS)
def test_each_documented_event_comes_out_of_a_world_and_obeys_its_schema(event, world):
    """Each of the documented events can be made to happen, and its bodies obey its schema."""
    bodies = [delivery.json for delivery in world.deliveries.of(event)]

    actual = [complaint for body in bodies for complaint in complaints(event, body)]

    assert bodies
    assert actual == []


def test_a_world_sends_documented_events_and_no_others(world):
    """All that is sent to a receiver of the documented dialect are the 22 documented events."""
    actual = {delivery.event for delivery in world.deliveries}

    assert len(EVENTS) == 22
    assert set(EVENTS) == actual


def test_every_body_of_every_scenario_obeys_its_schema(tmp_path):
    """Whatever the ready-made scenarios send obeys the schema of its event."""
    done = programs.run(tmp_path, *programs.SIGNED, "--seed", str(SEED))

    assert done.code == 0, done.text
    assert done.tries
    sent = [(line["event"], json.loads(line["body"])) for line in done.tries]
    assert [complaint for event, body in sent for complaint in complaints(event, body)] == []


def test_a_date_that_is_none_is_found():
    """The check looks at formats: a thirteenth month has the right shape and is refused."""
    schema = json.loads((FOLDER / "customer.created.json").read_text(encoding="utf-8"))
    [body] = schema["examples"]
    body["customer"]["createdAt"] = "2030-13-01T00:00:00.000Z"
    expected = [
        "customer.created $.customer.createdAt: '2030-13-01T00:00:00.000Z' is not a 'date-time'"
    ]

    actual = complaints("customer.created", body)

    assert expected == actual
