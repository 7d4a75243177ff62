"""A body of megabytes."""

from pocketsflow_emulator.delivery.faults.kind import About, bends, whole
from pocketsflow_emulator.delivery.faults.rewriting import rewritten
from pocketsflow_emulator.wire.request import Request


@bends("oversize", size=whole(2 * 1024 * 1024, 1, 256 * 1024 * 1024))
def oversize(request: Request, about: About, *, size: int) -> Request:
    """The body has at least `size` bytes, correctly signed: 413, or taken, in bounded memory."""
    missing = max(0, size - len(request.body))
    return rewritten(request, about, lambda body: {**body, "padding": "x" * missing})
