"""Checking expectations: each check yields what is unmet, nothing where all holds."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pocketsflow_emulator import matching, timeline
from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.delivery.policy import FINAL
from pocketsflow_emulator.delivery.tries import Delivery
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.scenario import references, writing
from pocketsflow_emulator.scenario.model import (
    Answers,
    EventExpectation,
    Expectation,
    Place,
    Where,
)
from pocketsflow_emulator.wire.dialects import documented


class Unmet(NamedTuple):
    """Something that does not hold: where it stands, what was the case, what that means and what
    may help, and the lines that would expect what happened.
    """

    place: Place
    message: str
    advice: str = ""
    paste: tuple[str, ...] = ()


def unmet(
    expect: Expectation,
    facts: Sequence[Fact],
    deliveries: Sequence[Delivery],
    scope: Mapping[str, Any],
) -> Iterator[Unmet]:
    """Yield what does not hold after a step that caused these facts and deliveries."""
    named = {events.named(item.event) for item in (*(expect.events or ()), *expect.includes)}
    found = [fact for fact in facts if fact.event.documented or fact.event in named]
    if expect.events is not None:
        yield from _exactly(expect.events, expect.place, found, scope)
    yield from _includes(expect.includes, found, scope)
    for item in expect.never:
        if any(fact.event == events.named(item.event) for fact in facts):
            happened = ("includes:", f"  - {item.event}")
            yield Unmet(item.place, f"expected no {item.event}, but it happened", paste=happened)
    for name, where in expect.handles.items():
        yield from _handle(name, where, scope)
    if expect.answers is not None:
        yield from _answers(expect.answers, deliveries)


def unanswered(place: Place, deliveries: Iterable[Delivery]) -> Iterator[Unmet]:
    """Yield the deliveries that were not answered as they must be where nothing else is said."""
    for delivery in deliveries:
        if delivery.outcome is not None and delivery.outcome.kind not in FINAL:
            yield Unmet(place, timeline.happening(delivery), timeline.advice(delivery))


def _exactly(
    expected: Sequence[EventExpectation],
    place: Place,
    found: Sequence[Fact],
    scope: Mapping[str, Any],
) -> Iterator[Unmet]:
    names = [events.named(item.event).name for item in expected]
    happened = [fact.event.name for fact in found]
    if names != happened:
        wanted, got = (", ".join(some) or "none" for some in (names, happened))
        message = f"expected exactly these events: {wanted}; these happened: {got}"
        yield Unmet(place, message, paste=_listed("events", found))
        return
    for item, fact in zip(expected, found, strict=True):
        yield from _values(item, fact, scope)


def _includes(
    expected: Iterable[EventExpectation], found: Sequence[Fact], scope: Mapping[str, Any]
) -> Iterator[Unmet]:
    """Each must occur, in this order; others may come in between."""
    position = 0
    for item in expected:
        event = events.named(item.event)
        near: list[Unmet] = []
        for place in range(position, len(found)):
            if found[place].event == event:
                differing = list(_values(item, found[place], scope))
                if not differing:
                    position = place + 1
                    break
                near = near or differing
        else:
            yield from near or [_absent(item, found)]


def _absent(item: EventExpectation, found: Sequence[Fact]) -> Unmet:
    happened = ", ".join(fact.event.name for fact in found) or "none"
    message = f"expected {item.event}; these happened: {happened}"
    return Unmet(item.place, message, paste=_listed("includes", found))


def _listed(key: str, found: Sequence[Fact]) -> tuple[str, ...]:
    if not found:
        return (f"{key}: []",)
    return (f"{key}:", *(f"  - {fact.event.name}" for fact in found))


def _values(item: EventExpectation, fact: Fact, scope: Mapping[str, Any]) -> Iterator[Unmet]:
    body = documented.build(fact, "", False) or {}
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


def _answers(answers: Answers, deliveries: Sequence[Delivery]) -> Iterator[Unmet]:
    if not deliveries:
        yield Unmet(answers.place, "expected answers, but nothing was delivered")
    for delivery in deliveries:
        outcome = delivery.outcome
        if outcome is None:
            continue
        if not any(_fits(status, outcome.status) for status in answers.statuses):
            wanted = " or ".join(answers.statuses)
            message = f"expected an answer of {wanted}: {timeline.happening(delivery)}"
            paste = () if outcome.status is None else (f"answers: {{status: {outcome.status}}}",)
            yield Unmet(answers.place, message, timeline.advice(delivery), paste)
        elif answers.under is not None and outcome.duration >= answers.under:
            message = f"answered after {outcome.duration:.3f} s, not under {answers.under} s"
            paste = (f"answers: {{under: {math.floor(outcome.duration) + 1}s}}",)
            yield Unmet(answers.place, f"{delivery.event}: {message}", paste=paste)


def _fits(wanted: str, status: int | None) -> bool:
    if status is None:
        return False
    return str(status) == wanted or (wanted.endswith("xx") and str(status)[0] == wanted[0])
