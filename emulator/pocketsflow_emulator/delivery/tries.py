"""Deliveries, their tries, and what came of them: the words that engine and transports share.

These are kept by the hundred thousand, so they hold no more than what cannot be worked out again.
"""

from typing import TYPE_CHECKING, NamedTuple, Self

from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.wire import request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pocketsflow_emulator.delivery.trouble import Extra, Trouble

Headers = request.Headers

Kept = tuple[int, int, str, str, "Outcome | None", "Bent | None"]
"""A try as a delivery keeps it: number, instant (ms), URL, signature, outcome, and what faults
made of the request."""

KEPT_RESPONSE = 64 * 1024
"""How much of a response body is kept, in bytes."""

WAITING = "waiting"
OUT = "out"
SCHEDULED = "scheduled"
HELD = "held"
SKIPPED = "skipped"
DROPPED = "dropped"


class Behaviour(NamedTuple):
    """How a request is sent badly; `kind` is one of `BEHAVIOURS` of the HTTP transport.

    slow-body: the body in pieces of `chunk` bytes, `pause` seconds before each. connection-reset:
    broken off `after` so many bytes of the request (None: in the middle of the body), and a
    `pause`. half-close: this side of the connection ends after the request.
    """

    kind: str
    chunk: int = 64
    pause: float = 0.05
    after: int | None = None


class Bent(NamedTuple):
    """A request as faults have made it, and how it is sent."""

    headers: Headers
    body: bytes
    behaviour: Behaviour | None = None


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
    is waiting, out, scheduled (a try is due later), held (by a fault), skipped (the webhook was
    gone or inactive when its turn came), or the outcome of the last try. `place` is for the outbox,
    `trouble` what faults do to it.

    Its last try is kept in it, and the `earlier` ones apart: nearly all deliveries have one, and
    an object that knew its delivery would keep it from going when the journal lets it go.
    """

    extra = ""
    """The fault that an extra try comes from."""

    sealed = ""
    """The signature that an extra try or a replay must have; without one it is signed."""

    counts = True
    """Whether what comes of it is the policy's business."""

    __slots__ = (
        "abandoned",
        "at",
        "bent",
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
        "trouble",
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
        self.bent: Bent | None = None
        self.trouble: Trouble | None = None

    def again(self, number: int) -> Self:
        """Return the same delivery under another number, as if it had not been tried."""
        return type(self)(number, self.fact, self.webhook, self.dialect, self.event, self.body)

    @property
    def subject(self) -> str:
        """What it is about: the same in every run, whatever else is delivered."""
        return f"fact {self.fact.number} to {self.webhook}"

    @property
    def fresh(self) -> bool:
        """Whether no try has come to an end yet."""
        return self.tried == 0 or (self.tried == 1 and self.outcome is None)

    def begin(self, at: int, url: str, signature: str, bent: Bent | None = None) -> "Try":
        """Begin another try; one that comes instead of a cancelled one has the same number."""
        if self.tried:
            self.earlier = self.kept
        if self.result is None or self.result.kind != "cancelled":
            self.tried += 1
        self.at, self.url, self.signature, self.result, self.bent = at, url, signature, None, bent
        return Try(self, self.tried, at, url, signature, None, bent)

    @property
    def kept(self) -> "tuple[Kept, ...]":
        """The tries, the first one first, as they are kept."""
        if not self.tried:
            return ()
        last = (self.tried, self.at, self.url, self.signature, self.result, self.bent)
        return (*self.earlier, last)

    def recall(self, kept: "tuple[Kept, ...]") -> None:
        """Have had these tries."""
        if kept:
            self.earlier = kept[:-1]
            self.tried, self.at, self.url, self.signature, self.result, self.bent = kept[-1]

    @property
    def own(self) -> "tuple[Try, ...]":
        """The tries that are its own, the first one first: without the extra ones of a fault."""
        return tuple(Try(self, *kept) for kept in self.kept)

    @property
    def own_ended(self) -> "tuple[Try, ...]":
        """Its own tries that have come to an end, cancelled ones left out: what a policy counts."""
        return tuple(t for t in self.own if t.outcome and t.outcome.kind != "cancelled")

    @property
    def extras(self) -> "Sequence[Extra]":
        """The deliveries again that faults have asked for."""
        return () if self.trouble is None else self.trouble.again

    @property
    def tries(self) -> "tuple[Try, ...]":
        """All tries, by instant; those of one instant, the extra ones last."""
        own = self.own
        if self.trouble is None:
            return own
        more = [attempt for extra in self.extras for attempt in extra.own]
        return tuple(sorted((*own, *more), key=lambda attempt: attempt.at))

    @property
    def counted(self) -> "tuple[Try, ...]":
        """The tries that have come to an end, cancelled ones left out."""
        return tuple(t for t in self.tries if t.outcome and t.outcome.kind != "cancelled")

    @property
    def outcome(self) -> Outcome | None:
        """What came of the last try of its own that came to an end."""
        result = self.result
        if result is not None and result.kind != "cancelled":
            return result
        ended = self.own_ended
        return ended[-1].outcome if ended else None

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What came of it, and of every extra try."""
        found = (delivery.outcome for delivery in (self, *self.extras))
        return tuple(outcome for outcome in found if outcome is not None)


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
    bent: Bent | None = None

    @property
    def webhook(self) -> str:
        """The id of the webhook configuration."""
        return self.delivery.webhook

    @property
    def event(self) -> str:
        """The name on the wire."""
        if self.bent is not None:
            return dict(self.bent.headers).get(request.EVENT, self.delivery.event)
        return self.delivery.event

    @property
    def body(self) -> bytes:
        """The exact bytes that are sent; signed, unless a fault prevents it."""
        return self.delivery.body if self.bent is None else self.bent.body

    @property
    def headers(self) -> Headers:
        """The headers that Pocketsflow documents, or what faults have made of them."""
        if self.bent is not None:
            return self.bent.headers
        return request.headers(self.signature, self.delivery.event, self.delivery.fact.stamp)

    @property
    def behaviour(self) -> Behaviour | None:
        """How the connection misbehaves, where a fault asked for it."""
        return None if self.bent is None else self.bent.behaviour

    def __repr__(self) -> str:
        return f"<try {self.number} of delivery {self.delivery.number}, {self.event}>"


def of_status(status: int) -> str:
    """Return the outcome of a response with this status: 2xx is success.
    # G2 /api-webhooks/overview
    """
    if 200 <= status <= 299:
        return "delivered"
    return "redirected" if 300 <= status <= 399 else "rejected"
