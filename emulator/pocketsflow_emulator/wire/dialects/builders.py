"""The register of one dialect's builders: event type -> function of a fact."""

from collections.abc import Callable, Iterator
from typing import Any

from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.core.facts import Fact

Body = dict[str, Any]
Builder = Callable[[Fact], Body | None]


class Builders:
    """Refuses a second builder for an event."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self._builders: dict[str, Builder] = {}

    def builds(self, *events: EventType) -> Callable[[Builder], Builder]:
        """Register the decorated function for these events."""

        def register(builder: Builder) -> Builder:
            for event in events:
                if event.key in self._builders:
                    raise ValueError(f"{self.dialect} has two builders for {event.key}")
                self._builders[event.key] = builder
            return builder

        return register

    def __iter__(self) -> Iterator[str]:
        """Yield the keys of the events that have a builder."""
        return iter(self._builders)

    def build(self, fact: Fact) -> Body | None:
        """Return what the fact looks like, or None where this dialect does not tell it."""
        builder = self._builders.get(fact.event.key)
        return None if builder is None else builder(fact)
