"""Running a scenario: the same steps for both drivers, and what came of it.

`play` is a generator that asks for one verb after the other and is told the result; the drivers'
loops are a few lines around it.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from pocketsflow_emulator import people, timeline
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import ref
from pocketsflow_emulator.delivery.tries import Delivery
from pocketsflow_emulator.driver import AsyncDriver, Driver, Driving
from pocketsflow_emulator.errors import (
    EmulatorError,
    EnvironmentFailure,
    InvalidInput,
    Missed,
    ScenarioError,
    UnknownName,
)
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.scenario import expect, library, options, references, spans
from pocketsflow_emulator.scenario.model import Scenario, Step

BUYING = frozenset(("purchase", "subscribe", "create_customer"))
"""Verbs that take the run's default buyer and the merchant's own data."""


class Miss(NamedTuple):
    """An expectation that did not hold: where it stands, what was the case, what may help, and
    the lines that would expect what happened.
    """

    file: str
    line: int
    step: str
    message: str
    advice: str = ""
    paste: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.step}: {self.message}"


def told(misses: Iterable[Miss], heard: set[str]) -> Iterator[tuple[Miss, list[str]]]:
    """Yield each miss with the lines that belong under it. What was `heard` once is not said
    again.
    """
    for miss in misses:
        lines = [miss.advice] * bool(miss.advice and miss.advice not in heard)
        heard.add(miss.advice)
        if miss.paste:
            lines += ["to expect what happened, write:", *(f"  {line}" for line in miss.paste)]
        yield miss, lines


class Result:
    """What came of a run. The scenario's handles are attributes: `result.sub`; `happened` are the
    facts of each step that was done.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.misses: list[Miss] = []
        self.handles: dict[str, Handle] = {}
        self.happened: list[list[Fact]] = []
        self.finished = False

    @property
    def ok(self) -> bool:
        """Whether every step was done and every expectation held."""
        return self.finished and not self.misses

    def __getattr__(self, name: str) -> Handle:
        handles: dict[str, Handle] = self.__dict__.get("handles", {})
        if name in handles:
            return handles[name]
        raise AttributeError(f"the scenario has no {name!r}; it has {', '.join(handles) or 'none'}")


class Call(NamedTuple):
    """A verb that a scenario wants done next."""

    verb: str
    arguments: Mapping[str, Any]


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
        name: options.check(option, given.get(name, option.default))
        for name, option in scenario.options.items()
    }


def play(
    scenario: Scenario, driver: Driving, options: Mapping[str, Any], result: Result
) -> Generator[Call, Handle | None, None]:
    """Ask for the scenario's verbs one by one; misses go to `result`."""
    run = _Run(scenario, driver, options, result)
    for step in scenario.given:
        yield from run.make(step)
    for number, step in enumerate(scenario.steps, 1):
        if not (yield from run.take(number, step)):
            return
    result.finished = True


class _Run:
    def __init__(
        self, scenario: Scenario, driver: Driving, options: Mapping[str, Any], result: Result
    ) -> None:
        self.scenario, self.driver, self.result = scenario, driver, result
        chosen = options_of(scenario, options)
        self.buyer = _buyer(driver, chosen)
        self.scope: dict[str, Any] = {**chosen, **self.buyer}
        self.own: set[str] = set()

    def make(self, step: Step) -> Generator[Call, Handle | None, None]:
        """Make an object of `given`, silently."""
        try:
            arguments = self.arguments(step)
            if step.verb == "create_product":
                arguments["quiet"] = True
            self.keep(step, (yield Call(step.verb, arguments)))
        except EmulatorError as error:
            raise ScenarioError(str(error), self.scenario.file, *step.place) from None

    def take(self, number: int, step: Step) -> Generator[Call, Handle | None, bool]:
        """Do one step and check what is expected of it; False ends the run."""
        words = f"step {number} ({step.verb})"
        facts_before = self.driver.state.fact_count
        made_before = self.driver.engine.delivery_count
        try:
            self.keep(step, (yield Call(step.verb, self.arguments(step))))
        except EmulatorError as error:
            self.miss(words, expect.Unmet(step.place, f"was refused: {error}"))
            return False
        facts = [fact for fact in self.facts(facts_before) if self.is_own(fact)]
        self.result.happened.append(facts)
        deliveries = self.deliveries(made_before)
        if step.expect is not None:
            for unmet in expect.unmet(step.expect, facts, deliveries, self.scope):
                self.miss(words, unmet)
        if step.expect is None or step.expect.answers is None:
            for unmet in expect.unanswered(step.place, deliveries):
                self.miss(words, unmet)
        return True

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
        self.own.add(handle.id)
        if handle.kind in ("order", "subscription", "payment_intent", "customer"):
            self.own.add(handle.email)
        if step.binding:
            self.scope[step.binding] = self.result.handles[step.binding] = handle

    def facts(self, before: int) -> list[Fact]:
        living = self.driver.engine.journal.living()
        return [record.fact for record in living if record.fact.number > before]

    def is_own(self, fact: Fact) -> bool:
        return fact.buyer in self.own or any(ref(item).id in self.own for item in fact.objects)

    def deliveries(self, before: int) -> list[Delivery]:
        made = self.driver.engine.journal.deliveries()
        return [delivery for delivery in made if delivery.number > before]

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


def run_with(driver: Driver, scenario: Scenario, options: Mapping[str, Any]) -> Result:
    """Run a scenario with a synchronous driver."""
    result = Result(scenario)
    steps = play(scenario, driver, options, result)
    try:
        call = next(steps)
        while True:
            try:
                handle = driver.do(call.verb, call.arguments)
            except EmulatorError as error:
                call = steps.throw(error)
            else:
                call = steps.send(handle)
    except StopIteration:
        return result


async def arun_with(
    driver: AsyncDriver, scenario: Scenario, options: Mapping[str, Any], result: Result
) -> None:
    """Run a scenario with an asynchronous driver; `result` is filled as it goes."""
    steps = play(scenario, driver, options, result)
    try:
        call = next(steps)
        while True:
            try:
                handle = await driver.do(call.verb, call.arguments)
            except EnvironmentFailure:
                raise
            except EmulatorError as error:
                call = steps.throw(error)
            else:
                call = steps.send(handle)
    except StopIteration:
        return


def run_in(driver: Driver, wanted: str, options: Mapping[str, Any]) -> Result:
    """Run one scenario in a world that is under way; raises `Missed` where it does not hold."""
    result = run_with(driver, _one(wanted), options)
    raise_misses(driver, result)
    return result


async def arun_in(driver: AsyncDriver, wanted: str, options: Mapping[str, Any]) -> Result:
    """As `run_in`, awaited."""
    result = Result(_one(wanted))
    await arun_with(driver, result.scenario, options, result)
    raise_misses(driver, result)
    return result


def _one(wanted: str) -> Scenario:
    [scenario, *more] = library.find(wanted)
    if more:
        raise InvalidInput(f"{wanted} holds {1 + len(more)} scenarios; name one of them")
    return scenario


def raise_misses(driver: Driving, result: Result) -> None:
    """Raise `Missed` with every miss and the timeline, where there is one."""
    if result.misses:
        lines = [f"scenario {result.scenario.name} does not hold:"]
        for miss, more in told(result.misses, set()):
            lines += [f"  {miss}", *(f"    {line}" for line in more)]
        raise Missed("\n".join(lines), timeline.text(driver.engine.journal.living()))
