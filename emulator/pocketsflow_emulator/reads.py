"""What a test reads back: deliveries as they were sent, and assertions that explain a miss."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, SupportsIndex, overload

from pocketsflow_emulator import matching, timeline
from pocketsflow_emulator.core import clock, events
from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.delivery import tries
from pocketsflow_emulator.delivery.outcomes import OUTCOMES
from pocketsflow_emulator.delivery.policy import FINAL
from pocketsflow_emulator.errors import InvalidInput, Missed, UnknownName, quoted
from pocketsflow_emulator.wire.dialects import documented


class Delivery:
    """One delivery: an event for one webhook, as it was sent, and what came back.

    `looked` are the numbers of those whose fate somebody has looked at.
    """

    __slots__ = ("_kept", "_looked")

    def __init__(self, kept: tries.Delivery, looked: set[int]) -> None:
        self._kept = kept
        self._looked = looked

    @property
    def id(self) -> int:
        """The number of the delivery in its world, from 1."""
        return self._kept.number

    @property
    def kept(self) -> tries.Delivery:
        """What the journal has of it."""
        return self._kept

    @property
    def event(self) -> str:
        """The name on the wire, in the webhook's dialect."""
        return self._kept.event

    @property
    def body(self) -> bytes:
        """The exact bytes that were sent last, whatever a fault made of them."""
        tries = self._kept.tries
        return tries[-1].body if tries else self._kept.body

    @property
    def json(self) -> Any:
        """The parsed body, as it was before any fault."""
        return json.loads(self._kept.body)

    @property
    def webhook(self) -> str:
        """The id of the webhook configuration."""
        return self._kept.webhook

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the last try; empty before the first."""
        return dict(self._kept.tries[-1].headers) if self._kept.tries else {}

    @property
    def outcome(self) -> str:
        """What came of it: `delivered`, `rejected` ...; or `waiting`, `scheduled`, `skipped`."""
        self.look()
        return self._kept.state

    @property
    def status(self) -> int | None:
        """The status of the last answer, or None where there was none."""
        self.look()
        return self._kept.outcome.status if self._kept.outcome else None

    @property
    def answer(self) -> bytes:
        """The body of the last answer, at most 64 kB of it."""
        return self._kept.outcome.body if self._kept.outcome else b""

    @property
    def tries(self) -> int:
        """How many tries have come to an end."""
        return len(self._kept.counted)

    @property
    def at(self) -> Any:
        """The instant of the event, an aware datetime."""
        return clock.to_datetime(self._kept.fact.instant)

    @property
    def explanation(self) -> str:
        """What happened, the likely cause and what to do."""
        self.look()
        return timeline.explanation(self._kept)

    def told(self) -> tuple[str, str]:
        """Return the two parts of the explanation: what happened, and what that means."""
        self.look()
        return timeline.happening(self._kept), timeline.advice(self._kept)

    @property
    def went_wrong(self) -> bool:
        """Whether the last answer was not 2xx in time, or did not come."""
        return any(outcome.kind not in FINAL for outcome in self._kept.outcomes)

    @property
    def faults(self) -> list[str]:
        """The names of the faults that hit it."""
        trouble = self._kept.trouble
        return [firing.name for firing in trouble.firings] if trouble else []

    @property
    def error(self) -> Exception | None:
        """What the receiver raised, where it is a function of this process."""
        return self._kept.outcome.error if self._kept.outcome else None

    @property
    def unnoticed(self) -> bool:
        """Whether nobody has looked at what came of it, nor been told by an exception."""
        return self.id not in self._looked

    def look(self) -> None:
        """Note that somebody has seen what came of it."""
        self._looked.add(self.id)

    def ended(self, outcome: str) -> bool:
        """Say whether it has this outcome, without looking at it on anybody's behalf."""
        return self._kept.state == outcome

    def is_one_of(self, types: frozenset[EventType]) -> bool:
        """Say whether its event is one of these."""
        return self._kept.fact.event in types

    def __repr__(self) -> str:
        return f"<delivery {self.id} {self.event} {timeline.result(self._kept)}>"

    def differences(self, where: Mapping[str, Any]) -> list[str]:
        """Return what differs from the expected values, by path of the `documented` body."""
        sent, shape = self.json, None
        if self._kept.dialect != "documented":
            shape = documented.build(self._kept.fact, self._kept.webhook, False)
        return matching.differences(where, sent if shape is None else shape)


class Deliveries(tuple[Delivery, ...]):
    """Deliveries in order; `of` selects by event name of any dialect, `last` is the newest."""

    __slots__ = ()

    @classmethod
    def kept(cls, deliveries: Iterable[tries.Delivery], looked: set[int]) -> "Deliveries":
        """Return views of journalled deliveries; they share what has been looked at."""
        return cls(Delivery(delivery, looked) for delivery in deliveries)

    def of(self, pattern: str) -> "Deliveries":
        """Return those whose event a name or pattern (`invoice.*`) selects."""
        wanted = events.matching(*events.patterns(pattern))
        return Deliveries(d for d in self if d.is_one_of(wanted))

    @property
    def last(self) -> Delivery | None:
        """The newest, or None."""
        return self[-1] if self else None

    def explained(self) -> list[str]:
        """Return what happened to each, a line each; the same advice is given once."""
        lines: list[str] = []
        given: set[str] = set()
        for delivery in self:
            happened, advice = delivery.told()
            lines.append(happened if advice in given else f"{happened}. {advice}")
            given.add(advice)
        return lines

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> Delivery: ...
    @overload
    def __getitem__(self, index: slice, /) -> "Deliveries": ...
    def __getitem__(self, index: Any, /) -> "Delivery | Deliveries":
        """Return one by position, or several as `Deliveries`."""
        found: Any = super().__getitem__(index)
        return Deliveries(found) if isinstance(index, slice) else found


class Wanted(NamedTuple):
    """What is looked for: an event by name or pattern, values by path of the `documented` body, and
    an outcome; None for any, of what has been sent.
    """

    event: str
    where: Mapping[str, Any]
    outcome: str | None

    def among(self, deliveries: Deliveries) -> Deliveries:
        """Return the deliveries that fit."""
        named = deliveries.of(self.event)
        return Deliveries(d for d in named if self._ended(d) and not d.differences(self.where))

    def missed(self, deliveries: Deliveries, found: Deliveries, count: str) -> list[str]:
        """Say what was expected and found, and describe the nearest misses."""
        words = " ".join((f"{self.event}{_words(self.where)}", self.outcome or "sent"))
        such = "delivery" if len(found) == 1 else "deliveries"
        line = f"expected {words}{count}; found {len(found)} such {such} of {len(deliveries)}"
        return [line, *self._near(deliveries.of(self.event))]

    def _ended(self, delivery: Delivery) -> bool:
        return bool(delivery.tries) if self.outcome is None else delivery.ended(self.outcome)

    def _near(self, named: Deliveries) -> list[str]:
        """Describe the deliveries of that name that come closest."""
        misses = []
        for delivery in named:
            lines = delivery.differences(self.where)
            if not self._ended(delivery):
                why = f" ({delivery.explanation})" if delivery.tries else ""
                expected = self.outcome or "sent"
                lines.append(f"outcome: expected {expected!r}, found {delivery.outcome!r}{why}")
            if lines:
                misses.append((len(lines), delivery.id, "; ".join(lines)))
        return [f"  near miss, delivery {id}: {text}" for _, id, text in sorted(misses)[:3]]


_BEFORE = (tries.WAITING, tries.OUT, tries.SCHEDULED, tries.HELD, tries.SKIPPED)
"""What stands in the place of an outcome while there is none."""


def expect_delivered(
    deliveries: Deliveries,
    event: str,
    where: Mapping[str, Any] | None,
    times: int | None,
    outcome: str,
    story: str,
) -> Delivery:
    """Return the last delivery that fits; raises `Missed` with the nearest miss and the story."""
    if times is not None and times < 1:
        raise InvalidInput(f"times is {times}; use assert_not_delivered where none is expected")
    if outcome not in (*OUTCOMES, *_BEFORE):
        raise UnknownName("outcome", outcome, (*OUTCOMES, *_BEFORE))
    wanted = Wanted(event, _checked(where), outcome)
    fitting = wanted.among(deliveries)
    if fitting and (times is None or len(fitting) == times):
        for delivery in fitting:
            delivery.look()
        return fitting[-1]
    count = "" if times is None else " once" if times == 1 else f" {times} times"
    raise Missed("\n".join(wanted.missed(deliveries, fitting, count)), story)


def expect_not_delivered(
    deliveries: Deliveries, event: str, where: Mapping[str, Any] | None, story: str
) -> None:
    """Raise `Missed` where such a delivery was sent, whatever came of it."""
    wanted = _checked(where)
    found = [d for d in deliveries.of(event) if d.tries and not d.differences(wanted)]
    if found:
        raise Missed(f"expected no {event}{_words(where)}; found {found[0]!r}", story)


def expect_sequence(deliveries: Deliveries, sequence: Iterable[str], story: str) -> None:
    """Raise `Missed` unless the events occur in this order; others may come in between."""
    wanted = [events.named(name) for name in sequence]
    rest = iter(deliveries)
    for place, event in enumerate(wanted, 1):
        if not any(delivery.is_one_of(frozenset((event,))) for delivery in rest):
            before = f" after {wanted[place - 2].name}" if place > 1 else ""
            raise Missed(f"expected {event.name}{before} (number {place}); it did not come", story)


def _checked(where: object) -> Mapping[str, Any]:
    if not isinstance(where, Mapping | None):
        raise InvalidInput(f'where is {quoted(where)}; write values by path: {{"amount": 60}}')
    return where or {}


def _words(where: Mapping[str, Any] | None) -> str:
    if not where:
        return ""
    inner = ", ".join(f"{path} = {matching.shown(value)}" for path, value in where.items())
    return f" with {inner}"
