"""What everybody may see of a store."""

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import TypedDict
from pocketsflow_emulator.api.routes import OBSERVED, Group
from pocketsflow_emulator.core import ids, models, money
from pocketsflow_emulator.core.verbs.account import seller
from pocketsflow_emulator.errors import NotFound, quoted

group = Group("Creator pages")


class Listed(TypedDict):
    """A product as a store lists it."""

    name: str
    slug: str
    subtitle: str
    price: float
    minPrice: float
    payWant: bool
    thumbnail: str
    published: bool


class Store(TypedDict):
    """What a store sells."""

    products: list[Listed]


@group.route(
    "GET",
    "/creator-pages/products/{username}",
    level=OBSERVED,
    source="a public storefront",
    assumed="only published products are listed; a slug nobody gave is the id",
    public=True,
)
def products(call: Call) -> Store:
    """List the products of the store with this subdomain. Public."""
    username = call.path["username"]
    if username != seller(call.state).subdomain:
        raise NotFound(f"there is no store {quoted(username)}")
    items = call.all(models.Product)
    return {"products": [_listed(item) for item in items if item.published]}


def _listed(item: models.Product) -> Listed:
    details = item.details
    return {
        "name": item.name,
        "slug": details.get("slug") or ids.api_id(item.id),
        "subtitle": details.get("subtitle") or "",
        "price": money.number(item.price, item.currency),
        "minPrice": details.get("minPrice") or 0,
        "payWant": details.get("payWant") is True,
        "thumbnail": details.get("thumbnail") or "",
        "published": item.published,
    }
