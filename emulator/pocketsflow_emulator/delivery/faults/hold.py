"""The event waits until somebody lets it go."""

from pocketsflow_emulator.delivery.faults.kind import Hit, plans
from pocketsflow_emulator.delivery.trouble import Plan


@plans("hold")
def hold(plan: Plan, hit: Hit) -> Plan:  # noqa: ARG001
    """The delivery waits until `release_held`, so that a test chooses what comes before it."""
    return plan._replace(held=True)
