"""Reading what a step expects."""

import re
from functools import partial

from pocketsflow_emulator.core import events
from pocketsflow_emulator.errors import UnknownName, suggestion
from pocketsflow_emulator.scenario import fields as shapes
from pocketsflow_emulator.scenario import tree
from pocketsflow_emulator.scenario.model import (
    COMMON,
    Answers,
    EventExpectation,
    Expectation,
    Where,
)
from pocketsflow_emulator.scenario.reader import EXPECTED, Reader, at
from pocketsflow_emulator.scenario.tree import Fields, Node

_STATUS = re.compile(r"[1-5]xx|[1-5][0-9][0-9]")
_SECONDS = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s)")


def expectation(reader: Reader, node: Node) -> Expectation:
    """Read the `expect` of a step."""
    fields = reader.fields(node, "expect")
    handles = {}
    for name, key in fields.keys.items():
        if name not in EXPECTED:
            if name not in reader.known or name in COMMON:
                known = [*EXPECTED, *(reader.known.keys() - COMMON.keys())]
                raise reader.fail(f"cannot expect {name!r}{suggestion(name, known)}", key)
            handles[name] = _of_object(reader, name, reader.fields(fields.fields[name], name))
    reader.references(node)
    found = fields.fields
    return Expectation(
        events=_events(reader, found["events"]) if "events" in found else None,
        includes=_events(reader, found["includes"]) if "includes" in found else (),
        never=_never(reader, found["never"]) if "never" in found else (),
        answers=_answers(reader, found["answers"]) if "answers" in found else None,
        handles=handles,
        place=at(fields.keys.get("events", node)),
    )


def _of_object(reader: Reader, name: str, fields: Fields) -> Where:
    for field, key in fields.keys.items():
        reader.field(name, field, "", key)
    return _where(fields)


def _where(fields: Fields) -> Where:
    return Where(tree.plain(fields), {name: at(key) for name, key in fields.keys.items()})


def _events(reader: Reader, node: Node) -> tuple[EventExpectation, ...]:
    return tuple(_event(reader, item) for item in reader.items(node, "a list of events"))


def _never(reader: Reader, node: Node) -> tuple[EventExpectation, ...]:
    for item in reader.items(node, "a list of events"):
        reader.text(item, "an event that never happens")
    return _events(reader, node)


def _event(reader: Reader, node: Node) -> EventExpectation:
    where, place = Where({}, {}), node
    fields = None
    if isinstance(node, Fields):
        name, values, place = reader.one(node, "an expected event")
        fields = reader.fields(values, f"the values of {name}")
        where = _where(fields)
    else:
        name = reader.text(node, "an event")
    try:
        events.named(name)
    except UnknownName as error:
        raise reader.fail(str(error), place) from None
    for path, key in fields.keys.items() if fields else ():
        reader.located(key, partial(shapes.check_path, name, path))
    return EventExpectation(name, where, at(place))


def _answers(reader: Reader, node: Node) -> Answers:
    fields = reader.fields(node, "answers")
    reader.only(fields, ("status", "under"), "key of answers")
    statuses = ["2xx"]
    if "status" in fields.fields:
        value = tree.plain(fields.fields["status"])
        statuses = [str(item) for item in (value if isinstance(value, list) else [value])]
    for status in statuses or [""]:
        if not _STATUS.fullmatch(status):
            raise reader.fail(f"status is {status!r}; write 200, 2xx or a list of them", node)
    under = _seconds(reader, fields.fields["under"]) if "under" in fields.fields else None
    return Answers(tuple(statuses), under, at(node))


def _seconds(reader: Reader, node: Node) -> float:
    match = _SECONDS.fullmatch(str(tree.plain(node)))
    if match is None:
        raise reader.fail("a time is written like 5s or 200ms", node)
    return float(match[1]) / (1000 if match[2] == "ms" else 1)
