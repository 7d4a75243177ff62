"""References: `$name.path`, as a value or inside a text, and nothing more. `$$` is a dollar."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from pocketsflow_emulator.core import clock
from pocketsflow_emulator.errors import InvalidInput, NotFound, called, suggestion
from pocketsflow_emulator.handles import Handle

_REFERENCE = re.compile(r"\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)((?:\.[A-Za-z0-9_]+)*))")


def used(value: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield the references in a value: the name, and the parts of the path behind it."""
    if isinstance(value, str):
        for match in _REFERENCE.finditer(value):
            if match[2]:
                yield match[2], match[3].split(".")[1:]
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from used(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from used(item)


def resolve(value: Any, scope: Mapping[str, Any]) -> Any:
    """Return the value with its references replaced. A text that is one reference becomes what it
    refers to; raises `InvalidInput` for a path that leads nowhere.
    """
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole and whole[2]:
            return _follow(whole, scope)
        return fill(value, scope)
    if isinstance(value, Mapping):
        return {key: resolve(item, scope) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(item, scope) for item in value]
    return value


def fill(
    text: str, scope: Mapping[str, Any], write: Callable[[str], str] = lambda found: found
) -> str:
    """Return a text with the references inside it written out, each as `write` writes it."""
    return _REFERENCE.sub(lambda match: "$" if match[1] else write(_text(match, scope)), text)


def _text(match: re.Match[str], scope: Mapping[str, Any]) -> str:
    found = _follow(match, scope)
    if isinstance(found, Handle):
        return found.id
    if isinstance(found, datetime):
        return clock.iso(clock.from_datetime(found))
    return format(found, "f") if isinstance(found, Decimal) else str(found)


def _follow(match: re.Match[str], scope: Mapping[str, Any]) -> Any:
    name, path = match[2], match[3]
    if name not in scope:
        raise InvalidInput(f"${name} is not known here{suggestion(name, scope)}")
    value = scope[name]
    for part in path.split(".")[1:]:
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, Handle):
            try:
                value = field(value, part)
            except InvalidInput as error:
                raise InvalidInput(f"{match[0]}: {error}") from None
        else:
            raise InvalidInput(f"{match[0]}: there is no {part!r}")
    return value


def field(subject: Handle, name: str) -> Any:
    """Return a field of an object as it is now; raises `InvalidInput` where there is none."""
    try:
        fields = subject.to_dict()
    except NotFound as error:
        raise InvalidInput(str(error)) from None
    if name != "kind" and name not in fields:
        what = called(subject.kind, subject.id)
        raise InvalidInput(f"{what} has no {name!r}{suggestion(name, fields)}")
    return getattr(subject, name)
