"""Options of a scenario: which values they may have, and reading one from a command line."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from pocketsflow_emulator.core import money
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.scenario.model import COMMON, Option


def check(option: Option, value: Any) -> Any:
    """Return a value that an option may have; raises `InvalidInput` saying what it may be."""
    name = option.name
    if option.type == "object":
        if value is not None and not isinstance(value, Mapping):
            raise InvalidInput(f"{name} is {value!r}; write an object")
        return value
    kinds = {"text": str, "integer": int, "boolean": bool, "amount": str | int | Decimal}
    fits = isinstance(value, kinds[option.type])
    if option.type != "boolean" and isinstance(value, bool):
        fits = False
    if not fits and not (option.name in COMMON and value is None):
        raise InvalidInput(f"{name} is {value!r}; it must be {_article(option.type)}")
    known = _comparable(option)
    found = known(value)
    if option.values and found not in map(known, option.values):
        raise InvalidInput(f"{name} is {value!r}; it may be {', '.join(map(str, option.values))}")
    if option.least is not None and found < known(option.least):
        raise InvalidInput(f"{name} is {value}; the least is {option.least}")
    if option.most is not None and found > known(option.most):
        raise InvalidInput(f"{name} is {value}; the most is {option.most}")
    return value


def value(option: Option, given: Any) -> Any:
    """Check a value and return what `$name` stands for: an amount is a number, however written."""
    checked = check(option, given)
    return money.decimal(option.name, checked) if option.type == "amount" else checked


def _comparable(option: Option) -> Callable[[Any], Any]:
    """Return what makes an option's values comparable: amounts may be text or numbers."""
    return partial(money.decimal, option.name) if option.type == "amount" else lambda value: value


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def from_text(option: Option, text: str) -> Any:
    """Read an option's value from the command line; raises `InvalidInput`."""
    if option.type == "integer" and re.fullmatch(r"[-+]?\d{1,18}", text):
        return check(option, int(text))
    if option.type == "boolean" and text in ("true", "false"):
        return check(option, text == "true")
    if option.type in ("integer", "boolean"):
        raise InvalidInput(f"{option.name} is {text!r}; it must be {_article(option.type)}")
    return check(option, text)
