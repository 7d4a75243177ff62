"""A run: what was asked for, the scenarios, then the document, its reports and the journal.

`Run` is what every run has; `Local` plays here. A run on a server is in `remote.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from pocketsflow_emulator import cli, wall
from pocketsflow_emulator.cli import console, options, record, selection
from pocketsflow_emulator.cli.asked import Asked
from pocketsflow_emulator.cli.interruption import Interruption
from pocketsflow_emulator.cli.journal import Journal
from pocketsflow_emulator.cli.progress import Progress
from pocketsflow_emulator.cli.reports import Reports, github
from pocketsflow_emulator.cli.waiting import until_it_listens
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.delivery.tries import Delivery
from pocketsflow_emulator.errors import printable
from pocketsflow_emulator.scenario import probes, report
from pocketsflow_emulator.scenario.receiver import Receiver
from pocketsflow_emulator.scenario.result import Miss
from pocketsflow_emulator.scenario.session import Plan, Played, Session


class Run(ABC):
    """One run. What was asked for is checked before anything is sent."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        scenarios = selection.scenarios(asked.names, asked.everything, asked.tags)
        given = selection.Given(asked.settings, asked.email, asked.metadata)
        self.chosen = selection.with_options(scenarios, given)
        self.recorded = selection.recordable(scenarios) if asked.record else None
        probes.check(dict(asked.probes), scenarios)
        self.seed = wall.fresh_seed() if asked.seed is None else asked.seed
        self.start = options.start(asked.start)
        self.secret, self.origin = options.secret(asked.secret)
        self.url = ""
        if asked.to is not None:
            self.url = options.target(asked.to, allow_public=asked.allow_public)
        self.told = asked.form == "text" and not asked.record
        self.progress = Progress(told=self.told)
        self.interruption = Interruption()
        self.journal = Journal(asked.journal)

    def run(self) -> int:
        """Run to the end, or to where it is broken off; return the exit code."""
        with self.interruption, self.journal, Reports(self.asked.reports) as reports:
            try:
                code, error = self.interruption.guard(self.play, self.asked.timeout)
                if error is None and not all(one["ok"] for one in self.entries()):
                    code = cli.FAILED
                self.progress.clear()
                document = self._document(error)
                self._finish(document, error)
                reports.write(document)
                github.tell(document)
            finally:
                self.journal.write(self.played)
        return code

    def say(self, line: str) -> None:
        """Write a line for people, where they are to read it."""
        if self.told:
            console.say(line)

    @abstractmethod
    async def play(self) -> None:
        """Play every scenario. Raises `EnvironmentFailure` where that cannot be done."""

    @abstractmethod
    def entries(self) -> list[dict[str, Any]]:
        """Return what the document says of the scenarios so far."""

    @abstractmethod
    def broken(self) -> None:
        """Write the sum of the scenario in which the run was broken off."""

    @property
    def played(self) -> list[Played]:
        """The scenarios that have been played here, to their ends or not."""
        return []

    def _document(self, error: str | None) -> dict[str, Any]:
        return report.document(
            self.entries(),
            seed=self.seed,
            start=self.start,
            to=addresses.masked(self.url),
            repeat=self.asked.repeat(self.seed, self.start),
            error=error,
        )

    def _finish(self, document: Mapping[str, Any], error: str | None) -> None:
        """Write the sum."""
        if error is not None:
            self.broken()
        if self.asked.form == "json":
            console.document(**document)
        elif self.recorded is not None:
            for scenario in document["scenarios"]:
                console.write(record.filled(self.recorded, scenario["steps"]))
                for miss in map(Miss.read, scenario["misses"]):
                    console.complain(printable(str(miss)))
        elif len(self.chosen) > 1:
            self.say(report.verdict(document["scenarios"], len(self.chosen)))
        self.say(f"repeat with: {document['repeat']}")
        if error is not None:
            console.complain(f"error: {error}")


class Local(Run):
    """Plays here, every scenario in a world of its own."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self.session: Session | None = None
        self.text = report.Text(self.say, console.styled)

    @property
    def played(self) -> list[Played]:
        """The scenarios that have been played, to their ends or not."""
        return self.session.played if self.session else []

    async def play(self) -> None:
        """Send everything to the receiver, or to an embedded one."""
        async with AsyncExitStack() as stack:
            receiver = None
            if not self.url:
                receiver = await stack.enter_async_context(Receiver(self.secret))
                self.url = receiver.url
            if self.asked.wait is not None:
                await until_it_listens(self.url, self.asked.wait)
            self._head(embedded=receiver is not None)
            plan = self._plan(application=receiver is None)
            self.session = Session(plan, self._tried, self.text.begin)
            async for played in self.session.run():
                self.text.end(played)
            if receiver is not None:
                self.say("")
                self.say(f"{receiver.verified} signatures verified, {receiver.refused} refused")

    def entries(self) -> list[dict[str, Any]]:
        """Return what the document says of the scenarios so far."""
        return report.entries(self.played)

    def broken(self) -> None:
        """Write the sum of the scenario in which the run was broken off."""
        for one in self.played[self.text.ended :]:
            self.text.end(one)

    def _plan(self, *, application: bool) -> Plan:
        asked = self.asked
        ways = dict(asked.probes)
        return Plan(
            self.chosen,
            self.url,
            self.secret,
            self.seed,
            self.start,
            asked.allow_public,
            asked.dialect,
            offered=probes.Offered(ways, asked.allow_commands, application),
            policy=asked.policy,
            faults=asked.faults,
            dunning=asked.dunning,
            concurrency=asked.concurrency,
            pace=asked.pace or 0.0,
            wall=wall.of(asked.timestamps),
        )

    def _tried(self, fact: Fact, delivery: Delivery) -> None:
        self.text.told(fact, delivery)
        self.journal.follow(self.played)
        number, name = len(self.played), self.played[-1].scenario.name
        self.progress.show(f"{name} ({number} of {len(self.chosen)}): {delivery.event}")

    def _head(self, *, embedded: bool) -> None:
        url, origin = addresses.masked(self.url), self.origin
        if embedded:
            self.say(f"No --to: an embedded receiver at {url} checks every signature ({origin}).")
        else:
            self.say(f"Sending to {url}, signed with {origin}.")
