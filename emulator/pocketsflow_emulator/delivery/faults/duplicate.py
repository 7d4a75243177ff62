"""The same event comes again."""

from pocketsflow_emulator.delivery.faults.kind import Hit, plans, span, whole
from pocketsflow_emulator.delivery.trouble import Later, Plan


@plans("duplicate", copies=whole(1, 1, 1_000), after=span("0s"))
def duplicate(plan: Plan, hit: Hit, *, copies: int, after: int) -> Plan:  # noqa: ARG001
    """The receiver gets the same bytes `copies` more times, `after` a span: nothing may happen
    twice.
    """
    return plan._replace(again=(*plan.again, *[Later("duplicate", after)] * copies))
