"""Reports of a run: one module a kind, each made of the run's JSON document and nothing else."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import click

from pocketsflow_emulator.errors import EnvironmentFailure, InvalidInput, suggestion

Json = Mapping[str, Any]
Report = Callable[[Json], str]

KINDS = {
    "junit": "JUnit XML, for the test page of a CI",
    "html": "one page to look at, with a timeline drawn for every scenario",
    "md": "Markdown, for a comment or a summary",
}
"""Kind -> what it is. Its text is made by `text` in the module of the same name."""


def named(kind: str) -> Report:
    """Return what writes a kind of report."""
    made: Report = import_module(f"pocketsflow_emulator.cli.reports.{kind}").text
    return made


def wanted(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, Path], ...]:
    """Read what `--report` is given, each time `KIND=FILE`."""
    return tuple(_wanted(ctx, param, value) for value in values)


def _wanted(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, Path]:
    kind, _, file = value.partition("=")
    if kind not in KINDS:
        problem = f"there is no report {kind!r}{suggestion(kind, KINDS)}"
        raise click.BadParameter(problem, ctx, param)
    if not file or file == "-":
        raise click.BadParameter(f"write {kind}=FILE", ctx, param)
    return kind, Path(file)


class Reports:
    """Opens the files before anything is sent, so that one that cannot be written stops the run."""

    def __init__(self, wanted: tuple[tuple[str, Path], ...]) -> None:
        self._wanted = wanted
        self._files: list[tuple[str, Path, IO[str]]] = []
        if len({path for _, path in wanted}) < len(wanted):
            raise InvalidInput("--report: two reports cannot be written to one file")

    def __enter__(self) -> Self:
        try:
            for kind, path in self._wanted:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._files.append((kind, path, path.open("w", encoding="utf-8", newline="\n")))
        except OSError as error:
            self._close()
            raise _failure(path, error) from None
        return self

    def write(self, document: Json) -> None:
        """Write every report. Raises `EnvironmentFailure` where one cannot be written."""
        for kind, path, file in self._files:
            try:
                file.write(named(kind)(document))
                file.flush()
            except OSError as error:
                raise _failure(path, error) from None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        for _, _, file in self._files:
            try:
                file.close()
            except OSError:  # `write` has said so already
                continue


def _failure(path: Path, error: OSError) -> EnvironmentFailure:
    return EnvironmentFailure(f"{path}: cannot be written: {error.strerror}")
