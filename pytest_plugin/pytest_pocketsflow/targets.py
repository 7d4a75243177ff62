"""The application under test, as the options and the fixture `pocketsflow_target` name it."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest

from pocketsflow_emulator.errors import EmulatorError, InvalidInput, suggestion
from pytest_pocketsflow import plugin


def deliver(world: Any, config: pytest.Config, fixture: Any) -> bool:
    """Let a world send to the application that the fixture names, else the options; say whether
    there is one. What cannot be fails the test, without a traceback; what the application's own
    module raises is raised.
    """
    try:
        receiver = _receiver(config, fixture)
    except EmulatorError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    if receiver is None:
        return False
    try:
        world.deliver_to(**receiver)
    except (EmulatorError, TypeError) as error:
        raise pytest.fail.Exception(f"pocketsflow_target: {error}", pytrace=False) from None
    return True


def _receiver(config: pytest.Config, fixture: Any) -> dict[str, Any] | None:
    """Return what `deliver_to` is to be called with, or None where no target is named."""
    if fixture is not None:
        receiver = dict(fixture) if isinstance(fixture, Mapping) else {"target": fixture}
    elif text := plugin.option(config, "target"):
        path = plugin.option(config, "path")
        receiver = {"target": text, **({"path": path} if path else {})}
    else:
        return None
    if isinstance(receiver.get("target"), str):
        receiver["target"] = _target(receiver["target"])
    return receiver


def _target(text: str) -> Any:
    """Return a URL as it is, and what `module:attribute` names. Raises `InvalidInput` for what is
    not there.
    """
    module, colon, attribute = text.partition(":")
    if "/" in text or text == "localhost" or (attribute or text).isdigit():
        return text
    if not colon:
        raise InvalidInput(
            f"pocketsflow_target is {text!r}; write module:attribute for an application, or"
            f" http://{text} for an address"
        )
    try:
        found: Any = import_module(module)
    except ModuleNotFoundError as error:
        if not f"{module}.".startswith(f"{error.name}."):
            raise  # the module is there, and misses another
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
