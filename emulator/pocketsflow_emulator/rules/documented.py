"""The bodies of the dialect `documented`, group by group."""

from collections.abc import Callable
from typing import Any

from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.events import CATALOGUE, EventType
from pocketsflow_emulator.rules import rule
from pocketsflow_emulator.rules.rule import Rule, room
from pocketsflow_emulator.rules.sources import G1_WEBHOOKS, G2_EVENTS

_ALL = tuple(event for event in CATALOGUE.values() if event.documented)

COMMON = ("webhook", "name", "common", "common-place")
"""The rules of what all bodies have in common."""


def _group(
    name: str,
    fields: str,
    *events: EventType,
    says: Callable[..., Rule] = rule.documented,
    sentence: str = "",
    **more: Any,
) -> Rule:
    """Return the rule that events have these outermost fields; by default the page shows them."""
    keys = tuple(fields.split())
    told = ", ".join(f"`{event.documented}`" for event in events)
    text = sentence or f"{told}: {', '.join(f'`{key}`' for key in keys)}, as in the example."
    return says(
        name,
        text,
        G2_EVENTS,
        events=events,
        dialects=("documented",),
        fields=keys,
        **more,
    )


ROOM = room(
    "documented",
    "Bodies of the dialect `documented`",
    "Every body is flat, with the keys in the order of the page's examples, as the JSON Schemas in"
    " [`schemas/documented`](../schemas/documented) have them in full.",
    _group(
        "webhook",
        "webhookId",
        *_ALL,
        sentence="`webhookId`, the id of the webhook configuration, comes first.",
        conflict="C15",
    ),
    _group(
        "name",
        "event",
        *_ALL,
        sentence="`event`, the name of the event, comes second.",
        conflict="C1",
    ),
    _group(
        "common",
        "timestamp testMode livemode",
        *_ALL,
        sentence="Every body has `timestamp` (Unix time in milliseconds), `testMode`, and"
        " `livemode`, its opposite.",
    ),
    _group(
        "common-place",
        "timestamp testMode livemode",
        *_ALL,
        says=rule.assumed,
        sentence="`timestamp`, `testMode` and `livemode` stand right after `event`: the page"
        " tabulates them and prints no body with them.",
    ),
    rule.documented(
        "flat",
        "What an event is about stands beside its name, not under `data`.",
        G2_EVENTS,
        events=_ALL,
        dialects=("documented",),
        conflict="C6",
    ),
    rule.documented(
        "dates",
        "Dates are ISO 8601 in UTC with milliseconds: `2024-12-01T10:00:00.000Z`.",
        G2_EVENTS,
        dialects=("documented",),
    ),
    rule.assumed(
        "nulls",
        "No field is ever left out: what has no value is null.",
        G2_EVENTS,
        dialects=("documented",),
    ),
    # ---- orders --------------------------------------------------------------------------------
    _group(
        "order",
        "product order currency customer tax amount amountBeforeTax metadata",
        e.ORDER_COMPLETED,
    ),
    rule.documented(
        "variant",
        "`product.variantId` and `tax.vatNumber` are null without one.",
        G2_EVENTS,
        events=(e.ORDER_COMPLETED,),
        dialects=("documented",),
    ),
    rule.documented(
        "state",
        "`tax.ToState` is null where there is none.",
        G1_WEBHOOKS,
        events=(e.ORDER_COMPLETED,),
        dialects=("documented",),
    ),
    rule.assumed(
        "zip",
        "`tax.ToZip` is null where it is not known.",
        G2_EVENTS,
        events=(e.ORDER_COMPLETED,),
        dialects=("documented",),
    ),
    rule.assumed(
        "metadata",
        "`metadata` is an empty object where none was given.",
        G2_EVENTS,
        events=(e.ORDER_COMPLETED,),
        dialects=("documented",),
    ),
    _group("refund", "order refund customer product", e.ORDER_REFUNDED),
    rule.assumed(
        "refund-status",
        "`refund.status` is always `succeeded`.",
        G2_EVENTS,
        events=(e.ORDER_REFUNDED,),
        dialects=("documented",),
    ),
    # ---- subscriptions -------------------------------------------------------------------------
    _group(
        "subscription",
        "subscription customer product amount currency",
        e.SUBSCRIPTION_CREATED,
        e.SUBSCRIPTION_UPDATED,
    ),
    _group(
        "paused",
        "subscription customer product amount currency",
        e.SUBSCRIPTION_PAUSED,
        e.SUBSCRIPTION_RESUMED,
        says=rule.assumed,
        sentence="`customer.subscription.paused` and `customer.subscription.resumed` have the body"
        " of an update: the page says “similar”, and names the status.",
    ),
    _group("deleted", "subscription customer", e.SUBSCRIPTION_DELETED),
    _group("trial-notice", "subscription customer", e.TRIAL_WILL_END),
    # ---- invoices and payments -----------------------------------------------------------------
    _group(
        "invoice",
        "invoice subscription customer",
        e.INVOICE_CREATED,
        e.INVOICE_PAYMENT_SUCCEEDED,
    ),
    _group("invoice-failed", "invoice subscription customer error", e.INVOICE_PAYMENT_FAILED),
    _group(
        "invoice-upcoming",
        "invoice subscription customer",
        e.INVOICE_UPCOMING,
        says=rule.assumed,
        sentence="`invoice.upcoming` has the body of `invoice.created` for the period to come,"
        " without an id and with the status `draft`: the page gives none.",
    ),
    _group("payment", "paymentIntent customer", e.PAYMENT_SUCCEEDED),
    _group("payment-failed", "paymentIntent error", e.PAYMENT_FAILED),
    # ---- all others ----------------------------------------------------------------------------
    _group("customer", "customer product", e.CUSTOMER_CREATED),
    _group("product", "product", e.PRODUCT_CREATED, e.PRODUCT_UPDATED, e.PRODUCT_DELETED),
    _group("review", "review product customer order", e.REVIEW_CREATED),
    _group("verification", "verificationSession user", e.VERIFICATION_VERIFIED),
    _group("verification-input", "verificationSession", e.VERIFICATION_REQUIRES_INPUT),
    _group(
        "verification-processing",
        "verificationSession user",
        e.VERIFICATION_PROCESSING,
        says=rule.assumed,
        sentence="`identity.verification_session.processing` has the body of the verified one, with"
        " `verifiedAt` null: the page says “similar”, and names the status.",
    ),
)
