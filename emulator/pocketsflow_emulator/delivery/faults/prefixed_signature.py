"""The right signature behind a prefix."""

from pocketsflow_emulator.delivery.faults.kind import About, bends, text
from pocketsflow_emulator.wire.request import SIGNATURE, Request


@bends("prefixed-signature", prefix=text("sha256="))
def prefixed_signature(request: Request, about: About, *, prefix: str) -> Request:  # noqa: ARG001
    """The signature stands behind a `prefix`, as other platforms write it: to be refused, or
    knowingly taken.
    """
    return request.saying(SIGNATURE, prefix + dict(request.headers).get(SIGNATURE, ""))
