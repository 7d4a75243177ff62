"""What every room of verbs stands on: the types people write, and the call that applies a verb."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from pocketsflow_emulator.handles import Handle

Amount = str | int | Decimal
Thing = Handle | str
When = datetime | date | str

H = TypeVar("H")
"""What a verb about an object returns: a handle, or an awaitable of one."""
D = TypeVar("D")
"""What `advance` returns: deliveries, or an awaitable of them."""
N = TypeVar("N")
"""What a verb about nothing returns: None, or an awaitable of it."""


class Doing(ABC, Generic[H, D, N]):
    """Does verbs; the rooms beside this one say which."""

    @abstractmethod
    def _do(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        """Apply a verb; arguments that are None were not given."""


def given(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return a method's arguments from its `locals()`."""
    return {name: value for name, value in arguments.items() if name != "self"}
