"""Snapshots of a served world: going back, and branching off."""

import pytest


@pytest.fixture
def shop(api):
    """A served world with a product."""
    api.act("create_product", id="prod_course", price="60.00")
    return api


def test_going_back(shop):
    """Objects, dates and ids are as they were; what was sent since is listed no longer."""
    shop.control("state/snapshot", {"name": "begun"})
    first = shop.act("purchase", product="prod_course", email="jane@example.com")
    shop.control("clock/advance", {"days": 3})

    answer = shop.control("state/restore", {"name": "begun"})

    assert (answer["result"], answer["now"]) == (None, "2030-01-31T00:00:00.000Z")
    events = [one["event"] for one in shop.get("/_emulator/deliveries").json["result"]]
    assert events == ["product.created"]
    again = shop.act("purchase", product="prod_course", email="jane@example.com")
    assert first["id"] == again["id"]


def test_branching_off(shop):
    """With another seed the ids are fresh ones; the seller, and what there was, stay."""
    shop.control("state/snapshot")
    first = shop.act("purchase", product="prod_course", email="jane@example.com")
    seller = shop.get("/users/me").json["_id"]
    shop.control("state/restore")

    shop.control("state/branch", {"seed": 8})
    other = shop.act("purchase", product="prod_course", email="jane@example.com")

    assert first["id"] != other["id"]
    assert first["product_id"] == other["product_id"]
    assert shop.get("/users/me").json["_id"] == seller


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("restore", {"name": "begn"}, 400, "unknown snapshot 'begn'; did you mean 'begun'?"),
        ("restore", {"name": 5}, 400, "write a text"),
        ("snapshot", {"nam": "x"}, 400, "did you mean 'name'?"),
        ("branch", {}, 400, "branch needs seed"),
        ("branch", {"seed": -1}, 400, "write a whole number"),
        ("branch", {"seed": "8"}, 400, "write a whole number"),
    ],
)
def test_what_cannot_be_is_refused(shop, path, body, status, said):
    """The world stays as it was."""
    shop.control("state/snapshot", {"name": "begun"})

    answer = shop.post(f"/_emulator/state/{path}", body)

    assert (status, said in answer.json["message"]) == (answer.status, True), answer.text


def test_they_are_actions_too(shop):
    """`actions/snapshot` and its like do the same."""
    shop.act("snapshot", name="begun")
    shop.act("create_product", id="prod_book", price="10.00")

    shop.act("restore", name="begun")

    assert [one["name"] for one in shop.get("/products").json] == ["Product"]
