"""The folder of a server's start: seed files and scenarios, in the order of their names.

What is wrong with one of them does not end the server: it is named, and the server is not ready.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pocketsflow_emulator.api.readiness import Readiness
from pocketsflow_emulator.api.world import World
from pocketsflow_emulator.api.worlds import Template
from pocketsflow_emulator.errors import EmulatorError, InvalidInput

if TYPE_CHECKING:
    from pocketsflow_emulator.scenario.model import Scenario
    from pocketsflow_emulator.scenario.seed import Seed

_ENDINGS = (".yaml", ".yml", ".json")


class Init:
    """Reads the folder (None: there is none). `template` is the given one with the objects of the
    seed files, so every world begins with them, also after a reset; scenarios are played once, in
    one world, and then `over` is called.
    """

    over: Callable[[], None] | None = None

    def __init__(self, folder: Path | None, template: Template) -> None:
        self.template = template
        self.readiness = Readiness()
        self._scenarios: list[Scenario] = []
        if folder is None:
            return
        if not folder.is_dir():
            raise InvalidInput(f"{folder}: there is no such folder to begin with")
        for path in sorted(folder.iterdir()):
            if not path.name.startswith("."):
                self._add(path)
        self.readiness.starting = bool(self._scenarios)

    def _add(self, path: Path) -> None:
        from pocketsflow_emulator.scenario import library  # YAML is loaded only where it is needed
        from pocketsflow_emulator.scenario.seed import Seed

        try:
            if not path.name.endswith(_ENDINGS):
                raise InvalidInput(f"{path}: neither YAML nor JSON; take it out of the folder")
            if _is_scenario(path):
                self._scenarios.append(library.from_file(path))
            else:
                self._sow(Seed.from_file(path))
        except EmulatorError as error:
            self.readiness.problems.append(str(error))

    def _sow(self, seed: "Seed") -> None:
        """Add the objects of a seed file, once they have been made in a world that nobody sees."""
        from pocketsflow_emulator.delivery.engine import Engine
        from pocketsflow_emulator.driver import Driver

        scratch = Driver(Engine(0, self.template.start))
        objects = (*self.template.objects, seed)
        for one in objects:
            one.sow(scratch)
        self.template = self.template._replace(objects=objects)

    async def play(self, world: World) -> None:
        """Play the scenarios; then the server is ready, unless one of them does not hold. A world
        that goes on from a data file has had them.
        """
        from pocketsflow_emulator.scenario.probes import NOTHING

        for scenario in () if world.continued else self._scenarios:
            try:
                result, _ = await world.play(scenario, {}, NOTHING)
            except EmulatorError as error:
                self.readiness.problems.append(f"{scenario.file}: {error}")
            else:
                self.readiness.problems += map(str, result.misses)
        if self.over is not None:
            self.over()
        self.readiness.starting = False


def _is_scenario(path: Path) -> bool:
    """Say whether a file has steps; what cannot be read is left to the reader of seed files."""
    from pocketsflow_emulator.scenario import tree

    try:
        top = tree.parse(tree.text(path), str(path))
    except OSError:
        return False
    return isinstance(top, tree.Fields) and "steps" in top.fields
