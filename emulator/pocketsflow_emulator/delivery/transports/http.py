"""The transport for receivers with a URL: one POST, one outcome, whatever answers."""

import asyncio
import ssl
from functools import cached_property

from pocketsflow_emulator.delivery.policy import DEADLINE
from pocketsflow_emulator.delivery.transports import (
    Attempt,
    connections,
    failures,
    misbehaviours,
    requests,
)
from pocketsflow_emulator.delivery.transports.answers import Answer
from pocketsflow_emulator.delivery.transports.connections import KEEP_ALIVE, Line, TlsContext
from pocketsflow_emulator.delivery.transports.requests import Origin
from pocketsflow_emulator.delivery.tries import Outcome, of_status

_WRITTEN_AT_ONCE = 64 * 1024  # bytes: a body that is joined to its head, in one packet


class HttpTransport:
    """Sends tries to URLs: kept-alive connections, no redirects, no cookies, no proxies.

    `deadline` is in seconds, from the connection to the end of the response's head; `limit` is
    the number of tries under way at once, more wait for their turn before their deadline begins.
    A transport belongs to the event loop of its first `send` until it is closed.
    """

    def __init__(self, *, deadline: float = DEADLINE, limit: int = 100) -> None:
        self._deadline, self._limit = deadline, limit
        self._within = f"within {deadline:g} s"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lines: set[Line] = set()
        self._idle: dict[Origin, list[Line]] = {}
        self._sweeper: asyncio.TimerHandle | None = None

    async def send(self, attempt: Attempt) -> Outcome:
        """POST the try once and return what came of it; nothing a receiver does raises.

        The head of the response decides, and `duration` ends with it. The body is read until the
        deadline and up to `KEPT_RESPONSE`; `truncated` says that it had more or broke off.
        Raises `EnvironmentFailure` when this machine has no sockets left, and `ValueError` for a
        header that cannot be sent.
        """
        loop = self._loop or self._open()
        async with self._slots:
            begun = loop.time()
            try:
                target = requests.target(attempt.url)
            except ValueError as error:
                kind, detail = failures.unusable(error)
                return Outcome(kind, detail=detail)
            head = requests.head(target, attempt.headers, len(attempt.body))
            try:
                line = await self._line(target.origin, attempt, begun + self._deadline)
            except failures.NoConnection as none:
                return Outcome(none.kind, duration=loop.time() - begun, detail=none.detail)
            try:
                await self._exchange(line, head, attempt, begun + self._deadline)
                return self._outcome(line, target.origin, begun)
            finally:
                self._put_away(line, target.origin)

    async def close(self) -> None:
        """Close every connection; a later `send` opens new ones."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        lines, self._sweeper, self._loop = self._lines.copy(), None, None
        self._idle.clear()
        for line in lines:
            line.drop()
        if lines:
            await asyncio.wait([line.gone for line in lines])

    def _open(self) -> asyncio.AbstractEventLoop:
        self._slots = asyncio.Semaphore(self._limit)
        self._lines, self._idle, self._sweeper = set(), {}, None
        self._loop = asyncio.get_running_loop()
        return self._loop

    @cached_property
    def _tls(self) -> TlsContext:
        return TlsContext(ssl.PROTOCOL_TLS_CLIENT)

    async def _line(self, origin: Origin, attempt: Attempt, until: float) -> Line:
        """Return an idle connection that is still good, or a new one."""
        if attempt.behaviour is None:
            idle = self._idle.get(origin)
            while idle:
                line = idle.pop()
                good = False
                try:
                    good = await line.is_good()
                finally:
                    if not good:
                        line.drop()
                if good:
                    return line
        context = self._tls if origin.tls else None
        line = await connections.connect(origin, context, until, self._within)
        self._lines.add(line)
        line.gone.add_done_callback(lambda _: self._lines.discard(line))
        return line

    async def _exchange(self, line: Line, head: bytes, attempt: Attempt, until: float) -> None:
        waiting = line.listen(until)
        body = attempt.body
        if attempt.behaviour is not None:
            await misbehaviours.send(line, head, body, attempt.behaviour, waiting)
        elif len(body) <= _WRITTEN_AT_ONCE:
            line.write(head + body)
        else:
            line.write(head)
            line.write(body)
        await waiting

    def _outcome(self, line: Line, origin: Origin, begun: float) -> Outcome:
        answer = line.answer
        if answer.status:
            cut = answer.cut
            if not answer.over:
                cut = f"the body was not complete {self._within}"
            return _answered(answer, cut, line.answered_at - begun)
        where = "before any answer" if origin.tls else "before any answer; is this an https port?"
        if line.reused:
            where = "just when it was used again; the receiver may not have seen the request"
        late = self._within if line.late else ""
        kind, detail = failures.unanswered(answer, line.lost, late, where)
        if line.broken_off:
            kind, detail = "reset", line.broken_off
        return Outcome(kind, duration=line.ended_at - begun, detail=detail)

    def _put_away(self, line: Line, origin: Origin) -> None:
        """Keep a connection for another try, or close it."""
        if line.rest():
            self._idle.setdefault(origin, []).append(line)
            if self._sweeper is None and self._loop is not None:
                self._sweeper = self._loop.call_later(KEEP_ALIVE, self._sweep)

    def _sweep(self) -> None:
        """Close what has been idle for too long."""
        self._sweeper = None
        for origin, lines in list(self._idle.items()):
            for line in lines:
                if line.stale:
                    line.drop()
            self._idle[origin] = [line for line in lines if not line.stale]
            if not self._idle[origin]:
                del self._idle[origin]
        if self._idle and self._loop is not None:
            self._sweeper = self._loop.call_later(KEEP_ALIVE, self._sweep)


def _answered(answer: Answer, cut: str, duration: float) -> Outcome:
    """Return the outcome of a response whose head is complete."""
    status = answer.status
    kind, detail = of_status(status), cut
    if kind == "redirected":
        location = next(iter(answer.header("location")), "")
        detail = (
            f"{status} to {failures.shown(location)}"
            if location
            else f"{status} without a Location"
        )
    elif kind == "rejected":
        detail = f"answered {status} {failures.shown(answer.reason)}".rstrip()
    return Outcome(kind, status, answer.headers, bytes(answer.body), bool(cut), duration, detail)
