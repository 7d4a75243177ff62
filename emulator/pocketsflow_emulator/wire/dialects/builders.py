"""A register of builders: event type -> function of a fact and of how a dialect writes."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.core.facts import Fact

Body = dict[str, Any]
S = TypeVar("S")


class Builders(Generic[S]):
    """Refuses a second builder for an event."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self._builders: dict[str, Callable[[Fact, S], Body]] = {}

    def builds(
        self, *events: EventType
    ) -> Callable[[Callable[[Fact, S], Body]], Callable[[Fact, S], Body]]:
        """Register the decorated function for these events."""

        def register(builder: Callable[[Fact, S], Body]) -> Callable[[Fact, S], Body]:
            for event in events:
                if event.key in self._builders:
                    raise ValueError(f"{self.dialect} has two builders for {event.key}")
                self._builders[event.key] = builder
            return builder

        return register

    def __iter__(self) -> Iterator[str]:
        """Yield the keys of the events that have a builder."""
        return iter(self._builders)

    def build(self, fact: Fact, style: S) -> Body | None:
        """Return what the fact looks like, or None where there is no builder."""
        builder = self._builders.get(fact.event.key)
        return None if builder is None else builder(fact, style)
