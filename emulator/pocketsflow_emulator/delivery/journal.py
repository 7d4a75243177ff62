"""The journal: the append-only record of a world, and its canonical form.

The log keeps inputs, facts, takes, records and releases in the order in which they happened; the
canonical form is sorted by fact, webhook and try, and leaves out what differs between two runs
that are the same: durations, addresses, inputs, response headers, cancelled tries, abandoned
branches.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pocketsflow_emulator.core.clock import iso
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import ref
from pocketsflow_emulator.delivery.tries import Headers, Outcome
from pocketsflow_emulator.errors import InvariantError

RING = 100_000
"""How many facts, and how many log entries, are kept by default."""

WAITING = "waiting"
OUT = "out"
SCHEDULED = "scheduled"
SKIPPED = "skipped"


class TryRecord:
    """One try as it was made: `at` is the instant (ms), `outcome` None while it is out."""

    __slots__ = ("at", "delivery", "headers", "number", "outcome", "url")

    def __init__(
        self, delivery: "Delivery", number: int, at: int, url: str, headers: Headers
    ) -> None:
        self.delivery, self.number, self.at = delivery, number, at
        self.url, self.headers = url, headers
        self.outcome: Outcome | None = None


class Delivery:
    """One fact for one webhook: the body is fixed, the tries come and go.

    `state` is waiting, out, scheduled (a retry is due later), skipped (the webhook was gone or
    inactive when its turn came), or the outcome of the last try.
    """

    __slots__ = (
        "abandoned",
        "body",
        "dialect",
        "event",
        "fact",
        "lane",
        "number",
        "state",
        "tries",
    )

    def __init__(
        self, number: int, fact: Fact, webhook: str, dialect: str, event: str, body: bytes
    ) -> None:
        self.number, self.fact, self.dialect = number, fact, dialect
        self.event, self.body = event, body
        self.lane = (webhook, fact.buyer)
        self.state = WAITING
        self.tries: list[TryRecord] = []
        self.abandoned = False

    @property
    def webhook(self) -> str:
        """The id of the webhook configuration."""
        return self.lane[0]

    @property
    def counted(self) -> list[TryRecord]:
        """The tries that have come to an end, cancelled ones left out."""
        return [t for t in self.tries if t.outcome and t.outcome.kind != "cancelled"]

    @property
    def outcome(self) -> Outcome | None:
        """What came of the last try that came to an end."""
        counted = self.counted
        return counted[-1].outcome if counted else None


class FactRecord:
    """A fact and its deliveries; `abandoned` after a restore went back before it."""

    __slots__ = ("abandoned", "deliveries", "fact")

    def __init__(self, fact: Fact) -> None:
        self.fact = fact
        self.deliveries: list[Delivery] = []
        self.abandoned = False


class Entry(NamedTuple):
    """One line of the log: what kind of thing happened, when (ms), and the thing itself."""

    kind: str
    at: int
    what: Any


class Journal:
    """Keeps the last `ring` facts and log entries, and counts the facts that it let go."""

    def __init__(self, ring: int = RING) -> None:
        self.entries: deque[Entry] = deque(maxlen=ring)
        self.facts: deque[FactRecord] = deque(maxlen=ring)
        self.let_go = 0
        self.began = 0

    # ---- writing -------------------------------------------------------------------------------

    def begin(self, start: int, template: dict[str, Any]) -> None:
        """Write the first line: the world's start (ms) and what else it was made from."""
        self.began = start
        self.note("world", start, template)

    def note(self, kind: str, at: int, what: Any) -> None:
        """Append a line to the log."""
        self.entries.append(Entry(kind, at, what))

    def fact(self, fact: Fact) -> FactRecord:
        """Append a fact."""
        record = FactRecord(fact)
        if len(self.facts) == self.facts.maxlen:
            self.let_go += 1
        self.facts.append(record)
        self.note("fact", fact.instant, record)
        return record

    def hold(self, facts: Iterable[FactRecord], deliveries: Iterable[Delivery]) -> None:
        """Let these be what holds, and everything else a branch that was left behind."""
        for record in self.facts:
            record.abandoned = True
            for delivery in record.deliveries:
                delivery.abandoned = True
        for record in facts:
            record.abandoned = False
        for delivery in deliveries:
            delivery.abandoned = False

    # ---- reading -------------------------------------------------------------------------------

    def living(self) -> Iterator[FactRecord]:
        """Yield the facts that hold, in order."""
        return (record for record in self.facts if not record.abandoned)

    def latest(self, number: int) -> Delivery:
        """Return the delivery with this number, looking from the newest back."""
        for record in reversed(self.facts):
            for delivery in record.deliveries:
                if delivery.number == number:
                    return delivery
        raise InvariantError(f"the journal has no delivery {number}")

    def deliveries(self) -> Iterator[Delivery]:
        """Yield the deliveries of the facts that hold, by fact and webhook."""
        for record in self.living():
            yield from (d for d in record.deliveries if not d.abandoned)

    def canonical(self) -> list[str]:
        """Return the canonical form, one JSON document a line. Two runs are identical when these
        lines are.
        """
        lines = [{"letGo": self.let_go}] if self.let_go else []
        for record in self.living():
            lines.append(_fact(record.fact))
            for delivery in record.deliveries:
                if not delivery.abandoned:
                    lines += [_delivery(delivery), *map(_canonical_try, delivery.counted)]
        return [_line(line) for line in lines]

    def log(self) -> Iterator[str]:
        """Yield the log as NDJSON, everything in the order in which it happened."""
        for entry in self.entries:
            yield _line(
                {"kind": entry.kind, "at": iso(entry.at), **_WRITERS[entry.kind](entry.what)}
            )


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


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
        **({"skipped": True} if delivery.state == SKIPPED else {}),
    }


def _canonical_try(record: TryRecord) -> dict[str, Any]:
    outcome = record.outcome or Outcome("unknown")
    return {
        "fact": record.delivery.fact.number,
        "webhook": record.delivery.webhook,
        "try": record.number,
        "at": iso(record.at),
        "headers": [list(header) for header in record.headers],
        "outcome": outcome.kind,
        "status": outcome.status,
        "answer": outcome.body.decode(errors="backslashreplace"),
        "truncated": outcome.truncated,
    }


def _full_try(record: TryRecord) -> dict[str, Any]:
    return {
        "delivery": record.delivery.number,
        "fact": record.delivery.fact.number,
        "webhook": record.delivery.webhook,
        "event": record.delivery.event,
        "try": record.number,
    }


def _taken(record: TryRecord) -> dict[str, Any]:
    return {
        **_full_try(record),
        "url": record.url,
        "headers": [list(header) for header in record.headers],
        "body": record.delivery.body.decode(),
    }


def _recorded(record: TryRecord) -> dict[str, Any]:
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


def _fact_entry(record: FactRecord) -> dict[str, Any]:
    return _fact(record.fact)


def _skipped(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery": delivery.number,
        "fact": delivery.fact.number,
        "webhook": delivery.webhook,
    }


_WRITERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "world": _world,
    "input": _input,
    "fact": _fact_entry,
    "take": _taken,
    "record": _recorded,
    "release": _full_try,
    "skip": _skipped,
}
"""Kind of entry -> how it is written."""
