"""The official npm client works against the emulator with only its base URL changed."""

import json
import subprocess

import pytest

from clients import KEY, serving
from pocketsflow_emulator.server import Site
from sdk.program import BOUND, Sdk
from sdk.typescript import Declarations

NEVER_SHOWN = {
    *("Order.stripeFee", "Order.paypalFee", "Order.affiliateCut"),
    *("ProductFile.name", "ProductFile.url", "ProductFile.size"),
}
"""Optional fields that the emulator has nothing to say in: no fees are taken, no files uploaded."""


@pytest.fixture
def declared(package):
    """What the client declares."""
    path = package / "node_modules" / "pocketsflow" / "dist" / "index.d.ts"
    return Declarations(path.read_text(encoding="utf-8"))


def test_every_method_gives_what_it_promises(sdk, api, declared, receiver):
    """Each method of the client, with each answer checked for every field of its types."""
    promised = declared.methods()

    def call(method, *given):
        said = sdk.call(method, *given)
        assert "error" not in said, (method, said)
        assert declared.problems(said["answer"], promised[method], method) == []
        return said["answer"]

    everything = _Everything(call, api, receiver.url)
    everything.catalogue()
    everything.sales()
    if "subscriptionOffers.list" in promised:
        everything.offers()
    everything.account()
    everything.promotions()
    everything.deletions()

    assert set(promised) == sdk.called
    assert declared.fields() - declared.seen == NEVER_SHOWN


class _Everything:
    """Calls every method in an order in which all have something to answer."""

    def __init__(self, call, api, url):
        self.call, self.api, self.url = call, api, url

    def catalogue(self):
        self.product = self.call(
            "products.create",
            {
                "name": "Course",
                "description": "All of it",
                "price": 60,
                "slug": "course",
                "images": ["https://example.com/a.png"],
                "published": True,
            },
        )["_id"]
        self.call("products.update", self.product, {"name": "Course 2", "price": 61.5})
        variant = {"productId": self.product, "name": "Team", "price": 240, "description": "Ten"}
        self.variant = self.call("variants.create", variant)["_id"]
        subscription = {"name": "Pro", "price": 29, "type": "subscription"}
        self.offer = self.api.post("/products", subscription).json["_id"]
        assert self.call("products.get", self.offer)["billingInterval"] == "month"
        assert len(self.call("products.list")) == 2

    def sales(self):
        session = self.call(
            "checkout.create",
            {
                "productId": self.product,
                "successUrl": "https://example.com/thanks",
                "cancelUrl": "https://example.com/cart",
                "customerEmail": "jane@example.com",
                "metadata": {"user": 7},
            },
        )
        done = self.api.act("complete_checkout", session=session["url"])
        listed = self.call("orders.list", {"page": 1, "pageSize": 5, "productId": self.product})
        assert [order["_id"] for order in listed["orders"]] == [done["order_id"].split("_")[1]]
        order = self.call("orders.get", done["order_id"])
        assert (order["grossAmount"], order["product"]["name"]) == (61.5, "Course 2")
        self.api.act("review", order=order["_id"], rating=5, text="Good")
        assert self.call("reviews.list", {"productId": self.product})[0]["review"] == "Good"
        refund = self.call("refunds.create", {"orderId": order["_id"], "amount": 1.5})
        assert self.call("refunds.get", refund["_id"]) == refund
        assert self.call("refunds.list") == [refund]
        [jane] = self.call("customers.list", {"email": "jane@example.com"})
        assert self.call("customers.get", jane["_id"])["totalSpent"] == 60
        sub = self.api.act("subscribe", offer=self.offer, email="bob@example.com")
        found = self.call("subscriptions.get", sub["id"])
        listed = self.call("subscriptions.list", {"status": "active"})
        assert listed["subscriptions"] == [found]
        self.call("subscriptions.refund", found["stripeSubscriptionId"])
        self.call("subscriptions.cancel", found["stripeSubscriptionId"])

    def offers(self):
        texts = ("subtitle", "description", "slug", "thumbnail", "redirectBackUrl")
        offer = self.call(
            "subscriptionOffers.create",
            {
                "name": "Team",
                "price": 99,
                "frequency": "yearly",
                "trialPeriod": 14,
                "images": ["https://example.com/b.png"],
                **dict.fromkeys(texts, "https://example.com/x"),
            },
        )
        assert self.call("subscriptionOffers.get", offer["_id"]) == offer
        assert len(self.call("subscriptionOffers.list")) == 2

    def account(self):
        assert self.call("users.me")["createdFirstProduct"] is True
        assert self.call("users.update", {"firstName": "Ada"})["firstName"] == "Ada"
        body = {"url": self.url, "events": ["order.completed"], "description": "All"}
        webhook = self.call("webhooks.create", body)["_id"]
        assert self.call("webhooks.get", webhook)["description"] == "All"
        assert self.call("webhooks.update", webhook, {"active": True})["active"] is True
        assert self.call("webhooks.test", webhook) == {"message": "Test event sent"}
        assert len(self.call("webhooks.list")) == 1
        self.webhook = webhook

    def promotions(self):
        discount = self.call(
            "discounts.create",
            {
                "name": "Half",
                "code": "HALF",
                "value": 50,
                "mainProductIds": [self.product],
                "expiration": "2031-01-01",
            },
        )
        assert self.call("discounts.get", discount["_id"]) == discount
        assert self.call("discounts.update", discount["_id"], {"value": 25})["value"] == 25
        assert len(self.call("discounts.list")) == 1
        self.discount = discount["_id"]
        texts = ("upsellDescription", "primaryButtonText", "secondaryButtonText", "offer")
        book = self.api.post("/products", {"name": "Book", "price": 10}).json["_id"]
        upsell = self.call(
            "upsells.create",
            {
                "mainProductIds": [self.product],
                "upsellProductId": book,
                "upsellPrice": 8,
                **dict.fromkeys(texts, "Too?"),
            },
        )
        assert self.call("upsells.get", upsell["_id"]) == upsell
        assert self.call("upsells.update", upsell["_id"], {"upsellPrice": 7})["upsellPrice"] == 7
        assert len(self.call("upsells.list")["upsells"]) == 1
        self.upsell = upsell["_id"]

    def deletions(self):
        for resource in ("upsell", "discount", "webhook", "variant", "product"):
            self.call(f"{resource}s.delete", getattr(self, resource))


@pytest.mark.parametrize(
    ("method", "given", "status", "code"),
    [
        ("products.create", [{"name": "Course"}], 400, "INVALID_INPUT"),
        ("refunds.create", [{}], 400, "INVALID_INPUT"),
        ("orders.list", [{"page": 0}], 400, "INVALID_INPUT"),
        ("products.get", ["65f000000000000000000000"], 404, "NOT_FOUND"),
        ("orders.get", ["order_nothing"], 404, "NOT_FOUND"),
        ("checkout.create", [{"productId": "nothing"}], 404, "NOT_FOUND"),
    ],
)
def test_errors_carry_message_code_and_status(sdk, method, given, status, code):
    """`PocketsflowError` says what went wrong, for people and for programs."""
    error = sdk.call(method, *given)["error"]

    assert error["known"] is True
    assert (error["status"], error["code"]) == (status, code)
    assert len(error["message"]) > 10


def test_a_key_that_is_none_is_refused(package, api):
    """401, as the client shows it."""
    stranger = Sdk(package, api.url, "sk_test_1")

    error = stranger.call("users.me")["error"]
    stranger.close()

    assert (error["status"], error["code"]) == (401, "UNAUTHORIZED")
    assert "malformed" in error["message"]


def test_a_rate_limit_is_seen_by_the_client(package):
    """429, as the client shows it."""
    with serving(Site(rate_limit=1)) as api:
        client = Sdk(package, api.url)
        client.call("users.me")
        error = client.call("users.me")["error"]
        client.close()

    assert (error["status"], error["code"]) == (429, "RATE_LIMITED")


def test_a_merchant_written_for_node(package):
    """A program that sells by a session, reads its order inside its handler and refunds it."""
    with serving(per_key=True) as api:
        done = subprocess.run(
            ["node", "merchant.mjs", api.url, KEY],
            cwd=package,
            capture_output=True,
            text=True,
            timeout=BOUND,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["landed"] == "https://shop.example.com/thanks?for=you"
    assert said["log"] == [
        ["paid", "jane@example.com", 60, {"user": 7}],
        ["refunded", 60, "changed_mind"],
    ]
    assert [one["outcome"] for one in said["deliveries"]] == ["delivered", "delivered"]
