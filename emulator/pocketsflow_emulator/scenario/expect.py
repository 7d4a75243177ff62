"""Checking expectations: each check returns the misses as sentences, none where all holds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pocketsflow_emulator import matching, timeline
from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.delivery.tries import Delivery
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.scenario import references
from pocketsflow_emulator.scenario.model import Answers, EventExpectation, Expectation
from pocketsflow_emulator.wire.dialects import documented


def misses(
    expect: Expectation,
    facts: Sequence[Fact],
    deliveries: Sequence[Delivery],
    scope: Mapping[str, Any],
) -> list[str]:
    """Return what does not hold after a step that caused these facts and deliveries."""
    named = {events.named(item.event) for item in (*(expect.events or ()), *expect.includes)}
    found = [fact for fact in facts if fact.event.documented or fact.event in named]
    lines: list[str] = []
    if expect.events is not None:
        lines += _exactly(expect.events, found, scope)
    lines += _includes(expect.includes, found, scope)
    for name in expect.never:
        if any(fact.event == events.named(name) for fact in facts):
            lines.append(f"expected no {name}, but it happened")
    for name, where in expect.handles.items():
        lines += _handle(name, where, scope)
    if expect.answers is not None:
        lines += _answers(expect.answers, deliveries)
    return lines


def _exactly(
    expected: Iterable[EventExpectation], found: Sequence[Fact], scope: Mapping[str, Any]
) -> list[str]:
    wanted = list(expected)
    names = [events.named(item.event).name for item in wanted]
    happened = [fact.event.name for fact in found]
    if names != happened:
        return [
            f"expected exactly these events: {', '.join(names) or 'none'}",
            f"but these happened: {', '.join(happened) or 'none'}",
        ]
    return [
        f"{item.event}: {line}"
        for item, fact in zip(wanted, found, strict=True)
        for line in _values(item, fact, scope)
    ]


def _includes(
    expected: Iterable[EventExpectation], found: Sequence[Fact], scope: Mapping[str, Any]
) -> list[str]:
    """Each must occur, in this order; others may come in between."""
    lines: list[str] = []
    position = 0
    for item in expected:
        event = events.named(item.event)
        near: list[str] = []
        for place in range(position, len(found)):
            if found[place].event == event:
                differing = _values(item, found[place], scope)
                if not differing:
                    position = place + 1
                    break
                near = near or differing
        else:
            if near:
                lines += [f"{item.event}: {line}" for line in near]
            else:
                happened = ", ".join(fact.event.name for fact in found) or "none"
                lines.append(f"expected {item.event}; these happened: {happened}")
    return lines


def _values(item: EventExpectation, fact: Fact, scope: Mapping[str, Any]) -> list[str]:
    if not item.where:
        return []
    body = documented.build(fact, "", False) or {}
    try:
        return matching.differences(references.resolve(item.where, scope), body)
    except InvalidInput as error:
        return [str(error)]


def _handle(name: str, where: Mapping[str, Any], scope: Mapping[str, Any]) -> list[str]:
    subject = scope[name]
    if not isinstance(subject, Handle):
        return [f"{name} is {subject!r}, which is no object"]
    try:
        wanted = references.resolve(where, scope)
    except InvalidInput as error:
        return [str(error)]
    lines = []
    for field, expected in wanted.items():
        try:
            found = references.field(subject, field)
        except InvalidInput as error:
            lines.append(str(error))
            continue
        if not matching.same(expected, found):
            lines.append(
                f"{name}.{field}: expected {matching.shown(expected)},"
                f" found {matching.shown(found)}"
            )
    return lines


def _answers(answers: Answers, deliveries: Sequence[Delivery]) -> list[str]:
    if not deliveries:
        return ["expected answers, but nothing was delivered"]
    lines = []
    for delivery in deliveries:
        outcome = delivery.outcome
        if outcome is None:
            continue
        if not any(_fits(status, outcome.status) for status in answers.statuses):
            wanted = " or ".join(answers.statuses)
            lines.append(f"expected an answer of {wanted}: {timeline.explanation(delivery)}")
        elif answers.under is not None and outcome.duration >= answers.under:
            lines.append(
                f"{delivery.event}: answered after {outcome.duration:.3f} s,"
                f" not under {answers.under} s"
            )
    return lines


def _fits(wanted: str, status: int | None) -> bool:
    if status is None:
        return False
    return str(status) == wanted or (wanted.endswith("xx") and str(status)[0] == wanted[0])
