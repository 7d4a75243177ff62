"""Going back, branching off, and single events."""

from collections.abc import Mapping
from typing import Any

from pocketsflow_emulator.verbs.doing import D, Doing, H, N, Thing, given


class HistoryVerbs(Doing[H, D, N]):
    """What is about the world's history rather than about the account."""

    def snapshot(self, name: str = "snapshot") -> N:
        """Remember the world as it stands, under a name; an earlier one of it is replaced."""
        return self._do("snapshot", given(locals()))

    def restore(self, name: str = "snapshot") -> N:
        """Go back to a snapshot: objects, dates, what was waiting. The same ids come again; what
        was sent since stays in the journal, marked, and reads leave it out.
        """
        return self._do("restore", given(locals()))

    def branch(self, seed: int) -> N:
        """Give what is made from now on the ids, secrets and people of another seed, as after a
        `restore` that a receiver with a memory must not notice.
        """
        return self._do("branch", given(locals()))

    def trigger(
        self,
        event: str,
        *,
        overrides: Mapping[str, Any] | None = None,
        unchecked: bool = False,
        webhook: Thing | None = None,
    ) -> D:
        """Send one event, about objects that are in nobody's account, to all webhooks that hear it
        or to one. `overrides` are values by path of the body; they must obey the schema of the
        event, unless `unchecked`. Returns the deliveries.
        """
        return self._do("trigger", given(locals()))
