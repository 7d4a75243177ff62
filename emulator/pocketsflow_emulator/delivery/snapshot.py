"""Going back: a copy of a world while no try is out, and putting it in place again.

Ids, stamps and bytes come again as they were. What was decided stays decided; what was still open
comes back under new delivery numbers. What was sent in between stays in the journal, marked as
abandoned.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.delivery.journal import Journal
from pocketsflow_emulator.delivery.outbox import Outbox
from pocketsflow_emulator.delivery.tries import Delivery, Kept


class Pending(NamedTuple):
    """A delivery that was not decided yet: its state then, and the tries it had had."""

    delivery: Delivery
    state: str
    tries: tuple[Kept, ...]


class Snapshot(NamedTuple):
    """The account, the facts and deliveries that held, and what was open.

    Of what was open, by delivery number: `waiting` is the outbox in its order, `scheduled` what
    was due later by agenda subject, `ended` those whose last try had come to an end, but not yet
    to its consequences.
    """

    state: State
    facts: tuple[Fact, ...]
    decided: tuple[Delivery, ...]
    pending: tuple[Pending, ...]
    waiting: tuple[int, ...]
    scheduled: dict[str, int]
    ended: tuple[int, ...]


def taken(
    state: State,
    journal: Journal,
    outbox: Outbox,
    scheduled: Mapping[str, Delivery],
    ended: Sequence[Delivery],
) -> Snapshot:
    """Remember a world and what was open in it."""
    waiting = tuple(outbox.waiting())
    undecided = {d.number: d for d in (*waiting, *scheduled.values(), *ended)}
    return Snapshot(
        state.copy(),
        tuple(record.fact for record in journal.living()),
        tuple(d for d in journal.deliveries() if d.number not in undecided),
        tuple(Pending(d, d.state, d.kept) for _, d in sorted(undecided.items())),
        tuple(delivery.number for delivery in waiting),
        {subject: delivery.number for subject, delivery in scheduled.items()},
        tuple(delivery.number for delivery in ended),
    )


def revived(kept: Pending, number: int) -> Delivery:
    """Return a delivery in the place of one that was open back then."""
    fresh = kept.delivery.again(number)
    fresh.state = kept.state
    fresh.recall(kept.tries)
    return fresh
