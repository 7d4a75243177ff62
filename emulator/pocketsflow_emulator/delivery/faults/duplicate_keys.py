"""A key that stands in the body twice."""

from pocketsflow_emulator.delivery.faults.kind import About, bends
from pocketsflow_emulator.wire.request import Request
from pocketsflow_emulator.wire.stringify import encode


@bends("duplicate-keys")
def duplicate_keys(request: Request, about: About) -> Request:
    """`webhookId` stands in the body a second time with another value, correctly signed: whoever
    reads it twice must read the same.
    """
    second = b'"webhookId":' + encode("webhook_second") + b"}"
    body = request.body.rstrip().removesuffix(b"}") + b"," + second
    return request._replace(body=body).signed(about.secret)
