"""A try, and what came of it: the words that the engine and the transports share."""

from typing import NamedTuple

Headers = tuple[tuple[str, str], ...]
"""Names and values as they go over the wire, in order."""

KEPT_RESPONSE = 64 * 1024
"""How much of a response body is kept, in bytes."""


class Try(NamedTuple):
    """One attempt to hand a delivery over: everything a transport needs, and nothing else.

    `delivery` and `number` name it (tries count from 1), `headers` are the ones that Pocketsflow
    documents, `body` the exact bytes that are signed and sent.
    """

    delivery: int
    number: int
    webhook: str
    url: str
    event: str
    headers: Headers
    body: bytes


class Outcome(NamedTuple):
    """What came of a try: exactly one `kind` of `delivery/outcomes.py`.

    `status`, `headers` and `body` are the response's, where there was one (`body` capped,
    `truncated` when it was); `duration` is in seconds; `detail` says more for people; `error` is
    what an in-process receiver raised.
    """

    kind: str
    status: int | None = None
    headers: Headers = ()
    body: bytes = b""
    truncated: bool = False
    duration: float = 0.0
    detail: str = ""
    error: Exception | None = None


def of_status(status: int) -> str:
    """Return the outcome of a response with this status: 2xx is success.
    # G2 /api-webhooks/overview
    """
    if 200 <= status <= 299:
        return "delivered"
    return "redirected" if 300 <= status <= 399 else "rejected"
