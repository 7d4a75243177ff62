"""The event is lost on the way."""

from pocketsflow_emulator.delivery.faults.kind import Hit, plans
from pocketsflow_emulator.delivery.trouble import Plan


@plans("drop")
def drop(plan: Plan, hit: Hit) -> Plan:  # noqa: ARG001
    """The delivery never leaves and is not tried again: does the application notice by itself?"""
    return plan._replace(dropped=True)
