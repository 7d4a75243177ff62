"""Going back: a copy of a world while no try is out, and putting it in place again.

Ids, stamps and bytes come again as they were. What was decided stays decided; what was still open
comes back under new delivery numbers. What was sent in between stays in the journal, marked as
abandoned.
"""

from typing import TYPE_CHECKING, NamedTuple

from pocketsflow_emulator.core import arguments
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.ids import LARGEST_SEED
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.delivery.faults import Book
from pocketsflow_emulator.delivery.outbox import Outbox
from pocketsflow_emulator.delivery.policy import Policy
from pocketsflow_emulator.delivery.tries import Delivery, Kept
from pocketsflow_emulator.delivery.trouble import Extra, Trouble

if TYPE_CHECKING:
    from pocketsflow_emulator.delivery.engine import Engine


class Pending(NamedTuple):
    """A delivery that was not decided yet: its state then, and the tries it had had."""

    delivery: Delivery
    state: str
    tries: tuple[Kept, ...]


class Snapshot(NamedTuple):
    """The account, the facts that held, each with its deliveries, and what was open.

    `again` are the extra tries of each delivery. `pending` is what was open; by place in it,
    `waiting` is the outbox in its order, `scheduled` what was due later by agenda subject, `held`
    what a fault held, and `ended` those whose last try had come to an end, but not yet to its
    consequences.
    """

    state: State
    policy: Policy
    faults: Book
    failing: dict[str, int]
    living: tuple[tuple[Fact, tuple[Delivery, ...]], ...]
    again: dict[Delivery, tuple[Extra, ...]]
    pending: tuple[Pending, ...]
    waiting: tuple[int, ...]
    scheduled: dict[str, int]
    held: tuple[int, ...]
    ended: tuple[int, ...]


def taken(engine: "Engine") -> Snapshot:
    """Remember a world and what was open in it."""
    waiting = tuple(engine.outbox.waiting())
    opened = (*waiting, *engine.scheduled.values(), *engine.held, *engine.ended)
    ordered = sorted(dict.fromkeys(opened), key=lambda d: (d.number, bool(d.extra)))
    place = {delivery: index for index, delivery in enumerate(ordered)}
    deliveries = engine.journal.deliveries()
    return Snapshot(
        engine.world.state.copy(),
        engine.policy,
        engine.faults.copy(),
        dict(engine.failing),
        tuple((record.fact, record.holding) for record in engine.journal.living()),
        {delivery: tuple(delivery.extras) for delivery in deliveries if delivery.extras},
        tuple(Pending(delivery, delivery.state, delivery.kept) for delivery in ordered),
        tuple(place[delivery] for delivery in waiting),
        {subject: place[delivery] for subject, delivery in engine.scheduled.items()},
        tuple(place[delivery] for delivery in engine.held),
        tuple(place[delivery] for delivery in engine.ended),
    )


def restore(engine: "Engine", kept: Snapshot) -> None:
    """Put a world back as it was."""
    engine.aim(None)
    engine.world.state = kept.state.copy()
    engine.policy, engine.faults = kept.policy, kept.faults.copy()
    engine.failing = dict(kept.failing)
    renewed = _Renewed(engine, kept)
    engine.journal.hold({id(fact): renewed.of(held) for fact, held in kept.living})
    fresh = renewed.pending
    engine.outbox = Outbox()
    for index in kept.waiting:
        engine.outbox.put(fresh[index])
    engine.scheduled = {subject: fresh[index] for subject, index in kept.scheduled.items()}
    engine.held = [fresh[index] for index in kept.held]
    engine.ended = [fresh[index] for index in kept.ended]


class _Renewed:
    """Deliveries in the place of those that were open, with their extra tries as they were."""

    def __init__(self, engine: "Engine", kept: Snapshot) -> None:
        self._fresh: dict[Delivery, Delivery] = {}
        self._again: dict[Delivery, Extra] = {}
        for old, state, tries in kept.pending:  # extra ones come after what they are again
            fresh = self._extra(old) if isinstance(old, Extra) else self._anew(engine, old)
            fresh.state = state
            fresh.recall(tries)
        self.pending = [self._again.get(old) or self._fresh[old] for old, _, _ in kept.pending]
        for _, deliveries in kept.living:
            for old in deliveries:
                self._put_extras(self._now(old), kept.again.get(old, ()))

    def of(self, deliveries: tuple[Delivery, ...]) -> list[Delivery]:
        """Return what stands in the place of these."""
        return [self._now(old) for old in deliveries]

    def _now(self, old: Delivery) -> Delivery:
        return self._fresh.get(old, old)

    def _anew(self, engine: "Engine", old: Delivery) -> Delivery:
        engine.delivery_count += 1
        self._fresh[old] = fresh = old.again(engine.delivery_count)
        if old.trouble is not None:
            fresh.trouble = Trouble(old.trouble.firings, old.trouble.plan)
        return fresh

    def _extra(self, old: Extra) -> Extra:
        self._again[old] = fresh = old.beside(self._now(old.of))
        return fresh

    def _put_extras(self, delivery: Delivery, extras: tuple[Extra, ...]) -> None:
        if delivery.trouble is not None:
            delivery.trouble.again = [self._again.get(e) or _decided(e, delivery) for e in extras]


def _decided(extra: Extra, of: Delivery) -> Extra:
    """Return an extra try that had come to its end, for what is in the place of its delivery."""
    if extra.of is of:
        return extra
    fresh = extra.beside(of)
    fresh.state = extra.state
    fresh.recall(extra.kept)
    return fresh


def branch(engine: "Engine", *, seed: object) -> None:
    """Let what is made from now on have the ids, secrets and people of another seed; what there is
    stays as it is.
    """
    engine.world.state.seed = arguments.whole("seed", seed, 0, LARGEST_SEED)
