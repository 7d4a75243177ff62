"""The tables of one world, and finding an object by either of its ids."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, TypeVar, overload

from pocketsflow_emulator.core import ids
from pocketsflow_emulator.core.models import (
    KINDS,
    Customer,
    Object,
    Offer,
    Product,
    Ref,
    Webhook,
)
from pocketsflow_emulator.errors import (
    EmulatorError,
    InvalidInput,
    NotFound,
    quoted,
    suggestion,
)

T = TypeVar("T", bound=Object)
U = TypeVar("U", bound=Object)

MOST_SUGGESTED = 200
"""How many ids are looked through for a near one."""


_BEGINNINGS = {kind: f"{ids.PREFIXES[word]}_" for kind, word in KINDS.items()}
"""Class -> what the prefixed ids of its objects begin with."""


_ALIKE = {
    word: [kind for kind in KINDS if ids.PREFIXES[KINDS[kind]] == prefix]
    for word, prefix in ids.PREFIXES.items()
}
"""Word -> the classes whose ids begin as those of its kind do."""


_INSTEAD: dict[type[Any], str] = {
    Offer: ", which one subscribes to: subscribe",
    Product: ", which one buys: purchase",
}
"""Kind of object -> what to do with one that was given in the place of another kind."""


class Store:
    """One dict per kind, id -> object, in order of creation. Values are immutable.

    `webhooks_changed` counts the changes to webhooks, for those who remember who hears what.
    """

    __slots__ = ("_aliases", "_alike", "_by_email", "_tables", "webhooks_changed")

    def __init__(self) -> None:
        self._set_tables({kind: {} for kind in KINDS})
        self._by_email: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        self.webhooks_changed = 0

    def _set_tables(self, tables: dict[type[Any], dict[str, Any]]) -> None:
        self._tables = tables
        self._alike: dict[str, list[dict[str, Any]]] = {
            word: [tables[kind] for kind in kinds] for word, kinds in _ALIKE.items()
        }

    def table(self, kind: type[T]) -> Mapping[str, T]:
        """Return all objects of a kind, id -> object, in order of creation."""
        table: dict[str, T] = self._tables[kind]
        return table

    def put(self, item: Object) -> None:
        """Add an object or replace the one with its id."""
        kind = type(item)
        table = self._tables[kind]
        if item.id not in table:
            self._index(item)
        table[item.id] = item
        if kind is Webhook:
            self.webhooks_changed += 1

    def _index(self, item: Object) -> None:
        if not ids.is_regular(item.id, KINDS[type(item)]):
            self._aliases[ids.api_id(item.id)] = item.id
        if isinstance(item, Customer):
            self._by_email[item.email] = item.id

    def remove(self, item: Webhook) -> None:
        """Take a webhook out; what else is deleted is marked as deleted, and stays."""
        del self._tables[type(item)][item.id]
        self.webhooks_changed += 1

    def rename_customer(self, old: str, customer: Customer) -> None:
        """Move the e-mail index after a customer's address changed from `old`."""
        del self._by_email[old]
        self._by_email[customer.email] = customer.id

    def customer_of(self, email: str) -> Customer | None:
        """Return the customer with this e-mail, or None."""
        id = self._by_email.get(email)
        return self._tables[Customer][id] if id is not None else None

    def knows(self, id: str) -> bool:
        """Say whether any object has this prefixed id."""
        return any(id in table for table in self._tables.values())

    def holds(self, kind: str, id: str) -> bool:
        """Say whether an object whose ids have the prefix of `kind` has this prefixed id."""
        for table in self._alike[kind]:  # noqa: SIM110 - for every id that is drawn
            if id in table:
                return True
        return False

    def shows(self, kind: str, api_id: str) -> bool:
        """Say whether an object whose ids have the prefix of `kind` has this API id."""
        own = self._aliases.get(api_id, "")
        return self.knows(f"{ids.PREFIXES[kind]}_{api_id}") or self.knows(own)

    def name_of(self, id: str) -> Ref | None:
        """Return the name of the object with this prefixed id, or None."""
        for kind, table in self._tables.items():
            if id in table:
                return Ref(KINDS[kind], id)
        return None

    @overload
    def find(self, name: str, value: object, kind: type[T], /) -> T: ...
    @overload
    def find(self, name: str, value: object, kind: type[T], other: type[U], /) -> T | U: ...
    def find(self, name: str, value: object, *kinds: type[Any]) -> Any:
        """Return the object that `value` (either id) names; `name` is the parameter it came by.

        Raises `NotFound` with the nearest id, `InvalidInput` where it is no id at all.
        """
        if isinstance(value, str):
            found = self._look(value, kinds)
            if found is None and value.startswith("cus_"):  # as subscription events write customers
                found = self._look(value.removeprefix("cus_"), kinds)
            if found is not None:
                return found
        raise self._missing(name, value, kinds)

    def _look(self, id: str, kinds: tuple[type[Any], ...]) -> Any:
        for kind in kinds:
            table = self._tables[kind]
            found = table.get(id) or table.get(_BEGINNINGS[kind] + id)
            if found is None and id in self._aliases:
                found = table.get(self._aliases[id])
            if found is not None:
                return found
        return None

    def _missing(self, name: str, value: object, kinds: tuple[type[Any], ...]) -> EmulatorError:
        words = " or ".join(KINDS[kind].replace("_", " ") for kind in kinds)
        if not isinstance(value, str):
            return InvalidInput(f"{name} is {quoted(value)}; give the {words} or its id")
        missing = f"{name}: there is no {words} {quoted(value)}"
        found = self._look(value, tuple(self._tables))
        if found is not None:
            other = KINDS[type(found)].replace("_", " ")
            article = "an" if other[0] in "aeiou" else "a"
            instead = _INSTEAD.get(type(found), "")
            return NotFound(f"{missing}; that is {article} {other}{instead}")
        if ids.is_generated(value):  # no other one is meant, however much alike
            return NotFound(missing)
        known = islice((id for kind in kinds for id in self._tables[kind]), MOST_SUGGESTED)
        return NotFound(f"{missing}{suggestion(value, known)}")

    def copy(self) -> "Store":
        """Return an independent copy."""
        twin = Store()
        twin._set_tables({kind: dict(table) for kind, table in self._tables.items()})
        twin._by_email = dict(self._by_email)
        twin._aliases = dict(self._aliases)
        twin.webhooks_changed = self.webhooks_changed
        return twin

    def plain(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Return everything as plain dicts: kind -> id -> fields."""
        return {
            KINDS[kind]: {id: item._asdict() for id, item in table.items()}
            for kind, table in self._tables.items()
        }
