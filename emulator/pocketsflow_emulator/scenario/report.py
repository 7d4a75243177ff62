"""What a run looks like: as text while it goes, and as one JSON document."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from pocketsflow_emulator import timeline
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.core.events import CATALOGUE
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.journal import Journal
from pocketsflow_emulator.delivery.tries import OUT, WAITING, Delivery
from pocketsflow_emulator.errors import printable
from pocketsflow_emulator.scenario.model import Scenario, Step
from pocketsflow_emulator.scenario.result import Miss, Result, told
from pocketsflow_emulator.scenario.session import Played

Style = Callable[[str, str], str]
"""(text, role) -> text; the roles are title, good, bad, dim."""

_WIDTH = max(len(event.name) for event in CATALOGUE.values() if "session" not in event.name)


def plain(text: str, _role: str) -> str:
    """Leave a text without colour."""
    return text


class Text:
    """Writes a run as a timeline, line by line."""

    def __init__(self, write: Callable[[str], None], style: Style = plain) -> None:
        self._write, self._style = write, style
        self._last: int | None = None
        self._heard: set[str] = set()
        self.ended = 0

    def begin(self, scenario: Scenario) -> None:
        """Head a scenario."""
        self._last = None
        self._write("")
        title = self._style(scenario.name, "title")
        self._write(f"{title}  {printable(scenario.title)}")

    def told(self, fact: Fact, delivery: Delivery) -> None:
        """Write the line of a try that has come to an end."""
        when = timeline.moment(fact.instant) if fact.instant != self._last else ""
        self._last = fact.instant
        good = delivery.state == "delivered"
        mark = self._style("✓", "good") if good else self._style("✗", "bad")
        result = timeline.result(delivery)
        about = self._style(timeline.about(fact), "dim")
        line = f"  {when:20}  {mark} {delivery.event:{_WIDTH}}  {result:<4} {about}"
        self._write(line.rstrip())

    def end(self, played: Played) -> None:
        """Write what came of a scenario; `ended` counts them."""
        self.ended += 1
        for line in missed(played.result.misses, self._heard, self._style):
            self._write(f"  {line}")
        self._write(f"  {self._verdict(played.result)}: {summary(played.journal)}, {span(played)}")

    def _verdict(self, result: Result) -> str:
        if result.ok:
            return self._style("passed", "good")
        broken = not result.finished and not result.misses
        return self._style("broken off" if broken else "failed", "bad")


def missed(misses: Iterable[Miss], heard: set[str], style: Style = plain) -> Iterator[str]:
    """Yield the lines that say what did not hold. What was `heard` once is not said again."""
    for miss, more in told(misses, heard):
        yield f"{style('✗', 'bad')} {printable(str(miss))}"
        yield from (f"  {style(printable(line), 'dim')}" for line in more)


def summary(journal: Journal) -> str:
    """Count the events, how many of them were delivered, and what waits."""
    deliveries = list(journal.deliveries())
    delivered = sum(delivery.state == "delivered" for delivery in deliveries)
    waiting = sum(delivery.state in (WAITING, OUT) for delivery in deliveries)
    events = len({delivery.fact.number for delivery in deliveries})
    return (
        f"{events} event{'s' * (events != 1)}, {delivered} of {len(deliveries)} delivered"
        + f", {waiting} waiting" * (waiting > 0)
    )


def verdict(scenarios: Sequence[Mapping[str, Any]], planned: int) -> str:
    """Say how many of the scenarios of a document passed, and which did not."""
    passed = sum(one["ok"] for one in scenarios)
    failed = [one["name"] for one in scenarios if not one["ok"]]
    parts = [f"{passed} of {planned} scenarios passed"]
    parts += [f"failed: {', '.join(failed)}"] * bool(failed)
    parts += [f"{planned - len(scenarios)} not begun"] * (planned > len(scenarios))
    return "; ".join(parts)


def span(played: Played) -> str:
    """Say how much virtual time went by, and how much real time."""
    began = played.engine.journal.began
    days = (played.engine.now - began) / clock.DAY
    virtual = f"{days:.0f} days" if days >= 2 else f"{days * 24:.0f} h"
    return f"{virtual if days else 'no time'} passed in {played.took:.2f} s"


def document(
    scenarios: Sequence[dict[str, Any]],
    *,
    seed: int,
    start: int,
    to: str,
    repeat: str,
    error: str | None = None,
) -> dict[str, Any]:
    """Return the JSON document of a run, which its reports are made of. `scenarios` are entries as
    `entry` makes them; `error` says why it did not come to its end.
    """
    return {
        "ok": error is None and all(one["ok"] for one in scenarios),
        "error": error,
        "seed": seed,
        "start": clock.iso(start),
        "to": to,
        "repeat": repeat,
        "scenarios": list(scenarios),
    }


def entries(played: Sequence[Played]) -> list[dict[str, Any]]:
    """Return the entries of scenarios that have been run here."""
    return [entry(one.engine, one.result, seed=one.seed, took=one.took) for one in played]


def entry(
    engine: Engine, result: Result, *, seed: int, took: float, before: int = 0
) -> dict[str, Any]:
    """Return what the document says of one scenario: that of the facts numbered above `before`;
    `took` is in seconds.
    """
    scenario = result.scenario
    return {
        "name": scenario.name,
        "title": scenario.title,
        "file": scenario.file,
        "ok": result.ok,
        "finished": result.finished,
        "seed": seed,
        "began": clock.iso(engine.journal.began),
        "now": clock.iso(engine.now),
        "durationMs": round(took * 1000),
        "digest": digest(engine.journal),
        "steps": [_step(number, step, result) for number, step in enumerate(scenario.steps, 1)],
        "misses": [miss._asdict() for miss in result.misses],
        "deliveries": [_delivery(delivery) for delivery in engine.journal.since(before)],
    }


def _step(number: int, step: Step, result: Result) -> dict[str, Any]:
    done = number <= len(result.happened)
    happened = result.happened[number - 1] if done else ()
    return {
        "step": f"step {number} ({step.verb})",
        "line": step.place.line,
        "done": done,
        "events": [fact.event.name for fact in happened if fact.event.documented],
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    outcome = delivery.outcome
    return {
        "id": delivery.number,
        "fact": delivery.fact.number,
        "event": delivery.event,
        "at": clock.iso(delivery.fact.instant),
        "timestamp": delivery.fact.stamp,
        "outcome": delivery.state,
        "status": outcome.status if outcome else None,
        "tries": len(delivery.counted),
        "detail": outcome.detail if outcome else "",
        "about": timeline.about(delivery.fact),
        "body": json.loads(delivery.body),
    }


def digest(journal: Journal) -> str:
    """Return the SHA-256 of the canonical journal: equal for identical runs."""
    return sha256("\n".join(journal.canonical()).encode()).hexdigest()
