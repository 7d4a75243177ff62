"""Another content type."""

from pocketsflow_emulator.delivery.faults.kind import About, bends, text
from pocketsflow_emulator.wire.request import TYPE, Request


@bends("wrong-content-type", type=text("application/x-www-form-urlencoded"))
def wrong_content_type(request: Request, about: About, *, type: str) -> Request:  # noqa: ARG001
    """The content type is another `type`; a framework that goes by it must still show the
    raw body.
    """
    return request.saying(TYPE, type)
