"""The plugin. It imports nothing but pytest until a fixture is used, because every test run in an
environment where it is installed loads this module."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

import pytest

if TYPE_CHECKING:
    from pytest_pocketsflow.worlds import Pocketsflow, PocketsflowAsync

World = TypeVar("World", "Pocketsflow", "PocketsflowAsync")

MARK = (
    "pocketsflow(start='2030-01-01', seed=7, dialect='documented', secret='whsec_...',"
    " policy='documented', dunning='standard', deadline=5, timestamps='virtual', livemode=False,"
    " concurrency=1, allow_public=False, ring=100000, strict=True, sync_clock=False,"
    " scenario='refund'):"
    " settings of the fixtures `pocketsflow` and `pocketsflow_async` for this test;"
    " strict=False allows deliveries that went wrong unnoticed, sync_clock=True moves the"
    " application's clock with the world's, scenario is played before the test begins"
)
MARK_OF_SCENARIOS = (
    "pocketsflow_scenarios('refund', 'my.pocketsflow.yaml', tags=['dunning']): run this test once"
    " per scenario, by name, file, folder or tag (without any: all ready-made ones); the fixture"
    " `pocketsflow_scenario` is the one to play"
)

Kind = Literal["string", "bool", "int", "float"]
SETTINGS: tuple[tuple[str, Kind, str], ...] = (
    ("start", "string", "where worlds start: an ISO date"),
    ("seed", "int", "the seed of every world, instead of one made from the test's id"),
    ("dialect", "string", "how events are written: documented or current"),
    ("secret", "string", "what webhooks are signed with"),
    ("policy", "string", "when a delivery is tried again: documented or retry-ladder"),
    ("dunning", "string", "when a charge is tried again"),
    ("deadline", "float", "seconds a receiver has to answer"),
    ("timestamps", "string", "what timestamps are made from: virtual or wall"),
    ("strict", "bool", "false allows deliveries that went wrong unnoticed"),
    ("sync_clock", "bool", "true moves the application's clock (time-machine, freezegun) along"),
)
"""What the mark sets for a test and an option for all of them: name, type, meaning."""
OPTIONS: tuple[tuple[str, Kind, str], ...] = (
    ("target", "string", "the application under test: module:attribute, or a URL"),
    ("path", "string", "the path of its webhook route, as /webhooks"),
    ("url", "string", "use the emulator at this URL; also $POCKETSFLOW_EMULATOR_SERVER"),
    ("artefacts", "string", "keep journal and timeline per test: off, on or retain-on-failure"),
    ("output", "string", "the folder of what is kept (pocketsflow-artefacts)"),
    ("cov", "bool", "show which events, outcomes and faults the tests have exercised"),
    ("cov_json", "string", "write that to a file, as JSON"),
    ("cov_min", "float", "fail where less than this per cent of the events were exercised"),
)
"""Options about the whole run, likewise."""
ARTEFACTS = ("off", "on", "retain-on-failure")
_TYPES: dict[Kind, type] = {"string": str, "int": int, "float": float}
_WRITTEN: dict[Kind, str] = {
    "string": "a text",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
}
_WORLD = pytest.StashKey[Any]()
_OVER = pytest.StashKey[bool]()
"""Whether the test has failed, or was left, before its world was closed."""
_FAILED = pytest.StashKey[bool]()


# ---- the run ------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer every setting as an option of the command line and of the configuration file."""
    group = parser.getgroup("pocketsflow", "Pocketsflow emulator")
    for name, kind, meaning in (*SETTINGS, *OPTIONS):
        flag = f"--pocketsflow-{name.replace('_', '-')}"
        dest = f"pocketsflow_{name}"
        if kind == "bool":
            words = ("true", "false")
            group.addoption(
                flag, dest=dest, nargs="?", const="true", choices=words, default=None, help=meaning
            )
        else:
            group.addoption(flag, dest=dest, type=_TYPES[kind], default=None, help=meaning)
        parser.addini(dest, meaning, type=kind, default=None)
    group.addoption(
        "--pocketsflow-update",
        action="store_true",
        help="write the journals that assert_matches_journal compares with",
    )


def option(config: pytest.Config, name: str) -> Any:
    """Return an option: the command line's, else the configuration file's, else None."""
    given = config.getoption(f"pocketsflow_{name}")
    if given in ("true", "false"):
        return given == "true"
    return config.getini(f"pocketsflow_{name}") if given is None else given


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks, and the coverage of events where it is asked for."""
    config.addinivalue_line("markers", MARK)
    config.addinivalue_line("markers", MARK_OF_SCENARIOS)
    for name, kind, _ in (*SETTINGS, *OPTIONS):
        try:
            config.getini(f"pocketsflow_{name}")
        except (ValueError, TypeError, pytest.UsageError) as error:
            raise pytest.UsageError(
                f"pocketsflow_{name} in the configuration file: {error}; write {_WRITTEN[kind]}"
            ) from None
    if (kept := option(config, "artefacts")) not in (None, *ARTEFACTS):
        words = ", ".join(ARTEFACTS)
        raise pytest.UsageError(f"--pocketsflow-artefacts is {kept!r}; write one of {words}")
    if not 0 <= (option(config, "cov_min") or 0) <= 100:
        raise pytest.UsageError("--pocketsflow-cov-min is per cent; write a number from 0 to 100")
    if any(option(config, name) is not None for name in ("cov", "cov_json", "cov_min")):
        from pytest_pocketsflow.coverage import Coverage

        config.pluginmanager.register(
            Coverage(
                table=bool(option(config, "cov")),
                json_file=option(config, "cov_json"),
                least=option(config, "cov_min"),
            ),
            "pocketsflow_coverage",
        )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that is marked `pocketsflow_scenarios` once per scenario."""
    mark = metafunc.definition.get_closest_marker("pocketsflow_scenarios")
    if mark is not None:
        from pytest_pocketsflow import scenarios

        scenarios.parametrise(metafunc, mark)


# ---- the fixtures -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def pocketsflow_config() -> dict[str, Any]:
    """Settings of every world, as the mark takes them. To be overridden, in any scope."""
    return {}


@pytest.fixture(scope="session")
def pocketsflow_target() -> Any:
    """The application under test, for every world: what `deliver_to` takes, or a mapping of its
    arguments. To be overridden; without that, it is what the options `pocketsflow_target` and
    `pocketsflow_path` name.
    """
    return None


@pytest.fixture
def pocketsflow_scenario() -> str:
    """The scenario to play, in a test that is marked `pocketsflow_scenarios`."""
    pytest.fail(
        "pocketsflow_scenario needs the mark pocketsflow_scenarios, which names the scenarios:"
        ' @pytest.mark.pocketsflow_scenarios("refund")',
        pytrace=False,
    )


@pytest.fixture
def pocketsflow(
    request: pytest.FixtureRequest, pocketsflow_config: dict[str, Any], pocketsflow_target: Any
) -> "Generator[Pocketsflow, None, None]":
    """A fresh Pocketsflow world: buy, subscribe, let time pass, and look at what was delivered.

    Synchronous, and needs no event loop. The world starts at 2030-01-01T00:00:00Z with a seed
    made from the test's id, unless the mark `pocketsflow` says otherwise; a world whose first
    receiver is a URL starts now, and where the application's clock is frozen, there. A delivery
    that went wrong fails the test when it ends, unless the test has looked at it.
    """
    from pytest_pocketsflow.worlds import Pocketsflow  # 0.1 s that only tests with it pay

    with _world(request.node, Pocketsflow, pocketsflow_config, pocketsflow_target) as world:
        yield world


@pytest.fixture
def pocketsflow_async(
    request: pytest.FixtureRequest, pocketsflow_config: dict[str, Any], pocketsflow_target: Any
) -> "Generator[PocketsflowAsync, None, None]":
    """As `pocketsflow`, awaited: for handlers that are coroutine functions. A plain fixture, which
    needs no plugin for asyncio; the test brings the loop, or several one after the other.
    """
    from pytest_pocketsflow.worlds import PocketsflowAsync

    with _world(request.node, PocketsflowAsync, pocketsflow_config, pocketsflow_target) as world:
        yield world


@contextmanager
def _world(
    node: pytest.Item, face: type[World], config: dict[str, Any], target: Any
) -> Iterator[World]:
    """Make the world of a test, and look at its end whether something went wrong unnoticed."""
    from pytest_pocketsflow import asserts, settings, worlds

    said = settings.gather(node, config)
    world = worlds.make(node, face, said)
    node.stash[_WORLD], node.stash[_OVER], node.stash[_FAILED] = world, False, False
    try:
        worlds.prepare(world, node, said, target)
        yield world
    finally:
        worlds.end(world, node)
    if not node.stash[_OVER]:
        asserts.refuse_unawaited(world, node)
        if said.strict:
            asserts.refuse_unexpected(world)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the timeline under a failing test, and what repeats its world; keep its artefacts."""
    world = item.stash.get(_WORLD, None)
    if world is None:
        return (yield)
    if call.excinfo is None:
        report = yield
    else:
        from pytest_pocketsflow import asserts

        asserts.explain(call.excinfo.value, world)
        if not item.config.getoption("fulltrace"):
            asserts.prune(call.excinfo.value)
        report = yield
        if report.failed and not item.stash[_OVER]:
            report.sections.append(asserts.section(world, call.excinfo))
        item.stash[_OVER] = True
        item.stash[_FAILED] = item.stash[_FAILED] or report.failed
    if call.when == "teardown":
        if (when := option(item.config, "artefacts")) is not None:
            from pytest_pocketsflow import artefacts

            artefacts.keep(world, item, when, failed=item.stash[_FAILED])
        del item.stash[_WORLD]  # pytest keeps the items of a run to its end
    return report


def give_up(option: str, error: OSError) -> NoReturn:
    """End the run where what an option asks for cannot be written."""
    reason = f"{option}: {error}; name a place that can be written to"
    pytest.exit(reason, returncode=pytest.ExitCode.USAGE_ERROR)


def server_of(config: pytest.Config) -> str | None:
    """Return the URL of the emulator to use instead of one in this process, or None."""
    return option(config, "url") or os.environ.get("POCKETSFLOW_EMULATOR_SERVER") or None
