"""What every room of verbs stands on: the types people write, and the call that applies a verb."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

from pocketsflow_emulator.errors import suggestion
from pocketsflow_emulator.handles import Handle

Amount = str | int | Decimal
Thing = Handle | str
When = datetime | date | str

H = TypeVar("H")
"""What a verb about an object returns: a handle, or an awaitable of one."""
D = TypeVar("D")
"""What a verb of `GIVES_DELIVERIES` returns: deliveries, or an awaitable of them."""
N = TypeVar("N")
"""What a verb about nothing returns: None, or an awaitable of it."""


GIVES_DELIVERIES = frozenset(("advance", "trigger", "replay"))
"""Verbs that return the deliveries they have made."""

P = ParamSpec("P")
T = TypeVar("T")


class Doing(ABC, Generic[H, D, N]):
    """Does verbs; the rooms beside this one say which."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        for name, method in vars(cls).copy().items():
            if inspect.isfunction(method) and not name.startswith("_"):
                setattr(cls, name, called_by_name(method))

    @abstractmethod
    def _do(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        """Apply a verb; arguments that are None were not given."""


def given(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return a method's arguments from its `locals()`."""
    return {name: value for name, value in arguments.items() if name != "self"}


def called_by_name(method: Callable[P, T]) -> Callable[P, T]:
    """Let a method that is called with an argument it does not have name the nearest it has, and
    none of our classes.
    """
    parameters = inspect.signature(method).parameters
    known = list(parameters)[1:]
    takes_more = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    name = method.__qualname__ = method.__name__  # as Python's own complaints show it

    @wraps(method)
    def called(*positional: P.args, **named: P.kwargs) -> T:
        for given in named:
            if given not in known and not takes_more:
                shown = type(positional[0]).__name__ if name == "__init__" else name
                raise TypeError(f"{shown}() has no argument {given!r}{suggestion(given, known)}")
        return method(*positional, **named)

    return called
