"""Journals read back: what `ndjson.py` has written, as values.

A file holds one run after the other, each of which begins with a `world` line. Everything that can
be wrong with one names file and line.
"""

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from pocketsflow_emulator.core import clock
from pocketsflow_emulator.delivery import ndjson
from pocketsflow_emulator.delivery.faults.kind import BEHAVE, KINDS
from pocketsflow_emulator.delivery.outcomes import OUTCOMES
from pocketsflow_emulator.delivery.tries import Behaviour, Headers, Outcome
from pocketsflow_emulator.errors import InvalidInput, JournalError, quoted, suggestion

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes; what is longer is not read."""

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


class Happened(NamedTuple):
    """One line of the log, in its order. `what` is what this module makes of it; of a `record` and
    a `release` the number of the delivery and the outcome.
    """

    line: int
    kind: str
    what: Any


class Recorded(NamedTuple):
    """One recorded run: what its world was made from and all that happened in it.

    `start` is an instant (ms), `template` the whole first line. `let_go` is how many lines the
    ring had let go when it was written. `cut` says that the file ends within a line, as one does
    whose process was killed; that line is left out.
    """

    file: str
    template: dict[str, Any]
    seed: int
    start: int
    let_go: int
    log: tuple[Happened, ...]
    tries: tuple[RecordedTry, ...]
    cut: bool

    @property
    def name(self) -> str:
        """The scenario or world that was recorded, else nothing."""
        return str(self.template.get("scenario") or self.template.get("world") or "")

    @property
    def inputs(self) -> list[RecordedInput]:
        """The inputs, in order."""
        return [happened.what for happened in self.log if happened.kind == "input"]

    @property
    def facts(self) -> list[RecordedFact]:
        """The facts, in order."""
        return [happened.what for happened in self.log if happened.kind == "fact"]

    @property
    def deliveries(self) -> list[RecordedDelivery]:
        """The deliveries in the order in which they were queued."""
        return [happened.what for happened in self.log if happened.kind == "delivery"]


def read(lines: Iterable[bytes], file: str) -> list[Recorded]:
    """Return the runs of a journal, given by its lines with their ends. `file` is its name in
    errors. Raises `JournalError` for anything else.
    """
    runs: list[_Reading] = []
    for number, line in enumerate(lines, 1):
        try:
            parsed = _parsed(line)
        except InvalidInput as error:
            if line.endswith(b"\n") or not runs:
                raise JournalError(str(error), file, number) from None
            runs[-1].cut = True
            break
        try:
            if parsed["kind"] == "world":
                runs.append(_Reading(file, parsed))
            elif not runs:
                raise InvalidInput("a journal begins with a line of the kind world")
            else:
                runs[-1].add(number, parsed)
        except InvalidInput as error:
            raise JournalError(str(error), file, number) from None
    if not runs:
        raise JournalError("is empty; a journal begins with a line of the kind world", file)
    return [run.recorded() for run in runs]


def read_journal(path: str) -> list[Recorded]:
    """Return the runs of a journal file: one for each scenario of a `run --journal`.

    Raises `JournalError`, with file and line, for what is no journal, and `OSError` where the file
    cannot be read. A last line that is cut off is left out, and told by `cut`.
    """
    with open(path, "rb") as opened:  # noqa: PTH123  (text is a path too)
        return read(bounded(opened.readline), str(path))


def bounded(readline: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yield lines as a `readline` gives them, none longer than it may be."""
    while line := readline(LONGEST_LINE + 1):
        yield line


def _parsed(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise InvalidInput(f"the line is longer than {LONGEST_LINE} bytes; this is no journal")
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidInput(f"{quoted(line[:60])} is not a line of JSON") from None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("kind"), str):
        raise InvalidInput("the line has no kind; this is not a journal of pocketsflow-emulator")
    return parsed


class _Reading:
    """A run while it is read. A delivery has one try out at a time, so its number finds it."""

    def __init__(self, file: str, first: dict[str, Any]) -> None:
        version = first.get("journal")
        if version != ndjson.VERSION:
            raise InvalidInput(
                f"the journal has version {quoted(version)}; this program reads {ndjson.VERSION}"
            )
        self.cut = False
        self._file, self._first = file, first
        self._seed, self._start = _get(first, "seed", int), _instant(first, "start")
        self._let_go = _get(first, "letGo", int)
        for name, type_ in (("livemode", bool), ("concurrency", int), ("ring", int)):
            _get(first, name, type_)
        self._log: list[Happened] = []
        self._tries: list[RecordedTry] = []
        self._out: dict[int, int] = {}

    def add(self, number: int, line: dict[str, Any]) -> None:
        """Take another line in."""
        kind = line["kind"]
        if kind not in ndjson.WRITERS:
            raise InvalidInput(f"unknown kind {quoted(kind)}{suggestion(kind, ndjson.WRITERS)}")
        what = told(line)
        if kind == "take":
            self._out[what.delivery] = len(self._tries)
            self._tries.append(what)
        elif kind in ("record", "release"):
            self._decide(*what)
        self._log.append(Happened(number, kind, what))

    def _decide(self, delivery: int, outcome: Outcome) -> None:
        place = self._out.pop(delivery, None)
        if place is not None:
            self._tries[place] = self._tries[place]._replace(outcome=outcome)
        elif not self._let_go:
            raise InvalidInput(f"no try of delivery {delivery} is out; a line before is missing")

    def recorded(self) -> Recorded:
        """Return what has been read."""
        return Recorded(
            self._file,
            self._first,
            self._seed,
            self._start,
            self._let_go,
            tuple(self._log),
            tuple(self._tries),
            self.cut,
        )


def told(line: dict[str, Any]) -> Any:
    """Return what a line of the log says; None where it only is there."""
    reader = _READERS.get(line["kind"])
    return None if reader is None else reader(line)


# ---- one line ----------------------------------------------------------------------------------


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
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise InvalidInput(f"headers has {quoted((name, value))}, which cannot be sent")
    return headers


_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110: token
_VALUE = re.compile("[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")


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
