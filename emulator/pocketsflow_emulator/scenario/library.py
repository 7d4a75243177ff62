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
from pocketsflow_emulator.scenario import tree
from pocketsflow_emulator.scenario.load import read
from pocketsflow_emulator.scenario.model import Scenario

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
    """Read a scenario from a file. Raises as `file_text`, and `ScenarioError` where it is none."""
    return read(file_text(path), str(path))


def file_text(path: Path) -> str:
    """Return the text of a scenario's file. Raises `ScenarioError` where there is none, or it is no
    text; `EnvironmentFailure` where it cannot be read.
    """
    try:
        return tree.text(path)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise ScenarioError(f"cannot be read: {error.strerror}", str(path)) from None
    except OSError as error:
        raise EnvironmentFailure(f"{path}: cannot be read: {error.strerror}") from None
