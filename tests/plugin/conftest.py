"""Test runs of their own: in this process where they may be, apart where they must."""

import textwrap

import pytest

from pocketsflow_emulator import people
from pocketsflow_emulator.scenario import run as _run  # noqa: F401
from pytest_pocketsflow import artefacts, asserts, coverage, scenarios, worlds

LOADED = (artefacts, asserts, coverage, scenarios, worlds)
"""Loaded here, because pytester forgets what its runs have loaded, and packages do not."""


@pytest.fixture(scope="package", autouse=True)
def _people():
    """Load Faker, too."""
    people.person(0, "nobody")


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    """Let a run have the plugins that it names, and no others; and not be as in CI, where pytest
    writes every message once more into its summary.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("CI", "BUILD_NUMBER", "POCKETSFLOW_EMULATOR_SERVER"):
        monkeypatch.delenv(name, raising=False)


OURS = ("-p", "pocketsflow", "-W", "error", "-q")


@pytest.fixture
def run(pytester):
    """Run a test module in this process; return pytest's result."""

    def run(code, *arguments):
        pytester.makepyfile(textwrap.dedent(code))
        return pytester.runpytest_inprocess(*OURS, *arguments)

    return run


@pytest.fixture
def run_apart(pytester):
    """As `run`, in a process of its own."""

    def run(code, *arguments):
        pytester.makepyfile(textwrap.dedent(code))
        return pytester.runpytest_subprocess(*OURS, *arguments, timeout=60)

    return run
