"""Upsells."""

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import (
    Amount,
    Body,
    Id,
    Ids,
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

group = Group("Upsells")

_OWN = ("name", "main_product_ids", "upsell_product_id", "upsell_price", "active")
_SHOWN = ("upsellDescription", "primaryButtonText", "secondaryButtonText", "offer")


class Upsell(TypedDict):
    """Another product, offered to those who buy one of some."""

    _id: str
    userId: str
    name: str
    mainProductIds: list[str]
    upsellProductId: str
    upsellPrice: float
    upsellDescription: NotRequired[str]
    primaryButtonText: NotRequired[str]
    secondaryButtonText: NotRequired[str]
    offer: NotRequired[str]
    active: bool
    testMode: bool
    createdAt: str


class Upsells(TypedDict):
    """All upsells, and the sales they brought, of which the emulator has none."""

    upsells: list[Upsell]
    salesWithUpsells: list[dict[str, object]]


class NewUpsell(Body):
    """What an upsell is made from. The price is in major units, without tax."""

    name: Text = "Upsell"
    main_product_ids: Ids
    upsell_product_id: Id
    upsell_price: Amount
    upsell_description: Note | None = None
    primary_button_text: Note | None = None
    secondary_button_text: Note | None = None
    offer: Note | None = None
    active: bool = True


class UpsellChange(Body):
    """What of an upsell can be changed."""

    name: Text | None = None
    main_product_ids: Ids | None = None
    upsell_product_id: Id | None = None
    upsell_price: Amount | None = None
    upsell_description: Note | None = None
    primary_button_text: Note | None = None
    secondary_button_text: Note | None = None
    offer: Note | None = None
    active: bool | None = None


def upsell(call: Call, item: models.Upsell) -> Upsell:
    """Return an upsell as the API shows it."""
    shown: Upsell = {
        "_id": ids.api_id(item.id),
        "userId": call.user_id,
        "name": item.name,
        "mainProductIds": [ids.api_id(id) for id in item.product_ids],
        "upsellProductId": ids.api_id(item.upsell_product_id),
        "upsellPrice": money.number(item.price, item.currency),
        "active": item.active,
        "testMode": call.test_mode,
        "createdAt": iso(item.created_at),
    }
    shown.update(pick(item.details, _SHOWN))  # type: ignore[typeddict-item]
    return shown


@group.route("GET", "/upsells", source="G2 /api-reference/introduction, SDK 1.2.1")
def index(call: Call) -> Upsells:
    """List upsells."""
    kept = [upsell(call, item) for item in call.all(models.Upsell)]
    return {"upsells": kept, "salesWithUpsells": []}


@group.route("GET", "/upsells/{id}", source="G2 /api-reference/introduction, SDK 1.2.1")
def show(call: Call) -> Upsell:
    """Get an upsell."""
    return upsell(call, call.named(models.Upsell))


@group.route(
    "POST",
    "/upsells",
    status=201,
    level=ASSUMED,
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="the status 201; the emulator's checkout shows no upsells",
)
def create(call: Call, body: NewUpsell) -> Upsell:
    """Create an upsell. Silent."""
    made = call.do(
        "create_upsell",
        models.Upsell,
        name=body.name,
        products=_products(call, body.main_product_ids),
        upsell_product=call.find("upsellProductId", body.upsell_product_id, models.Product),
        price=body.upsell_price,
        active=body.active,
        details=body.details(*_OWN),
    )
    return upsell(call, made)


@group.route("POST", "/upsells/{id}", source="G2 /api-reference/introduction, SDK 1.2.1")
def update(call: Call, body: UpsellChange) -> Upsell:
    """Change an upsell. Silent."""
    product = body.upsell_product_id
    changed = call.do(
        "update_upsell",
        models.Upsell,
        upsell=call.named(models.Upsell).id,
        name=body.name,
        products=None if body.main_product_ids is None else _products(call, body.main_product_ids),
        upsell_product=product and call.find("upsellProductId", product, models.Product),
        price=body.upsell_price,
        active=body.active,
        details=body.details(*_OWN),
    )
    return upsell(call, changed)


def _products(call: Call, given: list[str]) -> list[str]:
    return [call.find("mainProductIds", id, models.Product) for id in given]


@group.route("DELETE", "/upsells/{id}", source="G2 /api-reference/introduction, SDK 1.2.1")
def delete(call: Call) -> Message:
    """Delete an upsell. Silent."""
    call.do("delete_upsell", models.Upsell, upsell=call.named(models.Upsell).id)
    return {"message": "Upsell deleted"}
