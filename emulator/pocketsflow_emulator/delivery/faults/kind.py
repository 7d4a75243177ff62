"""What a kind of fault is: a function of one of the three seams, under a name, with parameters.

`plans` change when a delivery goes and what goes again, `bends` make another request of it, and
`behaves` says how the connection misbehaves. The docstring is what people read of a fault.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from pocketsflow_emulator.core import arguments, spans
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.delivery.tries import Delivery
from pocketsflow_emulator.errors import InvalidInput, quoted
from pocketsflow_emulator.wire.request import VALUE

PLAN, BEND, BEHAVE = "plan", "bend", "behave"

Draw = Callable[[], float]
"""The next number from 0 up to 1 under the world's seed."""


class Parameter(NamedTuple):
    """A setting of a fault: its default, how it is read, and what it takes, for people."""

    default: Any
    read: Callable[[str, Any], Any]
    takes: str


def whole(default: int | None, least: int, most: int) -> Parameter:
    """Return a parameter that is a whole number; by default None, which the fault explains."""

    def read(name: str, value: Any) -> int:
        return arguments.whole(name, value, least, most)

    return Parameter(default, read, f"a whole number from {least} to {most}")


def span(default: str) -> Parameter:
    """Return a parameter that is a span of virtual time (ms inside)."""
    return Parameter(spans.read("default", default), spans.read, "a span like 30s or 2h")


def text(default: str) -> Parameter:
    """Return a parameter that is a short text without commas, and such as a header can carry; empty
    lets the fault choose.
    """

    def read(name: str, value: Any) -> str:
        found = arguments.text(name, value)
        if "," in found:
            raise InvalidInput(f"{name} is {found!r}; a comma cannot be in it")
        if not VALUE.fullmatch(found):
            raise InvalidInput(f"{name} is {quoted(found)}; no header can carry that")
        return found

    return Parameter(default, read, "a text")


class Hit(NamedTuple):
    """The delivery that a fault has hit; `draw` gives its random numbers, and `before` the
    deliveries to the same webhook that came earlier, the newest first.
    """

    delivery: Delivery
    draw: Draw
    before: Callable[[], Iterator[Delivery]]


class About(NamedTuple):
    """What a request that is bent is about: the delivery, the secret that signs it, one that does
    not belong to its webhook, and the random numbers of the fault.
    """

    delivery: Delivery
    secret: str
    foreign: str
    draw: Draw


Act = Callable[..., Any]
F = TypeVar("F", bound=Act)


class Kind(NamedTuple):
    """A kind of fault. `dialects` are those whose requests it can change."""

    name: str
    seam: str
    act: Act
    parameters: Mapping[str, Parameter]
    dialects: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What it does and which mistake of a receiver it finds."""
        return " ".join((inspect.getdoc(self.act) or "").split())


_kinds: dict[str, Kind] = {}
KINDS: Mapping[str, Kind] = MappingProxyType(_kinds)
"""Name -> kind. `delivery/faults/__init__.py` imports every module, so that all are there."""


def plans(name: str, /, **parameters: Parameter) -> Callable[[F], F]:
    """Register a function of (plan, hit, **parameters) that returns the changed plan, or None where
    it cannot apply.
    """
    return _registering(name, PLAN, parameters, DIALECTS)


def bends(
    name: str, /, *, dialects: tuple[str, ...] = DIALECTS, **parameters: Parameter
) -> Callable[[F], F]:
    """Register a function of (request, about, **parameters) that returns the changed request."""
    return _registering(name, BEND, parameters, dialects)


def behaves(name: str, /, **parameters: Parameter) -> Callable[[F], F]:
    """Register a function of (**parameters) that returns a `Behaviour`."""
    return _registering(name, BEHAVE, parameters, DIALECTS)


def _registering(
    name: str, seam: str, parameters: Mapping[str, Parameter], dialects: tuple[str, ...]
) -> Callable[[F], F]:
    def register(act: F) -> F:
        if name in _kinds:
            raise ValueError(f"fault {name} is declared twice")
        _kinds[name] = Kind(name, seam, act, MappingProxyType(dict(parameters)), dialects)
        return act

    return register
