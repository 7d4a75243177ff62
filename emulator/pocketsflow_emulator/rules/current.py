"""The bodies of the dialect `current`, group by group.

What nobody has published is made of the groups of the page.
"""

from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.events import CATALOGUE
from pocketsflow_emulator.rules import documented as page
from pocketsflow_emulator.rules.rule import Rule, assumed, documented, observed, room
from pocketsflow_emulator.rules.sources import CON_1, CON_5, G2_EVENTS, G3_EX, G3_INTEGRATIONS

_ONLY = ("current",)
_ALL = tuple(event for event in CATALOGUE.values() if event.current)
_PUBLISHED = (
    e.SUBSCRIPTION_CREATED,
    e.SUBSCRIPTION_UPDATED,
    e.SUBSCRIPTION_DELETED,
    e.INVOICE_PAYMENT_SUCCEEDED,
)
_OWN = (*_PUBLISHED, e.SUBSCRIPTION_PAUSED, e.SUBSCRIPTION_RESUMED, e.INVOICE_PAID)
_REPLAYED = ("subscriptionCustomerId", "clientReferenceId", "metadata")
_SHOWN = ("subscription", "customer", "status", "paymentMethod", "portalUrl", *_REPLAYED)
_BODY = ("subscriptionCustomer", *_SHOWN)


def _as_on_the_page(group: Rule) -> Rule | None:
    """Return the rule of the events of a group that have no published body of their own."""
    events = tuple(event for event in group.events if event not in _OWN)
    name = group.id.partition(".")[2]
    if not events or not group.fields or name in page.COMMON:
        return None
    told = " and ".join(f"`{event.current}`" for event in events)
    sentence = f"{told}: the fields of `{group.id}`, written in this way."
    return assumed(
        f"as-{name}", sentence, G2_EVENTS, events=events, dialects=_ONLY, fields=group.fields
    )


_ABOUT_SUBSCRIPTIONS = (
    e.TRIAL_WILL_END,
    e.INVOICE_CREATED,
    e.INVOICE_PAYMENT_FAILED,
    e.INVOICE_UPCOMING,
)

ROOM = room(
    "current",
    "Bodies of the dialect `current`",
    "The vendor's example shows four bodies. All others are assumed: those of the page, written in"
    " this way. In full they are in [`schemas/current`](../schemas/current).",
    documented(
        "no-name",
        "The name of the event is in the header only; a body has no `timestamp`, `testMode` or"
        " `livemode` either.",
        G3_EX,
        events=_ALL,
        dialects=_ONLY,
        conflict="C1",
    ),
    documented(
        "webhook",
        "`webhookId` comes last.",
        G3_EX,
        events=_ALL,
        dialects=_ONLY,
        fields=("webhookId",),
        conflict="C15",
    ),
    # ---- published -----------------------------------------------------------------------------
    documented(
        "subscription",
        "`customer.subscription.created`, `.updated`, `.deleted` and `invoice.payment_succeeded`:"
        f" {', '.join(f'`{key}`' for key in _BODY)}.",
        G3_EX,
        events=_PUBLISHED,
        dialects=_ONLY,
        fields=_BODY,
    ),
    documented(
        "paid",
        "`invoice.payment_succeeded` has `amount` and `currency` too.",
        G3_EX,
        events=(e.INVOICE_PAYMENT_SUCCEEDED,),
        dialects=_ONLY,
        fields=("amount", "currency"),
    ),
    observed(
        "billing-reason",
        "`invoice.payment_succeeded` has `billingReason`, which is `renewal`.",
        CON_1,
        events=(e.INVOICE_PAYMENT_SUCCEEDED,),
        dialects=_ONLY,
        fields=("billingReason",),
    ),
    documented(
        "no-card",
        "In `customer.subscription.deleted` the `paymentMethod` is null.",
        G3_EX,
        events=(e.SUBSCRIPTION_DELETED,),
        dialects=_ONLY,
    ),
    observed(
        "canceled-at",
        "`customer.subscription.deleted` has `canceledAt`, without milliseconds.",
        CON_1,
        events=(e.SUBSCRIPTION_DELETED,),
        dialects=_ONLY,
        fields=("canceledAt",),
    ),
    # ---- close to what is published --------------------------------------------------------------
    observed(
        "pause",
        "`customer.subscription.pause` has the `status` paused, `accessRetained` true, and no"
        " `subscriptionCustomer`.",
        CON_1,
        events=(e.SUBSCRIPTION_PAUSED,),
        dialects=_ONLY,
        fields=("status", "accessRetained"),
    ),
    assumed(
        "pause-rest",
        "In all else `customer.subscription.pause` has the body of an update.",
        G3_EX,
        events=(e.SUBSCRIPTION_PAUSED,),
        dialects=_ONLY,
        fields=_SHOWN,
    ),
    assumed(
        "resumed",
        "`customer.subscription.resumed` has the body of an update.",
        G3_EX,
        events=(e.SUBSCRIPTION_RESUMED,),
        dialects=_ONLY,
        fields=_BODY,
    ),
    assumed(
        "invoice-paid",
        "`invoice.paid` has the body of `invoice.payment_succeeded`.",
        G3_EX,
        events=(e.INVOICE_PAID,),
        dialects=_ONLY,
        fields=(*_BODY, "amount", "currency", "billingReason"),
    ),
    assumed(
        "active",
        "`subscriptionCustomer.active` is false only after the end: it speaks of access.",
        G3_EX,
        events=(*_PUBLISHED, e.SUBSCRIPTION_RESUMED),
        dialects=_ONLY,
    ),
    # ---- what was given at checkout --------------------------------------------------------------
    documented(
        "replayed",
        "What was given at checkout is replayed for life: `clientReferenceId` and `metadata`.",
        G3_EX,
        G3_INTEGRATIONS,
        events=_PUBLISHED,
        dialects=_ONLY,
    ),
    assumed(
        "replayed-too",
        "What was given at checkout is replayed, beside `subscriptionCustomerId`, on the events"
        " about a subscription that nobody has published too.",
        G3_EX,
        events=_ABOUT_SUBSCRIPTIONS,
        dialects=_ONLY,
        fields=_REPLAYED,
    ),
    assumed(
        "reference-of-orders",
        "`order.completed` has `clientReferenceId` after the fields of the page.",
        G3_EX,
        events=(e.ORDER_COMPLETED,),
        dialects=_ONLY,
        fields=("clientReferenceId",),
    ),
    assumed(
        "no-reference",
        "`clientReferenceId` is null where none was given.",
        CON_5,
        events=(*_PUBLISHED, e.ORDER_COMPLETED),
        dialects=_ONLY,
    ),
    # ---- what nobody has published ---------------------------------------------------------------
    *filter(None, map(_as_on_the_page, page.ROOM.rules)),
)
