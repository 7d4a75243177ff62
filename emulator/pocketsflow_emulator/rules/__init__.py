"""What Pocketsflow does, rule by rule, and how sure that is: one registry, pure data.

What the code has as data (events, rows of the lifecycle, policies, cards, spans) is taken from
there. A rule is a sentence in the room of its subject; a new room is added to the list below.
"""

from collections.abc import Iterable
from types import MappingProxyType

from pocketsflow_emulator.core import events as catalogue
from pocketsflow_emulator.errors import UnknownName
from pocketsflow_emulator.rules import (
    catalog,
    current,
    delivery,
    documented,
    dunning,
    events,
    money,
    order,
    orders,
    pausing,
    plans,
    request,
    subscriptions,
    trials,
)
from pocketsflow_emulator.rules.rule import LEVELS, Room, Rule

__all__ = ["LEVELS", "ROOMS", "RULES", "Room", "Rule", "about"]

ROOMS = (
    request.ROOM,
    delivery.ROOM,
    events.ROOM,
    order.ROOM,
    subscriptions.STATES,
    subscriptions.PERIODS,
    trials.ROOM,
    dunning.ROOM,
    plans.ROOM,
    pausing.PAUSING,
    pausing.ENDING,
    orders.BUYERS,
    orders.REFUNDS,
    orders.CHECKOUT,
    money.MONEY,
    money.CARDS,
    catalog.CATALOG,
    catalog.SELLER,
    catalog.IDS,
    documented.ROOM,
    current.ROOM,
)
"""Every room, in the order of the manual."""


def registry(rooms: Iterable[Room]) -> dict[str, Rule]:
    """Return the rules of rooms, id -> rule; refuses an id that is there twice."""
    found: dict[str, Rule] = {}
    for room in rooms:
        for rule in room.rules:
            if rule.id in found:
                raise ValueError(f"rule {rule.id} is declared twice")
            found[rule.id] = rule
    return found


RULES = MappingProxyType(registry(ROOMS))
"""Id -> rule, in the order of the manual."""


def about(name: str) -> list[Rule]:
    """Return the rules that a name means: one rule, a room, or an event of any dialect.

    Raises `UnknownName` with the nearest.
    """
    if name in RULES:
        return [RULES[name]]
    for room in ROOMS:
        if room.name == name:
            return list(room.rules)
    if name in catalogue.names():
        event = catalogue.named(name)
        return [rule for rule in RULES.values() if event in rule.events]
    known = (*RULES, *(room.name for room in ROOMS), *catalogue.names())
    raise UnknownName("rule or event", name, known)
