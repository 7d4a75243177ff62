"""Webhooks, the seller, and what everybody may see, over the API."""

import json

import pytest

from pocketsflow_emulator import verify


def test_a_webhook_shows_its_secret_once(api, receiver):
    """The answer to creating a webhook has the secret; after that it is masked."""
    made = api.post("/webhooks", {"url": receiver.url, "events": ["review.created"]})

    shown = api.get(f"/webhooks/{made.json['_id']}").json

    assert made.status == 201
    assert made.json["secret"].startswith("whsec_")
    assert shown["secret"] == f"whsec_...{made.json['secret'][-4:]}"
    assert made.json["secret"] not in api.get("/webhooks").text


def test_a_webhook_is_changed_and_deleted(api, receiver):
    """Changes hold; a deleted webhook hears nothing."""
    made = api.post("/webhooks", {"url": receiver.url, "events": ["*"]}).json
    path = f"/webhooks/{made['_id']}"

    changed = api.ask("PUT", path, {"events": ["invoice.*"], "active": False}).json
    deleted = api.ask("DELETE", path)

    assert (changed["events"], changed["active"]) == (["invoice.*"], False)
    assert (deleted.status, api.get(path).status) == (200, 404)


def test_a_webhook_is_tested_with_a_signed_sample(api, receiver):
    """A test sends one sample of an event that the webhook hears, to it alone, signed."""
    made = api.post("/webhooks", {"url": receiver.url, "events": ["invoice.*"]}).json

    answer = api.post(f"/webhooks/{made['_id']}/test")
    api.control("settle")

    assert (answer.status, answer.json) == (200, {"message": "Test event sent"})
    [sent] = receiver.requests
    head, _, body = sent.partition(b"\r\n\r\n")
    signature = head.decode().partition("X-Pocketsflow-Signature: ")[2].split("\r\n")[0]
    assert verify(body, signature, made["secret"])
    assert json.loads(body)["event"] == "invoice.created"
    assert api.get("/products").json == []


def test_an_inactive_webhook_is_not_tested(api, receiver):
    """What cannot be sent is not said to be sent."""
    made = api.post("/webhooks", {"url": receiver.url, "events": ["*"], "active": False}).json

    refused = api.post(f"/webhooks/{made['_id']}/test")

    assert refused.status == 400
    assert "not active" in refused.json["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"events": ["*"]}, "url"),
        ({"url": "ftp://example.com", "events": ["*"]}, "url"),
        ({"url": "http://127.0.0.1:1/", "events": []}, "events"),
        ({"url": "http://127.0.0.1:1/", "events": ["order.complete"]}, "events"),
        ({"url": "http://127.0.0.1:1/", "events": "*"}, "events"),
    ],
)
def test_a_webhook_that_cannot_be_made_names_the_field(api, body, field):
    """Every refusal says which field is wrong."""
    refused = api.post("/webhooks", body)

    assert refused.status == 400
    assert field in refused.json["message"]


def test_the_seller_is_shown_and_changed(api):
    """The seller's data can be read and changed; whether they have sold is known."""
    before = api.get("/users/me").json
    product = api.post("/products", {"name": "Course", "price": 60}).json["_id"]
    api.act("purchase", product=product)

    changed = api.post(
        "/users/update", {"firstName": "Ada", "subdomain": "ada", "contactEmail": "ada@example.com"}
    ).json

    assert (before["hasSales"], before["createdFirstProduct"]) == (False, False)
    assert (changed["hasSales"], changed["createdFirstProduct"]) == (True, True)
    assert (changed["firstName"], changed["subdomain"], changed["email"]) == (
        "Ada",
        "ada",
        "ada@example.com",
    )
    assert api.get("/users/me").json == changed
    assert api.post("/users/update", {"subdomain": "No!"}).status == 400


def test_everybody_may_see_what_a_store_sells(api):
    """The public route needs no key, lists what is published, and may be called from any page."""
    api.post("/products", {"name": "Course", "price": 60, "slug": "course"})
    api.post("/products", {"name": "Draft", "price": 60, "published": False})
    subdomain = api.get("/users/me").json["subdomain"]
    path = f"/creator-pages/products/{subdomain}"

    listed = api.ask("GET", path, headers={"Authorization": None, "Origin": "https://shop.test"})
    preflight = api.ask("OPTIONS", path, headers={"Origin": "https://shop.test"})
    private = api.ask("GET", "/products", headers={"Origin": "https://shop.test"})

    assert [(one["name"], one["slug"]) for one in listed.json["products"]] == [("Course", "course")]
    assert listed.headers["Access-Control-Allow-Origin"] == "*"
    assert (preflight.status, preflight.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert "Access-Control-Allow-Origin" not in private.headers
    assert api.get("/creator-pages/products/nobody").status == 404
