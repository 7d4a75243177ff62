"""A body that is no JSON."""

from pocketsflow_emulator.delivery.faults.kind import About, bends
from pocketsflow_emulator.wire.request import Request


@bends("not-json")
def not_json(request: Request, about: About) -> Request:
    """The body is an HTML page, correctly signed: 400, not a crash."""
    page = b"<!doctype html><title>502 Bad Gateway</title>"
    return request._replace(body=page).signed(about.secret)
