"""Rules of buyers, orders, refunds and reviews."""

from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.rules.rule import assumed, documented, observed, room
from pocketsflow_emulator.rules.sources import (
    CON_1,
    G2_CHECKOUT_CREATE,
    G2_EVENTS,
    G3_EX,
    G3_INTEGRATIONS,
    SDK,
)

BUYERS = room(
    "buyers",
    "Buyers",
    "A buyer is known by the e-mail address.",
    documented(
        "first-product",
        "`customer.created` names the product that was bought first.",
        G2_EVENTS,
        events=(e.CUSTOMER_CREATED,),
    ),
    assumed(
        "first-order",
        "`customer.created` comes with the first paid order, subscription or trial of an e-mail"
        " address, once.",
        G2_EVENTS,
        events=(e.CUSTOMER_CREATED,),
    ),
    documented(
        "metadata",
        "What a merchant gives as `metadata` comes back on the order and its events, and on every"
        " event about a subscription in `current`.",
        G3_INTEGRATIONS,
        G3_EX,
        events=(e.ORDER_COMPLETED,),
    ),
    assumed(
        "deleted",
        "A customer who was deleted and buys again is the same one as before.",
        G2_EVENTS,
        events=(e.CUSTOMER_CREATED,),
    ),
    documented(
        "review",
        "A review names the product, the buyer and the order.",
        G2_EVENTS,
        events=(e.REVIEW_CREATED,),
    ),
    assumed(
        "rating",
        "A rating is a whole number from 1 to 5.",
        G2_EVENTS,
        events=(e.REVIEW_CREATED,),
    ),
)

REFUNDS = room(
    "refunds",
    "Refunds",
    "An order can be refunded in several steps, up to its total.",
    assumed(
        "amount",
        "`refund.amount` is the amount of this refund, not the sum of all so far.",
        G2_EVENTS,
        events=(e.ORDER_REFUNDED,),
    ),
    documented("in-full", "Without an amount an order is refunded in full.", SDK),
    assumed("rest", "Without an amount a refund after another gives back what is left.", SDK),
    assumed(
        "subscription",
        "Refunding a subscription refunds its last paid invoice and leaves its status.",
        SDK,
        events=(e.ORDER_REFUNDED,),
    ),
    assumed(
        "subscription-product",
        "The refund of a subscription has the offer as `product.id`.",
        G2_EVENTS,
        events=(e.ORDER_REFUNDED,),
    ),
    documented(
        "own-body",
        "`order.refunded` and `customer.created` have bodies of their own, not that of an order.",
        G2_EVENTS,
        events=(e.ORDER_REFUNDED, e.CUSTOMER_CREATED),
        dialects=("documented",),
        conflict="C14",
    ),
)

CHECKOUT = room(
    "checkout",
    "Checkout sessions",
    "A merchant's server makes a session and sends the buyer to its address.",
    documented(
        "fulfil",
        "`order.completed` tells that a buyer has paid; landing on an address does not.",
        G3_INTEGRATIONS,
        events=(e.ORDER_COMPLETED,),
    ),
    documented(
        "addresses",
        "The addresses a buyer is sent to after paying or leaving need not be given.",
        G3_INTEGRATIONS,
        conflict="C16",
    ),
    assumed(
        "unchanged", "Nothing is added to the addresses a buyer is sent to.", G2_CHECKOUT_CREATE
    ),
    assumed(
        "declined",
        "A payment that is declined leaves the session open.",
        G2_CHECKOUT_CREATE,
        events=(e.PAYMENT_FAILED,),
    ),
    assumed("abandoned", "A buyer who leaves lands on the cancel address.", G2_CHECKOUT_CREATE),
    assumed("lifetime", "A session does not expire.", G2_CHECKOUT_CREATE),
    observed("offers", "A session for an offer names it where a product is named.", CON_1),
)
