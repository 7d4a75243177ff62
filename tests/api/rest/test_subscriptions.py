"""Buyers' subscriptions over the API."""

import pytest


@pytest.fixture
def offer(api):
    """A monthly offer of 29 usd; its API id."""
    body = {"name": "Pro", "price": 29, "frequency": "monthly"}
    return api.post("/subscriptions", body).json["_id"]


@pytest.fixture
def subscription(api, offer):
    """Jane's subscription to it."""
    return api.act("subscribe", offer=offer, email="jane@example.com", client_reference_id="u-7")


def test_a_subscription_is_shown_under_any_of_its_ids(api, offer, subscription):
    """The API's id, the webhooks' id and the processor's id name the same subscription."""
    shown = api.get(f"/orders/subscriptions/{subscription['api_id']}").json

    assert (shown["status"], shown["productId"], shown["clientReferenceId"]) == (
        "active",
        offer,
        "u-7",
    )
    assert shown["currentPeriodEnd"] == "2030-02-28T00:00:00.000Z"
    assert shown == api.get(f"/orders/subscriptions/{subscription['id']}").json
    assert shown == api.get(f"/orders/subscriptions/{shown['stripeSubscriptionId']}").json


def test_subscriptions_are_listed_with_a_body_or_a_query(api, offer, subscription):
    """Merchants list them by POST, and reconcile by GET; both know status and page."""
    other = api.act("subscribe", offer=offer, email="bob@example.com", trial_days=14)

    posted = api.post("/orders/subscriptions", {"status": "active", "pageSize": 1}).json
    read = api.get("/subscriptions/subscribers?status=trialing").json

    assert [one["_id"] for one in posted["subscriptions"]] == [subscription["api_id"]]
    assert posted["pagination"]["totalCount"] == 1
    assert [one["_id"] for one in read["subscriptions"]] == [other["api_id"]]
    assert len(api.post("/orders/subscriptions").json["subscriptions"]) == 2


def test_a_subscription_is_cancelled_now(api, subscription, receiver):
    """Cancelling over the API ends it at once and sends that."""
    path = f"/orders/subscriptions/cancel/{subscription['id']}"

    cancelled, again = api.post(path), api.post(path)

    assert (cancelled.status, cancelled.json) == (200, {"message": "Subscription canceled"})
    assert again.status == 400
    shown = api.get(f"/orders/subscriptions/{subscription['id']}").json
    assert shown["status"] == "canceled"
    api.control("settle")
    assert b"customer.subscription.deleted" in receiver.requests[-1]


def test_a_subscriptions_last_payment_is_refunded(api, subscription, receiver):
    """Refunding a subscription gives its last payment back, and leaves its status."""
    refunded = api.post(f"/orders/subscriptions/refund/{subscription['id']}")

    [refund] = api.get("/refunds").json
    assert (refunded.status, refund["amount"]) == (200, 29)
    assert api.get(f"/orders/subscriptions/{subscription['id']}").json["status"] == "active"
    api.control("settle")
    assert b"order.refunded" in receiver.requests[-1]
