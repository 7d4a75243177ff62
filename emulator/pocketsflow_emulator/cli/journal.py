"""The journal file of a run."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pocketsflow_emulator.errors import EnvironmentFailure, InvalidInput
from pocketsflow_emulator.resources import version
from pocketsflow_emulator.scenario.session import Played


class Journal:
    """Opens the file before anything is sent, so that one that cannot be written stops the run;
    without a path it does nothing. What came of a try is in the file before the next one
    goes out, so a process that is killed leaves a journal.
    """

    def __init__(self, path: Path | None) -> None:
        if path == Path("-"):
            raise InvalidInput("--journal -: standard output is for the report; name a file")
        self._path = path
        self._file: IO[str] | None = None
        self._written: list[int] = []
        self._failed: OSError | None = None

    def __enter__(self) -> Self:
        if self._path is not None:
            try:
                self._file = self._path.open("w", encoding="utf-8")
            except OSError as error:
                raise self._failure(error) from None
        return self

    def follow(self, played: Sequence[Played]) -> None:
        """Write what has happened since, of the scenarios one after the other; the `world` line
        names each. A failure is for `write` to tell.
        """
        if self._file is None or self._failed is not None:
            return
        try:
            for place in range(max(0, len(self._written) - 1), len(played)):
                self._file.writelines(f"{line}\n" for line in self._new(place, played[place]))
            self._file.flush()
        except OSError as error:
            self._failed = error

    def _new(self, place: int, one: Played) -> Iterator[str]:
        """Yield the lines of a scenario that are not in the file yet."""
        if place == len(self._written):
            self._written.append(0)
            yield next(one.journal.log(scenario=one.scenario.name, emulator=version()))
        before, self._written[place] = self._written[place], one.journal.noted
        yield from one.journal.log_since(before)

    def write(self, played: Sequence[Played]) -> None:
        """Write what is left; raises `EnvironmentFailure` where not everything could be written."""
        self.follow(played)
        if self._failed is not None:
            raise self._failure(self._failed) from None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError as problem:  # what could not be written is still in its buffer
                if kind is None:
                    raise self._failure(problem) from None

    def _failure(self, error: OSError) -> EnvironmentFailure:
        return EnvironmentFailure(f"{self._path}: cannot be written: {error.strerror}")
