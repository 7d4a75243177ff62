"""One line of a journal as a value: what `ndjson.py` has written, read back. Pure."""

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from pocketsflow_emulator.core import clock
from pocketsflow_emulator.delivery import ndjson
from pocketsflow_emulator.delivery.faults.kind import BEHAVE, KINDS
from pocketsflow_emulator.delivery.outcomes import OUTCOMES
from pocketsflow_emulator.delivery.tries import Behaviour, Headers, Outcome
from pocketsflow_emulator.errors import InvalidInput, quoted, suggestion
from pocketsflow_emulator.wire.request import VALUE

T = TypeVar("T")


class RecordedInput(NamedTuple):
    """A verb with its resolved arguments, as it was submitted at an instant (ms)."""

    at: int
    verb: str
    arguments: dict[str, Any]


class RecordedFact(NamedTuple):
    """A fact by the key of its event; instant and stamp in ms, `objects` by name only."""

    number: int
    event: str
    instant: int
    stamp: int
    buyer: str
    cause: str
    objects: list[Any]


class RecordedDelivery(NamedTuple):
    """A delivery that was queued. Its body stands in its tries."""

    number: int
    fact: int
    webhook: str
    dialect: str
    event: str


class RecordedTry(NamedTuple):
    """A try with everything that was sent. `outcome` is None where the journal ends before it,
    and `cancelled` where it was put back. It can be sent again as it is.
    """

    delivery: int
    number: int
    at: int
    webhook: str
    event: str
    url: str
    headers: Headers
    body: bytes
    outcome: Outcome | None
    behaviour: Behaviour | None = None

    @property
    def was_sent(self) -> bool:
        """Whether it went out in full, as far as the journal knows."""
        return self.outcome is None or self.outcome.kind not in _NEVER_SENT


_NEVER_SENT = frozenset(("cancelled", "dropped", "blocked"))


class Beginning(NamedTuple):
    """The first line of a run: what its world was made from (`template`, the whole line), and how
    many lines the ring had let go when it was written. `start` is an instant (ms).
    """

    template: dict[str, Any]
    seed: int
    start: int
    let_go: int


class Happened(NamedTuple):
    """One line of the log, in its order. `what` is what this module makes of it; of a `record` and
    a `release` the number of the delivery and the outcome.
    """

    line: int
    kind: str
    what: Any


LONGEST_LINE = 64 * 1024 * 1024
"""Bytes; what is longer is not read."""


def parsed(line: bytes) -> dict[str, Any]:
    """Return the JSON of a line, which has a kind. Raises `InvalidInput` for anything else."""
    if len(line) > LONGEST_LINE:
        raise InvalidInput(f"the line is longer than {LONGEST_LINE} bytes; this is no journal")
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidInput(f"{quoted(line[:60])} is not a line of JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("kind"), str):
        raise InvalidInput("the line has no kind; this is not a journal of pocketsflow-emulator")
    return found


def beginning(line: dict[str, Any]) -> Beginning:
    """Read the first line. Raises `InvalidInput` for one that no journal begins with."""
    version = line.get("journal")
    if version != ndjson.VERSION:
        raise InvalidInput(
            f"the journal has version {quoted(version)}; this program reads {ndjson.VERSION}"
        )
    for name, type_ in (("livemode", bool), ("concurrency", int), ("ring", int)):
        _get(line, name, type_)
    seed, let_go = _get(line, "seed", int), _get(line, "letGo", int)
    return Beginning(line, seed, _instant(line, "start"), let_go)


def happened(number: int, line: dict[str, Any]) -> Happened:
    """Read any other line. Raises `InvalidInput` for one that no journal has."""
    kind = line["kind"]
    if kind not in ndjson.WRITERS:
        raise InvalidInput(f"unknown kind {quoted(kind)}{suggestion(kind, ndjson.WRITERS)}")
    return Happened(number, kind, told(line))


def told(line: dict[str, Any]) -> Any:
    """Return what a line of the log says; None where it only is there."""
    reader = _READERS.get(line["kind"])
    return None if reader is None else reader(line)


def _input(line: dict[str, Any]) -> RecordedInput:
    return RecordedInput(
        _instant(line, "at"), _get(line, "verb", str), _get(line, "arguments", dict)
    )


def _fact(line: dict[str, Any]) -> RecordedFact:
    return RecordedFact(
        _get(line, "fact", int),
        _get(line, "event", str),
        _instant(line, "instant"),
        _get(line, "stamp", int),
        _get(line, "buyer", str),
        _get(line, "cause", str),
        _get(line, "objects", list),
    )


def _delivery(line: dict[str, Any]) -> RecordedDelivery:
    return RecordedDelivery(
        _get(line, "delivery", int),
        _get(line, "fact", int),
        _get(line, "webhook", str),
        _get(line, "dialect", str),
        _get(line, "event", str),
    )


def _take(line: dict[str, Any]) -> RecordedTry:
    return RecordedTry(
        _get(line, "delivery", int),
        _get(line, "try", int),
        _instant(line, "at"),
        _get(line, "webhook", str),
        _get(line, "event", str),
        _get(line, "url", str),
        _sendable(_headers(line, "headers")),
        _data(line, "body"),
        None,
        _behaviour(line),
    )


def _behaviour(line: dict[str, Any]) -> Behaviour | None:
    if "behaviour" not in line:
        return None
    kind, chunk, pause, after = [*_get(line, "behaviour", list), *[None] * 4][:4]
    known = isinstance(kind, str) and kind in KINDS and KINDS[kind].seam == BEHAVE
    numbers = type(chunk) is int and isinstance(pause, int | float)
    if not known or not numbers or type(after) not in (int, type(None)):
        raise InvalidInput(f"behaviour is {quoted(line['behaviour'])}; no connection behaves so")
    return Behaviour(kind, chunk, pause, after)


def _record(line: dict[str, Any]) -> tuple[int, Outcome]:
    kind = _get(line, "outcome", str)
    if kind not in OUTCOMES:
        raise InvalidInput(f"unknown outcome {quoted(kind)}{suggestion(kind, OUTCOMES)}")
    status = line.get("status")
    duration = line.get("durationMs", 0)
    if not isinstance(duration, int | float) or not 0 <= duration < _LONGEST:
        raise InvalidInput(f"durationMs is {quoted(duration)}; it should be a number of ms")
    return _get(line, "delivery", int), Outcome(
        kind,
        None if status is None else _get(line, "status", int),
        _headers(line, "responseHeaders"),
        _data(line, "answer"),
        _get(line, "truncated", bool),
        duration / 1000,
        _get(line, "detail", str),
    )


_LONGEST = 10**12
"""Milliseconds; nothing took longer."""


def _release(line: dict[str, Any]) -> tuple[int, Outcome]:
    return _get(line, "delivery", int), Outcome("cancelled")


def _rest(line: dict[str, Any]) -> bool:
    """Return whether it was a receiver that had asked."""
    return "pull" in line and _get(line, "pull", bool)


def _wall(line: dict[str, Any]) -> int:
    return _get(line, "wall", int)


_READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "input": _input,
    "fact": _fact,
    "delivery": _delivery,
    "take": _take,
    "record": _record,
    "release": _release,
    "rest": _rest,
    "wall": _wall,
}
"""Kind of line -> how it is read; the others say no more than that they are there."""


def _get(line: dict[str, Any], name: str, kind: type[T]) -> T:
    value = line.get(name)
    if type(value) is not kind:
        was = quoted(value) if name in line else "missing"
        raise InvalidInput(f"{line['kind']}: {name} is {was}; it should be {_WORDS[kind]}")
    return value


_WORDS: dict[type, str] = {
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}


def _instant(line: dict[str, Any], name: str) -> int:
    return clock.parse(_get(line, name, str))


def _headers(line: dict[str, Any], name: str) -> Headers:
    pairs = _get(line, name, list)
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2 or {*map(type, pair)} != {str}:
            raise InvalidInput(f"{name} has {quoted(pair)}; it should be a list of name and value")
    return tuple((header, value) for header, value in pairs)


def _sendable(headers: Headers) -> Headers:
    for name, value in headers:
        if not _NAME.fullmatch(name) or not VALUE.fullmatch(value):
            raise InvalidInput(f"headers has {quoted((name, value))}, which cannot be sent")
    return headers


_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110: token


def _data(line: dict[str, Any], name: str) -> bytes:
    encoded = line.get(name + ndjson.BASE64)
    try:
        if encoded is None:
            return _get(line, name, str).encode()
        return b64decode(encoded, validate=True)
    except (NotBase64, TypeError, UnicodeEncodeError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"{name} cannot be read as bytes: {error}") from None
