"""The objects of a world: immutable values. Amounts are minor units, instants milliseconds.

`id` is the prefixed id; `core/ids.py` maps it to the API's. Empty text and None mean "none".
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pocketsflow_emulator.core import ids
from pocketsflow_emulator.core.terms import Agreed, Terms

TRIALING = "trialing"
ACTIVE = "active"
PAST_DUE = "past_due"
PAUSED = "paused"
CANCELED = "canceled"
STATUSES = (TRIALING, ACTIVE, PAST_DUE, PAUSED, CANCELED)
"""What a subscription can be. # documented: SDK types; trialing observed, CON-1"""

FREQUENCIES = {"weekly": "week", "monthly": "month", "yearly": "year"}
"""Offer frequency -> `billingInterval` of webhooks. # SDK 1.2.1; "week" assumed, C10"""


NO_DETAILS: Mapping[str, Any] = {}
"""What most objects have: nothing beyond what the rules need."""


class Webhook(NamedTuple):
    """A webhook configuration: where events go, which ones, in which dialect, signed with what."""

    id: str
    url: str
    events: tuple[str, ...]
    description: str
    active: bool
    dialect: str
    secret: str
    created_at: int
    next_secret: str = ""
    rotates_at: int | None = None

    def signing_secret(self, now: int) -> str:
        """Return the secret to sign with at `now`: the old one until a rotation's overlap ends."""
        over = self.rotates_at is not None and now >= self.rotates_at
        return self.next_secret if over else self.secret


class Product(NamedTuple):
    """Something sold once. `details` are what else the API shows of it, under the API's names."""

    id: str
    name: str
    price: int
    currency: str
    published: bool
    created_at: int
    updated_at: int
    deleted_at: int | None = None
    details: Mapping[str, Any] = NO_DETAILS


class Variant(NamedTuple):
    """A version of a product with a price of its own."""

    id: str
    product_id: str
    name: str
    price: int
    currency: str
    created_at: int
    deleted_at: int | None = None
    details: Mapping[str, Any] = NO_DETAILS


class Offer(NamedTuple):
    """What a subscription is a subscription to; webhooks show it as `product`."""

    id: str
    name: str
    price: int
    currency: str
    frequency: str
    trial_days: int
    dunning: str
    created_at: int
    updated_at: int
    deleted_at: int | None = None
    details: Mapping[str, Any] = NO_DETAILS


class Discount(NamedTuple):
    """A code that lowers a price: by `value` percent, or by `value` major units.

    `product_ids` are the products and offers it is for; empty means all of them.
    """

    id: str
    name: str
    code: str
    value: str
    value_type: str
    product_ids: tuple[str, ...]
    active: bool
    expires_at: int | None
    created_at: int
    deleted_at: int | None = None


class Upsell(NamedTuple):
    """Another product offered to those who buy one of `product_ids`; the emulator only keeps it."""

    id: str
    name: str
    product_ids: tuple[str, ...]
    upsell_product_id: str
    price: int
    currency: str
    active: bool
    created_at: int
    deleted_at: int | None = None
    details: Mapping[str, Any] = NO_DETAILS


class CheckoutSession(NamedTuple):
    """A page on which a buyer pays for a product or an offer: `open`, `complete` or `abandoned`.

    What came of it is an `order_id` or a `subscription_id`; `error_code` is that of the last
    payment that was declined; `landing_url` is where the buyer was sent in the end.
    """

    id: str
    product_id: str
    success_url: str
    cancel_url: str
    email: str
    discount_id: str
    metadata: Mapping[str, Any]
    client_reference_id: str
    status: str
    created_at: int
    order_id: str = ""
    subscription_id: str = ""
    error_code: str = ""
    landing_url: str = ""


class User(NamedTuple):
    """The seller, whose account the world is."""

    id: str
    email: str
    first_name: str
    last_name: str
    currency: str
    country: str
    subdomain: str
    created_at: int


class Customer(NamedTuple):
    """A buyer. `announced` says whether `customer.created` has been sent."""

    id: str
    email: str
    first_name: str
    last_name: str
    country: str
    zip: str
    state: str
    created_at: int
    announced: bool = False
    deleted_at: int | None = None


class _Order(NamedTuple):
    id: str
    terms: Terms
    amount_before_tax: int
    tax: int
    payment_intent_id: str
    invoice_id: str
    created_at: int
    refunded: int = 0


class Order(_Order, Agreed):
    """A paid purchase, or the payment of one subscription invoice."""

    __slots__ = ()

    @property
    def amount(self) -> int:
        """The total with tax, in minor units."""
        return self.amount_before_tax + self.tax

    @property
    def status(self) -> str:
        """`paid`, `partially_refunded` or `refunded`."""
        if not self.refunded:
            return "paid"
        return "refunded" if self.refunded == self.amount else "partially_refunded"


class PaymentIntent(NamedTuple):
    """One payment outside of an invoice's life: of a purchase, or the first of a subscription."""

    id: str
    email: str
    amount: int
    currency: str
    status: str
    error_code: str
    created_at: int


class Refund(NamedTuple):
    """Money given back for an order; several of one order add up to its total at most."""

    id: str
    order_id: str
    amount: int
    currency: str
    reason: str
    status: str
    created_at: int


class _Subscription(NamedTuple):
    id: str
    terms: Terms
    status: str
    price: int
    tax: int
    frequency: str
    anchor: int
    cycle: int
    period_start: int
    period_end: int
    trial_start: int | None
    trial_end: int | None
    card: str
    created_at: int
    cancel_at_period_end: bool = False
    canceled_at: int | None = None
    paused_from: str = ""
    resume_at: int | None = None
    open_invoice_id: str = ""
    retry_at: int | None = None
    notified_for: int = 0
    trial_notified_for: int = 0
    last_order_id: str = ""
    period_price: int = 0
    credit: int = 0
    counted_in: str = ""


class Subscription(_Subscription, Agreed):
    """One buyer's subscription to an offer.

    `cycle` is the number, counted from `anchor` in intervals of `counted_in`, of the boundary at
    which the current period ends; `frequency` is another one where a change of plan waits for that;
    `notified_for` and `trial_notified_for` are the ends of the periods whose notices have been
    sent; `card` is the code with which the card on file fails, empty for a good one. Of money
    before tax, `price` is what a period costs from the next invoice on, `period_price` what the
    current one was sold for, and `credit` what the next invoice is lowered by.
    """

    __slots__ = ()

    @property
    def offer_id(self) -> str:
        """The offer that is subscribed to."""
        return self.terms.product_id

    @property
    def amount(self) -> int:
        """What one period costs with tax, in minor units."""
        return self.price + self.tax


class _Invoice(NamedTuple):
    id: str
    terms: Terms
    status: str
    amount: int
    tax: int
    period_start: int
    period_end: int
    created_at: int
    attempt_count: int = 0
    first_failed_at: int | None = None
    next_attempt_at: int | None = None
    error_code: str = ""
    paid_at: int | None = None
    prorated: bool = False


class Invoice(_Invoice, Agreed):
    """One period of a subscription, billed: `open` until it is paid, `void` if it never was.

    `amount` includes `tax`. A `prorated` one bills the rest of a period at a higher price.
    """

    __slots__ = ()


class Review(NamedTuple):
    """What a buyer said of an order's product."""

    id: str
    order_id: str
    product_id: str
    customer_id: str
    rating: int
    text: str
    created_at: int


class Verification(NamedTuple):
    """The seller's identity check."""

    id: str
    status: str
    user_id: str
    email: str
    required_fields: tuple[str, ...]
    verified_at: int | None
    created_at: int


Object = (
    Webhook
    | Product
    | Variant
    | Offer
    | Discount
    | Upsell
    | CheckoutSession
    | Customer
    | Order
    | PaymentIntent
    | Refund
    | Subscription
    | Invoice
    | Review
    | Verification
    | User
)

KINDS: dict[type[Object], str] = {
    Webhook: "webhook",
    Product: "product",
    Variant: "variant",
    Offer: "offer",
    Discount: "discount",
    Upsell: "upsell",
    CheckoutSession: "checkout_session",
    Customer: "customer",
    Order: "order",
    PaymentIntent: "payment_intent",
    Refund: "refund",
    Subscription: "subscription",
    Invoice: "invoice",
    Review: "review",
    Verification: "verification",
    User: "user",
}
"""Class -> the word that messages, ids and inputs use for it."""

CLASSES: dict[str, type[Object]] = {word: kind for kind, word in KINDS.items()}
"""The word -> the class."""


class Ref(NamedTuple):
    """The name of one object: what an input's result and a handle are made of."""

    kind: str
    id: str

    @property
    def api_id(self) -> str:
        """The 24-hex id."""
        return ids.api_id(self.id)


def ref(item: Object) -> Ref:
    """Return the name of an object."""
    return Ref(KINDS[type(item)], item.id)
