"""The request comes in drops."""

from pocketsflow_emulator.delivery.faults.kind import behaves, span, whole
from pocketsflow_emulator.delivery.tries import Behaviour


@behaves("slow-body", size=whole(64, 1, 1_000_000), pause=span("50ms"))
def slow_body(*, size: int, pause: int) -> Behaviour:
    """The body comes `size` bytes at a time with a `pause` (of real time) between them: a server
    with one thread must not stand still.
    """
    return Behaviour("slow-body", chunk=size, pause=pause / 1000)
