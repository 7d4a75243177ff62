"""What merchants reconcile with: subscribers and payments."""

from typing import Literal

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import Instant, Pagination, Paging, TypedDict, cut, pagination
from pocketsflow_emulator.api.rest.subscriptions import Status, Subscriptions, selected
from pocketsflow_emulator.api.routes import ASSUMED, Group
from pocketsflow_emulator.core import ids, models, money
from pocketsflow_emulator.core.clock import iso

group = Group("Reconciliation")


class Payment(TypedDict):
    """Money that has come in: of an order, perhaps for a subscription. Major units."""

    _id: str
    orderId: str
    subscriptionId: str | None
    productId: str
    buyerEmail: str
    amount: float
    amountRefunded: float
    currency: str
    status: Literal["paid", "partially_refunded", "refunded"]
    testMode: bool
    createdAt: str


class Payments(TypedDict):
    """A page of payments."""

    payments: list[Payment]
    pagination: Pagination


class WantedPayments(Paging):
    """Which payments: all, or those of one kind."""

    type: Literal["subscription", "one-time"] | None = None


class WantedSubscribers(Paging):
    """Which subscribers: those begun between two dates, in a status."""

    start_date: Instant | None = None
    end_date: Instant | None = None
    status: Status | None = None


@group.route(
    "GET",
    "/subscriptions/subscribers",
    level=ASSUMED,
    source="G3-EX",
    assumed="the shape of the answer; only the path is published",
)
def subscribers(call: Call, query: WantedSubscribers) -> Subscriptions:
    """List buyers' subscriptions, a page at a time."""
    return selected(call, query)


@group.route(
    "GET",
    "/payments",
    level=ASSUMED,
    source="G3-EX",
    assumed="the shape of the answer; only the path and `type=subscription` are published",
)
def payments(call: Call, query: WantedPayments) -> Payments:
    """List payments, a page at a time."""
    kind = query.type
    items = [
        item
        for item in call.newest(models.Order)
        if kind is None or bool(item.subscription_id) == (kind == "subscription")
    ]
    page = cut(items, query.page, query.page_size)
    return {
        "payments": [_payment(call, item) for item in page],
        "pagination": pagination(len(items), query.page, query.page_size),
    }


def _payment(call: Call, item: models.Order) -> Payment:
    return {
        "_id": ids.api_id(item.payment_intent_id or item.id),
        "orderId": ids.api_id(item.id),
        "subscriptionId": ids.api_id(item.subscription_id) if item.subscription_id else None,
        "productId": ids.api_id(item.product_id),
        "buyerEmail": item.email,
        "amount": money.number(item.amount, item.currency),
        "amountRefunded": money.number(item.refunded, item.currency),
        "currency": item.currency,
        "status": item.status,  # type: ignore[typeddict-item]
        "testMode": call.test_mode,
        "createdAt": iso(item.created_at),
    }
