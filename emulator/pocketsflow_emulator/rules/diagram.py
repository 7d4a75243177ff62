"""The lifecycle of a subscription, drawn and listed from the rows that the code obeys."""

from collections.abc import Iterator

from pocketsflow_emulator.core.lifecycle import DUES, EARLIER, NEW, PAUSE, TABLE, Move
from pocketsflow_emulator.core.models import CANCELED


def mermaid() -> str:
    """Return a Mermaid state diagram of every row that leads to another status."""
    edges: dict[tuple[str, str], list[str]] = {}
    for (status, happening), move in TABLE.items():
        for to in _ends(move):
            if to != status:
                edges.setdefault((_state(status), _state(to)), []).append(_what(happening))
    lines = [f"    {a} --> {b}: {' / '.join(labels)}" for (a, b), labels in edges.items()]
    return "\n".join(["stateDiagram-v2", *lines, f"    {CANCELED} --> [*]"])


def rows() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Yield (status, what happens, status after it, names of the events) of every row."""
    for (status, happening), move in TABLE.items():
        yield status, _what(happening), move.to, tuple(event.name for event in move.emits)


def dues() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (status, what may fall due in it) of every status."""
    yield from DUES.items()


def _ends(move: Move) -> list[str]:
    """Return where a row may lead: back to a status in which one can pause, where it says so."""
    if move.to != EARLIER:
        return [move.to]
    return [status for status, happening in TABLE if happening == PAUSE]


def _what(happening: str) -> str:
    """Return a happening without the preposition that its error message needs."""
    return happening.removesuffix(" of")


def _state(status: str) -> str:
    return "[*]" if status == NEW else status
