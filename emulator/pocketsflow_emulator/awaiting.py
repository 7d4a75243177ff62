"""Calls that must be awaited, and finding those that never were."""

import inspect
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

T = TypeVar("T")
P = ParamSpec("P")

_KEPT = 64
"""How many calls are kept before those that were awaited are let go."""


class Call(NamedTuple):
    """A call of an awaitable verb, and the line that made it."""

    name: str
    file: str
    line: int
    coroutine: Coroutine[Any, Any, Any]

    @property
    def awaited(self) -> bool:
        """Whether somebody has begun to await it."""
        return inspect.getcoroutinestate(self.coroutine) != inspect.CORO_CREATED


class Calls:
    """Remembers calls until they are awaited."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def note(self, name: str, coroutine: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Remember a call and where it was made; returns what is to be awaited."""
        if len(self._calls) >= _KEPT:
            self._calls = [call for call in self._calls if not call.awaited]
        frame = sys._getframe(1)  # noqa: SLF001  (what `inspect` wraps, at a hundredth of its cost)
        while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
            frame = frame.f_back
        self._calls.append(Call(name, frame.f_code.co_filename, frame.f_lineno, coroutine))
        return coroutine

    def never_awaited(self) -> list[Call]:
        """Return the calls that nobody has awaited, and close them: it is too late now."""
        found = [call for call in self._calls if not call.awaited]
        for call in found:
            call.coroutine.close()
        self._calls.clear()
        return found


class Noting(Protocol):
    """What has calls to remember, or None where nobody wants to know."""

    _calls: Calls | None


S = TypeVar("S", bound=Noting)


def noted(
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Let a coroutine method be remembered until it is awaited."""

    @wraps(method)
    def called(self: S, /, *positional: P.args, **named: P.kwargs) -> Coroutine[Any, Any, T]:
        coroutine = method(self, *positional, **named)
        calls = self._calls
        return coroutine if calls is None else calls.note(method.__name__, coroutine)

    return called


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in ("pocketsflow_emulator", "pytest_pocketsflow")
