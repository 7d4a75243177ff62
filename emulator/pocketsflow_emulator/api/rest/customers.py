"""Customers: who has bought."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import Email, Id, Query, TypedDict
from pocketsflow_emulator.api.routes import Group
from pocketsflow_emulator.core import ids, models, money
from pocketsflow_emulator.core.clock import iso

group = Group("Customers")


class Customer(TypedDict):
    """A buyer. `totalSpent` is in major units of the currency of most orders, refunds taken off."""

    _id: str
    userId: str
    buyerEmail: str
    firstName: str
    lastName: str
    country: str
    numberOfOrders: int
    totalSpent: float
    testMode: bool
    createdAt: str


class Wanted(Query):
    """Which customers, and in which order."""

    email: Email | None = None
    product_id: Id | None = None
    sort_by: Literal["email", "country", "numberOfOrders", "createdAt"] = "createdAt"
    sort_order: Literal["asc", "desc"] = "desc"
    limit: int | None = Field(default=None, ge=1, le=1_000)
    offset: int = Field(default=0, ge=0, le=10**9)


_SORTED: dict[str, Callable[[Customer], Any]] = {
    "email": lambda shown: shown["buyerEmail"],
    "country": lambda shown: shown["country"],
    "numberOfOrders": lambda shown: shown["numberOfOrders"],
    "createdAt": lambda shown: shown["createdAt"],
}


def customer(call: Call, item: models.Customer, orders: list[models.Order]) -> Customer:
    """Return a customer as the API shows it."""
    used = Counter(order.currency for order in orders).most_common(1)
    code = used[0][0] if used else "usd"
    spent = sum(order.amount - order.refunded for order in orders if order.currency == code)
    return {
        "_id": ids.api_id(item.id),
        "userId": call.user_id,
        "buyerEmail": item.email,
        "firstName": item.first_name,
        "lastName": item.last_name,
        "country": item.country,
        "numberOfOrders": len(orders),
        "totalSpent": money.number(spent, code),
        "testMode": call.test_mode,
        "createdAt": iso(item.created_at),
    }


@group.route(
    "GET",
    "/customers",
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="newest first, unless said otherwise; an e-mail is compared as a whole",
)
def index(call: Call, query: Wanted) -> list[Customer]:
    """List customers."""
    ledger = call.world.ledger
    items = call.all(models.Customer)
    if query.email is not None:
        items = [item for item in items if item.email.casefold() == query.email.casefold()]
    if query.product_id is not None:
        wanted = call.find("productId", query.product_id, models.Product, models.Offer)
        items = [c for c in items if any(o.product_id == wanted for o in ledger.orders_of(c.id))]
    shown = [customer(call, item, ledger.orders_of(item.id)) for item in items]
    shown.sort(key=_SORTED[query.sort_by], reverse=query.sort_order == "desc")
    end = None if query.limit is None else query.offset + query.limit
    return shown[query.offset : end]


@group.route("GET", "/customers/{id}", source="G2 /api-reference/introduction, SDK 1.2.1")
def show(call: Call) -> Customer:
    """Get a customer."""
    item = call.named(models.Customer)
    return customer(call, item, call.world.ledger.orders_of(item.id))
