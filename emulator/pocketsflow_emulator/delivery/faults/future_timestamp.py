"""A true event from a clock that is ahead."""

from pocketsflow_emulator.delivery.faults.kind import About, bends, span
from pocketsflow_emulator.delivery.faults.rewriting import stamped
from pocketsflow_emulator.wire.request import Request


@bends("future-timestamp", ahead=span("10m"))
def future_timestamp(request: Request, about: About, *, ahead: int) -> Request:
    """The timestamp, in header and body, is `ahead` of the clock, and correctly signed."""
    return stamped(request, about, about.delivery.fact.stamp + ahead)
