"""Reading what a step expects."""

import re
from functools import partial

from pocketsflow_emulator.core import events
from pocketsflow_emulator.errors import UnknownName, suggestion
from pocketsflow_emulator.scenario import fields as shapes
from pocketsflow_emulator.scenario import tree
from pocketsflow_emulator.scenario.model import (
    Answers,
    EventExpectation,
    Expectation,
    Refused,
    Where,
)
from pocketsflow_emulator.scenario.reader import (
    EXPECTED,
    RESERVED,
    Reader,
    at,
    has_references,
)
from pocketsflow_emulator.scenario.tree import Fields, Items, Node

NOTHING = Where({}, {})

ANSWERED = ("status", "json", "text")
"""What the answer of a probe has."""

_DOCUMENTED = events.DIALECTS[0]
_STATUS = re.compile(r"[1-5]xx|[1-5][0-9][0-9]")
_SECONDS = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s)")


def expectation(reader: Reader, node: Node) -> Expectation:
    """Read the `expect` of a step."""
    fields = reader.fields(node, "expect")
    reader.references(node)
    handles, probes = _named(reader, fields)
    found = fields.fields
    return Expectation(
        events=_events(reader, found["events"]) if "events" in found else None,
        includes=_events(reader, found["includes"]) if "includes" in found else (),
        never=_events(reader, found["never"]) if "never" in found else (),
        counts=_counts(reader, found["counts"]) if "counts" in found else NOTHING,
        answers=_answers(reader, found["answers"]) if "answers" in found else None,
        bodies=_bodies(reader, found["body"]) if "body" in found else {},
        refused=_refused(reader, found["refused"]) if "refused" in found else None,
        handles=handles,
        probes=probes,
        place=at(fields.keys.get("events", node)),
    )


def seconds(reader: Reader, node: Node) -> float:
    """Read a span of real time, like 5s or 200ms."""
    match = _SECONDS.fullmatch(str(tree.plain(node)))
    if match is None:
        raise reader.fail("a time is written like 5s or 200ms", node)
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def _named(reader: Reader, fields: Fields) -> tuple[dict[str, Where], dict[str, Where]]:
    """Read what is expected of objects, and of the answers of probes."""
    handles: dict[str, Where] = {}
    probes: dict[str, Where] = {}
    objects = [name for name in reader.known if name not in RESERVED]
    for name, key in fields.keys.items():
        if name in EXPECTED:
            continue
        if name in reader.probes:
            probes[name] = _of_probe(reader, reader.fields(fields.fields[name], name))
        elif name in objects:
            handles[name] = _of_object(reader, name, reader.fields(fields.fields[name], name))
        else:
            known = [*EXPECTED, *reader.probes, *objects]
            raise reader.fail(f"cannot expect {name!r}{suggestion(name, known)}", key)
    return handles, probes


def _of_object(reader: Reader, name: str, fields: Fields) -> Where:
    for field, key in fields.keys.items():
        reader.field(name, field, "", key)
    return _where(fields)


def _of_probe(reader: Reader, fields: Fields) -> Where:
    for path, key in fields.keys.items():
        first, _, rest = path.partition(".")
        if first not in ANSWERED or (rest and first != "json"):
            raise reader.fail(
                f"the answer of a probe has status, text and json (json.access ...); it has no"
                f" {path!r}{suggestion(path, [*ANSWERED, f'json.{path}', f'json.{rest or path}'])}",
                key,
            )
    return _where(fields)


def _where(fields: Fields) -> Where:
    return Where(tree.plain(fields), {name: at(key) for name, key in fields.keys.items()})


def _events(reader: Reader, node: Node, dialect: str = _DOCUMENTED) -> tuple[EventExpectation, ...]:
    if not isinstance(node, Items):
        raise reader.fail("write a list of events, like [order.completed]", node)
    return tuple(_event(reader, item, dialect) for item in node.items)


def _event(reader: Reader, node: Node, dialect: str) -> EventExpectation:
    where, place = NOTHING, node
    fields = None
    if isinstance(node, Fields):
        name, values, place = reader.one(node, "an expected event")
        fields = reader.fields(values, f"the values of {name}")
        where = _where(fields)
    else:
        name = reader.text(node, "an event")
    _known(reader, name, place)
    for path, key in fields.keys.items() if fields else ():
        reader.located(key, partial(shapes.check_path, name, path, dialect))
    return EventExpectation(name, where, at(place))


def _known(reader: Reader, name: str, node: Node) -> None:
    try:
        events.named(name)
    except UnknownName as error:
        raise reader.fail(str(error), node) from None


def _counts(reader: Reader, node: Node) -> Where:
    fields = reader.fields(node, "counts")
    for name, key in fields.keys.items():
        _known(reader, name, key)
        _count(reader, fields.fields[name])
    return _where(fields)


def _count(reader: Reader, node: Node) -> object:
    """Read a number of things, or a reference to one."""
    value = tree.plain(node)
    number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if not number and not has_references(value):
        raise reader.fail("write how many: a whole number", node)
    return value


def _bodies(reader: Reader, node: Node) -> dict[str, tuple[EventExpectation, ...]]:
    fields = reader.fields(node, "body")
    reader.only(fields, events.DIALECTS, "dialect")
    return {dialect: _events(reader, found, dialect) for dialect, found in fields.fields.items()}


def _refused(reader: Reader, node: Node) -> Refused:
    words = reader.text(node, "refused: the words of the error")
    if not words:
        raise reader.fail("refused: write some words of the error", node)
    return Refused(words, at(node))


def _answers(reader: Reader, node: Node) -> Answers:
    fields = reader.fields(node, "answers")
    reader.only(fields, ("status", "contains", "count", "under"), "key of answers")
    found = fields.fields
    return Answers(
        statuses=_statuses(reader, found["status"]) if "status" in found else ("2xx",),
        under=seconds(reader, found["under"]) if "under" in found else None,
        contains=_texts(reader, found["contains"]) if "contains" in found else (),
        count=_count(reader, found["count"]) if "count" in found else None,
        place=at(node),
    )


def _statuses(reader: Reader, node: Node) -> tuple[str, ...]:
    value = tree.plain(node)
    statuses = [str(item) for item in (value if isinstance(value, list) else [value])]
    for status in statuses or [""]:
        if not _STATUS.fullmatch(status):
            raise reader.fail(f"status is {status!r}; write 200, 2xx or a list of them", node)
    return tuple(statuses)


def _texts(reader: Reader, node: Node) -> tuple[str, ...]:
    """Read a text or a list of texts, none of them empty."""
    value = tree.plain(node)
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise reader.fail("contains is a text of the answer, or a list of them", node)
    return tuple(texts)
