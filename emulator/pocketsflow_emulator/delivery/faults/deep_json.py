"""A body that is nested without end."""

from pocketsflow_emulator.delivery.faults.kind import About, bends, whole
from pocketsflow_emulator.wire.request import Request


@bends("deep-json", depth=whole(10_000, 1, 1_000_000))
def deep_json(request: Request, about: About, *, depth: int) -> Request:
    """A field is nested `depth` levels deep, correctly signed: parsers that recurse must not fall
    over.
    """
    nested = b'"nested":' + b"[" * depth + b"]" * depth
    body = request.body.rstrip().removesuffix(b"}") + b"," + nested + b"}"
    return request._replace(body=body).signed(about.secret)
