"""What every part of a scenario file is read with: shapes, places, and the names known so far."""

import re
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from pocketsflow_emulator import handles
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.errors import InvalidInput, ScenarioError, suggestion
from pocketsflow_emulator.scenario import references
from pocketsflow_emulator.scenario.model import COMMON, NUMBER, RECEIVER, Place, Probe
from pocketsflow_emulator.scenario.tree import Fields, Items, Leaf, Node

T = TypeVar("T")

EXPECTED = ("events", "includes", "never", "counts", "answers", "body", "refused")
"""What `expect` may say besides names; nothing else can be called like this."""

RESERVED = (*COMMON, RECEIVER, NUMBER)
"""Names that mean something already."""

BINDING = re.compile(r"[a-z_][a-z0-9_]*")


class Reader:
    """Reads the tree of one file. `known` are the names that `$` can refer to so far, each with
    the fields it has; None: any.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.known: dict[str, Collection[str] | None] = {
            name: None if option.type == "object" else () for name, option in COMMON.items()
        }
        self.known[RECEIVER] = handles.fields(Webhook)
        self.probes: dict[str, Probe] = {}

    def fail(self, message: str, node: Node) -> ScenarioError:
        """Return the error that names a place."""
        return ScenarioError(message, self.file, node.line, node.column)

    def fields(self, node: Node, what: str) -> Fields:
        """Read a mapping."""
        if not isinstance(node, Fields):
            raise self.fail(f"{what} must be a mapping", node)
        return node

    def items(self, node: Node, what: str) -> list[Node]:
        """Read a list."""
        if not isinstance(node, Items):
            raise self.fail(f"{what} must be a list", node)
        return node.items

    def text(self, node: Node, what: str) -> str:
        """Read a text."""
        if not isinstance(node, Leaf) or not isinstance(node.value, str):
            raise self.fail(f"{what} must be a text", node)
        return node.value

    def only(self, fields: Fields, known: tuple[str, ...], what: str) -> None:
        """Refuse keys that are not known."""
        for name, key in fields.keys.items():
            if name not in known:
                raise self.fail(f"unknown {what} {name!r}{suggestion(name, known)}", key)

    def one(self, fields: Fields, what: str) -> tuple[str, Node, Leaf]:
        """Read the only entry of a mapping: key, value, and where the key stands."""
        if len(fields.fields) != 1:
            raise self.fail(f"{what} must have exactly one entry", fields)
        [(name, node)] = fields.fields.items()
        return name, node, fields.keys[name]

    def located(self, node: Node, check: Callable[[], T]) -> T:
        """Run a check of another room and add the place to what it complains of."""
        try:
            return check()
        except ScenarioError:
            raise
        except InvalidInput as error:
            raise self.fail(str(error), node) from None

    def bind(self, name: str, node: Node, fields: Collection[str]) -> None:
        """Make a name known."""
        if not BINDING.fullmatch(name):
            raise self.fail(f"{name!r} cannot be a name; use letters, digits and '_'", node)
        if name in EXPECTED:
            raise self.fail(f"{name!r} cannot be a name; it has a meaning under 'expect'", node)
        if name in self.known or name in self.probes or name in RESERVED:
            raise self.fail(f"the name {name!r} is taken already", node)
        self.known[name] = fields

    def references(self, node: Node) -> None:
        """Refuse references to what is not known."""
        match node:
            case Fields():
                for value in node.fields.values():
                    self.references(value)
            case Items():
                for value in node.items:
                    self.references(value)
            case Leaf():
                for name, path in references.used(node.value):
                    self.reference(name, path, node)

    def reference(self, name: str, path: list[str], node: Node) -> None:
        """Refuse one to what is not known."""
        if name not in self.known:
            raise self.fail(f"${name} is not known here{suggestion(name, self.known)}", node)
        if path:
            self.field(name, path[0], f"${'.'.join([name, *path])}: ", node)

    def field(self, name: str, field: str, where: str, node: Node) -> None:
        """Refuse a field that what a name stands for does not have."""
        known = self.known[name]
        if known is None or field in known:
            return
        if not known:
            raise self.fail(f"{where}{name} is an option, which has no fields", node)
        raise self.fail(f"{where}{name} has no {field!r}{suggestion(field, known)}", node)


def at(node: Node) -> Place:
    """Return where something stands."""
    return Place(node.line, node.column)


def has_references(value: Any) -> bool:
    """Say whether a value refers to something, so that it is not known yet."""
    return any(True for _ in references.used(value))
