"""Changing what a body says, and signing it again: the request stays authentic."""

import json
from collections.abc import Callable
from typing import Any

from pocketsflow_emulator.delivery.faults.kind import About
from pocketsflow_emulator.wire.request import TIMESTAMP, Request
from pocketsflow_emulator.wire.stringify import encode

ENVELOPE = ("webhookId", "event", "timestamp", "testMode", "livemode")
"""The fields that all events have in common. # G2 /api-webhooks/events"""


def rewritten(
    request: Request, about: About, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> Request:
    """Return the request with a changed body, signed. A body that another fault has made something
    else of stays as it is.
    """
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return request
    if not isinstance(body, dict):
        return request
    return request._replace(body=encode(change(body))).signed(about.secret)


def stamped(request: Request, about: About, stamp: int) -> Request:
    """Return the request with another timestamp (ms) in its header and, where there is one, in its
    body.
    """

    def change(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "timestamp": stamp} if "timestamp" in body else body

    return rewritten(request, about, change).saying(TIMESTAMP, str(stamp))
