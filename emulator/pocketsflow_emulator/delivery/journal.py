"""The journal: the append-only record of a world, and its canonical form.

The log keeps inputs, facts, takes, records and releases in the order in which they happened; the
canonical form is sorted by fact, webhook and try, and leaves out what differs between two runs
that are the same: durations, addresses, inputs, response headers, cancelled tries, abandoned
branches.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from pocketsflow_emulator.core.clock import iso
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import ref
from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.delivery.tries import SKIPPED, Delivery, Outcome, Try

HIDDEN = "***"
"""What stands in the log for a signing secret."""

RING = 100_000
"""How many facts, and how many log entries, are kept by default."""


class FactRecord(NamedTuple):
    """A fact and its deliveries; `abandoned` after a restore went back before it."""

    fact: Fact
    deliveries: tuple[Delivery, ...]
    abandoned: bool


class Entry(NamedTuple):
    """One line of the log: what kind of thing happened, when (ms), and the thing itself."""

    kind: str
    at: int
    what: Any


class Journal:
    """Keeps the last `ring` facts and log entries, and counts the facts that it let go."""

    def __init__(self, ring: int = RING) -> None:
        self._log: deque[Any] = deque(maxlen=4 * ring)  # flat: kind, at, what, which, kind ...
        self._kept: deque[Fact | Delivery] = deque()  # each fact, and then its deliveries
        self._ring, self._facts = ring, 0
        self._abandoned: set[int] = set()  # what the `id` function says of facts in `_kept`
        self.let_go = 0
        self.began = 0

    def __len__(self) -> int:
        """Return how many lines the log has."""
        return len(self._log) // 4

    # ---- writing -------------------------------------------------------------------------------

    def begin(self, start: int, template: dict[str, Any]) -> None:
        """Write the first line: the world's start (ms) and what else it was made from."""
        self.began = start
        self.note("world", start, template)

    def note(self, kind: str, at: int, what: Any) -> None:
        """Append a line to the log."""
        self._log.extend((kind, at, what, None))

    def note_try(self, kind: str, at: int, delivery: Delivery) -> None:
        """Append a line about the last try of a delivery."""
        self._log.extend((kind, at, delivery, len(delivery.earlier)))

    def fact(self, fact: Fact) -> None:
        """Append a fact."""
        if self._facts == self._ring:
            self._let_go()
        self._facts += 1
        self._kept.append(fact)
        self.note("fact", fact.instant, fact)

    def delivery(self, delivery: Delivery) -> None:
        """Append a delivery of the fact that came last."""
        self._kept.append(delivery)

    def hold(
        self,
        facts: Iterable[Fact],
        deliveries: Iterable[Delivery],
        revived: Mapping[int, Delivery],
    ) -> None:
        """Let these be what holds, and everything else a branch that was left behind. Those
        `revived` come beside the delivery with that number, in whose place they are.
        """
        holding, decided = set(map(id, facts)), set(deliveries)
        kept: deque[Fact | Delivery] = deque()
        self._abandoned.clear()
        for item in self._kept:
            kept.append(item)
            if isinstance(item, Delivery):
                item.abandoned = item not in decided
                if item.number in revived:
                    kept.append(revived[item.number])
            elif id(item) not in holding:
                self._abandoned.add(id(item))
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
        flat = iter(self._log)
        return [
            Entry(kind, at, what if which is None else what.tries[which])
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
            lines.append(_fact(record.fact))
            for delivery in record.deliveries:
                if not delivery.abandoned:
                    tries = sorted(delivery.counted, key=_place)
                    lines += [_delivery(delivery), *map(_canonical_try, tries)]
        return [_line(line) for line in lines]

    def log(self, *, secrets: bool = False, **about: str) -> Iterator[str]:
        """Yield the log as NDJSON, everything in the order in which it happened. `about` is added
        to the first line; signing secrets and the passwords of URLs are masked, unless `secrets`.
        """
        for entry in self.entries:
            line = {"kind": entry.kind, "at": iso(entry.at), **_WRITERS[entry.kind](entry.what)}
            if entry.kind == "world":
                line |= about
            yield _line(line if secrets else _masked(line))


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _masked(line: dict[str, Any]) -> dict[str, Any]:
    """Hide the secret and the password that an input or a try may carry."""
    if "url" in line:
        return {**line, "url": addresses.masked(line["url"])}
    if line["kind"] != "input":
        return line
    hidden = dict(line["arguments"])
    if hidden.get("secret") is not None:
        hidden["secret"] = HIDDEN
    if isinstance(hidden.get("url"), str):
        hidden["url"] = addresses.masked(hidden["url"])
    return {**line, "arguments": hidden}


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "fact": fact.number,
        "event": fact.event.key,
        "instant": iso(fact.instant),
        "stamp": fact.stamp,
        "buyer": fact.buyer,
        "cause": fact.cause,
        "objects": [[*name, name.api_id] for name in map(ref, fact.objects)],
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "fact": delivery.fact.number,
        "webhook": delivery.webhook,
        "dialect": delivery.dialect,
        "event": delivery.event,
        "body": delivery.body.decode(),
        **_faults(delivery),
        **({"skipped": True} if delivery.state == SKIPPED else {}),
    }


def _faults(delivery: Delivery) -> dict[str, Any]:
    trouble = delivery.trouble
    return {"faults": [f.text for f in trouble.firings]} if trouble and trouble.firings else {}


def _bent(record: Try) -> dict[str, Any]:
    """Return what an extra try comes from, and how faults have changed body and connection."""
    extra = {"extra": record.delivery.extra} if record.delivery.extra else {}
    if record.bent is None:
        return extra
    behaviour = record.bent.behaviour
    told = {"behaviour": list(behaviour)} if behaviour is not None else {}
    changed = record.body != record.delivery.body
    return {**extra, **({"body": _text(record.body)} if changed else {}), **told}


def _text(body: bytes) -> str:
    return body.decode(errors="backslashreplace")


def _place(record: Try) -> tuple[str, int, int]:
    """Return where a try stands among those of its delivery: its own, then the extra ones."""
    return record.delivery.extra, record.at, record.number


def _canonical_try(record: Try) -> dict[str, Any]:
    outcome = record.outcome or Outcome("unknown")
    return {
        "fact": record.delivery.fact.number,
        "webhook": record.delivery.webhook,
        "try": record.number,
        "at": iso(record.at),
        **_bent(record),
        "headers": [list(header) for header in record.headers],
        "outcome": outcome.kind,
        "status": outcome.status,
        "answer": outcome.body.decode(errors="backslashreplace"),
        "truncated": outcome.truncated,
    }


def _full_try(record: Try) -> dict[str, Any]:
    return {
        "delivery": record.delivery.number,
        "fact": record.delivery.fact.number,
        "webhook": record.delivery.webhook,
        "event": record.delivery.event,
        "try": record.number,
        **_bent(record),
    }


def _taken(record: Try) -> dict[str, Any]:
    return {
        **_full_try(record),
        "url": record.url,
        "headers": [list(header) for header in record.headers],
        "body": _text(record.body),
    }


def _recorded(record: Try) -> dict[str, Any]:
    outcome = record.outcome or Outcome("unknown")
    return {
        **_full_try(record),
        "outcome": outcome.kind,
        "status": outcome.status,
        "responseHeaders": [list(header) for header in outcome.headers],
        "answer": outcome.body.decode(errors="backslashreplace"),
        "truncated": outcome.truncated,
        "durationMs": round(outcome.duration * 1000, 3),
        "detail": outcome.detail,
    }


def _world(template: dict[str, Any]) -> dict[str, Any]:
    return template


def _input(what: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"verb": what[0], "arguments": what[1]}


def _fault(delivery: Delivery) -> dict[str, Any]:
    return {**_skipped(delivery), **_faults(delivery)}


def _disabled(what: tuple[str, int]) -> dict[str, Any]:
    return {"webhook": what[0], "failingSince": iso(what[1])}


def _skipped(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery": delivery.number,
        "fact": delivery.fact.number,
        "webhook": delivery.webhook,
    }


_WRITERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "world": _world,
    "input": _input,
    "fact": _fact,
    "take": _taken,
    "record": _recorded,
    "release": _full_try,
    "skip": _skipped,
    "fault": _fault,
    "disable": _disabled,
}
"""Kind of entry -> how it is written."""
