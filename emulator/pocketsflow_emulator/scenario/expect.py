"""Checking expectations: each check yields what is unmet, nothing where all holds."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from pocketsflow_emulator import matching, timeline
from pocketsflow_emulator.core import events
from pocketsflow_emulator.delivery.policy import FINAL
from pocketsflow_emulator.delivery.tries import Delivery, Outcome
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.scenario import references, writing
from pocketsflow_emulator.scenario.model import (
    RECEIVER,
    Answers,
    EventExpectation,
    Expectation,
    Place,
    Refused,
    Where,
)


class Unmet(NamedTuple):
    """Something that does not hold: where it stands, what was the case, what that means and what
    may help, and the lines that would expect what happened.
    """

    place: Place
    message: str
    advice: str = ""
    paste: tuple[str, ...] = ()


class Told(NamedTuple):
    """An event, and the body that it has."""

    event: events.EventType
    body: Mapping[str, Any]


def unmet(
    expect: Expectation,
    happened: Sequence[Told],
    deliveries: Sequence[Delivery],
    scope: Mapping[str, Any],
) -> Iterator[Unmet]:
    """Yield what does not hold after a step in which this has happened and was delivered."""
    named = {events.named(item.event) for item in (*(expect.events or ()), *expect.includes)}
    told = [one for one in happened if one.event.documented or one.event in named]
    if expect.events is not None:
        yield from _exactly(expect.events, expect.place, told, scope)
    yield from _includes(expect.includes, told, scope)
    for item in expect.never:
        yield from _never(item, happened, scope)
    yield from _counts(expect.counts, happened, scope)
    for dialect, bodies in expect.bodies.items():
        yield from _bodies(dialect, bodies, deliveries, scope)
    for name, where in expect.handles.items():
        yield from _handle(name, where, scope)
    if expect.answers is not None:
        yield from _answers(expect.answers, deliveries, scope)


def unanswered(place: Place, deliveries: Iterable[Delivery]) -> Iterator[Unmet]:
    """Yield the deliveries that were not answered as they must be where nothing else is said."""
    for delivery in deliveries:
        if delivery.outcome is not None and delivery.outcome.kind not in FINAL:
            yield Unmet(place, timeline.happening(delivery), timeline.advice(delivery))


def _exactly(
    expected: Sequence[EventExpectation],
    place: Place,
    found: Sequence[Told],
    scope: Mapping[str, Any],
) -> Iterator[Unmet]:
    names = [events.named(item.event).name for item in expected]
    happened = [told.event.name for told in found]
    if names != happened:
        wanted, got = (", ".join(some) or "none" for some in (names, happened))
        message = f"expected exactly these events: {wanted}; these happened: {got}"
        yield Unmet(place, message, paste=_listed("events", found))
        return
    for item, told in zip(expected, found, strict=True):
        yield from _values(item, told.body, scope)


def _includes(
    expected: Iterable[EventExpectation], found: Sequence[Told], scope: Mapping[str, Any]
) -> Iterator[Unmet]:
    """Each must occur, in this order; others may come in between."""
    position = 0
    for item in expected:
        event = events.named(item.event)
        near: list[Unmet] = []
        for place in range(position, len(found)):
            if found[place].event == event:
                differing = list(_values(item, found[place].body, scope))
                if not differing:
                    position = place + 1
                    break
                near = near or differing
        else:
            yield from near or [_absent(item, found)]


def _absent(item: EventExpectation, found: Sequence[Told]) -> Unmet:
    happened = ", ".join(told.event.name for told in found) or "none"
    message = f"expected {item.event}; these happened: {happened}"
    return Unmet(item.place, message, paste=_listed("includes", found))


def _listed(key: str, found: Sequence[Told]) -> tuple[str, ...]:
    if not found:
        return (f"{key}: []",)
    return (f"{key}:", *(f"  - {told.event.name}" for told in found))


def _never(
    item: EventExpectation, happened: Sequence[Told], scope: Mapping[str, Any]
) -> Iterator[Unmet]:
    """None of these, with all of the values that are named."""
    for told in happened:
        if told.event == events.named(item.event) and not any(_values(item, told.body, scope)):
            paste = ("includes:", f"  - {item.event}")
            values = ", ".join(f"{path}: {value}" for path, value in item.where.values.items())
            what = f"{item.event} with {values}" if values else item.event
            yield Unmet(item.place, f"expected no {what}, but it happened", paste=paste)
            return


def _counts(counts: Where, told: Sequence[Told], scope: Mapping[str, Any]) -> Iterator[Unmet]:
    for name, wanted in counts.values.items():
        event = events.named(name)
        happened = sum(one.event == event for one in told)
        expected = references.resolve(wanted, scope)
        if not matching.same(expected, happened):
            message = f"counts: {name}: expected {matching.shown(expected)}, found {happened}"
            yield Unmet(counts.places[name], message, paste=(f"{name}: {happened}",))


def _bodies(
    dialect: str,
    expected: Sequence[EventExpectation],
    deliveries: Sequence[Delivery],
    scope: Mapping[str, Any],
) -> Iterator[Unmet]:
    """Each must have been sent in this order. Where nobody hears the dialect, nothing is said."""
    sent = [
        Told(delivery.fact.event, json.loads(delivery.body, parse_float=Decimal))
        for delivery in deliveries
        if delivery.dialect == dialect
    ]
    if sent:
        for miss in _includes(expected, sent, scope):
            yield miss._replace(message=f"body.{dialect}: {miss.message}")


def _values(
    item: EventExpectation, body: Mapping[str, Any], scope: Mapping[str, Any]
) -> Iterator[Unmet]:
    for path, value in item.where.values.items():
        place = item.where.places[path]
        try:
            differing = matching.differences({path: references.resolve(value, scope)}, body)
        except InvalidInput as error:
            yield Unmet(place, f"{item.event}: {error}")
            continue
        for line in differing:
            yield Unmet(place, f"{item.event}: {line}", paste=writing.entry(path, body))


def _handle(name: str, where: Where, scope: Mapping[str, Any]) -> Iterator[Unmet]:
    subject = scope[name]
    for field, value in where.values.items():
        place = where.places[field]
        if not isinstance(subject, Handle):
            yield Unmet(place, f"{name} is {subject!r}, which is no object")
            return
        try:
            expected = references.resolve(value, scope)
            found = references.field(subject, field)
        except InvalidInput as error:
            yield Unmet(place, str(error))
            continue
        if not matching.same(expected, found):
            message = f"expected {matching.shown(expected)}, found {matching.shown(found)}"
            paste = writing.entry(field, {field: found})
            yield Unmet(place, f"{name}.{field}: {message}", paste=paste)


def refusal(refused: Refused | None, place: Place, error: str) -> Unmet:
    """Return what to say of a step that was refused, or was not, against what was expected."""
    if refused is None:
        return Unmet(place, f"was refused: {error}")
    if error:
        message = f"expected to be refused with {refused.words!r}; was refused: {error}"
        return Unmet(refused.place, message, paste=(f"refused: {writing.scalar(error)}",))
    return Unmet(refused.place, f"expected to be refused with {refused.words!r}, but was done")


def answer(
    name: str, where: Where, scope: Mapping[str, Any], told: Mapping[str, Any]
) -> list[Unmet]:
    """Return what does not hold of the answer of a probe: its `status`, `json` and `text`."""
    if told.get("failed"):
        return [Unmet(place, f"{name}: {told['failed']}") for place in [*where.places.values()][:1]]
    missed = []
    for path, value in where.values.items():
        expected = references.resolve(value, scope)
        lines = matching.differences({path: expected}, told)
        if path.startswith("json.") and told["json"] is None:
            found = f"the answer is no JSON, but {told['status']} {told['text'][:80]!r}"
            lines = [f"{path}: expected {matching.shown(expected)}; {found}"]
        missed += [
            Unmet(where.places[path], f"{name}: {line}", paste=writing.entry(path, told))
            for line in lines
        ]
    return missed


def _answers(
    answers: Answers, deliveries: Sequence[Delivery], scope: Mapping[str, Any]
) -> Iterator[Unmet]:
    tried = [each for each in deliveries if each.outcome and each.outcome.kind != "dropped"]
    wanted = references.resolve(answers.count, scope)
    if wanted is None and not tried:
        yield Unmet(answers.place, "expected answers, but nothing was delivered")
    if wanted is not None:
        found = sum(delivery.webhook == scope.get(RECEIVER) for delivery in tried)
        if found != wanted:
            message = f"answers: count: expected {wanted}, found {found}"
            yield Unmet(answers.place, message, paste=(f"answers: {{count: {found}}}",))
    for delivery in tried:
        outcome = delivery.outcome
        if outcome is None:
            continue
        absent = [text for text in answers.contains if text not in _text(outcome)]
        if not any(_fits(status, outcome.status) for status in answers.statuses):
            wanted = " or ".join(answers.statuses)
            message = f"expected an answer of {wanted}: {timeline.happening(delivery)}"
            paste = () if outcome.status is None else (f"answers: {{status: {outcome.status}}}",)
            yield Unmet(answers.place, message, timeline.advice(delivery), paste)
        elif answers.under is not None and outcome.duration >= answers.under:
            message = f"answered after {outcome.duration:.3f} s, not under {answers.under} s"
            paste = (f"answers: {{under: {math.floor(outcome.duration) + 1}s}}",)
            yield Unmet(answers.place, f"{delivery.event}: {message}", paste=paste)
        elif absent:
            message = f"{delivery.event}: expected an answer with {absent[0]!r}"
            yield Unmet(answers.place, f"{message}, found {_text(outcome)[:200]!r}")


def _text(outcome: Outcome) -> str:
    return outcome.body.decode(errors="replace")


def _fits(wanted: str, status: int | None) -> bool:
    if status is None:
        return False
    return str(status) == wanted or (wanted.endswith("xx") and str(status)[0] == wanted[0])
