"""Buyers' subscriptions. Every route takes any id of a subscription."""

from typing import Literal, Protocol

from pydantic import Field

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import (
    Body,
    Instant,
    Message,
    NotRequired,
    Pagination,
    TypedDict,
    cut,
    pagination,
)
from pocketsflow_emulator.api.rest.orders import within
from pocketsflow_emulator.api.routes import ASSUMED, Group
from pocketsflow_emulator.core import ids, models
from pocketsflow_emulator.core.clock import iso

group = Group("Subscriptions")


Status = Literal["trialing", "active", "past_due", "paused", "canceled"]


class Selection(Protocol):
    """Which subscriptions: a page of those begun between two dates, in a status."""

    page: int
    page_size: int
    start_date: int | None
    end_date: int | None
    status: Status | None


class Subscription(TypedDict):
    """One buyer's subscription to an offer."""

    _id: str
    userId: str
    customerId: str
    productId: str
    stripeSubscriptionId: str
    buyerEmail: str
    status: Status
    currentPeriodStart: str
    currentPeriodEnd: str
    cancelAtPeriodEnd: bool
    clientReferenceId: NotRequired[str]
    metadata: dict[str, object]
    testMode: bool
    createdAt: str


class Subscriptions(TypedDict):
    """A page of subscriptions."""

    subscriptions: list[Subscription]
    pagination: Pagination


class Wanted(Body):
    """Which subscriptions: a page of those begun between two dates, in a status."""

    page: int = Field(default=1, ge=1, le=10**9)
    page_size: int = Field(default=20, ge=1, le=100)
    start_date: Instant | None = None
    end_date: Instant | None = None
    status: Status | None = None


def subscription(call: Call, item: models.Subscription) -> Subscription:
    """Return a subscription as the API shows it."""
    shown: Subscription = {
        "_id": ids.api_id(item.id),
        "userId": call.user_id,
        "customerId": ids.api_id(item.customer_id),
        "productId": ids.api_id(item.offer_id),
        "stripeSubscriptionId": item.id,
        "buyerEmail": item.email,
        "status": item.status,  # type: ignore[typeddict-item]
        "currentPeriodStart": iso(item.period_start),
        "currentPeriodEnd": iso(item.period_end),
        "cancelAtPeriodEnd": item.cancel_at_period_end,
        "metadata": dict(item.metadata),
        "testMode": call.test_mode,
        "createdAt": iso(item.created_at),
    }
    if item.client_reference_id:
        shown["clientReferenceId"] = item.client_reference_id
    return shown


def selected(call: Call, wanted: Selection) -> Subscriptions:
    """Return a page of the subscriptions that are wanted, newest first."""
    items = [
        item
        for item in call.newest(models.Subscription)
        if within(item.created_at, wanted.start_date, wanted.end_date)
        and wanted.status in (None, item.status)
    ]
    page = cut(items, wanted.page, wanted.page_size)
    return {
        "subscriptions": [subscription(call, item) for item in page],
        "pagination": pagination(len(items), wanted.page, wanted.page_size),
    }


@group.route(
    "POST",
    "/orders/subscriptions",
    level=ASSUMED,
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="the shape of the answer, which is that of orders; newest first",
)
def index(call: Call, body: Wanted) -> Subscriptions:
    """List subscriptions, a page at a time."""
    return selected(call, body)


@group.route(
    "GET", "/orders/subscriptions/{id}", source="G2 /api-reference/introduction, SDK 1.2.1"
)
def show(call: Call) -> Subscription:
    """Get a subscription."""
    return subscription(call, call.named(models.Subscription))


@group.route(
    "POST",
    "/orders/subscriptions/cancel/{id}",
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="that it ends now, not at its period end",
)
def cancel(call: Call) -> Message:
    """Cancel a subscription now; sends `customer.subscription.deleted`."""
    found = call.named(models.Subscription)
    call.do("cancel", models.Subscription, subscription=found.id)
    return {"message": "Subscription canceled"}


@group.route(
    "POST",
    "/orders/subscriptions/refund/{id}",
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="that its last paid invoice is refunded and its status stays",
)
def refund(call: Call) -> Message:
    """Refund the last payment of a subscription; sends `order.refunded`."""
    found = call.named(models.Subscription)
    call.do("refund", models.Refund, order=found.id)
    return {"message": "Subscription refunded"}
