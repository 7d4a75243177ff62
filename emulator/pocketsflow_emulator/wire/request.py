"""The signed request: the headers that go with a body."""

import json
import re
from typing import Any, NamedTuple, Self

from pocketsflow_emulator.wire.signature import sign

TYPE = "Content-Type"
SIGNATURE = "X-Pocketsflow-Signature"
EVENT = "X-Pocketsflow-Event"
TIMESTAMP = "X-Pocketsflow-Timestamp"

Headers = tuple[tuple[str, str], ...]
"""Names and values as they go over the wire, in order."""

VALUE = re.compile("[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")
"""What the value of a header may be; other characters cannot be sent in one."""


def headers(signature: str, event: str, stamp: int) -> Headers:
    """Return the headers of one delivery. `stamp` is in ms and equals the body's `timestamp`.

    # G2 /api-webhooks/events; milliseconds: G3 /integrations/woocommerce
    """
    return (
        (TYPE, "application/json"),
        (SIGNATURE, signature),
        (EVENT, event),
        (TIMESTAMP, str(stamp)),
    )


class Request(NamedTuple):
    """Headers and body of a request, and how to make another of it."""

    headers: Headers
    body: bytes

    def saying(self, name: str, value: str) -> Self:
        """Return it with another value of a header."""
        changed = tuple((known, value if known == name else old) for known, old in self.headers)
        return self._replace(headers=changed)

    def without(self, name: str) -> Self:
        """Return it without a header."""
        return self._replace(headers=tuple(h for h in self.headers if h[0] != name))

    def signed(self, secret: str) -> Self:
        """Return it with the signature that this secret gives."""
        return self.saying(SIGNATURE, sign(self.body, secret))


class SignedRequest(NamedTuple):
    """What a handler is called with: the same bytes and headers that go over HTTP."""

    event: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the parsed body."""
        return json.loads(self.body)
