"""The `current` dialect: bodies as the vendor's newest example shows them. # G3-EX

The name of the event is in the header only, `webhookId` comes last (C1, C15). Amounts are minor
units (C4), ids 24 hex digits (C13); `subscription.id` is the *offer's*, the buyer's subscription is
`subscriptionCustomerId` (C11). What was given at checkout is replayed for life.

Published are `created`, `updated`, `deleted` and `invoice.payment_succeeded`. All other shapes are
assumed: those of the events page, written in this way, with what is replayed where they are about a
subscription.
"""

from hashlib import blake2b

from pocketsflow_emulator.core import cards, clock, ids
from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import (
    CANCELED,
    PAUSED,
    Customer,
    Invoice,
    Order,
    Subscription,
)
from pocketsflow_emulator.wire.dialects.builders import Body, Builders
from pocketsflow_emulator.wire.dialects.shapes import Style, shapes

PORTAL = "https://app.pocketsflow.com/portal"
"""Where subscribers look after themselves. # G3-EX"""

current: Builders[Style] = Builders("current")

_CHANGES_WHILE_PAUSED = frozenset(("update_payment_method", "cancel", "uncancel"))


def build(fact: Fact, webhook_id: str, livemode: bool) -> Body | None:  # noqa: ARG001
    """Return the body of a fact for one webhook, or None where this generation tells nothing.

    A pause is told by its own event alone. # assumed: CON-1 hears no update beside it
    """
    if fact.event.current is None or _tells_a_pause(fact):
        return None
    rest = current.build(fact, _STYLE)
    if rest is None:
        rest = shapes.build(fact, _STYLE)
        if rest is not None and "subscription" in rest:
            rest |= {"subscription": {**rest["subscription"], **_offer(fact)}, **_replayed(fact)}
    return None if rest is None else {**rest, "webhookId": ids.api_id(webhook_id)}


def _tells_a_pause(fact: Fact) -> bool:
    return (
        fact.event == e.SUBSCRIPTION_UPDATED
        and fact.get(Subscription).status == PAUSED
        and fact.cause not in _CHANGES_WHILE_PAUSED
    )


def _cents(minor: int, currency: str) -> int:  # noqa: ARG001 - every currency alike
    return minor


_PROCESSOR = ("inv_", "pi_", "vs_")


def _id(id: str) -> str:
    """Return the id of an object here; those of the payment processor stay as they are.
    # assumed for the latter
    """
    return id if id.startswith(_PROCESSOR) else ids.api_id(id)


_STYLE = Style(_cents, _id)


# ---- orders ------------------------------------------------------------------------------------


@current.builds(e.ORDER_COMPLETED)
def _order_completed(fact: Fact, style: Style) -> Body:
    """The shape of the page, and the reference given at checkout. # G3-EX, its place assumed"""
    reference = fact.get(Order).client_reference_id or None
    return {**(shapes.build(fact, style) or {}), "clientReferenceId": reference}


# ---- subscriptions -----------------------------------------------------------------------------


@current.builds(e.SUBSCRIPTION_CREATED, e.SUBSCRIPTION_UPDATED, e.SUBSCRIPTION_RESUMED)
def _subscription(fact: Fact, style: Style) -> Body:
    subscription, customer = fact.get(Subscription), fact.get(Customer)
    return {
        "subscription": {
            **_offer(fact),
            "customerId": ids.customer_reference(subscription.customer_id),
        },
        "subscriptionCustomer": {
            "id": style.id(subscription.id),
            "status": subscription.status,
            "active": subscription.status != CANCELED,  # assumed: access, not billing
            "cancelAtPeriodEnd": subscription.cancel_at_period_end,
            "paused": subscription.status == PAUSED,
        },
        "customer": {
            "email": subscription.email,
            "firstName": customer.first_name,
            "lastName": customer.last_name,
        },
        "status": subscription.status,
        "paymentMethod": _payment_method(subscription),
        "portalUrl": "/".join((PORTAL, *map(ids.api_id, (subscription.offer_id, subscription.id)))),
        **_replayed(fact),
    }


@current.builds(e.SUBSCRIPTION_PAUSED)
def _subscription_pause(fact: Fact, style: Style) -> Body:
    """As an update, without `subscriptionCustomer`. # observed, CON-1"""
    shown = _subscription(fact, style)
    del shown["subscriptionCustomer"]
    return {**shown, "accessRetained": True}


@current.builds(e.SUBSCRIPTION_DELETED)
def _subscription_deleted(fact: Fact, style: Style) -> Body:
    canceled_at = fact.get(Subscription).canceled_at or fact.instant
    return {
        **_subscription(fact, style),
        "paymentMethod": None,
        "canceledAt": f"{clock.iso(canceled_at)[:19]}Z",  # observed, CON-1: without milliseconds
    }


@current.builds(e.INVOICE_PAYMENT_SUCCEEDED, e.INVOICE_PAID)
def _invoice_paid(fact: Fact, style: Style) -> Body:
    """Say what was paid; `invoice.paid` looks the same. # assumed for that"""
    invoice = fact.get(Invoice)
    return {
        **_subscription(fact, style),
        "amount": style.amount(invoice.amount, invoice.currency),
        "currency": invoice.currency,
        "billingReason": "renewal",  # observed, CON-1
    }


def _offer(fact: Fact) -> Body:
    return {"id": ids.api_id(fact.get(Subscription).offer_id)}


def _replayed(fact: Fact) -> Body:
    subscription = fact.get(Subscription)
    return {
        "subscriptionCustomerId": ids.api_id(subscription.id),
        "clientReferenceId": subscription.client_reference_id or None,
        "metadata": subscription.metadata,
    }


def _payment_method(subscription: Subscription) -> Body:
    """Return the card on file; brand, number and expiry are made up."""
    token = blake2b(f"{subscription.id}/{subscription.card}".encode(), digest_size=8).hexdigest()
    return {
        "id": f"pm_{token}",
        "type": "card",
        "brand": "visa",
        "last4": cards.last4(subscription.card),
        "expMonth": 12,
        "expYear": clock.to_datetime(subscription.created_at).year + 3,
    }
