"""YAML as a tree that knows where everything stands.

YAML 1.2 by its core rules (`no` is text, `010` is ten, decimals stay exact) without what only
makes trouble in configuration: tags, anchors, merge keys, duplicate keys and deep nesting are
refused with their place. JSON is read by the same rules.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml

from pocketsflow_emulator.errors import ScenarioError

LARGEST = 1024 * 1024
DEEPEST = 64


class Leaf(NamedTuple):
    """A scalar: text, int, Decimal, bool or None."""

    value: Any
    line: int
    column: int


class Items(NamedTuple):
    """A list."""

    items: list["Node"]
    line: int
    column: int


class Fields(NamedTuple):
    """A mapping with text keys; `keys` says where each key stands."""

    fields: dict[str, "Node"]
    keys: dict[str, Leaf]
    line: int
    column: int


Node: TypeAlias = Leaf | Items | Fields


def plain(node: Node) -> Any:
    """Return the values without their places."""
    match node:
        case Leaf():
            return node.value
        case Items():
            return [plain(item) for item in node.items]
        case Fields():
            return {key: plain(value) for key, value in node.fields.items()}


def text(path: Path) -> str:
    """Return the text of a file, of which no more is read than it may have.

    Raises `ScenarioError` for what is no text or too large, `OSError` where it cannot be read.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise ScenarioError("is no file; a pipe or a device cannot be read", str(path))
    with path.open("rb") as file:
        content = file.read(2 * LARGEST)
    if len(content) > LARGEST + 3:  # with its byte order mark
        raise ScenarioError(f"the file is larger than {LARGEST} bytes", str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise ScenarioError("is not UTF-8 text", str(path), line, column) from None


def parse(text: str, file: str) -> Node:
    """Read one document; raises `ScenarioError` with file, line and column."""
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise ScenarioError(f"the file is larger than {LARGEST} bytes", file)
    if file.endswith(".json"):
        _check_json(text, file)
        text = text.replace("\t", " ")  # white space: JSON has none in its texts, YAML none between
    try:
        return _build(_events(text), file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context
        if "quoted scalar" in str(error.context) and "unexpected end" in str(problem):
            mark, problem = error.context_mark, "this quote is not closed"
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        if mark and "escape" in str(problem):  # a bad one is shown where it begins
            place = (mark.line + 1, mark.column + 1 - _into_escape(text, mark.index))
    except yaml.reader.ReaderError as error:
        problem = f"unacceptable character #x{error.character:04x}"
        before = text[: error.position]
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    raise ScenarioError(f"not YAML: {problem}", file, *place)


def _check_json(text: str, file: str) -> None:
    """Refuse what YAML would take and JSON does not: trailing commas, comments, single quotes."""
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        problem = error.msg[:1].lower() + error.msg[1:]
        raise ScenarioError(f"not JSON: {problem}", file, error.lineno, error.colno) from None
    except (ValueError, RecursionError):  # the reader below says it with its place
        return


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class _Loader(yaml.SafeLoader):
    """PyYAML's own, which would look at every open bracket once more for each that it opens."""

    def save_possible_simple_key(self) -> None:
        """Note that a key may begin here; not so deep that it is refused anyway."""
        if self.flow_level <= DEEPEST:
            super().save_possible_simple_key()


def _events(text: str) -> Iterator[Any]:
    loader = _Loader(text)
    try:
        while loader.check_event():
            yield loader.get_event()  # type: ignore[no-untyped-call]
    except (ValueError, OverflowError):  # PyYAML does not expect \U00110000, or %YAML 1.999...
        raise yaml.MarkedYAMLError(
            problem="a number or an escape is too large", problem_mark=loader.get_mark()
        ) from None


def _into_escape(text: str, index: int) -> int:
    """Return how many characters of an escape (`\\`, `\\x`) stand right before an index."""
    inside = _ESCAPE.search(text, max(0, index - 2), index)
    return len(inside[0]) if inside else 0


class _Open(NamedTuple):
    """A list or mapping that is being read; `pending` holds a key that waits for its value."""

    node: Items | Fields
    pending: list[Leaf]


def _build(events: Iterator[Any], file: str) -> Node:
    stack: list[_Open] = []
    root: Node | None = None
    for event in events:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        _refuse(event, file, line, column)
        if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            stack.pop()
        if isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise ScenarioError("a second document; write one per file", file, line, column)
        node = _node(event, line, column)
        if node is None:
            continue
        if stack:
            _attach(stack[-1], node, file)
        root = root or node
        if not isinstance(node, Leaf):
            stack.append(_Open(node, []))
            if len(stack) > DEEPEST:
                raise ScenarioError(f"nested deeper than {DEEPEST}", file, line, column)
    if root is None:
        raise ScenarioError("the file is empty", file)
    return root


def _node(event: Any, line: int, column: int) -> Node | None:
    match event:
        case yaml.ScalarEvent():
            return Leaf(_scalar(event), line, column)
        case yaml.SequenceStartEvent():
            return Items([], line, column)
        case yaml.MappingStartEvent():
            return Fields({}, {}, line, column)
    return None


def _refuse(event: Any, file: str, line: int, column: int) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise ScenarioError(
            "anchors and aliases are not used here; write it out", file, line, column
        )
    if getattr(event, "tag", None):
        raise ScenarioError(f"the tag {event.tag} is not used here", file, line, column)


def _attach(parent: _Open, node: Node, file: str) -> None:
    if isinstance(parent.node, Items):
        parent.node.items.append(node)
    elif parent.pending:
        key = parent.pending.pop()
        parent.node.fields[key.value] = node
        parent.node.keys[key.value] = key
    else:
        parent.pending.append(_key(parent.node, node, file))


def _key(fields: Fields, node: Node, file: str) -> Leaf:
    if not isinstance(node, Leaf):
        raise ScenarioError("a key must be a name", file, node.line, node.column)
    if node.value == "<<":
        raise ScenarioError("merge keys are not used here; write it out", file, *node[1:])
    name = node.value if isinstance(node.value, str) else _written(node.value)
    if name in fields.fields:
        raise ScenarioError(f"the key {name!r} occurs twice", file, node.line, node.column)
    return Leaf(name, node.line, node.column)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


_WORDS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    "null": None,
    "Null": None,
    "NULL": None,
    "~": None,
    "": None,
}
_WHOLE = re.compile(r"[-+]?[0-9]{1,400}")
_OCTAL = re.compile(r"0o[0-7]{1,100}")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,100}")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_ESCAPE = re.compile(r"\\[xuU]?\Z")


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = event.value
    if event.style is not None:
        return _joined(event)
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
        return int(text, 0)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text


def _joined(event: Any) -> str:
    """Join the two escapes with which JSON writes a character beyond U+FFFF."""
    try:
        return str(event.value).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise yaml.MarkedYAMLError(
            problem="found half a character (a lone surrogate)", problem_mark=event.start_mark
        ) from None
