"""Products, variants and offers over the API."""

import json

import pytest


def test_a_product_is_created_shown_and_listed(api, receiver):
    """What has been created can be read under either id, and its creation is sent."""
    made = api.post("/products", {"name": "Course", "price": 60.5, "subtitle": "All of it"})

    shown = api.get(f"/products/{made.json['_id']}")
    prefixed = api.get(f"/products/prod_{made.json['_id']}")
    listed = api.get("/products")

    assert (made.status, made.json["price"], made.json["currency"]) == (201, 60.5, "usd")
    assert (made.json["type"], made.json["published"], made.json["testMode"]) == (
        "one-time",
        True,
        True,
    )
    assert made.json["subtitle"] == "All of it"
    assert shown.json == prefixed.json == made.json
    assert listed.json == [made.json]
    api.control("settle")
    assert b'"product.created"' in receiver.requests[0]


def test_a_whole_price_is_a_whole_number(api):
    """Amounts are written as JavaScript writes numbers: 60, not 60.0."""
    made = api.post("/products", '{"name": "Course", "price": 60.00}')

    assert '"price":60,' in made.text


def test_a_product_of_type_subscription_is_an_offer(api):
    """The older way of selling subscriptions makes an offer, which both routes show."""
    body = {"name": "Pro", "price": 29, "type": "subscription", "billingInterval": "year"}

    made = api.post("/products", body).json

    assert (made["type"], made["billingInterval"]) == ("subscription", "year")
    assert api.get(f"/subscriptions/{made['_id']}").json["frequency"] == "yearly"


def test_a_product_is_changed_and_deleted(api, receiver):
    """Changes hold, and a deleted product is gone from the catalogue."""
    made = api.post("/products", {"name": "Course", "price": 60}).json
    path = f"/products/update/{made['_id']}"

    changed = api.post(path, {"price": 45, "description": "Now shorter", "published": False}).json
    deleted = api.ask("DELETE", f"/products/{made['_id']}")
    gone = api.get(f"/products/{made['_id']}")

    assert (changed["price"], changed["description"], changed["published"]) == (
        45,
        "Now shorter",
        False,
    )
    assert (deleted.status, deleted.json) == (200, {"message": "Product deleted"})
    assert (gone.status, gone.json["code"]) == (404, "NOT_FOUND")
    assert api.get("/products").json == []
    api.control("settle")
    events = [json.loads(sent.partition(b"\r\n\r\n")[2])["event"] for sent in receiver.requests]
    assert events == ["product.created", "product.updated", "product.deleted"]


def test_an_offer_is_changed_and_deleted_as_a_product(api):
    """The product routes take an offer's id too."""
    made = api.post("/subscriptions", {"name": "Pro", "price": 29, "frequency": "monthly"}).json

    changed = api.post(f"/products/update/{made['_id']}", {"price": 39, "published": False}).json
    api.ask("DELETE", f"/products/{made['_id']}")

    assert (changed["price"], changed["published"]) == (39, False)
    assert api.get(f"/subscriptions/{made['_id']}").status == 404


def test_an_offer_is_created_shown_and_listed(api):
    """An offer has its frequency and its trial, and what else its page says."""
    body = {
        "name": "Pro",
        "price": 29,
        "frequency": "weekly",
        "trialPeriod": 14,
        "redirectBackUrl": "https://example.com/account",
        "images": ["https://example.com/a.png"],
    }

    made = api.post("/subscriptions", body)

    assert made.status == 201
    assert body.items() <= made.json.items()
    assert api.get(f"/subscriptions/{made.json['_id']}").json == made.json
    assert api.get("/subscriptions").json == [made.json]


def test_what_else_an_offer_carries_may_be_any_json(api):
    """Style objects may hold numbers of all kinds, at any depth."""
    body = '{"name": "Pro", "price": 29, "frequency": "monthly", "design": {"a": [1.50, 1e3]},'
    body += ' "colors": {"ink": 12345678901234567890}, "maxPrice": 99.5}'

    made = api.post("/subscriptions", body)

    assert made.status == 201
    [stored] = api.get("/_emulator/state").json["result"]["objects"]["offer"].values()
    assert stored["details"]["design"] == {"a": [1.5, 1000]}


def test_a_variant_is_created_and_deleted(api):
    """A variant belongs to its product and has a price of its own."""
    product = api.post("/products", {"name": "Course", "price": 60}).json
    body = {"productId": product["_id"], "name": "Team", "price": 240, "description": "For ten"}

    made = api.post("/products/variants", body)
    deleted = api.ask("DELETE", f"/products/variants/{made.json['_id']}")
    again = api.ask("DELETE", f"/products/variants/{made.json['_id']}")

    assert made.status == 201
    assert body.items() <= made.json.items()
    assert (deleted.status, again.status) == (200, 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "Course"}, "price"),
        ({"name": "", "price": 1}, "name"),
        ({"name": 7, "price": 1}, "name"),
        ({"name": "Course", "price": "60"}, "price"),
        ({"name": "Course", "price": True}, "price"),
        ({"name": "Course", "price": -1}, "price"),
        ({"name": "Course", "price": 0.001}, "price"),
        ({"name": "Course", "price": 10**11}, "price"),
        ({"name": "Course", "price": 1, "currency": "xxx"}, "currency"),
        ({"name": "Course", "price": 1, "currency": "dollars"}, "currency"),
        ({"name": "Course", "price": 1, "type": "gift"}, "type"),
        ({"name": "Course", "price": 1, "images": "a.png"}, "images"),
        ({"name": "Course", "price": 1, "published": "yes"}, "published"),
        ([], "body"),
        ("{", "body"),
        ('{"name": "\\ud800", "price": 1}', "name"),
        ('{"name": "Course", "price": NaN}', "body"),
        ('{"name": "Course", "price": 1e999999}', "price"),
    ],
)
def test_a_body_that_cannot_be_used_names_the_field(api, body, field):
    """Every refusal says which field is wrong, and nothing is made."""
    refused = api.post("/products", body)

    assert refused.status == 400
    assert field in refused.json["message"]
    assert refused.json["error"] == refused.json["message"]
    assert api.get("/products").json == []


def test_what_is_not_known_is_ignored(api):
    """A field that the API does not have is ignored, as Pocketsflow does."""
    made = api.post("/products", {"name": "Course", "price": 1, "colour": "blue"})

    assert made.status == 201
    assert "colour" not in made.json
