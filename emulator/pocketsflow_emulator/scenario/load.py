"""From a file to a `Scenario`: everything is checked before anything is sent.

Every complaint names file, line, column, what was expected, and the nearest name.
"""

import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from inspect import signature
from typing import Any, TypeVar

from pocketsflow_emulator.core import events, verbs
from pocketsflow_emulator.errors import InvalidInput, ScenarioError, UnknownName, suggestion
from pocketsflow_emulator.scenario import options, references, tree
from pocketsflow_emulator.scenario.model import (
    COMMON,
    PSEUDO_VERBS,
    VERSION,
    Answers,
    EventExpectation,
    Expectation,
    Option,
    Place,
    Scenario,
    Step,
    Where,
)
from pocketsflow_emulator.scenario.tree import Fields, Items, Leaf, Node

T = TypeVar("T")

_TOP = ("version", "name", "title", "description", "tags", "options", "given", "steps")
_EXPECT = ("events", "includes", "never", "answers")
_TYPES = ("text", "integer", "amount", "boolean")
_NUMBERS = ("integer", "amount")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_BINDING = re.compile(r"[a-z_][a-z0-9_]*")
_STATUS = re.compile(r"[1-5]xx|[1-5][0-9][0-9]")
_SECONDS = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s)")
_SPAN = re.compile(r"([0-9]{1,12})\s*(second|minute|hour|day|week|month|year)s?")


def read(text: str, file: str) -> Scenario:
    """Read a scenario; `file` is the name that messages use. Raises `ScenarioError`."""
    return _Reader(file).scenario(tree.parse(text, file))


class _Reader:
    """Walks the tree of one file; `known` are the names that `$` can refer to so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.known: set[str] = set(COMMON)

    def fail(self, message: str, node: Node) -> ScenarioError:
        return ScenarioError(message, self.file, node.line, node.column)

    # ---- shapes --------------------------------------------------------------------------------

    def fields(self, node: Node, what: str) -> Fields:
        if not isinstance(node, Fields):
            raise self.fail(f"{what} must be a mapping", node)
        return node

    def items(self, node: Node, what: str) -> list[Node]:
        if not isinstance(node, Items):
            raise self.fail(f"{what} must be a list", node)
        return node.items

    def text(self, node: Node, what: str) -> str:
        if not isinstance(node, Leaf) or not isinstance(node.value, str):
            raise self.fail(f"{what} must be a text", node)
        return node.value

    def only(self, fields: Fields, known: tuple[str, ...], what: str) -> None:
        for name, key in fields.keys.items():
            if name not in known:
                raise self.fail(f"unknown {what} {name!r}{suggestion(name, known)}", key)

    def one(self, fields: Fields, what: str) -> tuple[str, Node, Leaf]:
        if len(fields.fields) != 1:
            raise self.fail(f"{what} must have exactly one entry", fields)
        [(name, node)] = fields.fields.items()
        return name, node, fields.keys[name]

    def located(self, node: Node, check: Callable[[], T]) -> T:
        """Run a check of the core and add the place to what it complains of."""
        try:
            return check()
        except ScenarioError:
            raise
        except InvalidInput as error:
            raise self.fail(str(error), node) from None

    # ---- the file ------------------------------------------------------------------------------

    def scenario(self, root: Node) -> Scenario:
        top = self.fields(root, "a scenario")
        self.only(top, _TOP, "key")
        for needed in ("version", "name", "title", "steps"):
            if needed not in top.fields:
                raise self.fail(f"a scenario needs {needed!r}", top)
        version = top.fields["version"]
        if tree.plain(version) != VERSION or tree.plain(version) is True:
            raise self.fail(f"version must be {VERSION}", version)
        name = self.text(top.fields["name"], "name")
        if not _NAME.fullmatch(name):
            raise self.fail(
                "name must be lower-case letters, digits, '.', '_' and '-'", top.fields["name"]
            )
        choices = self.options(top.fields.get("options"))
        given = self.given(top.fields.get("given"))
        steps = self.items(top.fields["steps"], "steps")
        if not steps:
            raise self.fail("steps must not be empty", top.fields["steps"])
        return Scenario(
            name=name,
            title=self.text(top.fields["title"], "title"),
            description=self.text(top.fields.get("description", Leaf("", 0, 0)), "description"),
            tags=self.tags(top.fields.get("tags")),
            options=choices,
            given=given,
            steps=tuple(self.step(step) for step in steps),
            file=self.file,
        )

    def tags(self, node: Node | None) -> tuple[str, ...]:
        return tuple(self.text(tag, "a tag") for tag in self.items(node, "tags")) if node else ()

    def options(self, node: Node | None) -> dict[str, Option]:
        found = dict(COMMON)
        for name, spec in self.fields(node, "options").fields.items() if node else ():
            if not _BINDING.fullmatch(name) or name in COMMON:
                raise self.fail(f"{name!r} cannot be the name of an option", spec)
            found[name] = self.option(name, self.fields(spec, f"option {name}"))
            self.known.add(name)
        return found

    def option(self, name: str, spec: Fields) -> Option:
        self.only(spec, ("type", "default", "min", "max", "values"), "key of an option")
        values = {key: tree.plain(node) for key, node in spec.fields.items()}
        kind = values.get("type", "text")
        if kind not in _TYPES:
            raise self.fail(f"type {kind!r} is unknown{suggestion(str(kind), _TYPES)}", spec)
        if "default" not in values:
            raise self.fail(f"option {name} needs a default", spec)
        self.bounds(name, kind, spec)
        option = Option(
            name,
            kind,
            values["default"],
            values.get("min"),
            values.get("max"),
            tuple(values.get("values", ())),
        )
        self.located(spec.fields["default"], lambda: options.check(option, option.default))
        return option

    def bounds(self, name: str, kind: str, spec: Fields) -> None:
        """Check that `min`, `max` and `values` are of the option's own type."""
        free = Option(f"a limit of {name}", kind, None, None, None, ())
        limits = [spec.fields[key] for key in ("min", "max") if key in spec.fields]
        if limits and kind not in _NUMBERS:
            raise self.fail(f"min and max are for {' and '.join(_NUMBERS)}", limits[0])
        if "values" in spec.fields:
            limits += self.items(spec.fields["values"], "values")
        for node in limits:
            self.located(node, partial(options.check, free, tree.plain(node)))

    def given(self, node: Node | None) -> tuple[Step, ...]:
        if node is None:
            return ()
        steps = []
        for name, spec in self.fields(node, "given").fields.items():
            verb, arguments, key = self.one(self.fields(spec, f"given {name}"), f"given {name}")
            if not verb.startswith("create_") or verb not in verbs.VERBS:
                creating = [known for known in verbs.VERBS if known.startswith("create_")]
                raise self.fail(
                    f"given makes objects; {verb!r} does not{suggestion(verb, creating)}", key
                )
            steps.append(Step(verb, self.arguments(verb, arguments), name, None, _at(key)))
            self.bind(name, node.keys[name] if isinstance(node, Fields) else node)
        return tuple(steps)

    def bind(self, name: str, node: Node) -> None:
        if not _BINDING.fullmatch(name):
            raise self.fail(f"{name!r} cannot be a name; use letters, digits and '_'", node)
        if name in self.known:
            raise self.fail(f"the name {name!r} is taken already", node)
        self.known.add(name)

    # ---- steps ---------------------------------------------------------------------------------

    def step(self, node: Node) -> Step:
        fields = self.fields(node, "a step")
        known = [*verbs.VERBS, *PSEUDO_VERBS]
        chosen = [name for name in fields.fields if name not in ("as", "expect")]
        if len(chosen) != 1:
            raise self.fail("a step has one verb, and perhaps 'as' and 'expect'", node)
        [verb] = chosen
        if verb not in known:
            raise self.fail(f"unknown verb {verb!r}{suggestion(verb, known)}", fields.keys[verb])
        arguments = self.arguments(verb, fields.fields[verb])
        binding = ""
        if "as" in fields.fields:
            if not _gives(verb):
                raise self.fail(f"{verb} gives nothing that could be named", fields.keys["as"])
            binding = self.text(fields.fields["as"], "as")
            self.bind(binding, fields.fields["as"])
        expect = fields.fields.get("expect")
        return Step(
            verb,
            arguments,
            binding,
            None if expect is None else self.expectation(expect),
            _at(fields.keys[verb]),
        )

    def arguments(self, verb: str, node: Node) -> dict[str, Any]:
        parameters = _parameters(verb)
        if not isinstance(node, Fields):
            return self.short(verb, node)
        for name, key in node.keys.items():
            if name not in parameters:
                raise self.fail(
                    f"{verb} has no argument {name!r}{suggestion(name, parameters)}", key
                )
        self.needed(verb, node.fields, node)
        if verb == "advance" and not _one_way(node.fields):
            raise self.fail("advance takes a span like '3 days', or to, until, days ...", node)
        self.references(node)
        return {name: tree.plain(value) for name, value in node.fields.items()}

    def needed(self, verb: str, given: Collection[str], node: Node) -> None:
        for name, needed in _parameters(verb).items():
            if needed and name not in given and name != "email":  # the run has a default buyer
                raise self.fail(f"{verb} needs {name!r}", node)

    def short(self, verb: str, node: Node) -> dict[str, Any]:
        """Read the short form of a step: its first argument alone, or the span of an advance."""
        value = tree.plain(node)
        self.references(node)
        if verb == "advance":
            span = _SPAN.fullmatch(value) if isinstance(value, str) else None
            if span is None:
                raise self.fail("advance takes a span like '3 days', or to, until, days ...", node)
            return {f"{span[2]}s": int(span[1])}
        parameters = _parameters(verb)
        if value is not None and (not parameters or not isinstance(node, Leaf)):
            raise self.fail(f"{verb} cannot be written like this", node)
        given = {} if value is None else {next(iter(parameters)): value}
        self.needed(verb, given, node)
        return given

    def references(self, node: Node) -> None:
        match node:
            case Fields():
                for value in node.fields.values():
                    self.references(value)
            case Items():
                for value in node.items:
                    self.references(value)
            case Leaf():
                for name in references.names(node.value):
                    if name not in self.known:
                        raise self.fail(
                            f"${name} is not known here{suggestion(name, self.known)}", node
                        )

    # ---- expectations --------------------------------------------------------------------------

    def expectation(self, node: Node) -> Expectation:
        fields = self.fields(node, "expect")
        handles = {}
        for name, key in fields.keys.items():
            if name not in _EXPECT:
                if name not in self.known or name in COMMON:
                    known = [*_EXPECT, *(self.known - set(COMMON))]
                    raise self.fail(f"cannot expect {name!r}{suggestion(name, known)}", key)
                handles[name] = _where(self.fields(fields.fields[name], name))
        self.references(node)
        found = fields.fields
        return Expectation(
            events=self.events(found["events"]) if "events" in found else None,
            includes=self.events(found["includes"]) if "includes" in found else (),
            never=self.never(found["never"]) if "never" in found else (),
            answers=self.answers(found["answers"]) if "answers" in found else None,
            handles=handles,
            place=_at(fields.keys.get("events", node)),
        )

    def events(self, node: Node) -> tuple[EventExpectation, ...]:
        return tuple(self.event(item) for item in self.items(node, "a list of events"))

    def never(self, node: Node) -> tuple[EventExpectation, ...]:
        for item in self.items(node, "a list of events"):
            self.text(item, "an event that never happens")
        return self.events(node)

    def event(self, node: Node) -> EventExpectation:
        where = Where({}, {})
        place: Node = node
        if isinstance(node, Fields):
            name, values, place = self.one(node, "an expected event")
            where = _where(self.fields(values, f"the values of {name}"))
        else:
            name = self.text(node, "an event")
        try:
            events.named(name)
        except UnknownName as error:
            raise self.fail(str(error), place) from None
        return EventExpectation(name, where, _at(place))

    def answers(self, node: Node) -> Answers:
        fields = self.fields(node, "answers")
        self.only(fields, ("status", "under"), "key of answers")
        statuses = ["2xx"]
        if "status" in fields.fields:
            value = tree.plain(fields.fields["status"])
            statuses = [str(item) for item in (value if isinstance(value, list) else [value])]
        for status in statuses or [""]:
            if not _STATUS.fullmatch(status):
                raise self.fail(f"status is {status!r}; write 200, 2xx or a list of them", node)
        under = self.seconds(fields.fields["under"]) if "under" in fields.fields else None
        return Answers(tuple(statuses), under, _at(node))

    def seconds(self, node: Node) -> float:
        match = _SECONDS.fullmatch(str(tree.plain(node)))
        if match is None:
            raise self.fail("a time is written like 5s or 200ms", node)
        return float(match[1]) / (1000 if match[2] == "ms" else 1)


def _at(node: Node) -> Place:
    return Place(node.line, node.column)


def _where(fields: Fields) -> Where:
    places = {name: _at(key) for name, key in fields.keys.items()}
    return Where(tree.plain(fields), places)


def _parameters(verb: str) -> Mapping[str, bool]:
    """Return what a step may say, and whether it must."""
    if verb in PSEUDO_VERBS:
        return dict.fromkeys(PSEUDO_VERBS[verb], verb == "set_policy")
    hidden = ("person", "quiet")
    return {
        name: needed for name, needed in verbs.named(verb).parameters.items() if name not in hidden
    }


def _gives(verb: str) -> bool:
    """Say whether a verb gives an object."""
    return verb in verbs.VERBS and signature(verbs.VERBS[verb].apply).return_annotation is not None


def _one_way(given: Collection[str]) -> bool:
    """Say whether an advance is told its end in one way: `to` and `until` stand alone."""
    return len(given) == 1 or (len(given) > 1 and not {"to", "until"} & set(given))
