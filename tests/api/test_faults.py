"""Faults over HTTP: the same words as everywhere."""

import pytest

from clients import serving


def test_faults_are_set_listed_and_cleared(api, receiver):
    """A fault is set with its words, listed with what it has hit, and cleared."""
    api.act("create_product", name="Course", price="60.00", id="prod_course")

    set_to = api.control("faults", {"duplicate": "order.completed", "copies": 2, "nth": 1})
    api.act("purchase", product="prod_course", email="jane@example.com")
    listed = api.get("/_emulator/faults").json["result"]
    cleared = api.ask("DELETE", "/_emulator/faults").json["result"]

    text = "duplicate=order.completed,copies=2,nth=1"
    assert [{"fault": text, "matched": 0, "hit": 0}] == set_to["result"]
    assert [{"fault": text, "matched": 1, "hit": 1}] == listed
    assert cleared == []
    assert sum(b'"event":"order.completed"' in request for request in receiver.requests) == 3


def test_held_deliveries_are_released(api):
    """What `hold` holds is sent when it is released, and the answer says what came of it."""
    api.control("faults", {"hold": "product.created"})
    api.act("create_product", name="Course", price="60.00")

    released = api.control("faults/release")

    assert [(one["event"], one["outcome"]) for one in released["deliveries"]] == [
        ("product.created", "delivered")
    ]


def test_a_fault_is_a_verb_too(api):
    """`actions/fault` takes the words, or one line."""
    api.act("fault", **{"wrong-secret": "*", "probability": 0.5})
    api.act("fault", fault="drop=order.*")

    listed = [one["fault"] for one in api.get("/_emulator/faults").json["result"]]

    assert listed == ["wrong-secret=*,probability=0.5", "drop=order.*"]


@pytest.mark.parametrize("body", [{}, {"dorp": "*"}, {"drop": "order.compelted"}, {"drop": None}])
def test_faults_that_are_none_are_refused(api, body):
    """A fault that cannot be is 400, and nothing is set."""
    answer = api.post("/_emulator/faults", body)

    assert answer.status == 400
    assert api.get("/_emulator/faults").json["result"] == []


def test_every_world_of_a_server_has_its_faults(receiver):
    """`serve --fault` is part of every world, also after a reset."""
    with serving(key=None, webhooks=(receiver.url,), faults=("drop=product.*",)) as client:
        client.post("/_emulator/reset", {})
        made = client.post("/_emulator/actions/create_product", {"name": "A", "price": "1"}).json

    assert [one["outcome"] for one in made["deliveries"]] == ["dropped"]
