"""Products and their variants. An offer is shown as a product of type `subscription`."""

from typing import Literal

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import (
    Amount,
    Body,
    Currency,
    Id,
    Images,
    Message,
    Note,
    NotRequired,
    Text,
    TypedDict,
    pick,
)
from pocketsflow_emulator.api.routes import ASSUMED, Group
from pocketsflow_emulator.core import ids, models, money
from pocketsflow_emulator.core.clock import iso

group = Group("Products")

_OWN = ("name", "price", "currency", "published", "type", "billing_interval")
_SHOWN = frozenset(
    (
        *("description", "subtitle", "slug", "thumbnail", "images", "active", "payWant"),
        *("minPrice", "maxPrice", "ctaText", "showSales", "showReviews", "refundPolicy"),
        *("callbackUrl", "hasFirstName", "hasLastName"),
    )
)
_FREQUENCY = {"month": "monthly", "year": "yearly"}


class File(TypedDict):
    """A file that buyers get."""

    name: str
    url: str
    size: NotRequired[int]


class Product(TypedDict):
    """A product, or an offer shown as one."""

    _id: str
    userId: str
    name: str
    description: NotRequired[str]
    subtitle: NotRequired[str]
    price: float
    payWant: NotRequired[bool]
    minPrice: NotRequired[float]
    maxPrice: NotRequired[float]
    currency: str
    type: Literal["one-time", "subscription"]
    billingInterval: NotRequired[Literal["week", "month", "year"]]
    active: bool
    published: bool
    slug: NotRequired[str]
    thumbnail: NotRequired[str]
    images: list[str]
    files: list[File]
    ctaText: NotRequired[str]
    showSales: bool
    showReviews: bool
    refundPolicy: NotRequired[str]
    callbackUrl: NotRequired[str]
    hasFirstName: NotRequired[bool]
    hasLastName: NotRequired[bool]
    testMode: bool
    createdAt: str
    updatedAt: str


class Variant(TypedDict):
    """A version of a product with a price of its own."""

    _id: str
    productId: str
    name: str
    price: float
    description: NotRequired[str]
    active: bool
    createdAt: str
    updatedAt: str


class NewProduct(Body):
    """What a product is made from. Prices are major units, without tax."""

    name: Text
    price: Amount
    currency: Currency = "usd"
    type: Literal["one-time", "subscription"] = "one-time"
    billing_interval: Literal["month", "year"] = "month"
    description: Note | None = None
    subtitle: Note | None = None
    pay_want: bool | None = None
    min_price: Amount | None = None
    max_price: Amount | None = None
    active: bool | None = None
    published: bool = True
    slug: Note | None = None
    thumbnail: Note | None = None
    images: Images | None = None
    cta_text: Note | None = None
    show_sales: bool | None = None
    show_reviews: bool | None = None
    refund_policy: Note | None = None
    callback_url: Note | None = None
    has_first_name: bool | None = None
    has_last_name: bool | None = None


class ProductChange(Body):
    """What of a product can be changed."""

    name: Text | None = None
    description: Note | None = None
    price: Amount | None = None
    currency: Currency | None = None
    active: bool | None = None
    published: bool | None = None


class NewVariant(Body):
    """What a variant is made from."""

    product_id: Id
    name: Text
    price: Amount
    description: Note | None = None


def product(call: Call, item: models.Product | models.Offer) -> Product:
    """Return a product as the API shows it."""
    created = iso(item.created_at)
    shown: Product = {
        "_id": ids.api_id(item.id),
        "userId": call.user_id,
        "name": item.name,
        "price": money.number(item.price, item.currency),
        "currency": item.currency,
        "type": "one-time",
        "active": True,
        "published": True,
        "images": [],
        "files": [],
        "showSales": True,
        "showReviews": True,
        "testMode": call.test_mode,
        "createdAt": created,
        "updatedAt": iso(item.updated_at) if item.updated_at != item.created_at else created,
    }
    if item.details:
        shown.update(pick(item.details, _SHOWN))  # type: ignore[typeddict-item]
    if isinstance(item, models.Product):
        shown["published"] = item.published
    else:
        shown["type"] = "subscription"
        shown["billingInterval"] = models.FREQUENCIES[item.frequency]  # type: ignore[typeddict-item]
        shown["published"] = item.details.get("published", True) is not False
    return shown


def variant(item: models.Variant) -> Variant:
    """Return a variant as the API shows it."""
    shown: Variant = {
        "_id": ids.api_id(item.id),
        "productId": ids.api_id(item.product_id),
        "name": item.name,
        "price": money.number(item.price, item.currency),
        "active": item.deleted_at is None,
        "createdAt": iso(item.created_at),
        "updatedAt": iso(item.created_at),
    }
    shown.update(pick(item.details, ("description",)))  # type: ignore[typeddict-item]
    return shown


@group.route(
    "GET",
    "/products",
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="the order: oldest first, offers after products",
)
def index(call: Call) -> list[Product]:
    """List all products."""
    products, offers = call.all(models.Product), call.all(models.Offer)
    return [*(product(call, item) for item in products), *(product(call, item) for item in offers)]


@group.route("GET", "/products/{id}", source="G2 /api-reference/introduction, SDK 1.2.1")
def show(call: Call) -> Product:
    """Get a product."""
    return product(call, call.named(models.Product, models.Offer))


@group.route(
    "POST",
    "/products",
    status=201,
    source="G2 /api-reference/products-create, SDK 1.2.1",
    assumed="C8: without a currency it is usd; one of type `subscription` is an offer, and silent",
)
def create(call: Call, body: NewProduct) -> Product:
    """Create a product; sends `product.created`."""
    given = {"name": body.name, "price": body.price, "currency": body.currency}
    details = body.details(*_OWN)
    if body.type == "subscription":
        details["published"] = body.published
        frequency = _FREQUENCY[body.billing_interval]
        return product(
            call,
            call.do("create_offer", models.Offer, **given, frequency=frequency, details=details),
        )
    given["published"] = body.published
    return product(call, call.do("create_product", models.Product, **given, details=details))


@group.route("POST", "/products/update/{id}", source="G2 /api-reference/introduction, SDK 1.2.1")
def update(call: Call, body: ProductChange) -> Product:
    """Change a product; sends `product.updated`."""
    found = call.named(models.Product, models.Offer)
    details = body.details(*_OWN)
    given = body.given("description", "active")
    if isinstance(found, models.Offer):
        published = given.pop("published", None)
        given.pop("currency", None)  # what subscribers pay in stays
        if published is not None:
            details["published"] = published
        return product(
            call, call.do("update_offer", models.Offer, offer=found.id, **given, details=details)
        )
    changed = call.do("update_product", models.Product, product=found.id, **given, details=details)
    return product(call, changed)


@group.route("DELETE", "/products/{id}", source="G2 /api-reference/introduction, SDK 1.2.1")
def delete(call: Call) -> Message:
    """Delete a product; sends `product.deleted`."""
    found = call.named(models.Product, models.Offer)
    if isinstance(found, models.Offer):
        call.do("delete_offer", models.Offer, offer=found.id)
    else:
        call.do("delete_product", models.Product, product=found.id)
    return {"message": "Product deleted"}


@group.route(
    "POST",
    "/products/variants",
    status=201,
    level=ASSUMED,
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="the status 201; documented for products and checkout sessions only",
)
def create_variant(call: Call, body: NewVariant) -> Variant:
    """Create a variant of a product."""
    details = body.details("product_id", "name", "price")
    made = call.do(
        "create_variant",
        models.Variant,
        product=call.find("productId", body.product_id, models.Product),
        name=body.name,
        price=body.price,
        details=details,
    )
    return variant(made)


@group.route(
    "DELETE", "/products/variants/{id}", source="G2 /api-reference/introduction, SDK 1.2.1"
)
def delete_variant(call: Call) -> Message:
    """Delete a variant."""
    call.do("delete_variant", models.Variant, variant=call.named(models.Variant).id)
    return {"message": "Variant deleted"}
