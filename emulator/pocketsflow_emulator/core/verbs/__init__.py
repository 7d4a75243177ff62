"""The verbs: what somebody can do to a world. One module per kind of object."""

from pocketsflow_emulator.core.verbs import (  # noqa: F401  (importing registers)
    account,
    catalog,
    checkout,
    customers,
    discounts,
    orders,
    payments,
    plans,
    subscriptions,
    upsells,
    webhooks,
)
from pocketsflow_emulator.core.verbs.registry import VERBS, Verb, apply, named

__all__ = ["VERBS", "Verb", "apply", "named"]
