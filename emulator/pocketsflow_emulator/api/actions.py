"""Verbs over HTTP: `POST /_emulator/actions/<verb>` does what the method of that name does."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

from pocketsflow_emulator.api.rest.webhooks import masked
from pocketsflow_emulator.core import verbs
from pocketsflow_emulator.errors import InvalidInput, UnknownName
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.scenario.model import PSEUDO_VERBS
from pocketsflow_emulator.verbs import Verbs

PATH = "/_emulator/actions/{verb}"

_INTERNAL = frozenset(("person",))
"""Arguments that are not for people: the driver fills them in."""


def names() -> list[str]:
    """Return the names of the verbs that can be called."""
    return [*verbs.VERBS, *PSEUDO_VERBS]


def summary(verb: str) -> str:
    """Return what a verb does, in a sentence or two."""
    return " ".join(inspect.cleandoc(getattr(Verbs, verb).__doc__ or "").split())


def arguments(verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a verb, camelCase read as snake_case. Raises `UnknownName`."""
    if verb not in names():
        raise UnknownName("verb", verb, names())
    read: dict[str, Any] = {}
    for name, value in given.items():
        word = _snake(name)
        if word in read:
            raise InvalidInput(f"{word} is given twice, as {name} too")
        if word in _INTERNAL:
            raise UnknownName(f"argument of {verb}", name, verbs.named(verb).parameters)
        read[word] = value
    return read


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda found: f"_{found[0]}", name).lower()


def shown(verb: str, handle: Handle | None) -> dict[str, Any] | None:
    """Return what a verb gives, as JSON. A secret is whole only where it was asked for."""
    if handle is None:
        return None
    fields = handle.to_dict()
    if handle.kind == "webhook" and verb not in ("create_webhook", "rotate_secret"):
        for name in ("secret", "next_secret"):
            fields[name] = masked(fields[name]) if fields[name] else ""
    return fields
