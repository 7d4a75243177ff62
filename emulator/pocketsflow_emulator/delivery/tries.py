"""Deliveries, their tries, and what came of them: the words that engine and transports share.

These are kept by the hundred thousand, so they hold no more than what cannot be worked out again.
"""

from typing import NamedTuple, Self

from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.wire import request

Headers = tuple[tuple[str, str], ...]
"""Names and values as they go over the wire, in order."""

Kept = tuple[int, int, str, str, "Outcome | None"]
"""A try as a delivery keeps it: number, instant (ms), URL, signature, outcome."""

KEPT_RESPONSE = 64 * 1024
"""How much of a response body is kept, in bytes."""

WAITING = "waiting"
OUT = "out"
SCHEDULED = "scheduled"
SKIPPED = "skipped"


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


class Delivery:
    """One fact for one webhook: the body is fixed, the tries come and go.

    `number` counts from 1 in its world, `webhook` is an id, `event` the name on the wire. `state`
    is waiting, out, scheduled (a retry is due later), skipped (the webhook was gone or inactive
    when its turn came), or the outcome of the last try. `place` is for the outbox.

    Its last try is kept in it, and the `earlier` ones apart: nearly all deliveries have one, and
    an object that knew its delivery would keep it from going when the journal lets it go.
    """

    __slots__ = (
        "abandoned",
        "at",
        "body",
        "dialect",
        "earlier",
        "event",
        "fact",
        "number",
        "place",
        "result",
        "signature",
        "state",
        "tried",
        "url",
        "webhook",
    )

    def __init__(
        self, number: int, fact: Fact, webhook: str, dialect: str, event: str, body: bytes
    ) -> None:
        self.number, self.fact, self.webhook = number, fact, webhook
        self.dialect, self.event, self.body = dialect, event, body
        self.state = WAITING
        self.abandoned = False
        self.place = 0
        self.earlier: tuple[Kept, ...] = ()
        self.tried = 0
        self.at = 0
        self.url = self.signature = ""
        self.result: Outcome | None = None

    extra = False
    """Whether it is none of those that the policy looks after."""

    sealed = ""
    """The signature it must have, where that is not for the webhook to say."""

    def again(self, number: int) -> Self:
        """Return the same delivery under another number, as if it had not been tried."""
        return type(self)(number, self.fact, self.webhook, self.dialect, self.event, self.body)

    def begin(self, at: int, url: str, signature: str) -> "Try":
        """Begin another try; one that comes instead of a cancelled one has the same number."""
        if self.tried:
            self.earlier = self.kept
        if self.result is None or self.result.kind != "cancelled":
            self.tried += 1
        self.at, self.url, self.signature, self.result = at, url, signature, None
        return Try(self, self.tried, at, url, signature, None)

    @property
    def kept(self) -> "tuple[Kept, ...]":
        """The tries, the first one first, as they are kept."""
        if not self.tried:
            return ()
        last = (self.tried, self.at, self.url, self.signature, self.result)
        return (*self.earlier, last)

    def recall(self, kept: "tuple[Kept, ...]") -> None:
        """Have had these tries."""
        if kept:
            self.earlier = kept[:-1]
            self.tried, self.at, self.url, self.signature, self.result = kept[-1]

    @property
    def tries(self) -> "tuple[Try, ...]":
        """The tries, the first one first."""
        return tuple(Try(self, *kept) for kept in self.kept)

    @property
    def counted(self) -> "tuple[Try, ...]":
        """The tries that have come to an end, cancelled ones left out."""
        return tuple(t for t in self.tries if t.outcome and t.outcome.kind != "cancelled")

    @property
    def outcome(self) -> Outcome | None:
        """What came of the last try that came to an end."""
        counted = self.counted
        return counted[-1].outcome if counted else None


class Try(NamedTuple):
    """One attempt to hand a delivery over: where it goes, and everything that is sent.

    Tries count from 1; `at` is the instant (ms), `outcome` None while it is out.
    """

    delivery: Delivery
    number: int
    at: int
    url: str
    signature: str
    outcome: Outcome | None

    @property
    def webhook(self) -> str:
        """The id of the webhook configuration."""
        return self.delivery.webhook

    @property
    def event(self) -> str:
        """The name on the wire."""
        return self.delivery.event

    @property
    def body(self) -> bytes:
        """The exact bytes that are signed and sent."""
        return self.delivery.body

    @property
    def headers(self) -> Headers:
        """The headers that Pocketsflow documents."""
        return request.headers(self.signature, self.delivery.event, self.delivery.fact.stamp)

    def __repr__(self) -> str:
        return f"<try {self.number} of delivery {self.delivery.number}, {self.event}>"


def of_status(status: int) -> str:
    """Return the outcome of a response with this status: 2xx is success.
    # G2 /api-webhooks/overview
    """
    if 200 <= status <= 299:
        return "delivered"
    return "redirected" if 300 <= status <= 399 else "rejected"
