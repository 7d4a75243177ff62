"""How deliveries are made: policies, and faults that are asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from pocketsflow_emulator.verbs.doing import D, Doing, H, N, given


class DeliveryVerbs(Doing[H, D, N]):
    """When deliveries are tried again, and what goes wrong on purpose."""

    def set_policy(self, name: str | Sequence[str]) -> N:
        """Choose when deliveries are tried again: `documented` (never), `retry-ladder`, or spans
        after the first try like `["1m", "5m"]`; `disable-after=3d` gives a webhook up to which
        every try has failed for that long.
        """
        return self._do("set_policy", given(locals()))

    def fault(self, fault: Mapping[str, Any] | str | None = None, **words: Any) -> N:
        """Let deliveries go wrong from now on, seeded and repeatable. The first word is the kind of
        fault with the events it hits, the others its settings and what it aims at:
        `fault(duplicate="invoice.*", copies=2, after="30s", nth=1)`. Also as a mapping, or on one
        line: `fault("wrong-secret=order.completed")`.
        """
        return self._do("fault", words if fault is None else {"fault": fault, **words})

    def clear_faults(self) -> N:
        """Let nothing go wrong from now on; what is delayed or held stays so."""
        return self._do("clear_faults", {})

    def release_held(self) -> N:
        """Send what the fault `hold` holds, in the order of the events."""
        return self._do("release_held", {})
