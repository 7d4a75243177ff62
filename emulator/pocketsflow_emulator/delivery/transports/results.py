"""What receivers of this process answered, as outcomes."""

from time import monotonic

from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE, Headers, Outcome, of_status
from pocketsflow_emulator.errors import printable


def late(duration: float, what: str = "") -> Outcome:
    """Return the outcome of a receiver that did not answer within its deadline."""
    detail = f"returned after {duration:.1f} s" if not what else f"{what} after {duration:.1f} s"
    return Outcome("timeout_response", duration=duration, detail=detail)


def raised(error: Exception, duration: float) -> Outcome:
    """Return the outcome of a receiver that raised: an answer of 500."""
    return Outcome("rejected", 500, (), b"", False, duration, named(error), error)


def named(error: Exception) -> str:
    """Return an exception in a line."""
    return f"{type(error).__name__}: {error}"


class Response:
    """The answer of an application as it comes in: the head, then what is kept of the body."""

    __slots__ = ("_begun", "_deadline", "body", "cut", "error", "head_after", "headers", "status")

    def __init__(self, deadline: float) -> None:
        self._begun, self._deadline = monotonic(), deadline
        self.status: int | None = None
        self.headers: Headers = ()
        self.body = bytearray()
        self.head_after: float | None = None
        self.cut = ""
        self.error: Exception | None = None

    def send_head(self) -> None:
        """Note that the head is complete: from here on it decides."""
        if self.head_after is None:
            self.head_after = monotonic() - self._begun

    def take(self, chunk: bytes) -> bool:
        """Keep a part of the body; say whether more is wanted."""
        self.body += chunk[: KEPT_RESPONSE + 1 - len(self.body)]
        if len(self.body) > KEPT_RESPONSE:
            self.cut = f"only {KEPT_RESPONSE} bytes of the body are kept"
        elif monotonic() - self._begun > self._deadline:
            self.cut = f"the body was not complete within {self._deadline:g} s"
        return not self.cut

    def break_off(self, error: Exception) -> None:
        """Note what the application raised after its head."""
        self.error = error

    def outcome(self, deadline: float) -> Outcome:
        """Return what came of it."""
        if self.status is None or self.head_after is None:
            return Outcome("bad_response", detail="the application returned without an answer")
        if self.head_after > deadline:
            return late(self.head_after, "answered")
        return Outcome(
            of_status(self.status),
            self.status,
            self.headers,
            bytes(self.body[:KEPT_RESPONSE]),
            bool(self.cut),
            self.head_after,
            self._detail(),
            self.error,
        )

    def _detail(self) -> str:
        if self.cut:
            return self.cut
        if self.error is not None:
            return named(self.error)
        where = [value for name, value in self.headers if name.lower() == "location"]
        if where and of_status(self.status or 0) == "redirected":
            return f"{self.status} to {printable(where[0])}"
        return f"status {self.status}"
