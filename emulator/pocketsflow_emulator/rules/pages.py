"""The pages of the manual that are made of the rules: behaviour, lifecycle, sources."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.rules import LEVELS, ROOMS, RULES, Room, Rule, diagram
from pocketsflow_emulator.rules.sources import CONFLICTS, OF_THE_API, SOURCES, TAGS, Source

_MADE = "<!-- Made by `make docs` from the rules in emulator/pocketsflow_emulator/rules. -->"

_BEHAVIOUR = f"""{_MADE}

# Behaviour

What the emulated Pocketsflow sends, when, and how sure that is.
Of {{all}} rules, {{counts}}.
The pages name the events and never state their order, so every order of several events is assumed.

What the levels mean and where the pages are: [sources.md](sources.md). The same from the command
line:

```console
$ pocketsflow-emulator explain dunning.first-retry
$ pocketsflow-emulator explain invoice.upcoming
$ pocketsflow-emulator explain --level assumed
```

{{contents}}
"""

_LIFECYCLE = f"""{_MADE}

# The lifecycle of a subscription

Every change of a subscription's status is a row of one table. What is not in it is refused. The
diagram shows the rows that lead to another status, the table all of them.

```mermaid
{{diagram}}
```

Which events a row has is documented, their order is assumed: [behaviour.md](behaviour.md).
`earlier` is the status that the subscription had before its pause, `new` that there is none yet;
`invoice.paid` is told in the dialect `current` only.

{{rows}}

## What falls due

At the same instant in this order.

{{dues}}
"""

_SOURCES = f"""{_MADE}

# Sources

Every rule of the emulator has a level.

{{levels}}

`pocketsflow-emulator explain` lists the rules, [behaviour.md](behaviour.md) shows them.

## Pages

Pocketsflow has described its webhooks several times, and the descriptions differ. A page is cited
by the tag of its generation and its path, like `G2 /api-webhooks/events`, in comments, in schemas
and in rules; what an address shows today may be newer.

{{tags}}

{{pages}}

## Conflicts

A number like C12 names a contradiction between these pages.

{{conflicts}}
"""


def behaviour() -> str:
    """Return the page of all rules, room by room."""
    counts = ", ".join(
        f"{sum(rule.level == level for rule in RULES.values())} are {level}" for level in LEVELS
    )
    contents = "\n".join(f"- [{room.title}](#{_anchor(room.title)})" for room in ROOMS)
    head = _BEHAVIOUR.format(all=len(RULES), counts=counts, contents=contents)
    return "\n".join([head, *(_room(room) for room in ROOMS)])


def lifecycle() -> str:
    """Return the page of the lifecycle: its diagram and its table."""
    rows = (
        (f"`{status}`", happening, f"`{to}`", ", ".join(f"`{name}`" for name in names))
        for status, happening, to, names in diagram.rows()
    )
    dues = ((f"`{status}`", ", ".join(kinds) or "nothing") for status, kinds in diagram.dues())
    return _LIFECYCLE.format(
        diagram=diagram.mermaid(),
        rows=table(("status", "what happens", "status after it", "events"), rows),
        dues=table(("status", "may fall due"), dues),
    )


def sources() -> str:
    """Return the page of the pages."""
    return _SOURCES.format(
        levels=table(("level", "means"), LEVELS.items()),
        tags=table(("tag", "what it is"), TAGS.items()),
        pages=table(("cited as", "is"), map(_source, SOURCES.values())),
        conflicts=table(("conflict", "what differs", "decided by"), map(_conflict, CONFLICTS)),
    )


Pages = Mapping[str, Callable[[], str]]
"""File -> what writes its text."""

PAGES: Pages = MappingProxyType(
    {"behaviour.md": behaviour, "lifecycle.md": lifecycle, "sources.md": sources}
)
"""File in `docs/` -> what writes its text."""


def write(folder: Path, pages: Pages = PAGES) -> None:
    """Write every page into a folder; raises `InvalidInput` where there is none."""
    if not folder.is_dir():
        raise InvalidInput(f"there is no folder {folder}; name the one the pages belong in")
    for name, page in pages.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(page(), encoding="utf-8")


def _room(room: Room) -> str:
    rows = ((rule.sentence, _certainty(rule), f"`{rule.id}`") for rule in room.rules)
    rules = table(("rule", "how sure", "id"), rows)
    return f"## {room.title}\n\n{room.introduction}\n\n{rules}\n"


def _certainty(rule: Rule) -> str:
    pages = ", ".join(source.key for source in rule.sources)
    return f"{rule.level}, {pages}" + (f" ({rule.conflict})" if rule.conflict else "")


def _source(source: Source) -> tuple[str, str]:
    return source.key, f"<{source.address}>" if source.address.startswith("http") else (
        source.shows or f"`{source.address}`"
    )


def _conflict(number: str) -> tuple[str, str, str]:
    deciding = (f"`{rule.id}`" for rule in RULES.values() if rule.conflict == number)
    told = "the routes of the API" if number in OF_THE_API else ", ".join(deciding)
    return number, CONFLICTS[number], told


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table of Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower() if c.isalnum() or c in "- ").replace(" ", "-")
