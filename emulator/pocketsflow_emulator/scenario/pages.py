"""The pages of the manual that are made of the ready-made scenarios, each from a run of it."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby
from types import MappingProxyType

from pocketsflow_emulator import timeline
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.transports.handler import HandlerTransport
from pocketsflow_emulator.driver import Driver
from pocketsflow_emulator.errors import InvariantError
from pocketsflow_emulator.rules.pages import Pages, table
from pocketsflow_emulator.scenario import library
from pocketsflow_emulator.scenario.model import COMMON, Option, Scenario
from pocketsflow_emulator.scenario.receiver import signed
from pocketsflow_emulator.scenario.run import run_with
from pocketsflow_emulator.timeline import Row
from pocketsflow_emulator.wire.request import SIGNATURE, SignedRequest

_MADE = "<!-- Made by `make docs` from scenarios/, each by a run of it. -->"
_SECRET = "whsec_pocketsflow_emulator"  # noqa: S105 - the constant that everybody knows
_SEED, _START, _EMAIL = 7, "2030-01-31", "jane@example.com"
_MOST_ROWS = 60

_INDEX = f"""{_MADE}

# The library

{{count}} ready-made scenarios. Each is a file, which `pocketsflow-emulator scenarios show NAME`
prints. It runs against your receiver as it is, and holds on any day and in both dialects:

```console
$ pocketsflow-emulator run purchase refund trial-converts
$ pocketsflow-emulator run --tag trial
```

What a scenario catches shows in the answers of a receiver, or in what became of it: the probes that
it has are asked where you say how, see [scenarios.md](scenarios.md#probes).

"""

_PAGE = f"""{_MADE}

# {{name}}

{{title}}. {{description}}

**Catches:** {{catches}}

Tags: {{tags}}.{{probes}}

{{options}}```console
$ pocketsflow-emulator run {{name}}
```

## What happens

With the seed {_SEED}, from {_START}, against a receiver that checks every signature:

```mermaid
timeline
{{picture}}
```

{{events}}

## The file

```yaml
{{text}}```
"""


def index() -> str:
    """Return the page that lists all of them, with what each catches, and the tags."""
    every = library.everything()
    rows = (
        (f"[`{each.name}`](scenarios/{each.name}.md)", each.title, each.catches) for each in every
    )
    listed = table(("scenario", "shows", "catches"), rows)
    tags = table(("tag", "scenarios"), _tags(every))
    return _INDEX.format(count=len(every)) + f"{listed}\n\n## Tags\n\n{tags}\n"


def page(name: str) -> str:
    """Return the page of one scenario."""
    scenario = library.ready_made(name)
    rows = played(scenario)
    probes = ", ".join(f"`{probe}`" for probe in scenario.probes)
    return _PAGE.format(
        name=name,
        title=scenario.title,
        description=scenario.description.strip(),
        catches=scenario.catches,
        tags=", ".join(scenario.tags),
        probes=f" Probes: {probes}." if probes else "",
        options=_options(scenario),
        picture="\n".join(_picture(rows)),
        events=_events(rows),
        text=library.text(name),
    )


def played(scenario: Scenario) -> list[Row]:
    """Run a scenario, and return a line for each delivery."""
    driver = Driver(Engine(_SEED, clock.parse(_START)))
    webhook = driver.do("create_webhook", {"url": "handler:", "secret": _SECRET})
    if webhook is None:
        raise InvariantError("create_webhook returned nothing")
    driver.targets[webhook.id] = HandlerTransport(_answer)
    result = run_with(driver, scenario, {"email": _EMAIL})
    if not result.ok:
        raise InvariantError(f"{scenario.name} does not hold: {result.misses}")
    return list(timeline.rows(driver.engine.journal.facts, left=True))


def _answer(request: SignedRequest) -> int:
    """Do what a receiver should: refuse what is not signed, and take the rest."""
    return (
        200 if signed(_SECRET.encode(), request.body, request.headers.get(SIGNATURE, "")) else 401
    )


def _tags(every: Iterable[Scenario]) -> Iterator[tuple[str, str]]:
    pairs = sorted((tag, scenario.name) for scenario in every for tag in scenario.tags)
    for tag, found in groupby(pairs, key=lambda pair: pair[0]):
        yield f"`{tag}`", ", ".join(name for _, name in found)


def _options(scenario: Scenario) -> str:
    own = [option for option in scenario.options.values() if option.name not in COMMON]
    if not own:
        return ""
    rows = ((f"`{each.name}`", each.type, f"`{each.default}`", _allowed(each)) for each in own)
    return f"{table(('option', 'type', 'default', 'allowed'), rows)}\n\n"


def _allowed(option: Option) -> str:
    if option.values:
        return ", ".join(f"`{value}`" for value in option.values)
    limits = (("from", option.least), ("to", option.most))
    return " ".join(f"{word} {value}" for word, value in limits if value is not None) or "any"


def _picture(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a line for each day; events that come one after the other are counted."""
    for day, found in groupby(rows, key=lambda row: clock.iso(row.at)[:10]):
        names = [(name, len(list(same))) for name, same in groupby(row.event for row in found)]
        told = " : ".join(f"{name} ({count} times)" if count > 1 else name for name, count in names)
        yield f"    {day} : {told}"


def _events(rows: list[Row]) -> str:
    shown = rows[:_MOST_ROWS]
    cells = ((timeline.moment(row.at), f"`{row.event}`", row.result, row.about) for row in shown)
    more = f"\n\nAnd {len(rows) - len(shown)} more." if len(rows) > len(shown) else ""
    return table(("when", "event", "answer", "about"), cells) + more


PAGES: Pages = MappingProxyType(
    {
        "library.md": index,
        **{f"scenarios/{name}.md": partial(page, name) for name in library.names()},
    }
)
"""File in `docs/` -> what writes its text."""
