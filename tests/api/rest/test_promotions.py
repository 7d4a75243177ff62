"""Discounts and upsells over the API."""

import pytest


@pytest.fixture
def course(api):
    """A product of 60 usd; its API id."""
    return api.post("/products", {"name": "Course", "price": 60}).json["_id"]


def test_a_discount_is_created_used_changed_and_deleted(api, course):
    """A code takes off what it says, its uses are counted, and it can be changed and withdrawn."""
    body = {"name": "Half", "code": "HALF", "value": 50, "mainProductIds": [course]}
    made = api.post("/discounts", {**body, "expiration": "2030-06-01"})
    path = f"/discounts/{made.json['_id']}"

    order = api.act("purchase", product=course, discount="half")
    used = api.get(path).json["used"]
    changed = api.post(path, {"value": 12.5, "valueType": "fixed", "active": False}).json
    deleted = api.ask("DELETE", path)

    assert made.status == 201
    assert body.items() <= made.json.items()
    assert made.json["expiration"] == "2030-06-01T00:00:00.000Z"
    assert (order["amount"], used) == ("30.00", 1)
    assert (changed["value"], changed["valueType"], changed["active"]) == (12.5, "fixed", False)
    assert deleted.status == 200
    assert api.get("/discounts").json == []


def test_a_code_is_validated(api, course):
    """A code holds or not, in general and for a product."""
    other = api.post("/products", {"name": "Book", "price": 10}).json["_id"]
    body = {"name": "Half", "code": "HALF", "value": 50, "mainProductIds": [course]}
    api.post("/discounts", body)

    def valid(**asked):
        return api.post("/discounts/validate", asked)

    assert valid(code="HALF").json["valid"] is True
    assert valid(code="half", productId=course).json["discount"]["code"] == "HALF"
    assert valid(code="HALF", productId=other).status == 400
    assert valid(code="NONE").status == 404


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"mainProductIds": []}, 400, "mainProductIds"),
        ({"mainProductIds": ["nothing"]}, 404, "mainProductIds"),
        ({"value": 101}, 400, "value"),
        ({"value": None}, 400, "value"),
        ({"code": ""}, 400, "code"),
        ({"valueType": "gift"}, 400, "valueType"),
        ({"expiration": "soon"}, 400, "expiration"),
        ({"expiration": "2020-01-01"}, 400, "expiration"),
    ],
)
def test_a_discount_that_cannot_be_made_names_the_field(api, course, change, status, field):
    """Every refusal says which field is wrong."""
    body = {"name": "Half", "code": "HALF", "value": 50, "mainProductIds": [course], **change}

    refused = api.post("/discounts", body)

    assert status == refused.status
    assert field in refused.json["message"]


def test_an_upsell_is_created_changed_and_deleted(api, course):
    """Upsells are kept and shown."""
    book = api.post("/products", {"name": "Book", "price": 10}).json["_id"]
    body = {"mainProductIds": [course], "upsellProductId": book, "upsellPrice": 8, "offer": "Too?"}
    made = api.post("/upsells", body)
    path = f"/upsells/{made.json['_id']}"

    changed = api.post(path, {"upsellPrice": 7.5, "active": False}).json
    listed = api.get("/upsells").json
    deleted = api.ask("DELETE", path)

    assert made.status == 201
    assert body.items() <= made.json.items()
    assert (changed["upsellPrice"], changed["active"], changed["offer"]) == (7.5, False, "Too?")
    assert listed == {"upsells": [changed], "salesWithUpsells": []}
    assert (deleted.status, api.get(path).status) == (200, 404)
