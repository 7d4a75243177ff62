"""The events there are: a rule per name, made of the rows of the catalogue."""

from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.events import DIALECTS, EventType
from pocketsflow_emulator.rules.rule import Rule, assumed, documented, observed, room
from pocketsflow_emulator.rules.sources import (
    CON_1,
    G2_EVENTS,
    G3_EVENTS,
    G3_EX,
    G3_INTEGRATIONS,
    SDK,
    Source,
)

_ELSEWHERE = {
    e.PAYMENT_SUCCEEDED: G3_EX,
    e.PAYMENT_FAILED: G3_EX,
    e.CUSTOMER_CREATED: G3_INTEGRATIONS,
    e.PRODUCT_CREATED: SDK,
    e.PRODUCT_UPDATED: SDK,
    e.PRODUCT_DELETED: SDK,
    e.REVIEW_CREATED: SDK,
    e.VERIFICATION_VERIFIED: SDK,
    e.VERIFICATION_PROCESSING: SDK,
    e.VERIFICATION_REQUIRES_INPUT: SDK,
}
"""Where the newest generation names what the known part of its events page does not."""


def _named_by(event: EventType, dialect: str) -> Source:
    return G2_EVENTS if dialect == "documented" else _ELSEWHERE.get(event, G3_EVENTS)


def _name(name: str) -> Rule:
    event = e.named(name)
    dialects = tuple(dialect for dialect in DIALECTS if event.in_dialect(dialect) == name)
    return documented(
        name,
        f"`{name}` is sent when {event.when}.",
        *dict.fromkeys(_named_by(event, dialect) for dialect in dialects),
        events=(event,),
        dialects=dialects,
        conflict="C7" if event == e.SUBSCRIPTION_PAUSED else "",
    )


ROOM = room(
    "events",
    "Events",
    "The two dialects differ in one name, and `current` has one event more.",
    *(_name(name) for name in e.names()),
    observed(
        "one-time",
        "`order.completed` is sent for one-time purchases only, never for a subscription.",
        CON_1,
        events=(e.ORDER_COMPLETED,),
    ),
    assumed(
        "filters",
        "The events of a webhook may be chosen under the names of either dialect; what is sent has"
        " the name of the webhook's own.",
        SDK,
        events=(e.SUBSCRIPTION_PAUSED,),
        conflict="C7",
    ),
    assumed(
        "silent",
        "Offers, variants, discounts, upsells, checkout sessions, webhooks, a change of the seller"
        " or of a customer, and a customer added without a purchase send nothing.",
        G2_EVENTS,
        events=(e.CUSTOMER_CREATED,),
    ),
)
