"""How long a try may take, and when a delivery is tried again.

Spans count from the first try, in ms of virtual time.
"""

from types import MappingProxyType
from typing import NamedTuple

from pocketsflow_emulator.core.clock import HOUR, MINUTE
from pocketsflow_emulator.errors import UnknownName

DEADLINE = 5.0
"""Seconds that a receiver has to answer.
# G2 /api-webhooks/overview, G3 /api-webhooks/events
"""

FINAL = frozenset({"delivered", "dropped"})
"""Outcomes after which nothing is tried again."""


class Policy(NamedTuple):
    """Tries after the first at these spans, as long as none succeeds."""

    name: str
    spans: tuple[int, ...] = ()

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


def named(name: object) -> Policy:
    """Return the policy of this name; raises `UnknownName`."""
    if not isinstance(name, str) or name not in POLICIES:
        raise UnknownName("delivery policy", name, POLICIES)
    return POLICIES[name]
