"""Discount codes."""

from typing import Literal

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import (
    Amount,
    Body,
    Date,
    Id,
    Ids,
    Message,
    NotRequired,
    Text,
    TypedDict,
)
from pocketsflow_emulator.api.routes import ASSUMED, Group
from pocketsflow_emulator.core import ids, models
from pocketsflow_emulator.core.clock import iso
from pocketsflow_emulator.core.verbs import discounts

group = Group("Discounts")


class Discount(TypedDict):
    """A code: `value` percent off, or so many major units."""

    _id: str
    userId: str
    name: str
    code: str
    value: float
    valueType: Literal["percentage", "fixed"]
    active: bool
    mainProductIds: list[str]
    expiration: NotRequired[str]
    used: int
    testMode: bool
    createdAt: str


class NewDiscount(Body):
    """What a discount is made from."""

    name: Text
    code: Text
    value: Amount
    value_type: Literal["percentage", "fixed"] = "percentage"
    active: bool = True
    main_product_ids: Ids
    expiration: Date | None = None


class DiscountChange(Body):
    """What of a discount can be changed."""

    name: Text | None = None
    code: Text | None = None
    value: Amount | None = None
    value_type: Literal["percentage", "fixed"] | None = None
    active: bool | None = None
    main_product_ids: Ids | None = None
    expiration: Date | None = None


class Validation(Body):
    """A code, and what it should be for."""

    code: Text
    product_id: Id | None = None


class Valid(TypedDict):
    """That a code holds, and what it takes off."""

    message: str
    valid: bool
    discount: Discount


def discount(call: Call, item: models.Discount) -> Discount:
    """Return a discount as the API shows it."""
    value = float(item.value)
    shown: Discount = {
        "_id": ids.api_id(item.id),
        "userId": call.user_id,
        "name": item.name,
        "code": item.code,
        "value": int(value) if value.is_integer() else value,
        "valueType": item.value_type,  # type: ignore[typeddict-item]
        "active": item.active,
        "mainProductIds": [ids.api_id(id) for id in item.product_ids],
        "used": call.world.ledger.uses_of(item.id),
        "testMode": call.test_mode,
        "createdAt": iso(item.created_at),
    }
    if item.expires_at is not None:
        shown["expiration"] = iso(item.expires_at)
    return shown


@group.route(
    "GET",
    "/discounts",
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="the order: oldest first; `used` counts paid orders",
)
def index(call: Call) -> list[Discount]:
    """List discounts."""
    return [discount(call, item) for item in call.all(models.Discount)]


@group.route("GET", "/discounts/{id}", source="G2 /api-reference/introduction, SDK 1.2.1")
def show(call: Call) -> Discount:
    """Get a discount."""
    return discount(call, call.named(models.Discount))


@group.route(
    "POST",
    "/discounts",
    status=201,
    level=ASSUMED,
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="the status 201; what a code takes off, and that its case does not matter",
)
def create(call: Call, body: NewDiscount) -> Discount:
    """Create a discount. Silent."""
    given = body.given("main_product_ids")
    made = call.do(
        "create_discount", models.Discount, products=_sold(call, body.main_product_ids), **given
    )
    return discount(call, made)


@group.route(
    "POST",
    "/discounts/validate",
    level=ASSUMED,
    source="G2 /api-reference/discounts-validate",
    assumed="the shape of the answer; a code that does not hold is a bad request",
)
def validate(call: Call, body: Validation) -> Valid:
    """Say whether a code holds now, and for a product."""
    sold = None
    if body.product_id is not None:
        kinds = (models.Product, models.Offer)
        sold = call.store.find("productId", body.product_id, *kinds)
    found = discounts.valid(call.state, body.code, sold, name="code")
    return {"message": "Discount is valid", "valid": True, "discount": discount(call, found)}


@group.route("POST", "/discounts/{id}", source="G2 /api-reference/introduction, SDK 1.2.1")
def update(call: Call, body: DiscountChange) -> Discount:
    """Change a discount. Silent."""
    given = body.given("main_product_ids")
    if body.main_product_ids is not None:
        given["products"] = _sold(call, body.main_product_ids)
    found = call.named(models.Discount)
    return discount(call, call.do("update_discount", models.Discount, discount=found.id, **given))


@group.route("DELETE", "/discounts/{id}", source="SDK 1.2.1")
def delete(call: Call) -> Message:
    """Delete a discount. Silent."""
    found = call.named(models.Discount)
    call.do("delete_discount", models.Discount, discount=found.id)
    return {"message": "Discount deleted"}


def _sold(call: Call, given: list[str]) -> list[str]:
    return [call.find("mainProductIds", id, models.Product, models.Offer) for id in given]
