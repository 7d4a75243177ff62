"""The plugin. It imports nothing but pytest until the fixture is used, because every test run in
an environment where it is installed loads this module."""

from collections.abc import Generator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pocketsflow_emulator import Emulator

MARK = (
    "pocketsflow(start='2030-01-01', seed=7, dialect='documented', secret='whsec_...',"
    " policy='documented', dunning='standard', deadline=5, livemode=False):"
    " settings of the fixture `pocketsflow` for this test"
)
SETTINGS = (
    "start",
    "seed",
    "dialect",
    "secret",
    "policy",
    "dunning",
    "deadline",
    "livemode",
)
_USED = pytest.StashKey["Emulator"]()


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line("markers", MARK)


@pytest.fixture
def pocketsflow(request: pytest.FixtureRequest) -> "Generator[Emulator, None, None]":
    """A fresh Pocketsflow world: buy, subscribe, let time pass, and look at what was delivered.

    Synchronous, and needs no event loop. The world starts at 2030-01-01T00:00:00Z with a seed
    made from the test's id, unless the mark `pocketsflow` says otherwise; a world whose first
    receiver is a URL starts now.
    """
    from pocketsflow_emulator import Emulator  # 0.1 s that only tests with the fixture pay

    settings = _settings(request.node)
    if "seed" not in settings and "start" in settings:
        settings["seed"] = _seed(request.node.nodeid)
    with Emulator(**settings) as emulator:
        if "seed" not in settings:
            emulator.reseed(_seed(request.node.nodeid))
        request.node.stash[_USED] = emulator
        yield emulator


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the timeline under a failing test, and what repeats its world."""
    report = yield
    emulator = item.stash.get(_USED, None)
    if emulator is not None and call.when == "call" and report.failed:
        again = f"@pytest.mark.pocketsflow(seed={emulator.seed}, start={emulator.start!r})"
        story = emulator.timeline() or "  nothing has happened"
        report.sections.append(("Pocketsflow timeline", f"{story}\n\n  repeat with: {again}"))
    return report


def _settings(node: Any) -> dict[str, Any]:
    """Return what the test's marks say, the closest last."""
    settings: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers("pocketsflow"))):
        if mark.args:
            raise pytest.UsageError(f"the mark pocketsflow takes names: {MARK}")
        for name in mark.kwargs:
            if name not in SETTINGS:
                raise pytest.UsageError(
                    f"the mark pocketsflow has no {name!r}; it has {', '.join(SETTINGS)}"
                )
        settings |= mark.kwargs
    return settings


def _seed(test: str) -> int:
    """Return the seed of a test: the same in every run, another for every test."""
    return int.from_bytes(blake2b(test.encode(), digest_size=3).digest(), "big")
