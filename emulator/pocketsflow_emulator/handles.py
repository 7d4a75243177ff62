"""Live handles: objects whose attributes follow the world."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pocketsflow_emulator.core import cards, clock, ids, money
from pocketsflow_emulator.core.models import (
    CLASSES,
    FREQUENCIES,
    Invoice,
    Object,
    Order,
    Ref,
    Subscription,
)
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.terms import Agreed
from pocketsflow_emulator.errors import NotFound, called, no_attribute, suggestion

_INSTANTS = frozenset(
    (
        *("created_at", "updated_at", "deleted_at", "canceled_at", "paid_at", "verified_at"),
        *("period_start", "period_end", "trial_start", "trial_end", "anchor", "resume_at"),
        *("expires_at", "retry_at", "next_attempt_at", "first_failed_at", "rotates_at"),
    )
)
_AMOUNTS = frozenset(
    ("price", "amount", "amount_before_tax", "tax", "refunded", "period_price", "credit")
)
_ALIKE = (
    *("customer_id", "email", "currency", "tax_rate", "country", "zip", "state", "vat_number"),
    *("metadata", "client_reference_id", "discount_id"),
)
_AGREED: dict[type[Object], tuple[str, ...]] = {
    Order: ("product_id", "variant_id", "subscription_id", *_ALIKE),
    Subscription: ("offer_id", *_ALIKE),
    Invoice: ("subscription_id", "email", "currency"),
}
"""What of its terms an object shows."""
_DERIVED = frozenset(("amount", "status"))
_INTERNAL = frozenset(
    ("cycle", "notified_for", "trial_notified_for", "announced", "card", "counted_in")
)


def view(item: Object) -> dict[str, Any]:
    """Return an object for people: amounts as Decimal major units, instants as datetimes."""
    fields = _fields(item)
    shown: dict[str, Any] = {"id": item.id, "api_id": ids.api_id(item.id)}
    for name, value in fields.items():
        if name in _INTERNAL or value is None:
            if name not in _INTERNAL:
                shown[name] = None
        elif name in _INSTANTS:
            shown[name] = clock.to_datetime(value)
        elif name in _AMOUNTS:
            shown[name] = money.major(value, str(fields["currency"]))
        else:
            shown[name] = value
    if "error_code" in shown:
        shown["error_message"] = cards.MESSAGES.get(shown["error_code"], "")
    if "frequency" in shown:
        shown["billing_interval"] = FREQUENCIES[shown["frequency"]]
    return shown


def _fields(item: Object) -> dict[str, Any]:
    """Return the fields of an object, those of its terms and the derived ones among them."""
    known = item._asdict()
    if isinstance(item, Agreed):
        del known["terms"]
    derived = (name for name in _beyond(type(item)) if name not in known)
    return known | {name: getattr(item, name) for name in derived}


def _beyond(kind: type[Object]) -> list[str]:
    """Return what objects of a kind show beyond their own fields: of their terms, and derived."""
    return [*_AGREED.get(kind, ()), *(name for name in _DERIVED if hasattr(kind, name))]


def fields(kind: type[Object]) -> list[str]:
    """Return the names of what `view` shows of objects of a kind, and `kind` itself."""
    own: tuple[str, ...] = getattr(kind, "_fields", ())
    names = ["kind", "id", "api_id", *(name for name in own if name not in (*_INTERNAL, "terms"))]
    names += [name for name in _beyond(kind) if name not in names]
    names += ["error_message"] * ("error_code" in names)
    names += ["billing_interval"] * ("frequency" in names)
    return names


class Handle:
    """One object of a world, as it is now.

    `id` is the prefixed id, `api_id` the 24-hex one; every other attribute is read from the world
    at that moment: amounts are Decimal major units, instants aware datetimes. Two handles of the
    same object are equal; a handle equals either id of its object.
    """

    __slots__ = ("_name", "_state")

    def __init__(self, state: Callable[[], State], name: Ref) -> None:
        self._state = state
        self._name = name

    @property
    def kind(self) -> str:
        """The word for what this is: `order`, `subscription`, `payment_intent` ..."""
        return self._name.kind

    @property
    def id(self) -> str:
        """The prefixed id, as `documented` webhooks show it."""
        return self._name.id

    @property
    def api_id(self) -> str:
        """The 24-hex id, as the API shows it."""
        return self._name.api_id

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        fields = self._fields()
        if name not in fields:
            raise no_attribute(f"{called(*self._name)} has no {name!r}{suggestion(name, fields)}")
        return fields[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in Handle.__slots__:
            raise AttributeError(
                f"{name!r} of {called(*self._name)} cannot be set; call the verb that changes it"
            )
        object.__setattr__(self, name, value)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-able values: amounts as text, instants as ISO 8601."""
        return {name: _plain(value) for name, value in self._fields().items()}

    def _fields(self) -> dict[str, Any]:
        table = self._state().store.table(CLASSES[self.kind])
        if self.id not in table:
            raise NotFound(f"{called(*self._name)} is gone")
        return view(table[self.id])

    def __dir__(self) -> list[str]:
        return ["kind", "to_dict", *self._fields()]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Handle):
            return self._name == other._name
        return other in (self.id, self.api_id) if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        try:
            status = self._fields().get("status")
        except NotFound:
            status = "gone"
        return f"<{self.kind} {self.id}{f' {status}' if status else ''}>"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if hasattr(value, "isoformat"):
        return clock.iso(clock.from_datetime(value))
    return list(value) if isinstance(value, tuple) else value
