"""Changing an object: another one is made; the old one stays as it was for those who have it."""

from typing import Any, TypeVar

from pocketsflow_emulator.core.models import KINDS, Object

T = TypeVar("T", bound=Object)

_PLACES: dict[type[Any], dict[str, int]] = {
    kind: {name: n for n, name in enumerate(kind._fields)} for kind in KINDS
}


def changed(item: T, **changes: Any) -> T:
    """Return the object with these fields changed. As `_replace`, in half the time."""
    kind = type(item)
    places = _PLACES[kind]
    values = list(item)
    for name, value in changes.items():
        values[places[name]] = value
    made: T = tuple.__new__(kind, values)
    return made
