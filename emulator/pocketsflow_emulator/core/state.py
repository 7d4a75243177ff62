"""One account as it stands at an instant: objects, agenda, counters, and the facts so far.

Verbs change it through `put`, `emit` and `move`; nothing here decides what Pocketsflow does.
"""

from typing import Any, NamedTuple

from pocketsflow_emulator.core import billing, ids, lifecycle
from pocketsflow_emulator.core.agenda import Agenda
from pocketsflow_emulator.core.change import changed
from pocketsflow_emulator.core.clock import LATEST, iso
from pocketsflow_emulator.core.dunning import DEFAULT
from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import Object, Offer, Subscription
from pocketsflow_emulator.core.store import Store
from pocketsflow_emulator.errors import InvalidInput, quoted

UNTIL_NEW_CARD = -1


class Decline(NamedTuple):
    """The next `left` charges of a payer fail with `code`; -1: all, until a new card."""

    left: int
    code: str


class State:
    """What a world is, apart from its verbs. `now` is the instant (ms); `seed` decides what is made
    from now on, `origin` is the seed it began with; `wall` is what stamps are made from instead,
    where somebody has shown it the wall's time.
    """

    __slots__ = (
        "_stamps",
        "_touched",
        "agenda",
        "cause",
        "counters",
        "declines",
        "dunning",
        "fact_count",
        "fresh",
        "livemode",
        "now",
        "origin",
        "seed",
        "store",
        "wall",
    )

    def __init__(self, seed: int, start: int, *, livemode: bool = False) -> None:
        self.seed = self.origin = seed
        self.livemode = livemode
        self.now = start
        self.wall: int | None = None
        self.store = Store()
        self.agenda = Agenda()
        self.counters: dict[str, int] = {}
        self.declines: dict[str, Decline] = {}
        self.dunning = DEFAULT
        self.cause = ""
        self.fact_count = 0
        self.fresh: list[Fact] = []
        self._stamps: dict[str, int] = {}
        self._touched: dict[str, None] = {}

    # ---- ids -----------------------------------------------------------------------------------

    def count(self, purpose: str) -> int:
        """Return the next number (from 1) of a purpose: a kind of id, a secret, a person."""
        self.counters[purpose] = n = self.counters.get(purpose, 0) + 1
        return n

    def new_id(self, kind: str) -> str:
        """Return the id of the next object of a kind."""
        while self.store.holds(kind, id := ids.generated(self.seed, kind, self.count(kind))):
            continue  # a user's own id that looks like ours
        return id

    def own_id(self, kind: str, value: object) -> str:
        """Check an id that a user chose; raises `InvalidInput` where it is no id, or taken."""
        id = ids.own(kind, value) if isinstance(value, str) else None
        if id is None:
            raise InvalidInput(
                f"id is {quoted(value)}; use letters, digits, '_', '-' and '.', or 24 hex digits"
            )
        if self.store.knows(id) or self.store.shows(kind, ids.api_id(id)):
            raise InvalidInput(f"id {quoted(value)} is taken; choose another")
        return id

    # ---- facts ---------------------------------------------------------------------------------

    def emit(self, event: EventType, *objects: Object, buyer: str = "") -> None:
        """Append a fact about these objects. Its stamp is the instant, or 1 ms after the last of
        the same buyer where that is later. # assumed: no page says how stamps of one instant go
        """
        self._append((event,), buyer, objects)

    def _append(
        self, events: tuple[EventType, ...], buyer: str, objects: tuple[Object, ...]
    ) -> None:
        now, number = self.now, self.fact_count
        stamp = max(now if self.wall is None else self.wall, self._stamps.get(buyer, -1) + 1)
        for event in events:
            number += 1
            self.fresh.append(Fact(number, event, now, stamp, buyer, self.cause, objects))
            stamp += 1
        self._stamps[buyer] = stamp - 1
        self.fact_count = number

    def drain(self) -> list[Fact]:
        """Hand over the facts that have come up since the last call."""
        fresh, self.fresh = self.fresh, []
        return fresh

    # ---- subscriptions -------------------------------------------------------------------------

    def move(
        self, subscription: Subscription, happening: str, *about: Object, **changes: Any
    ) -> Subscription:
        """Take a row of the lifecycle: change, emit its events, and put what is due next on the
        agenda. `about` are further objects for the events; returns the changed subscription.
        """
        row = lifecycle.move(subscription, happening)
        moved = changed(subscription, status=row.to, **changes)
        if row.to != lifecycle.NEW:
            self.save(moved)
        if row.emits:
            offer = self.store.table(Offer)[moved.offer_id]
            customer = self.store.customer_of(moved.email)
            objects = (moved, offer, *about, customer) if customer else (moved, offer, *about)
            self._append(row.emits, moved.email, objects)
        return moved

    def save(self, subscription: Subscription) -> None:
        """Keep a subscription; `plan` then finds what is due next for it."""
        self.store.put(subscription)
        self._touched[subscription.id] = None

    def plan(self) -> None:
        """Put what is due next for the subscriptions that have changed on the agenda."""
        subscriptions = self.store.table(Subscription)
        for id in self._touched:
            due = billing.next_due(subscriptions[id])
            if due is None:
                self.agenda.drop(id)
            else:
                self.agenda.set(max(due[0], self.now), due[1], id)
        self._touched.clear()

    # ---- time ----------------------------------------------------------------------------------

    def check_move(self, instant: int) -> None:
        """Raise `InvalidInput` where the world cannot go to this instant: back, or too far."""
        if instant < self.now:
            raise InvalidInput(
                f"cannot advance the world to {iso(instant)}: it is at {iso(self.now)};"
                " time only goes forward"
            )
        if instant > LATEST:
            raise InvalidInput("cannot advance the world past the year 8999")

    def move_to(self, instant: int) -> None:
        """Let the instant be `instant`; only forward."""
        self.check_move(instant)
        if instant > self.now:
            self.now = instant
            floor = instant if self.wall is None else self.wall
            ahead = {who: last for who, last in self._stamps.items() if last >= floor}
            self._stamps = ahead

    # ---- copies --------------------------------------------------------------------------------

    def copy(self) -> "State":
        """Return an independent copy; cheap, because every object is immutable."""
        twin = State(self.seed, self.now, livemode=self.livemode)
        twin.origin = self.origin
        twin.store = self.store.copy()
        twin.agenda = self.agenda.copy()
        twin.counters = dict(self.counters)
        twin.declines = dict(self.declines)
        twin.dunning = self.dunning
        twin.fact_count = self.fact_count
        twin.wall = self.wall
        twin._stamps = dict(self._stamps)
        return twin

    def plain(self) -> dict[str, Any]:
        """Return everything that decides what happens next, as plain JSON-able values."""
        return {
            "seed": self.seed,
            "origin": self.origin,
            "livemode": self.livemode,
            "now": self.now,
            "objects": self.store.plain(),
            "agenda": [list(due) for due in self.agenda],
            "counters": dict(self.counters),
            "declines": {payer: list(decline) for payer, decline in self.declines.items()},
            "dunning": self.dunning,
            "facts": self.fact_count,
            "stamps": dict(self._stamps),
            **({} if self.wall is None else {"wall": self.wall}),
        }
