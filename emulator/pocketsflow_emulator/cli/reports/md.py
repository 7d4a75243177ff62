"""Markdown: a table of the scenarios, what did not hold, and the timelines folded away."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pocketsflow_emulator.cli import sent

Json = Mapping[str, Any]

LARGEST = 900_000
"""Bytes; GitHub drops a summary of more than a mebibyte."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&@])")


def text(document: Json) -> str:
    """Return the report, without the last timelines where it would be too large."""
    head = "\n".join(_head(document))
    kept, size = [], len(head.encode())
    for scenario in document["scenarios"]:
        part = "\n".join(_details(scenario))
        size += len(part.encode()) + 1
        if size > LARGEST:
            kept.append("The other timelines are too long for this page.")
            break
        kept.append(part)
    return "\n".join([head, *kept, "", f"Repeat with `{_code(document['repeat'])}`", ""])


def _head(document: Json) -> Iterator[str]:
    scenarios = document["scenarios"]
    passed = sum(scenario["ok"] for scenario in scenarios)
    yield f"## {'✅' if document['ok'] else '❌'} {passed} of {len(scenarios)} scenarios passed\n"
    if document["error"]:
        yield f"**{_plain(document['error'])}**\n"
    if scenarios:
        yield "| scenario | | result | seconds |\n|---|---|---|--:|"
    for scenario in scenarios:
        name, title = _plain(scenario["name"]), _plain(scenario["title"])
        mark = "✅" if scenario["ok"] else "❌"
        seconds = f"{scenario['durationMs'] / 1000:.2f}"
        yield f"| {name} | {title} | {mark} {sent.counted(scenario)} | {seconds} |"
    yield ""
    for scenario in scenarios:
        for miss in scenario["misses"]:
            yield from _miss(miss)


def _miss(miss: Json) -> Iterator[str]:
    where = f"{miss['file']}:{miss['line']}"
    yield f"- `{_code(where)}` {_plain(miss['step'])}: {_plain(miss['message'])}"
    if miss["advice"]:
        yield f"\n  {_plain(miss['advice'])}"
    if miss["paste"]:
        yield "\n  To expect what happened, write:\n\n  ```yaml"
        yield from (f"  {line.replace('```', '')}" for line in miss["paste"])
        yield "  ```\n"


def _details(scenario: Json) -> Iterator[str]:
    yield f"\n<details><summary>{_plain(scenario['name'])}</summary>\n\n```text"
    yield from (line.replace("```", "'''") for line in sent.story(scenario))
    yield "```\n\n</details>"


def _plain(text: str) -> str:
    """Return a text as text: nothing in it is Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    return text.replace("`", "'")
