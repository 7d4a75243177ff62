"""The signature of another endpoint."""

from pocketsflow_emulator.delivery.faults.kind import About, bends
from pocketsflow_emulator.wire.request import Request


@bends("foreign-webhook")
def foreign_webhook(request: Request, about: About) -> Request:
    """The body is signed with the secret of another webhook: each endpoint must know its own."""
    return request.signed(about.foreign)
