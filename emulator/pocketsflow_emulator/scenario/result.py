"""What came of a scenario: its handles, what happened, and what did not hold."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pocketsflow_emulator import timeline
from pocketsflow_emulator.delivery.journal import Journal
from pocketsflow_emulator.errors import Missed
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.scenario.model import Scenario

if TYPE_CHECKING:
    from pocketsflow_emulator.core.facts import Fact


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

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Return a miss as a run's document tells it."""
        return cls(**{**told, "paste": tuple(told["paste"])})

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


def raise_misses(journal: Journal, result: Result) -> None:
    """Raise `Missed` with every miss and the timeline, where there is one."""
    if result.misses:
        lines = [f"scenario {result.scenario.name} does not hold:"]
        for miss, more in told(result.misses, set()):
            lines += [f"  {miss}", *(f"    {line}" for line in more)]
        raise Missed("\n".join(lines), timeline.text(journal.living()))
