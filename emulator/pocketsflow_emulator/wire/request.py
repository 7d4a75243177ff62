"""The signed request: the headers that go with a body."""

import json
from typing import Any, NamedTuple

SIGNATURE = "X-Pocketsflow-Signature"
EVENT = "X-Pocketsflow-Event"
TIMESTAMP = "X-Pocketsflow-Timestamp"


def headers(signature: str, event: str, stamp: int) -> tuple[tuple[str, str], ...]:
    """Return the headers of one delivery. `stamp` is in ms and equals the body's `timestamp`.

    # G2 /api-webhooks/events; milliseconds: G3 /integrations/woocommerce
    """
    return (
        ("Content-Type", "application/json"),
        (SIGNATURE, signature),
        (EVENT, event),
        (TIMESTAMP, str(stamp)),
    )


class SignedRequest(NamedTuple):
    """What a handler is called with: the same bytes and headers that go over HTTP."""

    event: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the parsed body."""
        return json.loads(self.body)
