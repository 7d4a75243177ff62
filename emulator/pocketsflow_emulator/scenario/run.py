"""Running a scenario: the same steps for both drivers, and what came of it.

`play` is a generator that asks for one verb after the other and is told the result; the drivers'
loops are a few lines around it.
"""

from collections.abc import Generator, Mapping
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

from pocketsflow_emulator import people
from pocketsflow_emulator.core.arguments import whole
from pocketsflow_emulator.core.models import ref
from pocketsflow_emulator.driver import AsyncDriver, Driver, Driving
from pocketsflow_emulator.errors import (
    EmulatorError,
    EnvironmentFailure,
    InvalidInput,
    ScenarioError,
    UnknownName,
)
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.scenario import (
    expect,
    library,
    options,
    probes,
    references,
    spans,
)
from pocketsflow_emulator.scenario.caused import SAMPLES, Caused
from pocketsflow_emulator.scenario.model import (
    MOST_TURNS,
    NUMBER,
    RECEIVER,
    Expectation,
    Scenario,
    Step,
)
from pocketsflow_emulator.scenario.probes import NOTHING, Look, Offered
from pocketsflow_emulator.scenario.result import Miss, Result, raise_misses

T = TypeVar("T")

BUYING = frozenset(("purchase", "subscribe", "create_customer"))
"""Verbs that take the run's default buyer and the merchant's own data."""


class Call(NamedTuple):
    """A verb that a scenario wants done next."""

    verb: str
    arguments: Mapping[str, Any]


Asked = Generator[Call | Look, Any, T]
"""What a run asks for: verbs to be done, and probes to be asked until they hold."""


def seed_of(seed: int, name: str, before: int) -> int:
    """Return the seed of one scenario of a run, which may have come `before` times already, so
    that a failing one can be repeated alone.
    """
    text = f"{seed}/{name}/{before}" if before else f"{seed}/{name}"
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big")


def options_of(scenario: Scenario, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return every option's value; raises `UnknownName` or `InvalidInput` for a wrong one."""
    for name in given:
        if name not in scenario.options:
            raise UnknownName(f"option of {scenario.name}", name, scenario.options)
    return {
        name: options.value(option, given.get(name, option.default))
        for name, option in scenario.options.items()
    }


def play(
    scenario: Scenario,
    driver: Driving,
    options: Mapping[str, Any],
    result: Result,
    offered: Offered = NOTHING,
) -> Asked[None]:
    """Ask for the scenario's verbs one by one; misses go to `result`."""
    run = _Run(scenario, driver, options, result, offered)
    for step in scenario.given:
        yield from run.make(step)
    for number, step in enumerate(scenario.steps, 1):
        if not (yield from run.take(number, step)):
            return
    result.finished = True


class _Run:
    def __init__(
        self,
        scenario: Scenario,
        driver: Driving,
        options: Mapping[str, Any],
        result: Result,
        offered: Offered,
    ) -> None:
        self.scenario, self.driver, self.result = scenario, driver, result
        chosen = options_of(scenario, options)
        self.buyer = _buyer(driver, chosen)
        self.scope: dict[str, Any] = {**chosen, **self.buyer}
        receiver = next(iter(probes.receivers(offered, driver)), None)
        if receiver is not None:
            self.scope[RECEIVER] = driver.handle(ref(receiver))
        self.ways = probes.ways(scenario, offered, driver)
        self.caused = Caused(driver, self.buyer["email"], receiver.id if receiver else "")

    def make(self, step: Step) -> Asked[None]:
        """Make an object of `given`, silently."""
        try:
            arguments = self.arguments(step)
            if step.verb == "create_product":
                arguments["quiet"] = True
            self.keep(step, (yield Call(step.verb, arguments)))
        except EmulatorError as error:
            raise ScenarioError(str(error), self.scenario.file, *step.place) from None

    def take(self, number: int, step: Step) -> Asked[bool]:
        """Do one step and check what is expected of it; False ends the run."""
        words = f"step {number} ({step.verb})"
        self.caused.begin()
        refusal = yield from self.do(step)
        refused = step.expect.refused if step.expect else None
        if refusal is not None and (refused is None or refused.words not in refusal):
            self.miss(words, expect.refusal(refused, step.place, refusal))
            return False
        if refusal is None and refused is not None:
            self.miss(words, expect.refusal(refused, step.place, ""))
        self.result.happened.append(self.caused.facts())
        deliveries = self.caused.deliveries()
        if step.expect is not None:
            for unmet in expect.unmet(step.expect, self.caused.told(), deliveries, self.scope):
                about_answers = step.expect.answers and unmet.place == step.expect.answers.place
                self.miss(words, self.taught(unmet) if about_answers else unmet)
            yield from self.probe(words, step.expect)
        if step.expect is None or step.expect.answers is None:
            for unmet in expect.unanswered(step.place, deliveries):
                self.miss(words, unmet)
        return True

    def do(self, step: Step) -> Asked[str | None]:
        """Do what a step says, as often as it says; return why it was refused, if it was."""
        try:
            turns = 1
            if step.repeat is not None:
                turns = whole("repeat", references.resolve(step.repeat, self.scope), 1, MOST_TURNS)
            for self.scope[NUMBER] in range(1, turns + 1):
                self.keep(step, (yield from self.act(step.verb, self.arguments(step))))
        except EmulatorError as error:
            return str(error)
        return None

    def act(self, verb: str, arguments: Mapping[str, Any]) -> Asked[Handle | None]:
        """Do a verb once. A `restore` is looked at before what it has brought back is sent; a
        `replay` names an event, and means a delivery of the run's own.
        """
        if verb == "restore":
            self.driver.submit(verb, arguments)
            self.caused.go_back()
            yield Call("settle", {})
            return None
        if verb == "replay":
            arguments = {**arguments, "delivery": self.caused.newest(arguments["delivery"]).number}
        before = self.caused.count
        given: Handle | None = yield Call(verb, arguments)
        if verb in SAMPLES:
            self.caused.add_samples(before, verb, arguments)
        return given

    def probe(self, words: str, expected: Expectation) -> Asked[None]:
        """Ask the probes that there is a way for, each until it holds or its time is over."""
        for name, where in expected.probes.items():
            if name not in self.ways:
                continue
            probe = self.scenario.probes[name]
            check = partial(expect.answer, name, where, self.scope)
            try:
                missed = yield Look(self.ways[name], self.scope, check, probe.within)
            except EmulatorError as error:
                missed = [expect.Unmet(expected.place, f"{name}: {error}")]
            for unmet in missed:
                self.miss(words, self.taught(unmet))

    def taught(self, unmet: expect.Unmet) -> expect.Unmet:
        """Add what mistake of a receiver the scenario is there to reveal."""
        lesson = f"This scenario catches: {self.scenario.catches}" * bool(self.scenario.catches)
        return unmet._replace(advice=" ".join(filter(None, (unmet.advice, lesson))))

    def arguments(self, step: Step) -> dict[str, Any]:
        resolved: dict[str, Any] = references.resolve(step.arguments, self.scope)
        if spans.SPAN in resolved:
            resolved = dict(spans.read(resolved[spans.SPAN]))
        if step.verb in BUYING:
            data = {} if step.verb == "create_customer" else _own_data(self.scope)
            resolved = {**self.buyer_for(resolved), **data, **resolved}
            if "metadata" in data and "metadata" in step.arguments:
                resolved["metadata"] = {**resolved["metadata"], **data["metadata"]}
        return resolved

    def buyer_for(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the default buyer, unless the step names another e-mail."""
        if given.get("email", self.buyer["email"]) != self.buyer["email"]:
            return {}
        return {name: value for name, value in self.buyer.items() if name != "name"}

    def keep(self, step: Step, handle: Handle | None) -> None:
        if handle is None:
            return
        self.caused.add(handle)
        if step.binding:
            self.scope[step.binding] = self.result.handles[step.binding] = handle
        if handle.kind == "webhook":
            self.driver.share_target(handle.id)

    def miss(self, words: str, unmet: expect.Unmet) -> None:
        place, message, advice, paste = unmet
        miss = Miss(self.scenario.file, place.line, words, message, advice, paste)
        self.result.misses.append(miss)


def _buyer(driver: Driving, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the run's default buyer: the one that the options name, else an invented one who is
    new in each run.
    """
    state = driver.state
    number = f"run {state.counters.get('person', 0)} {state.fact_count}"
    email = options["email"]
    somebody = people.person(state.seed, email or number)
    first, last = somebody.first_name, somebody.last_name
    if options["name"]:
        first, _, last = str(options["name"]).strip().partition(" ")
    return {
        "email": email or somebody.email,
        "name": f"{first} {last}".strip(),
        "first_name": first,
        "last_name": last,
    }


def _own_data(scope: Mapping[str, Any]) -> dict[str, Any]:
    names = ("metadata", "client_reference_id")
    return {name: scope[name] for name in names if scope[name] is not None}


# ---- the two loops -----------------------------------------------------------------------------


def run_with(
    driver: Driver,
    scenario: Scenario,
    options: Mapping[str, Any],
    offered: Offered = NOTHING,
) -> Result:
    """Run a scenario with a synchronous driver."""
    result = Result(scenario)
    steps = play(scenario, driver, options, result, offered)
    try:
        asked = next(steps)
        while True:
            try:
                if isinstance(asked, Look):
                    done: Any = probes.poll(asked)
                else:
                    done = driver.do(asked.verb, asked.arguments)
            except EmulatorError as error:
                asked = steps.throw(error)
            else:
                asked = steps.send(done)
    except StopIteration:
        return result


async def arun_with(
    driver: AsyncDriver,
    scenario: Scenario,
    options: Mapping[str, Any],
    result: Result,
    offered: Offered = NOTHING,
) -> None:
    """Run a scenario with an asynchronous driver; `result` is filled as it goes."""
    steps = play(scenario, driver, options, result, offered)
    try:
        asked = next(steps)
        while True:
            try:
                if isinstance(asked, Look):
                    done: Any = await probes.apoll(asked)
                else:
                    done = await driver.do(asked.verb, asked.arguments)
            except EnvironmentFailure:
                raise
            except EmulatorError as error:
                asked = steps.throw(error)
            else:
                asked = steps.send(done)
    except StopIteration:
        return


def run_in(
    driver: Driver, wanted: str, options: Mapping[str, Any], offered: Offered = NOTHING
) -> Result:
    """Run one scenario in a world that is under way; raises `Missed` where it does not hold."""
    result = run_with(driver, _one(wanted, offered), options, offered)
    raise_misses(driver.engine.journal, result)
    return result


async def arun_in(
    driver: AsyncDriver, wanted: str, options: Mapping[str, Any], offered: Offered = NOTHING
) -> Result:
    """As `run_in`, awaited."""
    result = Result(_one(wanted, offered))
    await arun_with(driver, result.scenario, options, result, offered)
    raise_misses(driver.engine.journal, result)
    return result


def _one(wanted: str, offered: Offered) -> Scenario:
    [scenario, *more] = library.find(wanted)
    if more:
        raise InvalidInput(f"{wanted} holds {1 + len(more)} scenarios; name one of them")
    probes.check(offered.ways, [scenario])
    return scenario
