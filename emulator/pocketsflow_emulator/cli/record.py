"""`run --record`: the text of a scenario with `events` as they really happened.

The text is changed where it stands, so comments, order and form are kept. A step gets `events`
where something happened, or where it has them already; one that says `includes` has chosen to be
looser, and is left alone. An event that is expected already keeps its values.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.scenario import writing

_WIDEST = 96


class _Change(NamedTuple):
    """Put `text` in the place of the characters from `start` to `end`."""

    start: int
    end: int
    text: str


def filled(text: str, steps: Sequence[Mapping[str, Any]]) -> str:
    """Return a scenario's text with the events of each step, given as the JSON document of a run
    has them. The text has been read as a scenario before.
    """
    root = yaml.compose(text, yaml.SafeLoader)
    nodes = _entry(root, "steps").value
    changes = [
        change
        for node, step in zip(nodes, steps, strict=True)
        if step["done"] and (change := _of(text, node, list(step["events"]))) is not None
    ]
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _of(text: str, step: yaml.MappingNode, events: list[str]) -> _Change | None:
    """Return what one step needs, None where it is to stay."""
    expect = _entry(step, "expect")
    if expect is None:
        return _added(text, step, "expect", events) if events else None
    old = _entry(expect, "events")
    if old is not None:
        column = None if expect.flow_style else expect.start_mark.column + 4
        kept = [(_name(item), _source(text, item, column)) for item in old.value]
        return _replaced(text, expect, old, _with_values(events, kept))
    if _entry(expect, "includes") is not None or not events:
        return None
    return _added(text, expect, "events", events)


def _added(text: str, node: yaml.MappingNode, key: str, events: list[str]) -> _Change:
    """Return what adds a key to a mapping, in its own form."""
    if node.flow_style:
        end = _end(node) - 1  # before the brace
        listed = f"[{', '.join(events)}]"
        value = f"{{events: {listed}}}" if key == "expect" else listed
        return _Change(end, end, f"{', ' if node.value else ''}{key}: {value}")
    indent = node.start_mark.column
    lines = _events(events, indent + (2 if key == "expect" else 0))
    if key == "expect":
        lines = f"{' ' * indent}expect:\n{lines}"
    end = _end(node)
    return _Change(_line_end(text, end), _line_end(text, end), f"\n{lines}")


def _replaced(
    text: str, expect: yaml.MappingNode, old: yaml.SequenceNode, events: list[str]
) -> _Change:
    if expect.flow_style:
        return _Change(old.start_mark.index, _end(old), f"[{', '.join(events)}]")
    key = next(name for name, value in expect.value if value is old)
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    if text[start : key.start_mark.index].strip():  # `- expect:` and the like begin the line
        start = key.start_mark.index
    lines = _events(events, key.start_mark.column)
    return _Change(start, _end(old), lines if start != key.start_mark.index else lines.lstrip())


def _events(events: list[str], indent: int) -> str:
    """Return `events` and its list: on one line where that is short, else one a line."""
    before = " " * indent
    short = f"{before}events: [{', '.join(events)}]"
    if not events or (len(short) <= _WIDEST and not any(":" in event for event in events)):
        return short
    return "\n".join([f"{before}events:", *(f"{before}  - {event}" for event in events)])


def _with_values(events: list[str], kept: list[tuple[str, str]]) -> list[str]:
    """Return the events that happened, each as it is written already where it is."""
    left = list(kept)
    lines = []
    for event in events:
        found = next((item for item in left if item[0] == event), None)
        if found is not None:
            left.remove(found)
        lines.append(found[1] if found else writing.scalar(event))
    return lines


def _entry(node: Any, name: str) -> Any:
    """Return the value of a key, None where there is none."""
    if not isinstance(node, yaml.MappingNode):
        raise InvalidInput("--record: this file cannot be recorded; write its steps as a list")
    return next((value for key, value in node.value if key.value == name), None)


def _name(item: Any) -> str:
    return str(item.value if isinstance(item, yaml.ScalarNode) else item.value[0][0].value)


def _source(text: str, item: Any, column: int | None) -> str:
    """Return an item of a list as it is written, moved to a column; without one, on one line."""
    lines = text[item.start_mark.index : _end(item)].split("\n")
    if len(lines) == 1:
        return lines[0]
    if column is not None:
        shift = column - item.start_mark.column
        return "\n".join([lines[0], *(_moved(line, shift) for line in lines[1:])])
    return " ".join(line.strip() for line in lines)


def _moved(line: str, shift: int) -> str:
    bare = line.lstrip()
    return " " * max(0, len(line) - len(bare) + shift) + bare


def _end(node: Any) -> int:
    """Return where a node ends. PyYAML lets block collections end where the next token begins."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _line_end(text: str, index: int) -> int:
    """Return the end of the line that an index is in: after a comment that stands there."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found
