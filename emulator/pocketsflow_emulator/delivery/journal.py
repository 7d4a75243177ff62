"""The journal: the append-only record of a world, and its canonical form.

The log keeps inputs, facts, deliveries, takes, records and releases in the order in which they
happened, and when time passed with nothing to send; the canonical form is sorted by fact, webhook
and try, and leaves out what differs between two runs that are the same: durations, addresses,
inputs, response headers, cancelled tries, abandoned branches. `ndjson.py` writes both.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, NamedTuple

from pocketsflow_emulator.core import arguments
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.delivery import ndjson
from pocketsflow_emulator.delivery.tries import Delivery

LEFT_BEHIND = 10
"""How many deliveries of one fact are kept that restores have left behind; the log has them all."""

RING = 100_000
"""How many facts, and how many lines of the log, are kept by default."""

LARGEST_RING = 10_000_000


class FactRecord(NamedTuple):
    """A fact and its deliveries; `abandoned` after a restore went back before it."""

    fact: Fact
    deliveries: tuple[Delivery, ...]
    abandoned: bool

    @property
    def holding(self) -> tuple[Delivery, ...]:
        """The deliveries that hold."""
        return tuple(delivery for delivery in self.deliveries if not delivery.abandoned)


class Entry(NamedTuple):
    """One line of the log: what kind of thing happened, when (ms), and the thing itself."""

    kind: str
    at: int
    what: Any


class Journal:
    """Keeps what the world was made from and the last `ring` facts and lines of the log; counts
    the facts (`let_go`) and the lines (`lines_let_go`) that are gone, of the `noted` ones.
    """

    def __init__(self, ring: int = RING) -> None:
        self.ring = arguments.whole("ring", ring, 1, LARGEST_RING)
        self._log: deque[Any] = deque(maxlen=4 * ring)  # flat: kind, at, what, which, kind ...
        self.noted = 0
        self._kept: deque[Fact | Delivery] = deque()  # each fact, and then its deliveries
        self._facts = 0
        self._abandoned: set[int] = set()  # what the `id` function says of facts in `_kept`
        self._template: Mapping[str, Any] = {}
        self.let_go = 0
        self.began = 0

    def __len__(self) -> int:
        """Return how many lines the log has, after its first."""
        return len(self._log) // 4

    @property
    def lines_let_go(self) -> int:
        """How many lines of the log are gone."""
        return self.noted - len(self)

    # ---- writing -------------------------------------------------------------------------------

    def begin(self, start: int, template: Mapping[str, Any]) -> None:
        """Remember the world's start (ms) and what else it was made from: the first line."""
        self.began, self._template = start, template

    def note(self, kind: str, at: int, what: Any) -> None:
        """Append a line to the log."""
        self.noted += 1
        self._log.extend((kind, at, what, None))

    def note_try(self, kind: str, at: int, delivery: Delivery) -> None:
        """Append a line about the last try of a delivery."""
        self.noted += 1
        self._log.extend((kind, at, delivery, len(delivery.earlier)))

    def fact(self, fact: Fact) -> None:
        """Append a fact."""
        if self._facts == self.ring:
            self._let_go()
        self._facts += 1
        self._kept.append(fact)
        self.note("fact", fact.instant, fact)

    def delivery(self, delivery: Delivery) -> None:
        """Append a delivery of the fact that came last."""
        self._kept.append(delivery)
        self.noted += 1
        self._log.extend(("delivery", delivery.fact.instant, delivery, None))

    def further(self, delivery: Delivery, beside: Delivery, at: int) -> None:
        """Append a further delivery of the fact of one that is still kept; `at` is in ms."""
        kept = self._kept
        back = next(n for n, item in enumerate(reversed(kept), 1) if item is beside)
        place = len(kept) - back + 1
        while place < len(kept) and isinstance(kept[place], Delivery):
            place += 1
        kept.insert(place, delivery)
        self.note("delivery", at, delivery)

    def hold(self, holding: Mapping[int, Iterable[Delivery]]) -> None:
        """Let these be what holds: deliveries by what the `id` function says of their fact. All
        else is a branch that was left behind.
        """
        kept: deque[Fact | Delivery] = deque()
        self._abandoned = {id(record.fact) for record in self.facts} - holding.keys()
        for fact, deliveries, _ in self._records():
            for delivery in deliveries:
                delivery.abandoned = True
            held = list(holding.get(id(fact), ()))
            for delivery in held:
                delivery.abandoned = False
            left = [delivery for delivery in deliveries if delivery.abandoned]
            kept.extend((fact, *held, *left[-LEFT_BEHIND:]))
        self._kept = kept

    def _let_go(self) -> None:
        self._abandoned.discard(id(self._kept.popleft()))
        while self._kept and isinstance(self._kept[0], Delivery):
            self._kept.popleft()
        self._facts -= 1
        self.let_go += 1

    # ---- reading -------------------------------------------------------------------------------

    @property
    def entries(self) -> list[Entry]:
        """The lines of the log, in the order in which things happened."""
        return self._newest(len(self))

    def _newest(self, count: int) -> list[Entry]:
        back = list(islice(reversed(self._log), 4 * count))
        flat = reversed(back)
        return [
            Entry(kind, at, what if which is None else what.own[which])
            for kind, at, what, which in zip(flat, flat, flat, flat, strict=True)
        ]

    @property
    def facts(self) -> list[FactRecord]:
        """The facts that are kept, in order, each with its deliveries."""
        return list(self._records())

    def _records(self) -> Iterator[FactRecord]:
        fact: Fact | None = None
        deliveries: list[Delivery] = []
        for item in self._kept:
            if isinstance(item, Delivery):
                deliveries.append(item)
                continue
            if fact is not None:
                yield FactRecord(fact, tuple(deliveries), id(fact) in self._abandoned)
            fact, deliveries = item, []
        if fact is not None:
            yield FactRecord(fact, tuple(deliveries), id(fact) in self._abandoned)

    def living(self) -> Iterator[FactRecord]:
        """Yield the facts that hold, in order."""
        return (record for record in self._records() if not record.abandoned)

    def deliveries(self) -> Iterator[Delivery]:
        """Yield the deliveries of the facts that hold, by fact and webhook."""
        return (d for d in self._kept if isinstance(d, Delivery) and not d.abandoned)

    def newest(self) -> Iterator[Delivery]:
        """Yield the deliveries of the facts that hold, the newest first, without the very last."""
        kept = (d for d in reversed(self._kept) if isinstance(d, Delivery) and not d.abandoned)
        return islice(kept, 1, None)

    def since(self, fact: int) -> list[Delivery]:
        """Return the deliveries of the facts numbered above `fact` that hold, in order; looks from
        the newest back, and no further than it must.
        """
        made: list[Delivery] = []
        for item in reversed(self._kept):
            if isinstance(item, Delivery):
                if item.fact.number > fact and not item.abandoned:
                    made.append(item)
            elif item.number <= fact and id(item) not in self._abandoned:
                break
        return made[::-1]

    def canonical(self) -> list[str]:
        """Return the canonical form, one JSON document a line. Two runs are identical when these
        lines are.
        """
        lines = [{"letGo": self.let_go}] if self.let_go else []
        for record in self.living():
            lines.append(ndjson.fact(record.fact))
            for delivery in record.holding:
                tries = sorted(delivery.counted, key=ndjson.place)
                lines.append(ndjson.canonical_delivery(delivery))
                lines += map(ndjson.canonical_try, tries)
        return list(map(ndjson.line, lines))

    def log(self, *, secrets: bool = False, **about: Any) -> Iterator[str]:
        """Return the log as NDJSON, everything in the order in which it happened. `about` is added
        to the first line; signing secrets and the passwords of URLs are masked, unless `secrets`.
        What happens later does not show in it, and it is written as it is read.
        """
        ring = {"ring": self.ring, "letGo": self.lines_let_go}
        head = ndjson.head(self.began, self._template, **ring, **about)
        return chain((ndjson.line(head),), _written(self.entries, secrets=secrets))

    def log_since(self, count: int) -> Iterator[str]:
        """Return the lines after the first `count` ones, as `log` has them, secrets masked."""
        return _written(self._newest(self.noted - count), secrets=False)


class KeptJournal(Journal):
    """A journal all of whose lines are handed to `keep`: when `hand_over` is called, and before the
    ring would let them go. `stirs` is called when a first one waits for that.
    """

    def __init__(self, ring: int) -> None:
        super().__init__(ring)
        self.keep: Callable[[Iterable[Entry]], None] = _nowhere
        self.stirs: Callable[[], None] = _quietly
        self._handed = 0

    def hand_over(self) -> None:
        """Hand over what is new."""
        count, self._handed = self.noted - self._handed, self.noted
        if count:
            self.keep(self._newest(count))

    def note(self, kind: str, at: int, what: Any) -> None:
        """Append a line to the log."""
        super().note(kind, at, what)
        self._one_more()

    def note_try(self, kind: str, at: int, delivery: Delivery) -> None:
        """Append a line about the last try of a delivery."""
        super().note_try(kind, at, delivery)
        self._one_more()

    def delivery(self, delivery: Delivery) -> None:
        """Append a delivery of the fact that came last."""
        super().delivery(delivery)
        self._one_more()

    def _one_more(self) -> None:
        new = self.noted - self._handed
        if new == 1:
            self.stirs()
        if new >= self.ring:
            self.hand_over()


def _nowhere(_entries: Iterable[Entry]) -> None:
    """Keep nothing."""


def _quietly() -> None:
    """Do nothing."""


def _written(entries: Iterable[Entry], *, secrets: bool) -> Iterator[str]:
    lines = (ndjson.entry(*entry) for entry in entries)
    return map(ndjson.line, lines if secrets else map(ndjson.masked, lines))
