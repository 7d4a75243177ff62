"""The arguments of verbs as they are typed: `trial_days=14 email=jane@example.com`."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pocketsflow_emulator import inputs, resources
from pocketsflow_emulator.errors import InvalidInput

_JSON = re.compile(r'[\[{"].*|true|false|null', re.DOTALL)
_WHOLE = re.compile(r"-?\d{1,18}")


def read(verb: str, typed: Sequence[str]) -> dict[str, Any]:
    """Return arguments. A value is JSON where it looks like it (`true`, `{"user": 7}`, `"7"`), a
    number where the verb takes a whole number there, else text.

    Raises `InvalidInput` for what has no name, and for broken JSON.
    """
    pairs = _pairs(typed).items()
    return {
        name: _value(name, value, numeric=_takes_number(verb, inputs.snake(name)))
        for name, value in pairs
    }


def paths(typed: Sequence[str]) -> dict[str, Any]:
    """Return values by path of a body: numbers are numbers, since the body's schema checks them."""
    return {path: _value(path, value, numeric=True) for path, value in _pairs(typed).items()}


def _pairs(typed: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in typed:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidInput(f"{text!r} is not an argument; write name=value")
        if name in pairs:
            raise InvalidInput(f"{name} is given twice")
        pairs[name] = value
    return pairs


def _value(name: str, text: str, *, numeric: bool) -> Any:
    if numeric and _WHOLE.fullmatch(text):
        return int(text)
    if not _JSON.fullmatch(text):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{name} is {text!r}, which is not JSON: {error}") from None


def _takes_number(verb: str, name: str) -> bool:
    """Say whether an argument may be a whole number; that of a scenario's option may."""
    known = _verbs().get(verb)
    if known is None:
        return name != "name"
    return '"integer"' in json.dumps(known.get("properties", {}).get(name, {}))


@cache
def _verbs() -> Mapping[str, Any]:
    """Return the verbs as the schema of scenarios has them."""
    schema: dict[str, Any] = json.loads(resources.text("schemas", "scenario.schema.json"))
    definitions: dict[str, Any] = schema["$defs"]
    return {name: _with_properties(found) for name, found in definitions.items()}


def _with_properties(found: dict[str, Any]) -> dict[str, Any]:
    """Return the form of a verb that has all its arguments."""
    forms: list[dict[str, Any]] = [found, *found.get("anyOf", ())]
    return next((form for form in forms if "properties" in form), found)
