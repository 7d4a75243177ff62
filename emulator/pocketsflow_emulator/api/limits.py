"""The imitation of Pocketsflow's rate limit: so many requests a minute and key, then 429.

# G2 /api-reference/introduction: 429 when exceeded, no headers; facts C17: the figures conflict
"""

from time import monotonic

from pocketsflow_emulator.api.errors import Refused

MINUTE = 60.0
MOST_CALLERS = 10_000


class RateLimit:
    """Counts requests by caller, in windows of a minute that begin with a first request."""

    def __init__(self, a_minute: int) -> None:
        self._most = a_minute
        self._windows: dict[str, tuple[float, int]] = {}

    def count(self, caller: str) -> None:
        """Count a request. Raises `Refused` (429) where it is one too many."""
        began, seen = self._windows.get(caller, (0.0, 0))
        now = monotonic()
        if now - began >= MINUTE:
            began, seen = now, 0
        if len(self._windows) >= MOST_CALLERS and caller not in self._windows:
            self._windows.clear()
        self._windows[caller] = (began, seen + 1)
        if seen >= self._most:
            left = MINUTE - (now - began)
            raise Refused(
                429,
                "RATE_LIMITED",
                f"more than {self._most} requests in a minute; wait {left:.0f} s",
            )
