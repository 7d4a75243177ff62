"""Stories in worlds of a data file, whose server ends again and again on the way."""

from contextlib import closing
from pathlib import Path
from random import Random

from pocketsflow_emulator.api.datafile import DataFile
from pocketsflow_emulator.api.kept import LOST, KeptWorlds
from pocketsflow_emulator.api.worlds import Template
from pocketsflow_emulator.core import clock
from trouble.play import Play

ENDS = 0.1
"""The share of steps after which a server ends."""


class Undisturbed(Play):
    """A story in which nobody learns what came of the tries that are left in the middle."""

    def __init__(self, seed):
        super().__init__(seed, cap=7, releases=0.2, wild=True)

    def _leave(self, out):
        for attempt in out:
            self.engine.record(attempt, LOST)


class Restarted(Undisturbed):
    """The same in a world that is kept in a folder: its server ends where tries are left, and now
    and then between two steps. Made and told within a loop, which never runs.
    """

    def __init__(self, seed, folder):
        super().__init__(seed)
        self._ends = Random(f"ends {seed}")
        self._path = Path(folder) / "data.db"
        self._start()

    def do(self, step):
        """Submit a step, perhaps in another server than the one before."""
        if self._ends.random() < ENDS and not self.engine.outbox.out:
            self._leave([])
        super().do(step)

    def end(self):
        """Let no server have the file any more."""
        self._data.close()

    def _start(self):
        self._data = DataFile(self._path)
        template = Template(
            self.engine.world.state.seed,
            clock.parse("2030-01-31"),
            real_clock=False,
            policy=self.engine.policy.name,
            concurrency=self.engine.cap,
        )
        self._worlds = KeptWorlds(template, self._data)
        self._worlds.load()
        self.engine = self._worlds.named(None).engine

    def _leave(self, out):
        self._worlds.save()
        with closing(self._data):  # it ends
            super()._leave(out)
        before = self._everything()
        self._start()
        assert before == self._everything()

    def _everything(self):
        made = self.engine
        return {
            **self.state(),
            "waiting": [(one.number, one.extra) for one in made.outbox.waiting()],
            "goal": made.goal,
            "snapshots": sorted(made.snapshots),
            "deliveries": made.delivery_count,
        }
