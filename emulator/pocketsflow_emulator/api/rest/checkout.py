"""Checkout sessions: pages on which buyers pay."""

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import Body, Email, Id, Metadata, Page, Text, TypedDict
from pocketsflow_emulator.api.routes import Group
from pocketsflow_emulator.core import models
from pocketsflow_emulator.core.verbs import discounts

group = Group("Checkout")


class Session(TypedDict):
    """A page for one buyer: its id, and its address."""

    id: str
    url: str


class NewSession(Body):
    """What a page is made from. `productId` may be an offer's. # facts section 6"""

    product_id: Id
    success_url: Page = ""
    cancel_url: Page = ""
    customer_email: Email | None = None
    discount_code: Text | None = None
    metadata: Metadata | None = None
    client_reference_id: Text | None = None


def address(call: Call, session: models.CheckoutSession) -> str:
    """Return where the page of a session is."""
    return f"{call.base()}/checkout/{session.id}"


@group.route(
    "POST",
    "/checkout/sessions",
    status=201,
    source="G2 /api-reference/checkout-create, G3 /integrations/overview, SDK 1.2.1",
    assumed="the path of the page; C16: both addresses may be left out; a session does not expire",
)
def create(call: Call, body: NewSession) -> Session:
    """Make a page for buying a product, or subscribing to an offer."""
    sold = call.store.find("productId", body.product_id, models.Product, models.Offer)
    if body.discount_code is not None:
        discounts.valid(call.state, body.discount_code, sold, name="discountCode")
    made = call.do(
        "create_checkout",
        models.CheckoutSession,
        product=sold.id,
        success_url=body.success_url,
        cancel_url=body.cancel_url,
        email=body.customer_email or "",
        discount=body.discount_code,
        metadata=body.metadata,
        client_reference_id=body.client_reference_id or "",
    )
    return {"id": made.id, "url": address(call, made)}
