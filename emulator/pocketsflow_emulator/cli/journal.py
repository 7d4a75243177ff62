"""The journal file of a run."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pocketsflow_emulator.errors import EnvironmentFailure, InvalidInput
from pocketsflow_emulator.resources import version
from pocketsflow_emulator.scenario.session import Played


class Journal:
    """Opens the file before anything is sent, so that one that cannot be written stops the run;
    without a path it does nothing.
    """

    def __init__(self, path: Path | None) -> None:
        if path == Path("-"):
            raise InvalidInput("--journal -: standard output is for the report; name a file")
        self._path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        if self._path is not None:
            try:
                self._file = self._path.open("w", encoding="utf-8")
            except OSError as error:
                raise self._failure(error) from None
        return self

    def write(self, played: Iterable[Played]) -> None:
        """Write the log of every scenario, one after the other; the `world` line names it."""
        if self._file is None:
            return
        try:
            for one in played:
                lines = one.journal.log(scenario=one.scenario.name, emulator=version())
                self._file.writelines(f"{line}\n" for line in lines)
            self._file.flush()
        except OSError as error:
            raise self._failure(error) from None

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
