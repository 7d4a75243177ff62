"""Worlds that are kept in a data file, and go on from there when the server starts again.

Nothing leaves the server before what led to it is on disk: a delivery is not sent, and a request
not answered. So whatever was answered survives a killed process, and nothing is sent twice unseen:
what was out when the process ended has the outcome `unknown`.
"""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from pocketsflow_emulator import resources, wall
from pocketsflow_emulator.api.datafile import DataFile
from pocketsflow_emulator.api.pulls import PatientDriver
from pocketsflow_emulator.api.served import ServedWorld, elapsed
from pocketsflow_emulator.api.worlds import Template, Worlds
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.delivery import lines, ndjson
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.journal import Entry, KeptJournal
from pocketsflow_emulator.delivery.rebuilding import Rebuilding
from pocketsflow_emulator.delivery.tries import Outcome
from pocketsflow_emulator.errors import EnvironmentFailure, InvalidInput, JournalError

LOST = Outcome("unknown", detail="the server ended while the try was out")


class KeptWorlds(Worlds):
    """Worlds of a template and those of a data file. What the template says of a world holds for
    those that are made from now on, and after a reset; its webhooks are added where one is missing.
    """

    def __init__(self, template: Template, data: DataFile) -> None:
        super().__init__(template)
        self._data = data
        self._journals: dict[str, KeptJournal] = {}
        self._unsaved: set[str] = set()
        self._began = False

    def load(self) -> list[ServedWorld]:
        """Let the worlds of the file go on, and return them; one whose start did not come to its
        end is made anew. Raises `InvalidInput` where one does not come again as it was.
        """
        starting = self._data.starting()
        known = self._data.worlds().items()
        return [self._continued(name, s.lead) for name, s in known if name not in starting]

    def starts(self, name: str, *, ended: bool) -> None:
        """Remember that the start of a world is under way, or has come to its end."""
        with suppress(EnvironmentFailure):  # the next answer says so
            self._data.mark(name, starting=not ended)

    def save(self) -> None:
        """Put everything that has happened on disk. Raises `EnvironmentFailure`."""
        self._began = True
        for name in self._unsaved:
            self._journals[name].hand_over()
        self._data.save([(name, self._lead(name)) for name in self._unsaved])
        self._unsaved.clear()

    async def close(self) -> None:
        """End what runs for the worlds; what was out is put back, and waits for the next start. A
        start that came to nothing leaves the file as it was.
        """
        await super().close()
        if self._began:
            with suppress(EnvironmentFailure):  # it has been told to whoever asked
                self.save()

    # ---- made anew -----------------------------------------------------------------------------

    def _journal(self, name: str) -> KeptJournal:
        return self._kept(name, KeptJournal(self.template.ring))

    def _engine(self, name: str, *, livemode: bool) -> Engine:
        engine = super()._engine(name, livemode=livemode)
        head = next(engine.journal.log(world=name, emulator=resources.version()))
        self._data.forget(name)
        self._data.keep(name, [head])
        self._unsaved.add(name)
        return engine

    def _serve(self, name: str, driver: PatientDriver, since: int) -> ServedWorld:
        driver.moved = self._before_sending
        return super()._serve(name, driver, since)

    def _before_sending(self, _instant: int) -> None:
        self.save()

    def _kept(self, name: str, journal: KeptJournal) -> KeptJournal:
        """Let the lines of a world's journal be kept."""
        journal.keep = partial(self._keep, name)
        journal.stirs = partial(self._unsaved.add, name)
        self._journals[name] = journal
        return journal

    def _keep(self, name: str, entries: Iterable[Entry]) -> None:
        self._data.keep(name, (ndjson.line(ndjson.entry(*entry)) for entry in entries))

    def _lead(self, name: str) -> int | None:
        """Return how far (ms) the clock of a world is ahead of the wall's, if it runs with it."""
        world = self._worlds.get(name)
        if world is None or not world.real:
            return None
        return max(world.present, world.engine.now) - wall.now_exactly()  # an advance is ahead

    # ---- going on ------------------------------------------------------------------------------

    def _continued(self, name: str, lead: int | None) -> ServedWorld:
        """Return a world as it was; on a real clock the time meanwhile has passed."""
        rebuilding = self._rebuilt(name)
        engine, journal = rebuilding.ended(), rebuilding.journal
        taken = journal.noted
        self._kept(name, journal)
        for attempt in rebuilding.out:
            engine.record(attempt, LOST)
        driver = self._driver(engine)
        self._add_webhooks(driver)
        passed = 0 if lead is None else max(0, wall.now_exactly() + lead - engine.now)
        world = self._serve(name, driver, elapsed() - passed)
        world.pulls.begin_after(taken)
        world.continued = True
        return world

    def _rebuilt(self, name: str) -> Rebuilding:
        """Return a world of the file, made again. Raises `InvalidInput` where it does not come."""
        where = f"--data {self._data.path}, world {name}"
        read = enumerate(self._data.lines(name), 1)
        number, first = next(read)
        try:
            rebuilding = Rebuilding(where, lines.beginning(lines.parsed(first.encode())))
            for number, line in read:
                rebuilding.feed(lines.happened(number, lines.parsed(line.encode())))
        except JournalError as error:
            raise InvalidInput(f"{error}. {_ADVICE}") from None
        except InvalidInput as error:  # a line that this version does not know
            raise InvalidInput(f"{where}:{number}: {error}. {_ADVICE}") from None
        return rebuilding

    def _add_webhooks(self, driver: PatientDriver) -> None:
        """Add the webhooks of the template to whose address the world has none."""
        there = {webhook.url for webhook in driver.state.store.table(Webhook).values()}
        for webhook in self._webhooks():
            if webhook["url"] not in there:
                driver.submit("create_webhook", webhook)


_ADVICE = "Start with another file, or with the version of the program that wrote this one."
