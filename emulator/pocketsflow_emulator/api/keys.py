"""API keys: which world a request speaks to. # G2 /api-reference/introduction, facts section 7"""

import re
from functools import lru_cache
from typing import NamedTuple

from pocketsflow_emulator.api.errors import Refused

TEST, LIVE = "test", "live"
"""The modes, and the names of their default worlds."""

_KEY = re.compile(r"pk_(test|live)_[A-Za-z0-9_-]{1,100}")
WORLD_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,109}$"
"""What names of worlds look like, API keys among them."""


class Key(NamedTuple):
    """A key: its text, and the mode it alone decides."""

    text: str
    mode: str


def parse(text: str) -> Key | None:
    """Return the key that a text is, or None."""
    match = _KEY.fullmatch(text)
    return Key(text, match[1]) if match else None


@lru_cache(maxsize=1024)
def of_header(header: str | None) -> Key:
    """Return the key of an Authorization header. Raises `Refused` (401) where there is none."""
    if not header:
        raise Refused(401, "UNAUTHORIZED", "no API key; send Authorization: Bearer pk_test_...")
    scheme, _, text = header.partition(" ")
    key = parse(text.strip())
    if scheme.lower() != "bearer" or key is None:
        raise Refused(
            401,
            "UNAUTHORIZED",
            "the API key is malformed; send Authorization: Bearer pk_test_... or pk_live_...",
        )
    return key


def world_name(text: str) -> str:
    """Check the name of a world. Raises `Refused` (400) where it is none."""
    if not re.fullmatch(WORLD_NAME, text):
        raise Refused(
            400, "INVALID_INPUT", "X-Pocketsflow-World is no name of a world; send test, or a key"
        )
    return text
