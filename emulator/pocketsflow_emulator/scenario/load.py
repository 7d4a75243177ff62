"""From a file to a `Scenario`: everything is checked before anything is sent.

Every complaint names file, line, column, what was expected, and the nearest name.
"""

import re
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from pocketsflow_emulator import inputs
from pocketsflow_emulator.core import verbs
from pocketsflow_emulator.core.arguments import whole
from pocketsflow_emulator.delivery import faults
from pocketsflow_emulator.errors import suggestion
from pocketsflow_emulator.scenario import (
    fields,
    options,
    probes,
    references,
    spans,
    tree,
    values,
)
from pocketsflow_emulator.scenario.expectations import expectation, seconds
from pocketsflow_emulator.scenario.model import (
    COMMON,
    MOST_TURNS,
    NO_STEPS,
    NUMBER,
    PSEUDO_VERBS,
    VERSION,
    Option,
    Probe,
    Scenario,
    Step,
)
from pocketsflow_emulator.scenario.reader import (
    BINDING,
    EXPECTED,
    RESERVED,
    Reader,
    at,
    has_references,
)
from pocketsflow_emulator.scenario.tree import Fields, Leaf, Node

_TOP = (
    *("version", "name", "title", "description", "catches", "tags"),
    *("options", "given", "probes", "steps"),
)
_OF_A_STEP = ("as", "repeat", "expect")
_TYPES = ("text", "integer", "amount", "boolean")
_NUMBERS = ("integer", "amount")
_PATHS = {"trigger": ("event", "overrides"), "replay": ("delivery", "edits")}
"""Verb -> its argument that names an event, and the one that has values by path of its body."""

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
"""What a scenario may be called, and how that is said."""
NAMED = "name must be lower-case letters, digits, '.', '_' and '-'"


def read(text: str, file: str) -> Scenario:
    """Read a scenario; `file` is the name that messages use. Raises `ScenarioError`."""
    return _File(file).scenario(tree.parse(text, file))


class _File(Reader):
    """Reads the whole of it; `defaults` are the values of the options, where nothing is chosen."""

    defaults: dict[str, Any]

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
        if not NAME.fullmatch(name):
            raise self.fail(NAMED, top.fields["name"])
        choices = self.options(top.fields.get("options"))
        given = self.given(top.fields.get("given"))
        self.probes = self.questions(top.fields.get("probes"))
        steps = self.items(top.fields["steps"], "steps")
        if not steps:
            raise self.fail("steps must not be empty", top.fields["steps"])
        return Scenario(
            name=name,
            title=self.text(top.fields["title"], "title"),
            description=self.text(top.fields.get("description", Leaf("", 0, 0)), "description"),
            catches=self.text(top.fields.get("catches", Leaf("", 0, 0)), "catches"),
            tags=self.tags(top.fields.get("tags")),
            options=choices,
            given=given,
            probes=self.probes,
            steps=tuple(self.step(step) for step in steps),
            file=self.file,
        )

    def tags(self, node: Node | None) -> tuple[str, ...]:
        return tuple(self.text(tag, "a tag") for tag in self.items(node, "tags")) if node else ()

    def options(self, node: Node | None) -> dict[str, Option]:
        found = dict(COMMON)
        self.defaults = {}
        for name, spec in self.fields(node, "options").fields.items() if node else ():
            if name in COMMON:
                raise self.fail(f"{name!r} is an option of every scenario; leave it out", spec)
            if not BINDING.fullmatch(name) or name in (*RESERVED, *EXPECTED):
                raise self.fail(f"{name!r} cannot be the name of an option", spec)
            found[name] = self.option(name, self.fields(spec, f"option {name}"))
            self.known[name] = ()
            self.defaults[name] = found[name].default
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
            steps.append(Step(verb, self.arguments(verb, arguments), name, None, at(key)))
            place = node.keys[name] if isinstance(node, Fields) else node
            self.bind(name, place, fields.given_by(verb))
        return tuple(steps)

    def questions(self, node: Node | None) -> dict[str, Probe]:
        """Read the probes."""
        found: dict[str, Probe] = {}
        fields = self.fields(node, "probes") if node else Fields({}, {}, 0, 0)
        for name, key in fields.keys.items():
            if not BINDING.fullmatch(name) or name in EXPECTED or name in self.known:
                raise self.fail(f"{name!r} cannot be the name of a probe", key)
            spec = self.fields(fields.fields[name], f"probe {name}")
            found[name] = self.question(name, spec, key)
        return found

    def question(self, name: str, spec: Fields, key: Leaf) -> Probe:
        self.only(spec, ("description", "get", "command", "within"), "key of a probe")
        parts = spec.fields
        if "get" in parts and "command" in parts:
            raise self.fail(f"the probe {name} has 'get' or 'command', not both", spec)
        get = self.text(parts["get"], "get") if "get" in parts else ""
        if "get" in parts and not get.startswith("/"):
            raise self.fail(
                "get is a path at the receiver's address: /members/$email", parts["get"]
            )
        command: tuple[str, ...] = ()
        if "command" in parts:
            words = self.items(parts["command"], "command")
            command = tuple(self.text(word, "a word of command") for word in words)
            if not command:
                raise self.fail("command must not be empty", parts["command"])
        within = seconds(self, parts["within"]) if "within" in parts else probes.WITHIN
        if within > probes.LONGEST_WITHIN:
            raise self.fail(f"within is at most {probes.LONGEST_WITHIN:.0f}s", parts["within"])
        description = self.text(parts.get("description", Leaf("", 0, 0)), "description")
        return Probe(name, description, get, command, within, at(key))

    # ---- steps ---------------------------------------------------------------------------------

    def step(self, node: Node) -> Step:
        if not isinstance(node, Fields):
            raise self.fail("a step must be a mapping, like 'settle: {}'", node)
        parts = node
        known = [*verbs.VERBS, *PSEUDO_VERBS]
        chosen = [name for name in parts.fields if name not in _OF_A_STEP]
        if len(chosen) != 1:
            raise self.fail("a step has one verb, and perhaps 'as', 'repeat' and 'expect'", node)
        [verb] = chosen
        if verb in NO_STEPS:
            raise self.fail(f"{verb} is no step: {NO_STEPS[verb]}", parts.keys[verb])
        if verb not in known:
            raise self.fail(f"unknown verb {verb!r}{suggestion(verb, known)}", parts.keys[verb])
        repeat = self.turns(parts.fields["repeat"]) if "repeat" in parts.fields else None
        if repeat is not None:
            self.known[NUMBER] = ()
        arguments = self.arguments(verb, parts.fields[verb])
        self.known.pop(NUMBER, None)
        binding = self.binding(verb, parts) if "as" in parts.fields else ""
        expect = parts.fields.get("expect")
        expected = None if expect is None else expectation(self, expect)
        if binding and (repeat is not None or (expected and expected.refused)):
            raise self.fail(
                "a step that is repeated or refused gives nothing to name", parts.keys["as"]
            )
        return Step(verb, arguments, binding, expected, at(parts.keys[verb]), repeat)

    def binding(self, verb: str, parts: Fields) -> str:
        """Read what a step calls the object that it makes."""
        if not fields.gives(verb):
            raise self.fail(f"{verb} gives nothing that could be named", parts.keys["as"])
        name = self.text(parts.fields["as"], "as")
        self.bind(name, parts.fields["as"], fields.given_by(verb))
        return name

    def turns(self, node: Node) -> Any:
        """Read how often a step is done: a number, or the name of an option that is one."""
        value = tree.plain(node)
        self.references(node)
        known = self.with_defaults(value)
        if known is not NotImplemented:
            self.located(node, partial(whole, "repeat", known, 1, MOST_TURNS))
        return value

    def with_defaults(self, value: Any) -> Any:
        """Return a value with the options' defaults for its references; NotImplemented where it
        refers to what is known only when it runs.
        """
        used = list(references.used(value))
        if all(name in self.defaults and not path for name, path in used):
            return references.resolve(value, self.defaults)
        return NotImplemented

    def fault(self, node: Node) -> dict[str, Any]:
        """Read a fault, in words of its own or on one line."""
        value = tree.plain(node)
        self.references(node)
        known = self.with_defaults(value)
        if known is not NotImplemented:
            self.located(node, lambda: faults.read(inputs.as_parsed("fault", known)))
        return {"fault": value}

    def arguments(self, verb: str, node: Node) -> dict[str, Any]:
        if verb == "fault":
            return self.fault(node)
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
        for name, value in node.fields.items():
            self.value(verb, name, value)
        if verb in _PATHS:
            self.paths(node.fields, *_PATHS[verb])
        return {name: tree.plain(value) for name, value in node.fields.items()}

    def paths(self, given: Mapping[str, Node], event: str, changes: str) -> None:
        """Check the paths of a body that are to be changed; `unchecked` may be any."""
        node = given.get(changes, Leaf(None, 0, 0))
        if isinstance(node, Leaf) and (node.value is None or has_references(node.value)):
            return
        paths, name = self.fields(node, changes), tree.plain(given[event])
        if "unchecked" not in given and not has_references(name):
            for path, key in paths.keys.items():
                self.located(key, partial(fields.check_sent, name, path))

    def value(self, verb: str, name: str, node: Node) -> None:
        """Check an argument that is known already, or will be this where nothing is chosen."""
        known = self.with_defaults(tree.plain(node))
        if known is not NotImplemented:
            self.located(node, partial(values.check, verb, name, known))

    def needed(self, verb: str, given: Collection[str], node: Node) -> None:
        for name, needed in _parameters(verb).items():
            if needed and name not in given and name != "email":  # the run has a default buyer
                raise self.fail(f"{verb} needs {name!r}", node)

    def short(self, verb: str, node: Node) -> dict[str, Any]:
        """Read the short form of a step: its first argument alone, or the span of an advance."""
        value = tree.plain(node)
        self.references(node)
        if verb == "advance":
            return self.span(value, node)
        parameters = _parameters(verb)
        if value is not None and not parameters:
            raise self.fail(f"{verb} takes nothing; write '{verb}: {{}}'", node)
        if not isinstance(node, Leaf) and verb != "set_policy":
            raise self.fail(f"{verb} takes no list; name its arguments: {verb}: {{...}}", node)
        if value is None:
            self.needed(verb, (), node)
            return {}
        name = next(iter(parameters))
        self.needed(verb, (name,), node)
        self.value(verb, name, node)
        return {name: value}

    def span(self, value: Any, node: Node) -> dict[str, Any]:
        """Read the short form of an advance. One with references is checked with the options'
        defaults, if that is all it refers to, and kept as it is.
        """
        if not has_references(value):
            return dict(self.located(node, lambda: spans.read(value)))
        known = self.with_defaults(value)
        if known is not NotImplemented:
            self.located(node, lambda: spans.read(known))
        return {spans.SPAN: value}


def _parameters(verb: str) -> Mapping[str, bool]:
    """Return what a step may say, and whether it must."""
    if verb in PSEUDO_VERBS:
        return PSEUDO_VERBS[verb]
    hidden = ("person", "quiet")
    return {
        name: needed for name, needed in verbs.named(verb).parameters.items() if name not in hidden
    }


def _one_way(given: Collection[str]) -> bool:
    """Say whether an advance is told its end in one way: `to` and `until` stand alone."""
    return len(given) == 1 or (len(given) > 1 and not {"to", "until"} & set(given))
