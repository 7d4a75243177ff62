"""Writing YAML: values as one would write them into a scenario, to be copied from a message."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from pocketsflow_emulator import matching
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.handles import Handle

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.@/+-]*")
_WORDS = frozenset(("true", "false", "null"))


def entry(path: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the line that says what a path holds; none where it leads nowhere."""
    try:
        return (f"{path}: {scalar(matching.lookup(body, path))}",)
    except InvalidInput:
        return ()


def scalar(value: Any) -> str:
    """Return a value as one line of YAML."""
    match value:
        case Handle():
            return scalar(value.id)
        case datetime():
            return scalar(clock.iso(clock.from_datetime(value)))
        case Decimal():
            return format(value, "f")
        case str() if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
            return value
    return json.dumps(_literal(value))


def _literal(value: Any) -> Any:
    """Return a value that refers to nothing: `$$` is a dollar."""
    match value:
        case str():
            return value.replace("$", "$$")
        case dict():
            return {key: _literal(item) for key, item in value.items()}
        case list() | tuple():
            return [_literal(item) for item in value]
    return value
