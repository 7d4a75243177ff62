"""The sender has said all it has to say."""

from pocketsflow_emulator.delivery.faults.kind import behaves
from pocketsflow_emulator.delivery.tries import Behaviour


@behaves("half-close")
def half_close() -> Behaviour:
    """Our side of the connection is closed as soon as the request is sent: the answer must come all
    the same.
    """
    return Behaviour("half-close")
