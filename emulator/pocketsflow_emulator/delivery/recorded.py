"""Journals read back: what `ndjson.py` has written, as values.

A file holds one run after the other, each of which begins with a `world` line. Everything that can
be wrong with one names file and line.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from pocketsflow_emulator.delivery import lines
from pocketsflow_emulator.delivery.lines import (
    Beginning,
    Happened,
    RecordedDelivery,
    RecordedFact,
    RecordedInput,
    RecordedTry,
)
from pocketsflow_emulator.delivery.tries import Outcome
from pocketsflow_emulator.errors import InvalidInput, JournalError


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


def read(journal: Iterable[bytes], file: str) -> list[Recorded]:
    """Return the runs of a journal, given by its lines with their ends. `file` is its name in
    errors. Raises `JournalError` for anything else.
    """
    runs: list[_Reading] = []
    for number, line in enumerate(journal, 1):
        try:
            parsed = lines.parsed(line)
        except InvalidInput as error:
            if line.endswith(b"\n") or not runs:
                raise JournalError(str(error), file, number) from None
            runs[-1].cut = True
            break
        try:
            if parsed["kind"] == "world":
                runs.append(_Reading(file, lines.beginning(parsed)))
            elif not runs:
                raise InvalidInput("a journal begins with a line of the kind world")
            else:
                runs[-1].add(lines.happened(number, parsed))
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
    while line := readline(lines.LONGEST_LINE + 1):
        yield line


class _Reading:
    """A run while it is read. A delivery has one try out at a time, so its number finds it."""

    def __init__(self, file: str, first: Beginning) -> None:
        self.cut = False
        self._file, self._first = file, first
        self._log: list[Happened] = []
        self._tries: list[RecordedTry] = []
        self._out: dict[int, int] = {}

    def add(self, happened: Happened) -> None:
        """Take another line in."""
        if happened.kind == "take":
            self._out[happened.what.delivery] = len(self._tries)
            self._tries.append(happened.what)
        elif happened.kind in ("record", "release"):
            self._decide(*happened.what)
        self._log.append(happened)

    def _decide(self, delivery: int, outcome: Outcome) -> None:
        place = self._out.pop(delivery, None)
        if place is not None:
            self._tries[place] = self._tries[place]._replace(outcome=outcome)
        elif not self._first.let_go:
            raise InvalidInput(f"no try of delivery {delivery} is out; a line before is missing")

    def recorded(self) -> Recorded:
        """Return what has been read."""
        return Recorded(self._file, *self._first, tuple(self._log), tuple(self._tries), self.cut)
