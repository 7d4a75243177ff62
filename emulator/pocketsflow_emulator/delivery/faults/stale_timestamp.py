"""A true event that is old."""

from pocketsflow_emulator.delivery.faults.kind import About, bends, span
from pocketsflow_emulator.delivery.faults.rewriting import stamped
from pocketsflow_emulator.wire.request import Request


@bends("stale-timestamp", age=span("10m"))
def stale_timestamp(request: Request, about: About, *, age: int) -> Request:
    """The timestamp, in header and body, is `age` older, and correctly signed: is freshness
    checked?
    """
    return stamped(request, about, about.delivery.fact.stamp - age)
