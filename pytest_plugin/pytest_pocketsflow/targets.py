"""The application under test, as the options and the fixture `pocketsflow_target` name it."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest

from pocketsflow_emulator.errors import InvalidInput, suggestion
from pytest_pocketsflow import plugin


def of(config: pytest.Config, fixture: Any) -> dict[str, Any] | None:
    """Return what `deliver_to` is to be called with, or None where no target is named. The fixture
    wins over the options. Raises `InvalidInput` for what cannot be imported.
    """
    if fixture is not None:
        return dict(fixture) if isinstance(fixture, Mapping) else {"target": fixture}
    text = plugin.option(config, "target")
    if not text:
        return None
    path = plugin.option(config, "path")
    return {"target": _target(text), **({"path": path} if path else {})}


def _target(text: str) -> Any:
    """Return a URL as it is, and what `module:attribute` names."""
    module, colon, attribute = text.partition(":")
    if "/" in text or not colon or attribute.isdigit():
        return text
    try:
        found: Any = import_module(module)
    except ImportError as error:
        raise InvalidInput(
            f"pocketsflow_target is {text!r}: {error}; write module:attribute or a URL, and say"
            " where the module is with pythonpath"
        ) from None
    for name in attribute.split("."):
        if not hasattr(found, name):
            near = suggestion(name, [known for known in dir(found) if known[0] != "_"])
            raise InvalidInput(f"pocketsflow_target is {text!r}: there is no {name!r}{near}")
        found = getattr(found, name)
    return found
