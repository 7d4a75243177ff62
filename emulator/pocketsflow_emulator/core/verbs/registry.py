"""What a verb is: a function on the state with keyword arguments, under its own name.

The signature is the declaration: a parameter without a default must be given. An argument is
plain JSON; objects are named by id.
"""

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from pocketsflow_emulator.core.models import Ref
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.errors import InvalidInput, UnknownName

Apply = Callable[..., Ref | None]
F = TypeVar("F", bound=Apply)


class Verb(NamedTuple):
    """A verb: its name, what it does, and the parameters it takes."""

    name: str
    apply: Apply
    parameters: Mapping[str, bool]
    """Parameter -> whether it must be given."""
    needed: tuple[str, ...]
    """Those that must be given."""

    def call(self, subject: object, arguments: Mapping[str, Any]) -> Ref | None:
        """Apply the verb; raises an `EmulatorError` for arguments it does not take or lacks."""
        if not arguments.keys() <= self.parameters.keys():
            given = next(name for name in arguments if name not in self.parameters)
            raise UnknownName(f"argument of {self.name}", given, self.parameters)
        for parameter in self.needed:
            if parameter not in arguments:
                raise InvalidInput(f"{self.name} needs {parameter}")
        return self.apply(subject, **arguments)


def declare(name: str, function: Apply) -> Verb:
    """Return the verb that a function is; its first parameter is what the verb acts on."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    known = {p.name: p.default is inspect.Parameter.empty for p in parameters}
    needed = tuple(parameter for parameter, is_needed in known.items() if is_needed)
    return Verb(name, function, MappingProxyType(known), needed)


_verbs: dict[str, Verb] = {}
VERBS: Mapping[str, Verb] = MappingProxyType(_verbs)
"""Name -> verb. `core/verbs/__init__.py` imports every room, so that all are there."""


def verb(function: F) -> F:
    """Register a function of a state and keyword arguments as the verb of its name."""
    name = function.__name__
    if name in _verbs:
        raise ValueError(f"verb {name} is declared twice")
    _verbs[name] = declare(name, function)
    return function


def named(name: object) -> Verb:
    """Return the verb of this name; raises `UnknownName`."""
    if not isinstance(name, str) or name not in _verbs:
        raise UnknownName("verb", name, _verbs)
    return _verbs[name]


def apply(account: State, name: str, arguments: Mapping[str, Any]) -> Ref | None:
    """Apply a verb; raises an `EmulatorError` and leaves the state alone where it cannot be."""
    known = named(name)
    account.cause = name
    return known.call(account, arguments)
