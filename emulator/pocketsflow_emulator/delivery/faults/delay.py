"""The event is late."""

from pocketsflow_emulator.delivery.faults.kind import Hit, plans, span
from pocketsflow_emulator.delivery.trouble import Plan


@plans("delay", by=span("1h"))
def delay(plan: Plan, hit: Hit, *, by: int) -> Plan:  # noqa: ARG001
    """The delivery leaves `by` a span later, after what has happened since: old news must not
    overwrite new.
    """
    return plan._replace(wait=plan.wait + by)
