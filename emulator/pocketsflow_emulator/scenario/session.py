"""A run of several scenarios against one receiver: each in a world of its own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple

from pocketsflow_emulator.core import dunning
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.delivery import causes, policy
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.journal import Journal
from pocketsflow_emulator.delivery.outcomes import COULD_NOT_CONNECT
from pocketsflow_emulator.delivery.policy import DEADLINE
from pocketsflow_emulator.delivery.tries import Delivery, Outcome, Try
from pocketsflow_emulator.driver import AsyncDriver
from pocketsflow_emulator.scenario.model import Scenario
from pocketsflow_emulator.scenario.probes import NOTHING, Offered
from pocketsflow_emulator.scenario.result import Result
from pocketsflow_emulator.scenario.run import arun_with, seed_of

Told = Callable[[Fact, Delivery], None]
"""Called for every try that has come to an end."""

Begun = Callable[[Scenario], None]
"""Called when a scenario begins."""


class Chosen(NamedTuple):
    """A scenario that is to be run, and the options it was given."""

    scenario: Scenario
    options: Mapping[str, Any]


class Plan(NamedTuple):
    """What a run was asked for. `start` is an instant (ms), `deadline` seconds per try, `pace`
    seconds of real time before each of them; `wall` tells the time (ms) of stamps where that is not
    the world's.
    """

    chosen: Sequence[Chosen]
    url: str
    secret: str
    seed: int
    start: int
    allow_public: bool = False
    dialect: str = DIALECTS[0]
    deadline: float = DEADLINE
    offered: Offered = NOTHING
    policy: str = policy.DEFAULT
    faults: Sequence[str] = ()
    dunning: str = dunning.DEFAULT
    concurrency: int = 1
    pace: float = 0.0
    wall: Callable[[], int] | None = None


class Played(NamedTuple):
    """One scenario that has been run, to its end or not; `took` is in seconds."""

    scenario: Scenario
    seed: int
    engine: Engine
    result: Result
    took: float

    @property
    def journal(self) -> Journal:
        """What happened."""
        return self.engine.journal


class Session:
    """Runs a plan, one scenario after the other. `played` grows as it goes, so that what was done
    can be shown when it is broken off.
    """

    def __init__(self, plan: Plan, told: Told | None = None, begun: Begun | None = None) -> None:
        self.plan = plan
        self.played: list[Played] = []
        self._told = told
        self._begun = begun
        self._tries = 0

    async def run(self) -> AsyncIterator[Played]:
        """Yield each scenario when it has been run. Raises `EnvironmentFailure` where the very
        first try could not connect.
        """
        counts: dict[str, int] = {}
        for scenario, options in self.plan.chosen:
            before = counts.get(scenario.name, 0)
            counts[scenario.name] = before + 1
            seed = seed_of(self.plan.seed, scenario.name, before)
            yield await self._one(scenario, options, seed)

    async def _one(self, scenario: Scenario, options: Mapping[str, Any], seed: int) -> Played:
        if self._begun is not None:
            self._begun(scenario)
        engine = Engine(
            seed,
            self.plan.start,
            cap=self.plan.concurrency,
            policy=self.plan.policy,
            dunning=self.plan.dunning,
        )
        result = Result(scenario)
        started = perf_counter()
        driver = AsyncDriver(
            engine,
            deadline=self.plan.deadline,
            allow_public=self.plan.allow_public,
            watch=self._watch,
            pace=self.plan.pace,
            wall=self.plan.wall,
        )
        played = Played(scenario, seed, engine, result, 0.0)
        self.played.append(played)
        try:
            plan = self.plan
            webhook = {"url": plan.url, "secret": plan.secret, "dialect": plan.dialect}
            driver.submit("create_webhook", webhook)
            for fault in plan.faults:
                driver.submit("fault", {"fault": fault})
            await arun_with(driver, scenario, options, result, plan.offered)
        finally:
            await driver.close()
            self.played[-1] = played._replace(took=perf_counter() - started)
        return self.played[-1]

    def _watch(self, attempt: Try, outcome: Outcome) -> None:
        self._tries += 1
        if self._told is not None:
            self._told(attempt.delivery.fact, attempt.delivery)
        if self._tries == 1 and outcome.kind in COULD_NOT_CONNECT:
            raise causes.unreachable(outcome, attempt.url)
