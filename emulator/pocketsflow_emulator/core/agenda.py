"""What is going to happen and when: data, never closures.

A subject has one entry, the next thing that falls due for it; setting it again replaces it. Equal
times come in the order in which they were set.
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import NamedTuple


class Due(NamedTuple):
    """One thing that falls due: at `when` (ms), `kind` of thing, about `subject` (an id)."""

    when: int
    sequence: int
    kind: str
    subject: str


class Agenda:
    """A heap of `Due` entries; entries that were replaced or dropped are passed over when met."""

    __slots__ = ("_heap", "_live", "_sequence")

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._live: dict[str, Due] = {}
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._live)

    def __iter__(self) -> Iterator[Due]:
        """Yield what is due, earliest first."""
        return iter(sorted(self._live.values()))

    def set(self, when: int, kind: str, subject: str) -> None:
        """Let `kind` fall due for `subject` at `when` (ms), instead of what was due for it."""
        due = Due(when, self._sequence, kind, subject)
        self._sequence += 1
        self._live[subject] = due
        heappush(self._heap, due)
        if len(self._heap) > 64 and len(self._heap) > 3 * len(self._live):
            self._heap = list(self._live.values())
            heapify(self._heap)

    def drop(self, subject: str) -> None:
        """Forget what is due for `subject`, if anything."""
        self._live.pop(subject, None)

    def peek(self) -> Due | None:
        """Return the earliest entry without taking it, or None when nothing is due ever."""
        heap, live = self._heap, self._live
        while heap:
            due = heap[0]
            if live.get(due.subject) is due:
                return due
            heappop(heap)
        return None

    def pop(self) -> Due:
        """Take the earliest entry off; call only after `peek` returned it."""
        due = heappop(self._heap)
        del self._live[due.subject]
        return due

    def copy(self) -> "Agenda":
        """Return an independent copy with the same entries and the same next sequence."""
        twin = Agenda()
        twin._heap = list(self._heap)
        twin._live = dict(self._live)
        twin._sequence = self._sequence
        return twin
