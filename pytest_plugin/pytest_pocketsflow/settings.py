"""From what is said about a test, in four places, to the settings of its world."""

from collections.abc import Mapping
from hashlib import blake2b
from inspect import signature
from typing import Any, NamedTuple

import pytest

from pocketsflow_emulator import Emulator
from pocketsflow_emulator.errors import suggestion
from pytest_pocketsflow import plugin

Kept = pytest.StashKey[Mapping[str, Any]]
_FILE, _LINE = Kept(), Kept()

NAMES = (*signature(Emulator).parameters, "strict", "sync_clock", "scenario")
"""What the mark and the fixture `pocketsflow_config` take."""

_SWITCHES = ("strict", "sync_clock", "livemode", "allow_public")


class Settings(NamedTuple):
    """What the world of a test is made with: what `Emulator` takes, what is for the fixture, and
    where it was said.
    """

    world: dict[str, Any]
    strict: bool
    sync_clock: bool
    scenario: str | None
    said_by: str


def gather(node: pytest.Item, config: object) -> Settings:
    """Return the settings of a test. The closest mark wins over those around it, a mark over the
    command line, that over the fixture `pocketsflow_config`, and that over the configuration file.
    What cannot be fails the test, without a traceback.
    """
    sources = {
        "the configuration file": _options(node.config, _FILE, cli=False),
        "the fixture pocketsflow_config": _checked("the fixture pocketsflow_config", config),
        "the command line": _options(node.config, _LINE, cli=True),
        "the mark pocketsflow": _marks(node),
    }
    said: dict[str, Any] = {}
    for settings in sources.values():
        said |= settings
    said_by = ", ".join(reversed([name for name, settings in sources.items() if settings]))
    strict, sync_clock = said.pop("strict", True), said.pop("sync_clock", False)
    return Settings(said, strict, sync_clock, said.pop("scenario", None), said_by)


def seed_of(test: str) -> int:
    """Return the seed of a test: the same in every run, another for every test."""
    return int.from_bytes(blake2b(test.encode(), digest_size=3).digest(), "big")


def _options(config: pytest.Config, kept: Kept, *, cli: bool) -> Mapping[str, Any]:
    """Return what a whole run says, looked up once."""
    if kept not in config.stash:
        config.stash[kept] = _looked_up(config, cli=cli)
    return config.stash[kept]


def _looked_up(config: pytest.Config, *, cli: bool) -> dict[str, Any]:
    found = {}
    for name, _, _ in plugin.SETTINGS:
        full = f"pocketsflow_{name}"
        value = config.getoption(full) if cli else config.getini(full)
        if value is not None:
            found[name] = value == "true" if value in ("true", "false") else value
    return found


def _marks(node: pytest.Item) -> dict[str, Any]:
    """Return what the test's marks say, the closest last."""
    settings: dict[str, Any] = {}
    for found in reversed(list(node.iter_markers("pocketsflow"))):
        if found.args:
            pytest.fail(
                f"the mark pocketsflow has {found.args[0]!r} without a name; write one, as in"
                " pocketsflow(seed=7)",
                pytrace=False,
            )
        settings |= _checked("the mark pocketsflow", found.kwargs)
    return settings


def _checked(where: str, settings: object) -> Mapping[str, Any]:
    if not isinstance(settings, Mapping):
        pytest.fail(f"{where} is {settings!r}; return a mapping like {{'seed': 7}}", pytrace=False)
    for name, value in settings.items():
        if name not in NAMES:
            pytest.fail(f"{where} has no {name!r}{suggestion(str(name), NAMES)}", pytrace=False)
        if name in _SWITCHES and not isinstance(value, bool):
            pytest.fail(f"{where}: {name} is {value!r}; write True or False", pytrace=False)
    return settings
