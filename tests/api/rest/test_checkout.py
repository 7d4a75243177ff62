"""Checkout sessions: made over the API, finished as a buyer would."""

import pytest

from clients import serving
from pocketsflow_emulator.server import Site

BUYING = {
    "successUrl": "https://shop.example.com/thanks?order=1",
    "cancelUrl": "https://shop.example.com/cart?kept=1",
    "metadata": {"user": 7},
    "clientReferenceId": "cart-1",
    "customerEmail": "jane@example.com",
}


@pytest.fixture
def course(api):
    """A product of 60 usd; its API id."""
    return api.post("/products", {"name": "Course", "price": 60}).json["_id"]


def test_a_session_is_completed_as_a_buyer_would(api, course):
    """Completing a session makes the order, with the merchant's data, and sends the buyer on."""
    made = api.post("/checkout/sessions", {**BUYING, "productId": course})

    done = api.control(f"checkout/{made.json['id']}/complete")

    assert (made.status, made.json["id"][:3]) == (201, "cs_")
    assert made.json["url"] == f"{api.url}/checkout/{made.json['id']}"
    assert done["result"]["status"] == "complete"
    assert done["result"]["landing_url"] == BUYING["successUrl"]
    events = [delivery["event"] for delivery in done["deliveries"]]
    assert events == ["customer.created", "order.completed"]
    order = api.get(f"/orders/{done['result']['order_id']}").json
    assert (order["metadata"], order["clientReferenceId"]) == ({"user": 7}, "cart-1")
    assert order["buyerEmail"] == "jane@example.com"


def test_an_offer_can_be_sold_by_a_session(api):
    """The offer's id goes in `productId`, and a subscription comes of it."""
    body = {"name": "Pro", "price": 29, "frequency": "monthly", "trialPeriod": 14}
    offer = api.post("/subscriptions", body).json["_id"]
    session = api.post("/checkout/sessions", {**BUYING, "productId": offer}).json["id"]

    done = api.act("complete_checkout", session=session)

    shown = api.get(f"/orders/subscriptions/{done['subscription_id']}").json
    assert (shown["status"], shown["metadata"]) == ("trialing", {"user": 7})


def test_a_declined_session_stays_open(api, course):
    """A declined payment sends its event and leaves the session to be paid; abandoning ends it."""
    session = api.post("/checkout/sessions", {**BUYING, "productId": course}).json["id"]

    declined = api.control(f"checkout/{session}/decline", {"code": "insufficient_funds"})
    left = api.control(f"checkout/{session}/abandon")
    late = api.post(f"/_emulator/checkout/{session}/complete", {})

    assert [one["event"] for one in declined["deliveries"]] == ["payment_intent.payment_failed"]
    assert (declined["result"]["status"], declined["result"]["error_code"]) == (
        "open",
        "insufficient_funds",
    )
    assert left["result"]["landing_url"] == BUYING["cancelUrl"]
    assert (late.status, late.json["code"]) == (409, "ILLEGAL_MOVE")


def test_a_session_takes_a_discount(api, course):
    """A code lowers what the buyer pays."""
    code = {"name": "Half", "code": "HALF", "value": 50, "mainProductIds": [course]}
    api.post("/discounts", code)
    body = {**BUYING, "productId": course, "discountCode": "HALF"}
    session = api.post("/checkout/sessions", body).json["id"]

    done = api.act("complete_checkout", session=session)

    assert api.get(f"/orders/{done['order_id']}").json["grossAmount"] == 30


def _nested(depth):
    """Objects in one another."""
    value = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"productId": "nothing"}, 404, "productId"),
        ({"productId": None}, 400, "productId"),
        ({"successUrl": "thanks.html"}, 400, "successUrl"),
        ({"cancelUrl": "javascript:alert(1)"}, 400, "cancelUrl"),
        ({"customerEmail": "jane"}, 400, "customerEmail"),
        ({"discountCode": "NONE"}, 404, "discountCode"),
        ({"metadata": "x"}, 400, "metadata"),
        ({"metadata": _nested(64)}, 400, "nested deeper than 64"),
        ({"metadata": {str(n): n for n in range(101)}}, 400, "metadata"),
    ],
)
def test_a_session_that_cannot_be_made_names_the_field(api, course, change, status, field):
    """Every refusal says which field is wrong."""
    refused = api.post("/checkout/sessions", {**BUYING, "productId": course, **change})

    assert status == refused.status
    assert field in refused.json["message"]


def test_metadata_may_be_deep(api, course):
    """What is not nested without measure is kept as it is."""
    metadata = _nested(60)
    body = {**BUYING, "productId": course, "metadata": metadata}
    session = api.post("/checkout/sessions", body).json["id"]

    done = api.act("complete_checkout", session=session)

    assert api.get(f"/orders/{done['order_id']}").json["metadata"] == metadata


def test_the_address_of_a_session_is_the_callers_or_the_public_one(api, course):
    """Behind `localhost` it says 127.0.0.1; `--public-url` wins over what the caller used."""
    body = {"productId": course}

    local = api.ask("POST", "/checkout/sessions", body, {"Host": f"localhost:{api.port}"}).json
    inside = api.ask("POST", "/checkout/sessions", body, {"Host": "emulator:6060"}).json
    with serving(Site(public_url="https://pay.example.com")) as other:
        product = other.post("/products", {"name": "Course", "price": 60}).json["_id"]
        public = other.post("/checkout/sessions", {"productId": product}).json

    assert local["url"].startswith(f"http://127.0.0.1:{api.port}/checkout/cs_")
    assert inside["url"].startswith("http://emulator:6060/checkout/cs_")
    assert public["url"].startswith("https://pay.example.com/checkout/cs_")


def test_large_numbers_in_metadata_are_javascripts(api, course):
    """Metadata is kept as JSON.parse would have it, quietly."""
    body = f'{{"productId": "{course}", "metadata": {{"big": 12345678901234567890, "x": 1.50}}}}'
    session = api.post("/checkout/sessions", body).json["id"]

    done = api.act("complete_checkout", session=session, email="jane@example.com")

    order = api.get(f"/orders/{done['order_id']}").json
    assert order["metadata"] == {"big": int(float(12345678901234567890)), "x": 1.5}
