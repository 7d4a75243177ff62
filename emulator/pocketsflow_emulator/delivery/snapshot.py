"""Going back: a copy of a world while no try is out, and putting it in place again.

Ids, stamps and bytes come again as they were. What was decided stays decided; what was still open
comes back under new delivery numbers. What was sent in between stays in the journal, marked as
abandoned.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from pocketsflow_emulator.core import arguments
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.delivery.faults import Book
from pocketsflow_emulator.delivery.outbox import Outbox
from pocketsflow_emulator.delivery.policy import Policy
from pocketsflow_emulator.delivery.tries import Delivery, Kept
from pocketsflow_emulator.delivery.trouble import Extra, Plan, Trouble

if TYPE_CHECKING:
    from pocketsflow_emulator.delivery.engine import Engine

LARGEST_SEED = 2**63 - 1


class Pending(NamedTuple):
    """A delivery that was not decided yet: its state then, and the tries it had had."""

    delivery: Delivery
    state: str
    tries: tuple[Kept, ...]


class Snapshot(NamedTuple):
    """The account, the facts and deliveries that held, and what was open.

    `pending` is what was open; by place in it, `waiting` is the outbox in its order, `scheduled`
    what was due later by agenda subject, `held` what a fault held, and `ended` those whose last try
    had come to an end, but not yet to its consequences. `again` are the extra tries that held.
    """

    state: State
    policy: Policy
    faults: Book
    failing: dict[str, int]
    facts: tuple[Fact, ...]
    decided: tuple[Delivery, ...]
    again: tuple[Extra, ...]
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
    living = tuple(engine.journal.deliveries())
    return Snapshot(
        engine.world.state.copy(),
        engine.policy,
        engine.faults.copy(),
        dict(engine.failing),
        tuple(record.fact for record in engine.journal.living()),
        tuple(delivery for delivery in living if delivery not in place),
        tuple(extra for delivery in living for extra in delivery.extras),
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
    _abandon_extras(engine, kept)
    fresh = list(_revived(engine, kept))
    numbers = {
        pending.delivery.number: delivery
        for pending, delivery in zip(kept.pending, fresh, strict=True)
        if not delivery.extra
    }
    engine.journal.hold(kept.facts, kept.decided, numbers)
    engine.outbox = Outbox()
    for index in kept.waiting:
        engine.outbox.put(fresh[index])
    engine.scheduled = {subject: fresh[index] for subject, index in kept.scheduled.items()}
    engine.held = [fresh[index] for index in kept.held]
    engine.ended = [fresh[index] for index in kept.ended]


def _abandon_extras(engine: "Engine", kept: Snapshot) -> None:
    """Leave the extra tries behind that came since, and those that were open: others come for
    them.
    """
    holding = set(kept.again) - {pending.delivery for pending in kept.pending}
    for delivery in engine.journal.deliveries():
        for extra in delivery.extras:
            extra.abandoned = extra not in holding


def _revived(engine: "Engine", kept: Snapshot) -> Iterator[Delivery]:
    """Yield a delivery in the place of each that was open back then; the extra ones come after
    what they are again.
    """
    renewed: dict[Delivery, Delivery] = {}
    for old, state, tries in kept.pending:
        if isinstance(old, Extra):
            fresh: Delivery = _again(old, renewed.get(old.of, old.of))
        else:
            fresh = renewed[old] = _anew(engine, old, kept)
        fresh.state = state
        fresh.recall(tries)
        yield fresh


def _anew(engine: "Engine", old: Delivery, kept: Snapshot) -> Delivery:
    engine.delivery_count += 1
    fresh = old.again(engine.delivery_count)
    if old.trouble is not None:
        fresh.trouble = Trouble(old.trouble.firings, old.trouble.plan)
        opened = {pending.delivery for pending in kept.pending}
        ended = [extra for extra in kept.again if extra.of is old and extra not in opened]
        fresh.trouble.again = [_with_tries(extra, fresh) for extra in ended]
    return fresh


def _again(old: Extra, of: Delivery) -> Extra:
    fresh = Extra(of, old.extra, old.sealed)
    of.trouble = of.trouble or Trouble((), Plan())
    of.trouble.again.append(fresh)
    return fresh


def _with_tries(old: Extra, of: Delivery) -> Extra:
    fresh = Extra(of, old.extra, old.sealed)
    fresh.state = old.state
    fresh.recall(old.kept)
    return fresh


def branch(engine: "Engine", *, seed: object) -> None:
    """Let what is made from now on have the ids, secrets and people of another seed; what there is
    stays as it is.
    """
    engine.world.state.seed = arguments.whole("seed", seed, 0, LARGEST_SEED)
