"""The right signature in the wrong letters."""

from pocketsflow_emulator.delivery.faults.kind import About, bends
from pocketsflow_emulator.wire.request import SIGNATURE, Request


@bends("uppercase-signature")
def uppercase_signature(request: Request, about: About) -> Request:  # noqa: ARG001
    """The hex digits of the signature are upper-case, which Pocketsflow never sends: to be refused,
    or knowingly taken.
    """
    return request.saying(SIGNATURE, dict(request.headers).get(SIGNATURE, "").upper())
