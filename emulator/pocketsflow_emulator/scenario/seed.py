"""Seed files: the objects that a world begins with, made quietly, with their own ids.

```yaml
products: [{id: prod_course, name: Course, price: "60.00"}]
offers: [{id: prod_pro, name: Pro, price: "29.00", frequency: monthly, trial_days: 14}]
customers: [{id: cust_jane, email: jane@example.com}]
webhooks: [{url: "http://127.0.0.1:3000/webhooks", events: ["invoice.*"]}]
```
"""

from pathlib import Path
from typing import Any, NamedTuple, Self

from pocketsflow_emulator import inputs
from pocketsflow_emulator.core import verbs
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.driver import Driving
from pocketsflow_emulator.errors import (
    EmulatorError,
    EnvironmentFailure,
    ScenarioError,
    suggestion,
)
from pocketsflow_emulator.scenario import tree
from pocketsflow_emulator.scenario.tree import Fields, Items, Node

GROUPS = {
    "products": "create_product",
    "variants": "create_variant",
    "offers": "create_offer",
    "customers": "create_customer",
    "discounts": "create_discount",
    "webhooks": "create_webhook",
}
"""Key of a seed file -> the verb that makes its objects, in the order in which they are made."""

_HIDDEN = frozenset(("person", "quiet"))


class Entry(NamedTuple):
    """One object: the verb that makes it, its arguments, and where it stands."""

    verb: str
    arguments: dict[str, Any]
    line: int
    column: int


class Seed(NamedTuple):
    """What a file says."""

    file: str
    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, text: str, file: str) -> Self:
        """Read YAML or JSON; raises `ScenarioError` with file, line and column."""
        top = tree.parse(text, file)
        if not isinstance(top, Fields):
            raise ScenarioError("a seed file must be a mapping", file, top.line, top.column)
        for name, key in top.keys.items():
            if name not in GROUPS:
                unknown = f"unknown key {name!r}{suggestion(name, GROUPS)}"
                raise ScenarioError(unknown, file, key.line, key.column)
        found = (
            _entry(verb, node, file)
            for group, verb in GROUPS.items()
            if group in top.fields
            for node in _items(group, top.fields[group], file)
        )
        return cls(file, tuple(found))

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a file. Raises `EnvironmentFailure` where it cannot be read, `ScenarioError` where
        it is no seed file.
        """
        try:
            text = tree.text(path)
        except OSError as error:
            raise EnvironmentFailure(f"{path}: cannot be read: {error.strerror}") from None
        return cls.read(text, str(path))

    def sow(self, driver: Driving) -> list[str]:
        """Make the objects; returns their ids. Raises `ScenarioError` that names the entry, with
        nothing made.
        """
        with driver.lock:
            self._try_out(driver.state.copy())
            made = [driver.submit(entry.verb, entry.arguments) for entry in self.entries]
        return [handle.id for handle in made if handle is not None]

    def _try_out(self, scratch: State) -> None:
        for entry in self.entries:
            try:
                resolved = inputs.resolve(scratch, entry.verb, entry.arguments)
                verbs.apply(scratch, entry.verb, resolved)
            except EmulatorError as error:
                raise ScenarioError(str(error), self.file, entry.line, entry.column) from None


def _items(group: str, node: Node, file: str) -> list[Node]:
    if not isinstance(node, Items):
        raise ScenarioError(f"{group} must be a list", file, node.line, node.column)
    return node.items


def _entry(verb: str, node: Node, file: str) -> Entry:
    if not isinstance(node, Fields):
        raise ScenarioError(f"{verb} takes a mapping", file, node.line, node.column)
    known = [name for name in verbs.named(verb).parameters if name not in _HIDDEN]
    arguments = {}
    for name, key in node.keys.items():
        word = inputs.snake(name)
        if word not in known:
            unknown = f"{verb} has no argument {name!r}{suggestion(name, known)}"
            raise ScenarioError(unknown, file, key.line, key.column)
        arguments[word] = tree.plain(node.fields[name])
    if verb == "create_product":
        arguments["quiet"] = True
    return Entry(verb, arguments, node.line, node.column)
