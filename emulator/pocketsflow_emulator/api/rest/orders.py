"""Orders: purchases, and the payments of subscriptions."""

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import (
    Id,
    Instant,
    NotRequired,
    Pagination,
    Paging,
    TypedDict,
    cut,
    pagination,
)
from pocketsflow_emulator.api.rest.products import Product, product
from pocketsflow_emulator.api.routes import Group
from pocketsflow_emulator.core import ids, models, money
from pocketsflow_emulator.core.clock import iso

group = Group("Orders")


class Buyer(TypedDict):
    """Who bought."""

    _id: str
    buyerEmail: str


class Sale(TypedDict):
    """The order as live answers have it."""

    _id: str
    productId: str
    amountBeforeTax: float
    currency: str
    isRefunded: bool
    isDisputed: bool
    isSubscription: bool
    createdAt: str


class Order(TypedDict):
    """An order. Amounts are major units; no fees are taken."""

    _id: str
    userId: str
    productId: str
    buyerEmail: str
    grossAmount: float
    netAmount: float
    taxAmount: float
    currency: str
    country: str
    isRefunded: bool
    isDisputed: bool
    isSubscription: bool
    testMode: bool
    product: Product
    customer: Buyer
    clientReferenceId: NotRequired[str]
    metadata: dict[str, object]
    createdAt: str


class OrderWithSale(Order):
    """An order, and the same once more as `sale`."""

    sale: Sale


class Orders(TypedDict):
    """A page of orders."""

    orders: list[Order]
    pagination: Pagination


class Wanted(Paging):
    """Which orders: from one date to another, of one product."""

    start_date: Instant | None = None
    end_date: Instant | None = None
    product_id: Id | None = None


def order(call: Call, item: models.Order) -> Order:
    """Return an order as the API shows it."""
    code = item.currency
    sold = call.store.find("product", item.product_id, models.Product, models.Offer)
    shown: Order = {
        "_id": ids.api_id(item.id),
        "userId": call.user_id,
        "productId": ids.api_id(item.product_id),
        "buyerEmail": item.email,
        "grossAmount": money.number(item.amount, code),
        "netAmount": money.number(item.amount_before_tax, code),
        "taxAmount": money.number(item.tax, code),
        "currency": code,
        "country": item.country,
        "isRefunded": is_refunded(item),
        "isDisputed": False,
        "isSubscription": bool(item.subscription_id),
        "testMode": call.test_mode,
        "product": product(call, sold),
        "customer": {"_id": ids.api_id(item.customer_id), "buyerEmail": item.email},
        "metadata": dict(item.metadata),
        "createdAt": iso(item.created_at),
    }
    if item.client_reference_id:
        shown["clientReferenceId"] = item.client_reference_id
    return shown


def is_refunded(item: models.Order) -> bool:
    """Say whether an order counts as refunded: all of it has been given back."""
    return item.status == "refunded"


def within(created_at: int, start: int | None, end: int | None) -> bool:
    """Say whether an instant is within two dates, both included."""
    return (start is None or created_at >= start) and (end is None or created_at <= end)


@group.route(
    "GET",
    "/orders",
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="the order: newest first; both dates are included; payments of subscriptions are"
    " listed too; pages of at most 100",
)
def index(call: Call, query: Wanted) -> Orders:
    """List orders, a page at a time."""
    items = call.newest(models.Order)
    start, end = query.start_date, query.end_date
    if start is not None or end is not None:
        items = [o for o in items if within(o.created_at, start, end)]
    if query.product_id is not None:
        wanted = call.find("productId", query.product_id, models.Product, models.Offer)
        items = [o for o in items if o.product_id == wanted]
    page = cut(items, query.page, query.page_size)
    return {
        "orders": [order(call, item) for item in page],
        "pagination": pagination(len(items), query.page, query.page_size),
    }


@group.route(
    "GET",
    "/orders/{id}",
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="C9: the client's type and the live `sale` in one answer; an order counts as refunded"
    " when all of it has been given back",
)
def show(call: Call) -> OrderWithSale:
    """Get an order."""
    item = call.named(models.Order)
    shown = order(call, item)
    sale: Sale = {
        "_id": shown["_id"],
        "productId": shown["productId"],
        "amountBeforeTax": shown["netAmount"],
        "currency": shown["currency"],
        "isRefunded": shown["isRefunded"],
        "isDisputed": False,
        "isSubscription": shown["isSubscription"],
        "createdAt": shown["createdAt"],
    }
    return {**shown, "sale": sale}
