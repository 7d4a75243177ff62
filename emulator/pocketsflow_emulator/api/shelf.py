"""The scenarios that a server knows: ready-made ones, those of a folder, and those it was sent."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pocketsflow_emulator.errors import InvalidInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable

    from pocketsflow_emulator.scenario.model import Scenario

MOST = 1_000
"""How many scenarios a server keeps beside the ready-made ones."""


class Shelved(NamedTuple):
    """A scenario, and the text it was read from."""

    scenario: "Scenario"
    text: str


_SUFFIXES = {".yaml", ".yml", ".json"}


class Shelf:
    """Name -> scenario. One of its own goes before a ready-made one of the same name.

    The language is imported where it is needed, so that the start of a server is not slowed. What
    was put in is told to `keep`, by name and text.
    """

    def __init__(self) -> None:
        self._own: dict[str, Shelved] = {}
        self.keep: Callable[[str, str], None] | None = None

    def add_folder(self, folder: Path) -> None:
        """Add every scenario file in a folder and below. Raises `ScenarioError` for one that is
        malformed, `InvalidInput` where there is no such folder, or where it has files and none of
        them is named as a scenario is.
        """
        from pocketsflow_emulator.scenario import library
        from pocketsflow_emulator.scenario.load import read

        if not folder.is_dir():
            raise InvalidInput(f"{folder}: there is no such folder of scenarios")
        files = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES)
        named = [path for path in files if path.name.endswith(library.ENDINGS)]
        if files and not named:
            raise InvalidInput(
                f"{files[0]} is passed over: the name of a scenario file ends in"
                f" {' or '.join(library.ENDINGS)}"
            )
        for path in named:
            text = library.file_text(path)
            found = read(text, str(path))
            self._keep(found.name, Shelved(found, text))

    def put(self, name: str, text: str) -> "tuple[Scenario, bool]":
        """Keep a scenario under its name; say whether it is new. Raises `ScenarioError`, or
        `InvalidInput` where it has another name.
        """
        from pocketsflow_emulator.scenario.load import read

        scenario = read(text, f"{name}.pocketsflow.yaml")
        if scenario.name != name:
            raise InvalidInput(
                f"the path says {name!r} and the file {scenario.name!r}; write the same in both"
            )
        new = name not in self._own
        self._keep(name, Shelved(scenario, text))
        if self.keep is not None:
            self.keep(name, text)
        return scenario, new

    def names(self) -> list[str]:
        """Return every name, sorted."""
        from pocketsflow_emulator.scenario import library

        return sorted({*library.names(), *self._own})

    def find(self, name: str) -> "Scenario":
        """Return a scenario. Raises `UnknownName`."""
        from pocketsflow_emulator.scenario import library

        self._check(name)
        return self._own[name].scenario if name in self._own else library.ready_made(name)

    def text(self, name: str) -> str:
        """Return the file of a scenario. Raises `UnknownName`."""
        from pocketsflow_emulator.scenario import library

        self._check(name)
        return self._own[name].text if name in self._own else library.text(name)

    def _check(self, name: str) -> None:
        if name not in self._own and name not in (known := self.names()):
            raise UnknownName("scenario", name, known)

    def _keep(self, name: str, kept: Shelved) -> None:
        if name not in self._own and len(self._own) >= MOST:
            raise InvalidInput(f"this server keeps {MOST} scenarios already")
        self._own[name] = kept
