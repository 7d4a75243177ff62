"""Journals kept beside the tests: what a run must give again, as text that a person can review."""

import json
import re
from collections.abc import Iterable, Iterator
from difflib import unified_diff
from typing import Any

import pytest

from pocketsflow_emulator.errors import InvalidInput, Missed

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_MOST = 60
"""How many lines of a difference are shown."""


class Golden:
    """The journals of one test: files `journals/NAME.txt` beside it."""

    def __init__(self, node: pytest.Item) -> None:
        self._folder = node.path.parent / "journals"
        self._update: bool = node.config.getoption("pocketsflow_update")
        self._again = f"pytest --pocketsflow-update {node.nodeid!r}"

    def compare(self, name: str, canonical: list[str], story: str) -> None:
        """Raise `Missed` unless a canonical journal is the one that is kept under this name; where
        the run updates journals, keep it.
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InvalidInput(
                f"{name!r} is no name of a journal; use letters, digits, '-', '_' and '.'"
            )
        file = self._folder / f"{name}.txt"
        now = written(canonical)
        if self._update:
            self._folder.mkdir(exist_ok=True)
            file.write_text(now, encoding="utf-8", newline="\n")
            return
        if not file.exists():
            raise Missed(f"there is no {file}; write it with {self._again}, and look at it", story)
        kept = file.read_text(encoding="utf-8")
        if kept != now:
            lines = list(_difference(kept, now))
            more = [f"... and {len(lines) - _MOST} lines more"] * (len(lines) > _MOST)
            shown = "\n".join([*lines[:_MOST], *more])
            raise Missed(
                f"this run is not the one that {file} keeps (-: kept, +: this run); if it is"
                f" right as it is now: {self._again}\n{shown}"
            )


def written(canonical: Iterable[str]) -> str:
    """Return a canonical journal for people: a line per event, and under it each delivery with its
    body and its tries.
    """
    lines: list[str] = []
    for line in map(json.loads, canonical):
        lines += _WRITERS[_kind(line)](line)
    return "".join(f"{line}\n" for line in lines)


def _difference(kept: str, now: str) -> Iterator[str]:
    lines = unified_diff(kept.splitlines(), now.splitlines(), lineterm="", n=3)
    return (line for line in lines if not line.startswith(("---", "+++")))


def _kind(line: dict[str, Any]) -> str:
    return next(kind for kind in ("letGo", "try", "body", "fact") if kind in line)


def _fact(line: dict[str, Any]) -> list[str]:
    stamp = f"stamp {line['stamp']}"
    by = [line["buyer"] or "the account", f"by {line['cause']}" if line["cause"] else ""]
    about = ", ".join(f"{kind} {id}" for kind, id, _ in line["objects"])
    words = [line["instant"], line["event"], *filter(None, by), stamp]
    return ["", f"{line['fact']}. {'  '.join(words)}", f"   of {about}"]


def _delivery(line: dict[str, Any]) -> list[str]:
    body = json.dumps(json.loads(line["body"]), indent=2, ensure_ascii=False)
    skipped = ", skipped" if line.get("skipped") else ""
    head = f"   {line['event']} to {line['webhook']} ({line['dialect']}{skipped})"
    return [head, *(f"     {text}" for text in body.splitlines())]


def _try(line: dict[str, Any]) -> list[str]:
    status = "" if line["status"] is None else f" {line['status']}"
    answer = f", answer {line['answer']!r}" if line["answer"] else ""
    cut = " (cut)" if line["truncated"] else ""
    headers = (f"     {name}: {value}" for name, value in line["headers"])
    head = f"   try {line['try']} at {line['at']}: {line['outcome']}{status}{answer}{cut}"
    return [head, *headers]


def _let_go(line: dict[str, Any]) -> list[str]:
    return [f"{line['letGo']} events before these were let go"]


_WRITERS = {"fact": _fact, "body": _delivery, "try": _try, "letGo": _let_go}
"""Kind of line -> how it is written."""
