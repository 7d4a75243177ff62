"""Offers: what subscriptions are subscriptions to. The API calls them subscriptions."""

from typing import Literal

from pydantic import Field

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import (
    Amount,
    Body,
    Currency,
    Images,
    Note,
    NotRequired,
    Style,
    Text,
    TypedDict,
    pick,
)
from pocketsflow_emulator.api.routes import ASSUMED, Group
from pocketsflow_emulator.core import ids, models, money
from pocketsflow_emulator.core.clock import iso
from pocketsflow_emulator.core.verbs.catalog import LONGEST_TRIAL

group = Group("Subscription offers")

_OWN = ("name", "price", "frequency", "trial_period", "currency")
_SHOWN = ("subtitle", "description", "redirectBackUrl", "slug", "thumbnail", "images")


class Offer(TypedDict):
    """An offer, as the client calls it: a subscription offer."""

    _id: str
    userId: str
    name: str
    subtitle: NotRequired[str]
    description: NotRequired[str]
    price: float
    currency: str
    frequency: Literal["weekly", "monthly", "yearly"]
    trialPeriod: int
    published: bool
    redirectBackUrl: NotRequired[str]
    slug: NotRequired[str]
    thumbnail: NotRequired[str]
    images: NotRequired[list[str]]
    testMode: bool
    createdAt: str
    updatedAt: str


class NewOffer(Body):
    """What an offer is made from. The price is in major units, without tax."""

    name: Text
    price: Amount
    frequency: Literal["weekly", "monthly", "yearly"]
    trial_period: int = Field(default=0, ge=0, le=LONGEST_TRIAL)
    currency: Currency = "usd"
    subtitle: Note | None = None
    description: Note | None = None
    published: bool | None = None
    redirect_back_url: Note | None = None
    slug: Note | None = None
    thumbnail: Note | None = None
    images: Images | None = None
    is_file: bool | None = None
    file: Note | Style | None = None
    url: Note | None = None
    checkout_text: Note | None = None
    refund_policy: Note | None = None
    callback_url: Note | None = None
    has_callback_url: bool | None = None
    has_first_name: bool | None = None
    has_last_name: bool | None = None
    portal_text: Note | None = None
    privacy_policy: Note | None = None
    terms_of_service: Note | None = None
    cta_text: Note | None = None
    thank_you_text: Note | None = None
    has_product_page: bool | None = None
    show_sales: bool | None = None
    show_reviews: bool | None = None
    max_price: Amount | None = None
    min_price: Amount | None = None
    design: Style | None = None
    colors: Style | None = None
    page_style: Style | None = None
    checkout_style: Style | None = None
    checkout_colors: Style | None = None


def offer(call: Call, item: models.Offer) -> Offer:
    """Return an offer as the API shows it."""
    shown: Offer = {
        "_id": ids.api_id(item.id),
        "userId": call.user_id,
        "name": item.name,
        "price": money.number(item.price, item.currency),
        "currency": item.currency,
        "frequency": item.frequency,  # type: ignore[typeddict-item]
        "trialPeriod": item.trial_days,
        "published": item.details.get("published", True) is not False,
        "testMode": call.test_mode,
        "createdAt": iso(item.created_at),
        "updatedAt": iso(item.updated_at),
    }
    shown.update(pick(item.details, _SHOWN))  # type: ignore[typeddict-item]
    return shown


@group.route("GET", "/subscriptions", source="SDK 1.2.1", assumed="the order: oldest first")
def index(call: Call) -> list[Offer]:
    """List all offers."""
    return [offer(call, item) for item in call.all(models.Offer)]


@group.route("GET", "/subscriptions/{id}", source="SDK 1.2.1")
def show(call: Call) -> Offer:
    """Get an offer."""
    return offer(call, call.named(models.Offer))


@group.route(
    "POST",
    "/subscriptions",
    status=201,
    level=ASSUMED,
    source="SDK 1.2.1",
    assumed="the status 201; documented for products and checkout sessions only",
)
def create(call: Call, body: NewOffer) -> Offer:
    """Create an offer. Silent."""
    made = call.do(
        "create_offer",
        models.Offer,
        name=body.name,
        price=body.price,
        currency=body.currency,
        frequency=body.frequency,
        trial_days=body.trial_period,
        details=body.details(*_OWN),
    )
    return offer(call, made)
