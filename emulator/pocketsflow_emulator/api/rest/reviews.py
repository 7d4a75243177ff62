"""Reviews."""

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import Id, Query, TypedDict
from pocketsflow_emulator.api.routes import Group
from pocketsflow_emulator.core import ids, models
from pocketsflow_emulator.core.clock import iso

group = Group("Reviews")


class Review(TypedDict):
    """What a buyer said of a product."""

    _id: str
    productId: str
    userId: str
    buyerEmail: str
    rating: int
    review: str
    testMode: bool
    createdAt: str


class Wanted(Query):
    """Which reviews: those of a product."""

    product_id: Id | None = None


@group.route(
    "GET",
    "/reviews",
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="the order: newest first",
)
def index(call: Call, query: Wanted) -> list[Review]:
    """List reviews."""
    items = call.newest(models.Review)
    if query.product_id is not None:
        wanted = call.find("productId", query.product_id, models.Product)
        items = [item for item in items if item.product_id == wanted]
    return [_review(call, item) for item in items]


def _review(call: Call, item: models.Review) -> Review:
    return {
        "_id": ids.api_id(item.id),
        "productId": ids.api_id(item.product_id),
        "userId": call.user_id,
        "buyerEmail": call.store.table(models.Order)[item.order_id].email,
        "rating": item.rating,
        "review": item.text,
        "testMode": call.test_mode,
        "createdAt": iso(item.created_at),
    }
