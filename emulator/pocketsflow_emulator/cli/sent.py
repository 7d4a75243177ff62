"""Deliveries as JSON has them, for people: marks, results, and the timeline of a scenario."""

from collections.abc import Mapping
from typing import Any

from pocketsflow_emulator import timeline
from pocketsflow_emulator.cli import console
from pocketsflow_emulator.core import clock

Json = Mapping[str, Any]

_GOOD = frozenset((*timeline.SYMBOLS, "dropped"))


def went_wrong(delivery: Json) -> bool:
    """Say whether a delivery has been decided, and not well."""
    return delivery["outcome"] not in _GOOD


def mark(delivery: Json) -> str:
    """Return the mark of a delivery in a timeline."""
    return timeline.SYMBOLS.get(delivery["outcome"], "✗")


def result(delivery: Json) -> str:
    """Say what came of a delivery: `200`, `500 rejected`, `refused` ..."""
    words = [str(delivery["status"])] if delivery["status"] is not None else []
    words += [delivery["outcome"]] if delivery["outcome"] != "delivered" else []
    return " ".join(words)


def _tries(row: Json) -> str:
    return f" (try {row['tries']})" if row["tries"] > 1 else ""


def listed(delivery: Json) -> str:
    """Return the line of a delivery in a list."""
    marked = console.styled(mark(delivery), "bad" if went_wrong(delivery) else "good")
    line = f"{delivery['id']:>5}  {marked} {delivery['event']:38}  {result(delivery)}"
    return line.rstrip()


def moment(delivery: Json) -> str:
    """Return when it happened, as people write it."""
    return timeline.moment(clock.parse(delivery["at"]))


def story(scenario: Json) -> list[str]:
    """Return the timeline of a scenario of a run's document."""
    lines, last = [], ""
    table = scenario["deliveries"]
    results = [f"{result(row)}{_tries(row)}" for row in table]
    width = max((len(row["event"]) for row in table), default=0)
    wide = max(map(len, results), default=0)
    for row, came in zip(table, results, strict=True):
        when = moment(row) if row["at"] != last else ""
        last = row["at"]
        told = f"{row['event']:{width}}  {came:{wide}}  {row['about']}"
        lines.append(f"{when:20}  {mark(row)} {told}".rstrip())
    return lines


def counted(scenario: Json) -> str:
    """Say how a scenario ended: `passed: 3 events, 3 of 3 delivered`."""
    sent = scenario["deliveries"]
    delivered = sum(row["outcome"] == "delivered" for row in sent)
    events = len({row["fact"] for row in sent})
    verdict = "passed" if scenario["ok"] else "failed" if scenario["misses"] else "broken off"
    return f"{verdict}: {events} event{'s' * (events != 1)}, {delivered} of {len(sent)} delivered"
