"""Checks of single arguments: each returns the value as the core keeps it, or raises
`InvalidInput` with what was asked, what was the case and what to write instead."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pocketsflow_emulator.errors import InvalidInput, UnknownName, quoted

LONGEST_TEXT = 2_000
MOST_METADATA_KEYS = 100
_HOLDERS = (dict, list, tuple)
_FLAT = frozenset((str, int, float, bool, type(None)))
DEEPEST_METADATA = 64
"""Levels of objects and lists; a body that nothing can write is not let in."""


def text(name: str, value: object, *, empty: bool = False) -> str:
    """Check a text of at most 2,000 characters; with `empty`, None and "" are allowed."""
    if empty and value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(f"{name} is {quoted(value)}; write a text")
    if not value and not empty:
        raise InvalidInput(f"{name} is empty; write a text")
    if len(value) > LONGEST_TEXT:
        raise InvalidInput(f"{name} has {len(value)} characters; at most {LONGEST_TEXT} are kept")
    return value


def secret(value: object) -> str:
    """Check a signing secret: a text that can be a key, which a lone surrogate cannot."""
    key = text("secret", value)
    if any("\ud800" <= character <= "\udfff" for character in key):
        raise InvalidInput("secret contains half a character (a lone surrogate)")
    return key


def email(value: object) -> str:
    """Check an e-mail address as loosely as a checkout form does: one @ with text around it."""
    address = text("email", value)
    if not re.fullmatch(r"[^\s@]+@[^\s@]+", address):
        raise InvalidInput(f"email is {quoted(value)}; write an address like jane@example.com")
    return address


def country(value: object) -> str:
    """Check a two-letter country code."""
    if not isinstance(value, str) or not re.fullmatch("[A-Za-z]{2}", value):
        raise InvalidInput(f'country is {quoted(value)}; write two letters like "US"')
    return value.upper()


def whole(name: str, value: object, least: int, most: int) -> int:
    """Check a whole number between `least` and `most`."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(
            f"{name} is {quoted(value)}; write a whole number from {least} to {most}"
        )
    return value


def flag(name: str, value: object) -> bool:
    """Check a boolean."""
    if not isinstance(value, bool):
        raise InvalidInput(f"{name} is {quoted(value)}; write true or false")
    return value


def choice(name: str, value: object, options: Iterable[str]) -> str:
    """Check that a value is one of a few words."""
    known = list(options)
    if not isinstance(value, str) or value not in known:
        raise UnknownName(name, value, known)
    return value


def metadata(value: object, name: str = "metadata") -> Mapping[str, Any]:
    """Check the merchant's own data: a JSON object of at most 100 keys."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise InvalidInput(f'{name} is {quoted(value)}; write an object like {{"user": "42"}}')
    if len(value) > MOST_METADATA_KEYS:
        raise InvalidInput(f"{name} has {len(value)} keys; at most {MOST_METADATA_KEYS} are kept")
    if not _FLAT.issuperset(map(type, value.values())) and _deeper(value, DEEPEST_METADATA):
        raise InvalidInput(f"{name} is nested more than {DEEPEST_METADATA} levels deep")
    return value


def _deeper(value: Mapping[str, object], levels: int) -> bool:
    """Say whether an object has more levels of objects and lists than these. What is in a level
    twice is looked at once.
    """
    holders: Iterable[Any] = (value,)
    for _ in range(levels):
        level: dict[int, Any] = {}
        for holder in holders:
            for item in holder.values() if isinstance(holder, dict) else holder:
                if isinstance(item, _HOLDERS):
                    level[id(item)] = item
        if not level:
            return False
        holders = level.values()
    return True


def details(value: object, known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check what else the API shows of an object, and put it over what is `known`."""
    given = metadata(value, "details")
    return {**known, **given} if known else given


def page(name: str, value: object) -> str:
    """Check an absolute http(s) address to send a buyer to; empty for none."""
    address = text(name, value, empty=True)
    if address and not re.fullmatch(r"https?://[^\s/?#]+\S*", address):
        raise InvalidInput(f"{name} is {quoted(value)}; write an address with http:// or https://")
    return address
