"""The connection breaks off."""

from pocketsflow_emulator.delivery.faults.kind import behaves, whole
from pocketsflow_emulator.delivery.tries import Behaviour


@behaves("connection-reset", size=whole(None, 0, 1_000_000))
def connection_reset(*, size: int | None) -> Behaviour:
    """The connection is reset after `size` bytes of the request (by default in the middle of the
    body): half of one changes nothing.
    """
    return Behaviour("connection-reset", after=size)
