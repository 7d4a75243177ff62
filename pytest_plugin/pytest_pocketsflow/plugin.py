"""The plugin. It imports nothing but pytest until a fixture is used, because every test run in an
environment where it is installed loads this module."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from pocketsflow_emulator import AsyncEmulator, Emulator

World = TypeVar("World", "Emulator", "AsyncEmulator")

MARK = (
    "pocketsflow(start='2030-01-01', seed=7, dialect='documented', secret='whsec_...',"
    " policy='documented', dunning='standard', deadline=5, livemode=False, concurrency=1,"
    " allow_public=False, ring=100000, strict=True):"
    " settings of the fixtures `pocketsflow` and `pocketsflow_async` for this test;"
    " strict=False allows deliveries that went wrong unnoticed"
)
_WORLD = pytest.StashKey[Any]()
_OVER = pytest.StashKey[bool]()
"""Whether the test has failed, or was left, before its world was closed."""


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line("markers", MARK)


@pytest.fixture
def pocketsflow(request: pytest.FixtureRequest) -> "Generator[Emulator, None, None]":
    """A fresh Pocketsflow world: buy, subscribe, let time pass, and look at what was delivered.

    Synchronous, and needs no event loop. The world starts at 2030-01-01T00:00:00Z with a seed
    made from the test's id, unless the mark `pocketsflow` says otherwise; a world whose first
    receiver is a URL starts now. A delivery that went wrong fails the test when it ends, unless
    the test has looked at it.
    """
    from pocketsflow_emulator import Emulator  # 0.1 s that only tests with the fixture pay

    with _world(request.node, Emulator) as emulator:
        yield emulator


@pytest.fixture
def pocketsflow_async(request: pytest.FixtureRequest) -> "Generator[AsyncEmulator, None, None]":
    """As `pocketsflow`, awaited: for handlers that are coroutine functions. A plain fixture, which
    needs no plugin for asyncio; the test brings the loop, or several one after the other.
    """
    from pocketsflow_emulator import AsyncEmulator

    with _world(request.node, AsyncEmulator) as emulator:
        yield emulator


@contextmanager
def _world(node: pytest.Item, face: type[World]) -> Iterator[World]:
    """Make the world of a test, and look at its end whether something went wrong unnoticed."""
    from pytest_pocketsflow import asserts, settings

    emulator, strict = settings.make(node, face, MARK)
    node.stash[_WORLD] = emulator
    yield emulator
    emulator.close_from_outside()
    if strict and not node.stash.get(_OVER, False):
        asserts.refuse(emulator.unexpected())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the timeline under a failing test, and what repeats its world."""
    emulator = item.stash.get(_WORLD, None)
    if emulator is None or call.excinfo is None:
        return (yield)
    from pytest_pocketsflow import asserts

    if not item.config.getoption("fulltrace"):
        asserts.prune(call.excinfo.value)
    report = yield
    if report.failed and not item.stash.get(_OVER, False):
        report.sections.append(asserts.section(emulator, call.excinfo))
    item.stash[_OVER] = True
    return report
