"""Which events, outcomes and faults a test run has exercised, and how the application answered."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pocketsflow_emulator.core import events
from pocketsflow_emulator.reads import Delivery
from pytest_pocketsflow import plugin

_KEY = "pocketsflow"
"""Under which a worker of xdist sends what it has seen."""

Answer = tuple[str, str, int | None]
"""Event, outcome, status."""


class Coverage:
    """Counts what is sent in all worlds of a run. A plugin of its own, there where asked for."""

    def __init__(self, *, table: bool, json_file: str | None, least: float | None) -> None:
        self._table, self._json_file, self._least = table, json_file, least
        self.answers: Counter[Answer] = Counter()
        self.faults: Counter[str] = Counter()

    # ---- counting ------------------------------------------------------------------------------

    def decided(self, event: str, outcome: str, status: int | None) -> None:
        """Count a try."""
        self.answers[event, outcome, status] += 1

    def ended(self, sent: Iterable[Delivery]) -> None:
        """Count the faults that have hit what a world has sent."""
        for delivery in sent:
            self.faults.update(delivery.faults)

    def plain(self) -> dict[str, Any]:
        """Return everything as JSON-able values."""
        return {
            "answers": [[*answer, count] for answer, count in self.answers.items()],
            "faults": dict(self.faults),
        }

    def merge(self, plain: Mapping[str, Any]) -> None:
        """Add what another process has counted."""
        for event, outcome, status, count in plain["answers"]:
            self.answers[event, outcome, status] += count
        self.faults.update(plain["faults"])

    # ---- telling -------------------------------------------------------------------------------

    @property
    def exercised(self) -> list[str]:
        """The documented events that were sent, in catalogue order."""
        sent = {event for event, _, _ in self.answers}
        return [name for name in _documented() if name in sent]

    @property
    def percent(self) -> float:
        """How much of the documented events that is."""
        return 100 * len(self.exercised) / len(_documented())

    def report(self) -> dict[str, Any]:
        """Return the report as JSON-able values."""
        return {
            "percent": round(self.percent, 1),
            "events": {
                name: [
                    {"outcome": outcome, "status": status, "tries": count}
                    for (event, outcome, status), count in sorted(
                        self.answers.items(), key=lambda item: (-item[1], str(item[0]))
                    )
                    if event == name
                ]
                for name in _documented()
            },
            "outcomes": dict(_outcomes(self.answers)),
            "faults": dict(sorted(self.faults.items())),
        }

    def lines(self) -> list[str]:
        """Return the report as lines for a terminal."""
        report = self.report()
        width = max(map(len, report["events"]))
        lines = []
        for name, answers in report["events"].items():
            tries = sum(answer["tries"] for answer in answers)
            shown = ", ".join(map(_shown, answers)) or "never sent"
            lines.append(f"{name:{width}}  {tries or '':>6}  {shown}")
        counts = (f"{name} {count}" for name, count in report["outcomes"].items())
        lines.append(f"outcomes: {', '.join(counts) or 'none'}")
        faults = (f"{name} {count}" for name, count in report["faults"].items())
        lines.append(f"faults: {', '.join(faults) or 'none'}")
        lines.append(f"{len(self.exercised)} of {len(_documented())} events: {self.percent:.0f} %")
        return lines

    # ---- the run -------------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker of xdist has seen; one that crashed has sent nothing."""
        sent = getattr(node, "workeroutput", {}).get(_KEY)
        if sent is not None:
            self.merge(json.loads(sent))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send what was seen, in a worker; else write it down, and fail the run below the least."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_KEY] = json.dumps(self.plain())
            return
        if self._json_file is not None:
            file = session.config.rootpath / Path(self._json_file)
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(json.dumps(self.report(), indent=2) + "\n", encoding="utf-8")
            except OSError as error:
                plugin.give_up("--pocketsflow-cov-json", error)
        if self._short and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Show the table, and what is missing."""
        if self._table:
            terminalreporter.section("Pocketsflow events")
            for line in self.lines():
                terminalreporter.write_line(line)
        if self._short:
            missing = ", ".join(name for name in _documented() if name not in self.exercised)
            terminalreporter.write_line(
                f"FAIL Pocketsflow: {self.percent:.0f} % of the events were exercised, less than"
                f" the {self._least:g} % of --pocketsflow-cov-min; never sent: {missing}",
                red=True,
            )

    @property
    def _short(self) -> bool:
        return self._least is not None and self.percent < self._least


def _documented() -> list[str]:
    return [row.documented for row in events.CATALOGUE.values() if row.documented]


def _outcomes(answers: Counter[Answer]) -> list[tuple[str, int]]:
    outcomes: Counter[str] = Counter()
    for (_, outcome, _), count in answers.items():
        outcomes[outcome] += count
    return outcomes.most_common()


def _shown(answer: dict[str, Any]) -> str:
    status, outcome = answer["status"], answer["outcome"]
    words = [] if status is None else [str(status)]
    words += [outcome] * (outcome != "delivered" or status is None)
    return f"{' '.join(words)} x{answer['tries']}"
