"""Finding scenarios: the ready-made ones by name, people's own by file or folder."""

from collections.abc import Collection
from pathlib import Path

from pocketsflow_emulator import resources
from pocketsflow_emulator.errors import (
    EnvironmentFailure,
    InvalidInput,
    NothingSelected,
    ScenarioError,
    UnknownName,
    quoted,
    suggestion,
)
from pocketsflow_emulator.scenario.load import read
from pocketsflow_emulator.scenario.model import Scenario
from pocketsflow_emulator.scenario.tree import LARGEST

ENDINGS = (".pocketsflow.yaml", ".pocketsflow.yml", ".pocketsflow.json")


def names() -> list[str]:
    """Return the names of the ready-made scenarios, sorted."""
    return resources.names("scenarios", ".yaml")


def text(name: str) -> str:
    """Return the file of a ready-made scenario; raises `UnknownName`."""
    if name not in (known := names()):
        raise UnknownName("scenario", name, known)
    return resources.text("scenarios", f"{name}.yaml")


def ready_made(name: str) -> Scenario:
    """Return a ready-made scenario; raises `UnknownName`."""
    return read(text(name), f"{name}.yaml")


def everything() -> list[Scenario]:
    """Return every ready-made scenario."""
    return [ready_made(name) for name in names()]


def tagged(tags: Collection[str]) -> list[Scenario]:
    """Return the ready-made scenarios that have one of these tags; raises `NothingSelected` for a
    tag that none has.
    """
    known = everything()
    for tag in tags:
        if not any(tag in scenario.tags for scenario in known):
            there = {tag for scenario in known for tag in scenario.tags}
            raise NothingSelected(f"no scenario has the tag {tag!r}{suggestion(tag, there)}")
    return [scenario for scenario in known if set(tags) & set(scenario.tags)]


def find(wanted: str | Path) -> list[Scenario]:
    """Return the scenarios that a word on the command line means: a name, a file or a folder.

    Raises `UnknownName`, `NothingSelected` for a folder without any, `ScenarioError` for a file
    that is missing or malformed, `EnvironmentFailure` for one that cannot be read.
    """
    if isinstance(wanted, Path):
        wanted = str(wanted)
    if not isinstance(wanted, str):
        raise InvalidInput(f"{quoted(wanted)} is no scenario; write a name, a file or a folder")
    if not wanted:
        raise InvalidInput("the name of a scenario is empty")
    path = Path(wanted)
    if path.is_dir() and wanted not in names():
        files = sorted(file for file in path.rglob("*") if file.name.endswith(ENDINGS))
        if not files:
            raise NothingSelected(f"{wanted}: no file in it ends in {' or '.join(ENDINGS)}")
        return [from_file(file) for file in files]
    if path.suffix in (".yaml", ".yml", ".json") or "/" in wanted:
        return [from_file(path)]
    return [ready_made(wanted)]


def from_file(path: Path) -> Scenario:
    """Read a scenario from a file, of which no more is read than it may have."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise ScenarioError("is no file; a pipe or a device cannot be read", str(path))
        with path.open("rb") as file:
            content = file.read(2 * LARGEST)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise ScenarioError(f"cannot be read: {error.strerror}", str(path)) from None
    except OSError as error:
        raise EnvironmentFailure(f"{path}: cannot be read: {error.strerror}") from None
    try:
        if len(content) > LARGEST + 3:  # with its byte order mark
            raise ScenarioError(f"the file is larger than {LARGEST} bytes", str(path))
        return read(content.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise ScenarioError("is not UTF-8 text", str(path), line, column) from None
