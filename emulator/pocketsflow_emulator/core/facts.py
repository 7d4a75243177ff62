"""Facts: what became true, in order. A fact knows no wire format and no receiver."""

from typing import Any, NamedTuple, TypeVar, overload

from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.core.models import Object
from pocketsflow_emulator.errors import InvariantError

A = TypeVar("A", bound=Object)
B = TypeVar("B", bound=Object)


class Fact(NamedTuple):
    """One event, with the objects as they were at that moment.

    `instant` is when it happened (ms), `stamp` what its `timestamp` says (ms; rises strictly per
    buyer), `buyer` the e-mail whose lane it belongs to (empty: the account), `cause` the verb or
    the due thing that brought it about.
    """

    number: int
    event: EventType
    instant: int
    stamp: int
    buyer: str
    cause: str
    objects: tuple[Object, ...]

    @overload
    def get(self, kind: type[A], /) -> A: ...
    @overload
    def get(self, kind: type[A], other: type[B], /) -> A | B: ...
    def get(self, *kinds: type[Any]) -> Any:
        """Return the object of this class that the fact carries."""
        for item in self.objects:
            if item.__class__ in kinds:
                return item
        names = " or ".join(kind.__name__ for kind in kinds)
        raise InvariantError(f"{self.event.key} carries no {names}")
