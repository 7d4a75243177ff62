"""Somebody sends what he has captured earlier."""

from collections.abc import Iterator
from itertools import islice

from pocketsflow_emulator.core import events
from pocketsflow_emulator.delivery.faults.kind import Hit, plans, span, text, whole
from pocketsflow_emulator.delivery.tries import DROPPED, Delivery
from pocketsflow_emulator.delivery.trouble import Later, Plan


@plans("replay", of=text("*"), back=whole(1, 1, 10_000), after=span("0s"))
def replay(plan: Plan, hit: Hit, *, of: str, back: int, after: int) -> Plan | None:
    """An earlier delivery to the same webhook comes again byte for byte, signature and all: the
    one `back` places before, of the events `of`. An old state must not come back.
    """
    found = next(islice(_captured(hit, of), back - 1, None), None)
    if found is None:
        return None
    again = Later("replay", after, found, found.own[0].signature)
    return plan._replace(again=(*plan.again, again))


def _captured(hit: Hit, of: str) -> Iterator[Delivery]:
    """Yield what could have been captured: the earlier deliveries that have left."""
    wanted = events.matching(of)
    return (
        earlier
        for earlier in hit.before()
        if earlier.tried and earlier.state != DROPPED and earlier.fact.event in wanted
    )
