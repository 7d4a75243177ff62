"""Events overtake each other."""

from pocketsflow_emulator.delivery.faults.kind import Hit, plans, span
from pocketsflow_emulator.delivery.trouble import Plan


@plans("reorder", window=span("1m"))
def reorder(plan: Plan, hit: Hit, *, window: int) -> Plan:
    """Each delivery leaves at a random moment within `window`, so that they come in another order:
    the stamps say which came first.
    """
    return plan._replace(wait=plan.wait + int(hit.draw() * (window + 1)))
