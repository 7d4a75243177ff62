"""Going back: a copy of a world at a quiet moment, and putting it in place again.

Ids, stamps and bytes come again as they were; delivery numbers go on, and what was sent in between
stays in the journal, marked as abandoned.
"""

from typing import NamedTuple

from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.delivery.journal import Delivery, TryRecord


class Pending(NamedTuple):
    """A delivery that was not decided yet, with the tries it had had."""

    delivery: Delivery
    tries: tuple[TryRecord, ...]


class Snapshot(NamedTuple):
    """The account, what waited, and what was due to be tried again (by agenda subject)."""

    state: State
    waiting: tuple[Pending, ...]
    scheduled: dict[str, Pending]


def pending(delivery: Delivery) -> Pending:
    """Remember an undecided delivery."""
    return Pending(delivery, tuple(delivery.tries))


def revived(kept: Pending, number: int) -> Delivery:
    """Return a delivery that takes the place of one that was undecided back then."""
    old = kept.delivery
    old.abandoned = True
    fresh = Delivery(number, old.fact, old.webhook, old.dialect, old.event, old.body)
    fresh.tries = list(kept.tries)
    return fresh
