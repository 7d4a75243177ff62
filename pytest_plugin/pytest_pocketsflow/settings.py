"""From the marks of a test to its world."""

from hashlib import blake2b
from inspect import signature
from typing import Any, TypeVar

import pytest

from pocketsflow_emulator import AsyncEmulator, Emulator, EmulatorError
from pocketsflow_emulator.errors import suggestion

World = TypeVar("World", Emulator, AsyncEmulator)

NAMES = (*signature(Emulator).parameters, "strict")


def make(node: pytest.Item, face: type[World], mark: str) -> tuple[World, bool]:
    """Return the world that a test's marks ask for, and whether it is strict; `mark` says what
    they may say. A mark that cannot be fails the test, without a traceback.
    """
    settings = _said(node, mark)
    strict = settings.pop("strict", True)
    own = _seed(node.nodeid)
    if "start" in settings:
        settings.setdefault("seed", own)
    try:
        emulator = face(**settings)
    except (EmulatorError, TypeError) as error:
        pytest.fail(f"the mark pocketsflow: {error}", pytrace=False)
    if "seed" not in settings:
        emulator.reseed(own)
    return emulator, strict


def _said(node: pytest.Item, mark: str) -> dict[str, Any]:
    """Return what the test's marks say, the closest last."""
    settings: dict[str, Any] = {}
    for found in reversed(list(node.iter_markers("pocketsflow"))):
        if found.args:
            pytest.fail(f"the mark pocketsflow takes names: {mark}", pytrace=False)
        for name in found.kwargs:
            if name not in NAMES:
                near = suggestion(name, NAMES)
                pytest.fail(f"the mark pocketsflow has no {name!r}{near}", pytrace=False)
        settings |= found.kwargs
    return settings


def _seed(test: str) -> int:
    """Return the seed of a test: the same in every run, another for every test."""
    return int.from_bytes(blake2b(test.encode(), digest_size=3).digest(), "big")
