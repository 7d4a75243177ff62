"""JSON as JavaScript writes it: Pocketsflow signs and sends what `JSON.stringify` gives.

`stringify` and `encode` write, `normalise` says what is left of a value once it has been written
and read again; `encode_plain` is a faster `encode` for values with nothing peculiar in them. All
take dict, list, tuple, str, int, float, bool and None (and subclasses)
and raise `TypeError` for anything else, and `RecursionError`, as the json module does, for values
nested about a thousand deep or inside themselves.
"""

import json.encoder
import re
from collections.abc import Callable
from json.encoder import encode_basestring
from math import isfinite
from typing import Any, Generic, TypeVar

_SAFE = 2**53
"""Up to here, either way, a JavaScript number holds every integer."""

_DECIMAL_BELOW = 21
"""JavaScript writes 10**20 in full and 10**21 with an exponent. # ECMA-262 Number::toString"""

_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
_LAST_INDEX = 2**32 - 2
_MOST_NAMES = 4096
_LONGEST_NAME = 64

_T = TypeVar("_T")


def stringify(value: object) -> str:
    """Return the text `JSON.stringify` gives for what `JSON.parse` made of the same JSON."""
    return encode(value).decode()


def encode(value: object) -> bytes:
    """Return `stringify(value)` as UTF-8, the bytes of a webhook's body."""
    text = _WRITERS[type(value)](value)
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Only surrogates cannot be encoded; the replacement for a lone one is JavaScript's, \udxxx.
        return _joined(text).encode(errors="backslashreplace")


def _plainly() -> Callable[[Any], str]:
    """Return what writes plain values: CPython's encoder, made once and not for each value."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    write = make(None, None, encode_basestring, None, ":", ",", False, False, True)
    return lambda value: "".join(write(value, 0))


compact = _plainly()
"""Writes a value as Python's json does, in one line without spaces, characters as they are."""


def encode_plain(value: object) -> bytes:
    """Return `encode(value)` for a value in which Python and JavaScript write everything alike:
    ints within 2**53, floats with a fraction and without an exponent, no keys that are numbers.
    """
    try:
        return compact(value).encode()
    except UnicodeEncodeError:  # half a character in somebody's name
        return encode(value)


def normalise(value: object) -> Any:
    """Return a copy of `value` as `JSON.parse(JSON.stringify(value))` would have it.

    Integral numbers below 1e21 are int, others float; an integer that a JavaScript number cannot
    hold becomes the nearest one it can; infinities and NaN become None, tuples lists. Objects have
    their keys in JavaScript's order, and surrogate pairs are the one character they stand for.
    """
    return _NORMALISERS[type(value)](value)


class _ByType(dict[type, Callable[[Any], _T]], Generic[_T]):
    """Exact type -> what is done with its values; a subclass is treated as what it derives from."""

    def __missing__(self, kind: type) -> Callable[[Any], _T]:
        for base, function in self.items():
            if issubclass(kind, base):
                return function
        raise TypeError(
            f"JSON has no {kind.__name__}; use dict, list, tuple, str, int, float, bool or None"
        )


class _Names(dict[str, str]):
    """The keys seen so far that need no care -> their JSON text and the colon.

    It spares most objects a look at every key: the events name a few dozen. What is in it changes
    no result, so threads may share it and it may forget.
    """

    def __missing__(self, key: str) -> str:
        return encode_basestring(key) + ":"

    def learn(self, key: str) -> None:
        if len(key) > _LONGEST_NAME or not key.isascii():
            return
        if len(self) >= _MOST_NAMES:
            self.clear()
        self[key] = self[key]


_NAMES = _Names()
_KNOWN = _NAMES.keys()


def _joined(text: str) -> str:
    """Return `text` as a plain str with surrogate pairs as the characters they stand for."""
    if text.isascii():
        return str.__str__(text)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a JSON object's keys are str; {key!r} is {type(key).__name__}")
    return _joined(key)


def _is_index(key: str) -> bool:
    return _INDEX.fullmatch(key) is not None and int(key) <= _LAST_INDEX


def _ordered(value: dict[Any, object]) -> dict[str, object]:
    """Return the object with its keys as JavaScript has them: array indices first, ascending.

    Larger integers are ordinary keys and stay where they were put, in V8 too. Keys that are one
    and the same to JavaScript keep the place of the first and the value of the last.
    """
    if value.keys() <= _KNOWN:
        return value
    named = {_key(key): item for key, item in value.items()}
    indices = sorted(filter(_is_index, named), key=int)
    for key in named.keys() - indices:
        _NAMES.learn(key)
    return dict.fromkeys(indices) | named


# Plain loops, not comprehensions: those would take a second frame for each level of nesting.
def _write_object(value: dict[Any, object]) -> str:
    members = []
    for key, item in _ordered(value).items():
        members.append(_NAMES[key] + _WRITERS[type(item)](item))
    return "{" + ",".join(members) + "}"


def _write_array(value: list[object] | tuple[object, ...]) -> str:
    items = []
    for item in value:
        items.append(_WRITERS[type(item)](item))  # noqa: PERF401
    return "[" + ",".join(items) + "]"


def _write_integer(value: int) -> str:
    if -_SAFE <= value <= _SAFE:
        return int.__repr__(value)
    return _write_float(_as_float(value))


def _write_float(value: float) -> str:
    """Write a double as ECMA-262 Number::toString does; repr gives the same shortest digits."""
    text = float.__repr__(value)
    if text.endswith(".0"):
        return text[:-2] if value else "0"
    if "e" in text:
        return _write_scaled(text)
    return text if isfinite(value) else "null"


def _write_scaled(text: str) -> str:
    """Turn repr's exponent form into JavaScript's, which starts later: `1e+16` is written out."""
    mantissa, _, exponent = text.partition("e")
    power = int(exponent)
    sign = "-" if mantissa.startswith("-") else ""
    digits = mantissa.removeprefix("-").replace(".", "")
    if 0 < power < _DECIMAL_BELOW:
        return sign + digits.ljust(power + 1, "0")
    if -7 < power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{digits}"
    return f"{mantissa}e{power:+d}"


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:  # JavaScript reads such digits as Infinity
        return float("inf")


def _normalise_object(value: dict[Any, object]) -> dict[str, Any]:
    ordered = _ordered(value)
    return dict(zip(map(str.__str__, ordered), map(normalise, ordered.values()), strict=True))


def _normalise_array(value: list[object] | tuple[object, ...]) -> list[Any]:
    return list(map(normalise, value))


def _normalise_integer(value: int) -> int | float | None:
    return int(value) if -_SAFE <= value <= _SAFE else _normalise_float(_as_float(value))


def _normalise_float(value: float) -> int | float | None:
    if not isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 10**_DECIMAL_BELOW else float(value)


_WRITERS: _ByType[str] = _ByType(
    {
        str: encode_basestring,
        int: _write_integer,
        float: _write_float,
        bool: lambda value: "true" if value else "false",
        type(None): lambda _: "null",
        dict: _write_object,
        list: _write_array,
        tuple: _write_array,
    }
)

_NORMALISERS: _ByType[Any] = _ByType(
    {
        str: _joined,
        int: _normalise_integer,
        float: _normalise_float,
        bool: lambda value: value,
        type(None): lambda _: None,
        dict: _normalise_object,
        list: _normalise_array,
        tuple: _normalise_array,
    }
)
