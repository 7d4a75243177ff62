"""Rules of what is sold, of the seller, and of ids."""

from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.ids import PREFIXES
from pocketsflow_emulator.core.verbs.account import MISSING
from pocketsflow_emulator.rules.rule import assumed, documented, room
from pocketsflow_emulator.rules.sources import G2_API, G2_EVENTS, G3_EX, SDK

_VERIFICATION = (
    e.VERIFICATION_VERIFIED,
    e.VERIFICATION_PROCESSING,
    e.VERIFICATION_REQUIRES_INPUT,
)
_SHOWN = (
    "webhook product variant customer order refund subscription invoice payment_intent review"
    " verification user"
)

CATALOG = room(
    "catalog",
    "Products",
    "Products announce themselves, offers do not: they have no event.",
    documented(
        "product",
        "A product that is created, changed or deleted sends the event of that name.",
        G2_EVENTS,
        events=(e.PRODUCT_CREATED, e.PRODUCT_UPDATED, e.PRODUCT_DELETED),
    ),
    assumed("variants", "The variants of a deleted product cannot be bought either.", SDK),
    assumed(
        "currency",
        "In another currency a product and its variants keep their figures.",
        SDK,
        events=(e.PRODUCT_UPDATED,),
    ),
    assumed(
        "offer-as-product",
        "Products and offers share one space of ids: `product` is an offer in what is about a"
        " subscription.",
        G2_EVENTS,
        events=(e.SUBSCRIPTION_CREATED, e.SUBSCRIPTION_UPDATED, e.CUSTOMER_CREATED),
        dialects=("documented",),
    ),
)

SELLER = room(
    "seller",
    "The seller",
    "There is one seller, whose account the world is.",
    documented(
        "verification",
        "An identity check that is verified, looked at or in want of more sends the event of that"
        " name.",
        G2_EVENTS,
        events=_VERIFICATION,
    ),
    documented(
        "missing",
        "Among what may be wanted are " + " and ".join(f"`{word}`" for word in MISSING) + ".",
        G2_EVENTS,
        events=(e.VERIFICATION_REQUIRES_INPUT,),
    ),
    assumed(
        "one-session",
        "One session goes on until it is verified; after that a new one begins.",
        G2_EVENTS,
        events=_VERIFICATION,
    ),
)

IDS = room(
    "ids",
    "Ids",
    "Every object has two ids, with a fixed mapping between them.",
    documented(
        "prefixed",
        "In `documented` bodies an id has a prefix: "
        + ", ".join(f"`{PREFIXES[kind]}_`" for kind in _SHOWN.split())
        + ".",
        G2_EVENTS,
        dialects=("documented",),
        conflict="C13",
    ),
    documented(
        "hex",
        "In the API and in `current` bodies an id is 24 hex digits.",
        G3_EX,
        SDK,
        dialects=("current",),
        conflict="C13",
    ),
    assumed(
        "mapping",
        "The 24 digits after a prefix are the id of the API.",
        G2_API,
        conflict="C13",
    ),
    assumed("either", "Whoever asks for an object may name it by either id.", G2_API),
    assumed(
        "processor",
        "In `current` bodies the ids of invoices, payments and identity checks keep their prefix:"
        " they are the payment processor's.",
        G3_EX,
        dialects=("current",),
    ),
    documented(
        "customer",
        "A customer's id begins with `cus_` in events about a subscription, and with `cust_` in"
        " `customer.created`.",
        G2_EVENTS,
        events=(e.CUSTOMER_CREATED, e.SUBSCRIPTION_CREATED),
        dialects=("documented",),
        conflict="C12",
    ),
    documented(
        "subscription",
        "`subscription.id` is the buyer's subscription in `documented` bodies, and the offer in"
        " `current` ones, where the buyer's is `subscriptionCustomerId`.",
        G2_EVENTS,
        G3_EX,
        events=(e.SUBSCRIPTION_CREATED, e.SUBSCRIPTION_UPDATED, e.SUBSCRIPTION_DELETED),
        conflict="C11",
    ),
)
