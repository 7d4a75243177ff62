"""The worlds that the fixtures give: an `Emulator` each, and what it can do in a test."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from pocketsflow_emulator import AsyncEmulator, Emulator, EmulatorError
from pocketsflow_emulator.awaiting import Call, Calls, noted
from pocketsflow_emulator.driver import AsyncDriver, Driver
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.face import Face, R
from pytest_pocketsflow import plugin, targets
from pytest_pocketsflow.clocks import ApplicationClock
from pytest_pocketsflow.settings import Settings, seed_of
from pytest_pocketsflow.snapshots import Golden

if TYPE_CHECKING:
    from pocketsflow_emulator.scenario.result import Result


class InPytest(Face[R]):
    """What a world of a test has beyond an emulator's."""

    _played: "Result | None" = None

    def __init__(self, node: pytest.Item, **said: Any) -> None:
        self._default_seed = seed_of(node.nodeid)
        super().__init__(**said)
        self.application = ApplicationClock(self)
        self.golden = Golden(node)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self.clock.now:%Y-%m-%d %H:%M:%S}Z, seed {self.seed}>"

    @property
    def played(self) -> "Result":
        """What came of the scenario that the mark names."""
        if self._played is None:
            raise InvalidInput(
                "no scenario was played before this test; name it in the mark:"
                ' pocketsflow(scenario="refund"), or take what run_scenario returns'
            )
        return self._played

    @played.setter
    def played(self, result: "Result") -> None:
        """Keep what came of it."""
        self._played = result

    @property
    def repeats(self) -> str:
        """The line that repeats this world."""
        return f"@pytest.mark.pocketsflow(seed={self.seed}, start={self.start!r})"

    def sync_clock(self) -> None:
        """Move the application's clock with this world's from here on, until the test ends: that
        of time-machine or freezegun, which is started where it is not running.
        """
        self.application.follow()


class Pocketsflow(InPytest[Driver], Emulator):
    """What the fixture `pocketsflow` gives: an `Emulator`, with the application's clock and the
    journals of the test.
    """

    def assert_matches_journal(self, name: str) -> None:
        """Raise `Missed`, with a diff, unless the canonical journal of this world is the one kept
        in `journals/NAME.txt` beside the test; `--pocketsflow-update` writes it.
        """
        self._settled()
        self.golden.compare(name, self.journal(), self.timeline())

    def never_awaited(self) -> list[Call]:
        """Return nothing: these verbs are not awaited."""
        return []


class PocketsflowAsync(InPytest[AsyncDriver], AsyncEmulator):
    """What the fixture `pocketsflow_async` gives: an `AsyncEmulator`, likewise."""

    def __init__(self, node: pytest.Item, **said: Any) -> None:
        super().__init__(node, **said)
        self._noticed = self._calls = Calls()

    def never_awaited(self) -> list[Call]:
        """Return the calls that nobody has awaited; they cannot be awaited any more."""
        return self._noticed.never_awaited()

    @noted
    async def assert_matches_journal(self, name: str) -> None:
        """As `Pocketsflow.assert_matches_journal`, awaited."""
        await self._settled()
        self.golden.compare(name, self.journal(), self.timeline())


World = TypeVar("World", Pocketsflow, PocketsflowAsync)


def make(node: pytest.Item, face: type[World], said: Settings) -> World:
    """Return the world that is asked for. What cannot be fails the test, without a traceback."""
    with _refused(said, EmulatorError, TypeError):
        url = plugin.server_of(node.config)
        return face(node, **said.world) if url is None else _elsewhere(node, face, url, said)


def prepare(world: World, node: pytest.Item, said: Settings, target: Any) -> None:
    """Let a fresh world follow what is frozen, be seen, send where the options say, and play the
    scenario that the mark names. What cannot be fails the test, likewise.
    """
    world.application.adopt()
    with _refused(said, EmulatorError):
        if said.sync_clock:
            world.sync_clock()
    coverage = node.config.pluginmanager.get_plugin("pocketsflow_coverage")
    if coverage is not None:
        world.watch(decided=coverage.decided)
    heard = targets.deliver(world, node.config, target)
    with _refused(said, EmulatorError):
        if said.scenario is not None:
            if not heard:
                raise InvalidInput(
                    f"scenario {said.scenario!r} is to be played before the test begins, and nobody"
                    " would hear it; name a receiver with the fixture pocketsflow_target, or call"
                    " run_scenario after deliver_to"
                )
            world.played = _play(world, said.scenario)


@contextmanager
def _refused(said: Settings, *errors: type[Exception]) -> Iterator[None]:
    """Make an error a failure in one sentence, which names what has asked for it."""
    try:
        yield
    except errors as error:
        said_by = said.said_by or "the fixture pocketsflow"
        raise pytest.fail.Exception(f"{said_by}: {error}", pytrace=False) from None


def _elsewhere(node: pytest.Item, face: type[Any], url: str, said: Settings) -> Any:
    """Return a world of a running emulator."""
    if face is PocketsflowAsync:
        raise InvalidInput(
            "pocketsflow_async speaks to no server; with --pocketsflow-url take pocketsflow"
        )
    from pytest_pocketsflow.remote import RemotePocketsflow

    return RemotePocketsflow(node, url, said.world)


def _play(world: Pocketsflow | PocketsflowAsync, scenario: str) -> "Result":
    if not isinstance(world, PocketsflowAsync):
        return world.run_scenario(scenario)
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(world.run_scenario(scenario))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def end(world: Pocketsflow | PocketsflowAsync, node: pytest.Item) -> None:
    """Count what has hit a world, close it, and give the application its clock back."""
    coverage = node.config.pluginmanager.get_plugin("pocketsflow_coverage")
    try:
        if coverage is not None:
            coverage.ended(world.sent())
    finally:
        world.application.stop()
        world.close_from_outside()
