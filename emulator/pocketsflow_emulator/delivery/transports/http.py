"""The transport for receivers with a URL: one POST on aiohttp, one outcome, whatever answers."""

import asyncio
import errno
import os
import re
import select
import ssl
from contextvars import ContextVar
from functools import cached_property
from io import BytesIO
from time import monotonic
from typing import TYPE_CHECKING, Any

import aiohttp

from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE, Headers, Outcome, Try, of_status
from pocketsflow_emulator.errors import EnvironmentFailure

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

USER_AGENT = "pocketsflow-emulator"

KEEP_ALIVE = 1.0
"""Seconds an idle connection is kept; short, so that receivers rarely close it first."""

LONGEST_LINE = 16 * 1024
"""Longest header line that is accepted, in bytes: what Node takes for a whole head."""

_GRACE = 0.002  # seconds
_WRITTEN_AT_ONCE = 1024 * 1024  # aiohttp warns about larger bodies that are not streams
_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ETIMEDOUT})
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9]{2}\b")


class HttpTransport:
    """Sends tries to URLs: kept-alive connections, no redirects, no cookies, no proxies.

    `deadline` is in seconds, from the connection to the end of the response's head; `limit` is
    the number of tries under way at once, more wait for their turn before their deadline begins.
    A transport belongs to the event loop of its first `send` until it is closed.
    """

    def __init__(self, *, deadline: float = 5.0, limit: int = 100) -> None:
        self._deadline, self._limit = deadline, limit
        self._session: aiohttp.ClientSession | None = None

    async def send(self, attempt: Try) -> Outcome:
        """POST the try once and return what came of it; nothing a receiver does raises.

        The head of the response decides, and `duration` ends with it. The body is read until the
        deadline and up to `KEPT_RESPONSE`; `truncated` says that it had more or broke off.
        Raises EnvironmentFailure when this machine has no sockets left.
        """
        session = self._session or self._open()
        async with self._slots:
            _journey.set(journey := _Journey())
            begun = monotonic()
            try:
                return await self._post(session, attempt, journey)
            except (aiohttp.ClientError, OSError, UnicodeError) as error:
                kind, detail = await self._explain(error, journey)
                return Outcome(kind, duration=monotonic() - begun, detail=detail)
            finally:
                if journey.line is not None and not journey.complete:
                    journey.line.drop()

    async def close(self) -> None:
        """Close every connection; a later `send` opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        self._slots = asyncio.Semaphore(self._limit)
        self._session = aiohttp.ClientSession(
            connector=_Connector(limit=0, keepalive_timeout=KEEP_ALIVE),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Accept": "*/*"},
            skip_auto_headers=("Accept-Encoding", "Content-Type"),
            # By default aiohttp rounds deadlines of 5 s and more up to a full second.
            timeout=aiohttp.ClientTimeout(self._deadline, ceil_threshold=self._deadline + 1),
            auto_decompress=False,
            read_bufsize=KEPT_RESPONSE,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
        )
        return self._session

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = _TlsContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_default_certs()
        context.set_alpn_protocols(["http/1.1"])
        return context

    async def _post(
        self, session: aiohttp.ClientSession, attempt: Try, journey: "_Journey"
    ) -> Outcome:
        begun = monotonic()
        body, url = attempt.body, attempt.url
        response = await session.post(
            url,
            data=body if len(body) <= _WRITTEN_AT_ONCE else BytesIO(body),
            headers=attempt.headers,
            allow_redirects=False,
            ssl=self._tls if url[:5].lower() == "https" else True,
        )
        duration = monotonic() - begun
        kept, cut = await self._read(response, journey)
        if not journey.first.startswith(b"HTTP/"):  # aiohttp takes RTSP and ICE for HTTP
            return Outcome("not_http", duration=duration, detail=_strange(journey.first))
        return _answer(response, kept, cut, duration)

    async def _read(
        self, response: aiohttp.ClientResponse, journey: "_Journey"
    ) -> tuple[bytes, str]:
        """Return what is kept of the body and, when that is not all of it, why."""
        if journey.line is not None:
            journey.line.watch(response.content)
        kept, cut = bytearray(), ""
        try:
            while chunk := await response.content.read(KEPT_RESPONSE + 1 - len(kept)):
                kept += chunk
            if len(kept) > KEPT_RESPONSE:
                cut = f"only {KEPT_RESPONSE} bytes of the body are kept"
        except TimeoutError:
            cut = f"the body was not complete within {self._deadline:g} s"
        except (aiohttp.ClientError, OSError):
            cut = "the body broke off"
        finally:
            # At the end of a body aiohttp takes the connection back by itself.
            journey.complete = response.connection is None
            if not journey.complete:
                response.close()
        return bytes(kept[:KEPT_RESPONSE]), cut

    async def _explain(self, error: Exception, journey: "_Journey") -> tuple[str, str]:
        if journey.line is None:
            return _unconnected(error, journey.handshake, self._deadline)
        if isinstance(error, UnicodeError):
            raise error  # a header of ours that cannot be sent
        # A write may have failed before the reason of the loss was told.
        await asyncio.sleep(0)
        return _unanswered(error, journey.line, journey.handshake, self._deadline)


def _answer(response: aiohttp.ClientResponse, body: bytes, cut: str, duration: float) -> Outcome:
    """Return the outcome of a response whose head is complete."""
    status = response.status
    kind = of_status(status)
    headers: Headers = tuple(
        (name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
        for name, value in response.raw_headers
    )
    detail = cut
    if kind == "redirected":
        location = response.headers.get("Location")
        detail = f"{status} to {_shown(location)}" if location else f"{status} without a Location"
    elif kind == "rejected":
        detail = f"answered {status} {_shown(response.reason or '')}".rstrip()
    return Outcome(kind, status, headers, body, bool(cut), duration, detail)


def _unconnected(error: Exception, handshake: bool, deadline: float) -> tuple[str, str]:
    """Return kind and detail of a try that got no connection."""
    number = getattr(error, "errno", None)
    if number in _EXHAUSTED:
        message = f"cannot open a connection: {os.strerror(number)}; allow more with `ulimit -n`"
        raise EnvironmentFailure(message) from error
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = getattr(error.certificate_error, "verify_message", "")
        return "tls_untrusted", str(reason or error.certificate_error)
    if handshake:
        return "tls_error", _no_tls(error, deadline)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "dns", f"{error.host}: {error.os_error.strerror or error.os_error}"
    if isinstance(error, TimeoutError):
        return "timeout_connect", f"no connection within {deadline:g} s"
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientConnectionResetError):
        return "disconnected", "the connection was closed before the request was sent"
    if isinstance(error, OSError):
        kind = "timeout_connect" if number in _UNREACHABLE else "refused"
        kind = "reset" if number == errno.ECONNRESET else kind
        return kind, _errno_text(number) if number else _shown(str(error))
    kind = "refused" if "port" in str(error.__cause__).lower() else "dns"
    return kind, f"unusable address: {_shown(str(error.__cause__ or error))}"


def _no_tls(error: Exception, deadline: float) -> str:
    """Return why a TLS handshake failed; an alert came from TLS, all else may be plain http."""
    cause = getattr(error, "os_error", None)
    what = "the connection was closed during the handshake"
    if isinstance(error, TimeoutError):
        what = f"no handshake within {deadline:g} s"
    elif isinstance(cause, ssl.SSLError):
        what = (cause.reason or str(cause)).lower().replace("_", " ")
    return what if "alert" in what else f"{what}; is this a plain http port?"


def _unanswered(error: Exception, line: "_Line", tls: bool, deadline: float) -> tuple[str, str]:
    """Return kind and detail of a try that got a connection, but no complete head."""
    if isinstance(error, TimeoutError):
        what = "the head of the answer was not complete" if line.first else "no answer"
        return "timeout_response", f"{what} within {deadline:g} s"
    if isinstance(error, aiohttp.ClientResponseError):
        return _unreadable(error.message, line.first)
    if isinstance(line.lost, ssl.SSLError):
        return "tls_error", (line.lost.reason or str(line.lost)).lower().replace("_", " ")
    where = "before any answer" if tls else "before any answer; is this an https port?"
    if line.first:
        where = "in the middle of the head"
    elif line.reused:
        where = "just when it was used again; the receiver may not have seen the request"
    if line.lost is None or isinstance(line.lost, BrokenPipeError):
        return "disconnected", f"the connection was closed {where}"
    number = getattr(line.lost, "errno", None)
    return "reset", f"{_errno_text(number) if number else line.lost} {where}"


def _unreadable(message: str, first: bytes) -> tuple[str, str]:
    if first.startswith(b"HTTP/"):
        told = " ".join(message.partition(" when reading")[0].strip(" ^\n").split())
        return "bad_response", _shown(told)
    return "not_http", _strange(first)


def _strange(first: bytes) -> str:
    """Return what the beginning of an answer looks like that is not HTTP."""
    if first.startswith((b"\x15\x03", b"\x16\x03")):
        return "the answer is TLS; is this an https port?"
    return f"the answer begins with {_shown(repr(first)[1:])}"


def _errno_text(number: int) -> str:
    return f"{os.strerror(number)} (errno {number})"


def _shown(text: str) -> str:
    """Return foreign text fit for one line: printable and short."""
    printable = "".join(c if c.isprintable() else "�" for c in text)
    return printable if len(printable) <= 200 else printable[:199] + "…"


class _Journey:
    """How far a try came: what the connector knows and `send` needs to name a failure."""

    def __init__(self) -> None:
        self.handshake = False
        self.line: _Line | None = None
        self.complete = False

    @property
    def first(self) -> bytes:
        """The beginning of the answer, up to 64 bytes."""
        return b"" if self.line is None else self.line.first


_journey: ContextVar[_Journey] = ContextVar("journey")


class _TlsContext(ssl.SSLContext):
    """Notes that a handshake began: the port is open, whatever becomes of the TLS."""

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        _journey.get().handshake = True
        return super().wrap_bio(*args, **kwargs)


class _Connector(aiohttp.TCPConnector):
    """Puts a line between each transport and aiohttp, and never hands out a dead connection."""

    async def connect(
        self, req: "ClientRequest", traces: "list[Trace]", timeout: aiohttp.ClientTimeout
    ) -> "Connection":
        while True:
            connection = await super().connect(req, traces, timeout)
            transport, protocol = connection.transport, connection.protocol
            if transport is None or protocol is None:
                return connection
            line = transport.get_protocol()
            if not isinstance(line, _Line):
                line = _Line(protocol, transport)
                transport.set_protocol(line)
            elif not await line.begin_again(connection):
                continue  # nothing was sent on it, so this is no second try
            _journey.get().line = line
            return connection


def _readable(transport: asyncio.Transport) -> bool:
    """Return whether an idle connection has something to say: nearly always that it is over."""
    descriptor = transport.get_extra_info("socket").fileno()
    if not hasattr(select, "poll"):
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


class _Line(asyncio.Protocol):
    """Hands the bytes of one connection to aiohttp, the head of a response by itself.

    aiohttp forgets a good head when what follows it in the same packet is broken (a body after a
    204, a bad chunk), so that the outcome would depend on how packets fall.
    """

    def __init__(self, handler: "ResponseHandler", transport: asyncio.Transport) -> None:
        self._handler, self._transport = handler, transport
        self._gone = False
        self.lost: Exception | None = None
        self.reused = False
        self._begin()

    def _begin(self) -> None:
        self.first = self._head = b""
        self._in_head = True
        self._content: aiohttp.StreamReader | None = None

    async def begin_again(self, connection: "Connection") -> bool:
        """Make ready for another response, or close a connection that is not good for one.

        A receiver that closes without notice does so right after its first answer: that moment
        is waited for once, lest the next request run into it.
        """
        good = False
        try:
            if not self.reused:
                await asyncio.sleep(_GRACE)
                self.reused = True
            good = not (self._transport.is_closing() or _readable(self._transport))
        finally:
            if good:
                self._begin()
            else:
                connection.close()
        return good

    def watch(self, content: aiohttp.StreamReader) -> None:
        """Tell the reader of this body when the connection is lost; aiohttp forgets some."""
        self._content = content
        if self._gone:
            self._break_off()

    def drop(self) -> None:
        """Close the connection at once, also when bytes wait to be written."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Pass data on; what comes after the end of a response ends the connection."""
        if self._in_head:
            self._head_received(data)
        elif self._content is not None and self._content.is_eof():
            self.drop()
        else:
            self._handler.data_received(data)

    def _head_received(self, data: bytes) -> None:
        """Pass data on, cut after every head, until the one of the final response is through."""
        window, passed, begun = self._head + data, len(self._head), 0
        while match := _END_OF_HEAD.search(window, max(begun, passed - 3)):
            self.first = window[begun : begun + 64].lstrip()
            begun = match.end()
            self._handler.data_received(window[passed:begun])
            passed = begun
            if self.first and not _INTERIM.match(self.first):
                self._in_head = False
                break
        else:
            self._head = window[begun:]
            self.first = self._head[:64].lstrip()
        if passed < len(window) and not self._transport.is_closing():
            self._handler.data_received(window[passed:])

    def eof_received(self) -> None:
        self._handler.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass the loss on and keep its reason."""
        self._gone, self.lost = True, exc
        self._handler.connection_lost(exc)
        self._break_off()

    def _break_off(self) -> None:
        content = self._content
        if content is not None and not content.is_eof() and content.exception() is None:
            content.set_exception(aiohttp.ClientPayloadError("the body broke off"))

    def pause_writing(self) -> None:
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        self._handler.resume_writing()
