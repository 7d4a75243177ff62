"""The catalogue: every event type, declared once, with the name it has in each dialect.

A name is written here and nowhere else; code refers to the constants. A dialect that does not
know an event has None. # documented: G2 /api-webhooks/events; current: G3 /api-webhooks/events
"""

from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from pocketsflow_emulator.errors import InvalidInput, UnknownName, quoted

DIALECTS = ("documented", "current")
"""The generations of the wire format, the default first."""


class EventType(NamedTuple):
    """One row: its key in code, its name per dialect (None: that generation lacks it), when."""

    key: str
    documented: str | None
    current: str | None
    when: str

    @property
    def name(self) -> str:
        """The documented name; for an event only the current generation knows, that one."""
        return self.documented or self.current or self.key

    def in_dialect(self, dialect: str) -> str | None:
        """Return the name this event has in a dialect, or None where it does not exist there."""
        return self.documented if dialect == "documented" else self.current


_catalogue: dict[str, EventType] = {}


def _event(name: str, when: str, *, current: str | None = "") -> EventType:
    """Add a row both generations know; `current` names a different name there."""
    return _add(EventType(name, name, name if current == "" else current, when))


def _add(row: EventType) -> EventType:
    if row.key in _catalogue:
        raise ValueError(f"event type {row.key} is declared twice")
    _catalogue[row.key] = row
    return row


# ---- orders ------------------------------------------------------------------------------------
ORDER_COMPLETED = _event("order.completed", "a purchase has been paid")
ORDER_REFUNDED = _event("order.refunded", "an order has been refunded, in full or in part")

# ---- subscriptions -----------------------------------------------------------------------------
SUBSCRIPTION_CREATED = _event("customer.subscription.created", "a subscription starts")
SUBSCRIPTION_UPDATED = _event(
    "customer.subscription.updated",
    "a subscription has changed: its plan, its status, its details",
)
SUBSCRIPTION_DELETED = _event(
    "customer.subscription.deleted", "a subscription has ended, at once or at its period end"
)
SUBSCRIPTION_PAUSED = _event(
    "customer.subscription.paused",
    "a subscription has been paused",
    current="customer.subscription.pause",
)
SUBSCRIPTION_RESUMED = _event("customer.subscription.resumed", "a paused subscription goes on")
TRIAL_WILL_END = _event("customer.subscription.trial_will_end", "a trial ends in three days")

# ---- invoices ----------------------------------------------------------------------------------
INVOICE_CREATED = _event("invoice.created", "a subscription has been billed")
INVOICE_PAYMENT_SUCCEEDED = _event("invoice.payment_succeeded", "a recurring payment has succeeded")
INVOICE_PAID = _add(EventType("invoice.paid", None, "invoice.paid", "an invoice has been paid"))
INVOICE_PAYMENT_FAILED = _event("invoice.payment_failed", "a recurring payment has failed")
INVOICE_UPCOMING = _event("invoice.upcoming", "the next invoice is due in seven days")

# ---- payments ----------------------------------------------------------------------------------
PAYMENT_SUCCEEDED = _event(
    "payment_intent.succeeded", "the first payment of a subscription has succeeded"
)
PAYMENT_FAILED = _event("payment_intent.payment_failed", "a first payment has failed")

# ---- customers, products, reviews, identity ----------------------------------------------------
CUSTOMER_CREATED = _event("customer.created", "there is a new customer")
PRODUCT_CREATED = _event("product.created", "a product has been added to the catalogue")
PRODUCT_UPDATED = _event("product.updated", "a product has been changed")
PRODUCT_DELETED = _event("product.deleted", "a product has been removed")
REVIEW_CREATED = _event("review.created", "a buyer has reviewed a product")
VERIFICATION_VERIFIED = _event(
    "identity.verification_session.verified", "the seller's identity has been verified"
)
VERIFICATION_PROCESSING = _event(
    "identity.verification_session.processing", "the seller's documents are being looked at"
)
VERIFICATION_REQUIRES_INPUT = _event(
    "identity.verification_session.requires_input", "more is needed from the seller"
)

CATALOGUE = MappingProxyType(_catalogue)
"""Key -> event type, in the order of this file."""

_BY_NAME = {
    name: row
    for row in CATALOGUE.values()
    for name in (row.documented, row.current)
    if name is not None
}


def named(name: str) -> EventType:
    """Return the event type that has this name in any dialect; raises `UnknownName`."""
    try:
        return _BY_NAME[name]
    except (KeyError, TypeError):
        raise UnknownName("event type", name, _BY_NAME) from None


def names() -> list[str]:
    """Return every name of every dialect, each once, in catalogue order."""
    return list(_BY_NAME)


def patterns(value: object) -> tuple[str, ...]:
    """Check a filter: names of any dialect, `*`, or `invoice.*`; one, or a list of them.

    Raises `UnknownName` for a name or a pattern that selects nothing, `InvalidInput` for an empty
    filter or anything but text.
    """
    given = (value,) if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given:
        raise InvalidInput(f'events is {quoted(value)}; write a list like ["order.completed"]')
    for pattern in given:
        if not isinstance(pattern, str):
            raise InvalidInput(f'events has {quoted(pattern)}; names are text: "order.completed"')
        _selected(pattern)
    return tuple(given)


def matching(*chosen: str) -> frozenset[EventType]:
    """Return the event types that names or patterns select; raises `UnknownName`."""
    return _matching(chosen)


@lru_cache(maxsize=1024)
def _matching(chosen: tuple[str, ...]) -> frozenset[EventType]:
    return frozenset(row for pattern in chosen for row in _selected(pattern))


def _selected(pattern: str) -> list[EventType]:
    if not pattern.endswith("*"):
        return [named(pattern)]
    found = [row for name, row in _BY_NAME.items() if name.startswith(pattern[:-1])]
    if not found:
        raise UnknownName("event type", pattern, _BY_NAME)
    return found
