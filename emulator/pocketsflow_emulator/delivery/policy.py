"""How long a try may take, when a delivery is tried again, and when a webhook is given up.

Spans count from the first try, in ms of virtual time.
"""

from collections.abc import Iterable
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from pocketsflow_emulator.core import spans
from pocketsflow_emulator.core.clock import HOUR, MINUTE
from pocketsflow_emulator.errors import InvalidInput, UnknownName, quoted

DEADLINE = 5.0
"""Seconds that a receiver has to answer.
# G2 /api-webhooks/overview, G3 /api-webhooks/events
"""

FINAL = frozenset({"delivered", "dropped"})
"""Outcomes after which nothing is tried again."""

MOST_TRIES = 100
"""How many spans a ladder of one's own may have."""

DISABLE_AFTER = "disable-after"


class Policy(NamedTuple):
    """Tries after the first at these spans, as long as none succeeds. A webhook to which every
    try has failed for `disable_after` ms is made inactive; 0: never.
    """

    name: str
    spans: tuple[int, ...] = ()
    disable_after: int = 0

    def next_try(self, first_at: int, tries: int, outcome: str) -> int | None:
        """Return when (ms) to try again after `tries` tries that ended like this, or None."""
        if outcome in FINAL or tries > len(self.spans):
            return None
        return first_at + self.spans[tries - 1]


DEFAULT = "documented"

POLICIES = MappingProxyType(
    {
        policy.name: policy
        for policy in (
            Policy(DEFAULT),  # G3 /api-webhooks/events: one attempt, no automatic retry
            Policy(  # assumed: GEN says "may retry", without figures
                "retry-ladder",
                (
                    MINUTE,
                    5 * MINUTE,
                    30 * MINUTE,
                    2 * HOUR,
                    8 * HOUR,
                    24 * HOUR,
                    72 * HOUR,
                ),
            ),
        )
    }
)
"""Name -> policy."""


def read(value: object) -> Policy:
    """Return the policy that a text or a list of words means: a name, or the spans of a ladder of
    one's own (`["1m", "5m"]`, `1m,5m`), and perhaps `disable-after=3d`.

    Raises `UnknownName` or `InvalidInput`.
    """
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not words:
        raise InvalidInput(
            f'policy is {quoted(value)}; write a name, or spans like ["1m", "5m"]: {_names()}'
        )
    ladder, disable_after = [], 0
    for word in (word.strip() if isinstance(word, str) else word for word in words):
        if isinstance(word, str) and word.startswith(f"{DISABLE_AFTER}="):
            disable_after = spans.read(DISABLE_AFTER, word.partition("=")[2])
        else:
            ladder.append(word)
    if not ladder and not disable_after:
        raise InvalidInput(
            f"policy {quoted(value)} says nothing; write a name, or spans like 1m,5m"
        )
    known = POLICIES[DEFAULT] if not ladder else _named(ladder) or _ladder(ladder)
    return _with_name(known._replace(disable_after=disable_after))


def _named(words: list[object]) -> Policy | None:
    """Return the policy of the catalogue that is meant. Raises `UnknownName` for a word that is
    neither a name nor a span.
    """
    [first, *more] = words
    if isinstance(first, str) and first in POLICIES and not more:
        return POLICIES[first]
    if isinstance(first, str) and first[:1].isdigit():
        return None
    raise UnknownName("delivery policy", first, POLICIES)


def _ladder(words: Iterable[object]) -> Policy:
    ladder = tuple(spans.read("a span of the policy", word) for word in words)
    if len(ladder) > MOST_TRIES:
        raise InvalidInput(f"this policy has {len(ladder)} spans; at most {MOST_TRIES} are kept")
    if any(later <= earlier for earlier, later in pairwise(ladder)):
        raise InvalidInput("the spans of a policy count from the first try and must rise: 1m,5m,2h")
    return Policy("", ladder)


def _with_name(policy: Policy) -> Policy:
    """Name a policy after what it does, as `read` would take it again."""
    words = [policy.name] if policy.name else [spans.write(span) for span in policy.spans]
    if policy.disable_after:
        words.append(f"{DISABLE_AFTER}={spans.write(policy.disable_after)}")
    return policy._replace(name=",".join(words))


def _names() -> str:
    return ", ".join(POLICIES)
