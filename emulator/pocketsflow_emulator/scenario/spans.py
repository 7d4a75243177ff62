"""Spans of an advance as people write them: `3 days`."""

import re

from pocketsflow_emulator.errors import InvalidInput, quoted

SPAN = "span"
"""The argument of an advance whose span is known when it runs."""

_SPAN = re.compile(r"([0-9]{1,12})\s*(second|minute|hour|day|week|month|year)s?")


def read(text: object) -> dict[str, int]:
    """Return the argument of `advance` that a span means; raises `InvalidInput`."""
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise InvalidInput(
            f"advance takes a span like '3 days', or to, until, days ...; this is {quoted(text)}"
        )
    return {f"{found[2]}s": int(found[1])}
