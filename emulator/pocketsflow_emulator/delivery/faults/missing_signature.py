"""No signature at all."""

from pocketsflow_emulator.delivery.faults.kind import About, bends
from pocketsflow_emulator.wire.request import SIGNATURE, Request


@bends("missing-signature")
def missing_signature(request: Request, about: About) -> Request:  # noqa: ARG001
    """The signature's header is not there: the request is to be refused, without a crash."""
    return request.without(SIGNATURE)
