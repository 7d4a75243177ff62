"""Which scenarios a command line means, and with which options."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pocketsflow_emulator.core import arguments
from pocketsflow_emulator.errors import InvalidInput, NothingSelected, UnknownName
from pocketsflow_emulator.scenario import library
from pocketsflow_emulator.scenario.model import COMMON, Scenario
from pocketsflow_emulator.scenario.options import from_text
from pocketsflow_emulator.scenario.session import Chosen


class Given(NamedTuple):
    """The options of scenarios, as they were typed."""

    settings: Sequence[str]
    email: str | None
    metadata: Sequence[str]


def scenarios(names: Sequence[str], everything: bool, tags: Sequence[str]) -> list[Scenario]:
    """Return the named ones as often as they are named, then the others that `everything` or a
    tag adds.
    """
    found = [scenario for name in names for scenario in library.find(name)]
    more = library.tagged(tags) if tags else []
    if everything:
        more = library.everything()
    found += [scenario for scenario in more if scenario not in found]
    if not found:
        raise InvalidInput("name a scenario, or --all; `pocketsflow-emulator scenarios` lists them")
    return found


def files(name: str) -> list[str]:
    """Return what is to be read for a word: itself, or every scenario file in a folder and below.
    Raises `NothingSelected` where there is none.
    """
    folder = Path(name)
    if name in library.names() or not folder.is_dir():
        return [name]
    found = sorted(str(path) for path in folder.rglob("*") if path.name.endswith(library.ENDINGS))
    if not found:
        raise NothingSelected(f"{name}: no file in it ends in {' or '.join(library.ENDINGS)}")
    return found


def recordable(scenarios: Sequence[Scenario]) -> str:
    """Return the text of the one scenario that is to be recorded. Raises `InvalidInput` where there
    are more, or it is no YAML.
    """
    if len(scenarios) > 1:
        raise InvalidInput(f"--record takes one scenario; these are {len(scenarios)}")
    if scenarios[0].file.endswith(".json"):
        raise InvalidInput(f"--record: {scenarios[0].file} is JSON; write the scenario as YAML")
    return text(scenarios[0])


def text(scenario: Scenario) -> str:
    """Return the file that a scenario was read from."""
    name = scenario.name
    if name in library.names() and scenario == library.ready_made(name):
        return library.text(name)
    return library.file_text(Path(scenario.file))


def with_options(scenarios: Sequence[Scenario], given: Given) -> list[Chosen]:
    """Give each scenario those of the options that it has; one that none has is refused."""
    texts = _pairs("--set", given.settings)
    known = {name for scenario in scenarios for name in scenario.options}
    for name in texts:
        if name not in known:
            raise UnknownName("option of these scenarios", name, known - set(COMMON) or known)
    common: dict[str, Any] = {}
    if given.email is not None:
        common["email"] = arguments.email(given.email)
    if given.metadata:
        common["metadata"] = _pairs("--metadata", given.metadata)
    return [Chosen(scenario, {**_own(scenario, texts), **common}) for scenario in scenarios]


def _own(scenario: Scenario, texts: dict[str, str]) -> dict[str, Any]:
    known = scenario.options
    return {name: from_text(known[name], text) for name, text in texts.items() if name in known}


def _pairs(flag: str, given: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidInput(f"{flag} {text!r}: write {flag} name=value")
        pairs[name] = value
    return pairs
