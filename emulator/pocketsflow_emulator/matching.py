"""Looking into bodies by path, and comparing what was expected with what was found."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from pocketsflow_emulator.core import clock
from pocketsflow_emulator.errors import InvalidInput, suggestion
from pocketsflow_emulator.handles import Handle


def lookup(body: Any, path: str) -> Any:
    """Return the value at a dotted path (`customer.email`, `requiredFields.0`).

    Raises `InvalidInput` naming the part that is not there and the nearest name.
    """
    value = body
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            known = value if isinstance(value, Mapping) else ()
            raise InvalidInput(f"there is no {part!r} in {path!r}{suggestion(part, known)}")
    return value


def same(expected: object, found: object) -> bool:
    """Say whether two values mean the same: 60, 60.0 and Decimal("60.00") do; a handle and its id
    do; a datetime and its ISO text do.
    """
    if isinstance(expected, Handle):
        return expected == found
    if isinstance(expected, datetime) and isinstance(found, str):
        return clock.iso(clock.from_datetime(expected)) == found
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, int | float | Decimal) and isinstance(found, int | float | Decimal):
        return Decimal(str(expected)) == Decimal(str(found))
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return expected.keys() == found.keys() and all(
            same(value, found[key]) for key, value in expected.items()
        )
    if isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        return len(expected) == len(found) and all(map(same, expected, found))
    return bool(expected == found)


def differences(where: Mapping[str, Any], body: Any) -> list[str]:
    """Return one line per path whose value is not the expected one; empty where all are."""
    lines = []
    for path, expected in where.items():
        try:
            found = lookup(body, path)
        except InvalidInput as error:
            lines.append(str(error))
            continue
        if not same(expected, found):
            lines.append(f"{path}: expected {shown(expected)}, found {shown(found)}")
    return lines


def shown(value: Any) -> str:
    """Write a value the way the messages show it."""
    if isinstance(value, Handle):
        return value.id
    return str(value) if isinstance(value, Decimal) else repr(value)
