"""What every room of verbs stands on: the types people write, and the call that applies a verb."""

import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from pocketsflow_emulator.errors import nearest, no_attribute, suggestion
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


GIVES_DELIVERIES = frozenset(("advance", "trigger", "test_webhook", "replay"))
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

    if not TYPE_CHECKING:  # for a type checker, what is not there is not there

        def __getattr__(self, name: str) -> Any:
            known = [known for known in dir(type(self)) if not known.startswith("_")]
            near = suggestion(name, known) if nearest(name, known) else ""
            raise no_attribute(f"{type(self).__name__} has no {name!r}{near}")

    @abstractmethod
    def _do(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        """Apply a verb; arguments that are None were not given."""


def given(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return a method's arguments from its `locals()`."""
    return {name: value for name, value in arguments.items() if name != "self"}


def called_by_name(method: Callable[P, T]) -> Callable[P, T]:
    """Let a method that is called with an argument it does not have name the nearest it has, and
    none of our classes; one that is given by position what has a name, say that name.
    """
    parameters = inspect.signature(method).parameters
    known = list(parameters)[1:]
    takes_more = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    by_name = [one for one, p in parameters.items() if p.kind is p.KEYWORD_ONLY]
    takes_any = any(p.kind is p.VAR_POSITIONAL for p in parameters.values())
    most = sys.maxsize if takes_any else len(parameters) - len(by_name) - takes_more
    name = method.__qualname__ = method.__name__  # as Python's own complaints show it

    @wraps(method)
    def called(*positional: P.args, **named: P.kwargs) -> T:
        for given in named:
            if given not in known and not takes_more:
                shown = type(positional[0]).__name__ if name == "__init__" else name
                raise TypeError(f"{shown}() has no argument {given!r}{suggestion(given, known)}")
        if len(positional) > most and by_name:
            words = ", ".join(known[: most - 1]) or "nothing"
            rest = ", ".join(f"{one}=" for one in by_name[: len(positional) - most])
            raise TypeError(
                f"{name}() takes {words} without a name; write the others with it: {rest}"
            )
        return method(*positional, **named)

    return called
