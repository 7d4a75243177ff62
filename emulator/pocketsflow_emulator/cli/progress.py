"""Progress of long work: one line on a terminal, and nothing anywhere else."""

import sys
from time import monotonic

from pocketsflow_emulator.errors import printable

_PATIENCE = 1.0
"""Seconds before the first line."""
_BETWEEN = 0.1
"""Seconds between two of them."""
_WIDEST = 79


class Progress:
    """Writes over one line of standard error, where that is a terminal and standard output does
    not tell the same there already (`told`).
    """

    def __init__(self, *, told: bool) -> None:
        shown = sys.stdout is not None and sys.stdout.isatty()
        there = sys.stderr is not None and sys.stderr.isatty()
        self._on = there and not (told and shown)
        self._next = monotonic() + _PATIENCE
        self._written = False

    def show(self, text: str) -> None:
        """Say how far it is."""
        if not self._on or monotonic() < self._next:
            return
        self._next = monotonic() + _BETWEEN
        self._written = True
        self._write(f"\r\x1b[2K{printable(text)[:_WIDEST]}")

    def clear(self) -> None:
        """Take the line away."""
        if self._written:
            self._written = False
            self._write("\r\x1b[2K")

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:  # there is nobody to tell
            self._on = False
