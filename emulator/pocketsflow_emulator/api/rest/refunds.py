"""Refunds."""

from typing import Literal

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import Amount, Body, Id, Text, TypedDict
from pocketsflow_emulator.api.routes import ASSUMED, Group
from pocketsflow_emulator.core import ids, models, money
from pocketsflow_emulator.core.clock import iso

group = Group("Refunds")


class Refund(TypedDict):
    """Money that has been given back. `amount` is this refund's, in major units."""

    _id: str
    orderId: str
    amount: float
    reason: str
    status: Literal["pending", "completed", "failed"]
    createdAt: str


class NewRefund(Body):
    """What to give back: an `amount` in major units, or all that is left."""

    order_id: Id
    amount: Amount | None = None
    reason: Text | None = None


def refund(item: models.Refund) -> Refund:
    """Return a refund as the API shows it. # facts C18: `completed`, not `succeeded`"""
    return {
        "_id": ids.api_id(item.id),
        "orderId": ids.api_id(item.order_id),
        "amount": money.number(item.amount, item.currency),
        "reason": item.reason,
        "status": "completed",
        "createdAt": iso(item.created_at),
    }


@group.route("GET", "/refunds", source="SDK 1.2.1", assumed="the order: newest first")
def index(call: Call) -> list[Refund]:
    """List all refunds."""
    return [refund(item) for item in call.newest(models.Refund)]


@group.route("GET", "/refunds/{id}", source="SDK 1.2.1")
def show(call: Call) -> Refund:
    """Get a refund."""
    return refund(call.named(models.Refund))


@group.route(
    "POST",
    "/refunds",
    status=201,
    level=ASSUMED,
    source="SDK 1.2.1",
    assumed="the status 201; that a refund is completed at once",
)
def create(call: Call, body: NewRefund) -> Refund:
    """Refund an order, in full or in part; sends `order.refunded`."""
    given = body.given("order_id")
    order = call.find("orderId", body.order_id, models.Order)
    return refund(call.do("refund", models.Refund, order=order, **given))
