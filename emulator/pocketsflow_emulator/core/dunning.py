"""Dunning: when a failed charge is tried again, and what happens when nothing helped.

No page gives a schedule, so all of these are assumed; the seed's example shows only the first
retry, two days after the failure. # G2 /api-webhooks/events
"""

from types import MappingProxyType
from typing import NamedTuple

from pocketsflow_emulator.core.clock import DAY
from pocketsflow_emulator.errors import UnknownName

CANCEL = "cancel"
PAUSE = "pause"
KEEP = "keep_past_due"


class Dunning(NamedTuple):
    """Retries at `offsets` (ms after the first failure, rising), then `final`."""

    name: str
    offsets: tuple[int, ...]
    final: str

    def next_attempt(self, first_failed_at: int, now: int) -> int | None:
        """Return the first retry (ms) that is still ahead of `now`, or None."""
        for offset in self.offsets:
            if first_failed_at + offset > now:
                return first_failed_at + offset
        return None


def _days(name: str, days: tuple[int, ...], final: str) -> Dunning:
    return Dunning(name, tuple(day * DAY for day in days), final)


DEFAULT = "standard"

POLICIES = MappingProxyType(
    {
        policy.name: policy
        for policy in (
            _days(DEFAULT, (2, 5, 9), CANCEL),
            _days("strict", (), CANCEL),
            _days("patient", (3, 7, 14, 21), CANCEL),
            _days("pausing", (2, 5, 9), PAUSE),
            _days("lenient", (2, 5, 9), KEEP),
        )
    }
)
"""Name -> policy."""


def named(name: object) -> Dunning:
    """Return the policy of this name; raises `UnknownName`."""
    if not isinstance(name, str) or name not in POLICIES:
        raise UnknownName("dunning policy", name, POLICIES)
    return POLICIES[name]
