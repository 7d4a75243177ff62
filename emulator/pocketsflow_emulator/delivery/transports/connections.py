"""Connections of the HTTP transport: aiohttp's own, watched closely enough to name a failure.

The one place that knows more of aiohttp than its documentation promises: `TCPConnector.connect`
and the protocol behind a connection. tests/delivery/test_http_transport.py fails where it changes.
"""

import asyncio
import re
import select
import ssl
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

_GRACE = 0.002  # seconds
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9]{2}\b")


class Journey:
    """How far a try came: what the connector knows and `send` needs to name a failure."""

    def __init__(self) -> None:
        self.handshake = False
        self.line: Line | None = None
        self.complete = False

    @property
    def first(self) -> bytes:
        """The beginning of the answer, up to 64 bytes."""
        return b"" if self.line is None else self.line.first


journeys: ContextVar[Journey] = ContextVar("journeys")


class TlsContext(ssl.SSLContext):
    """Notes that a handshake began: the port is open, whatever becomes of the TLS."""

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """Note that the handshake begins."""
        journeys.get().handshake = True
        return super().wrap_bio(*args, **kwargs)


class Connector(aiohttp.TCPConnector):
    """Puts a line between each transport and aiohttp, and never hands out a dead connection."""

    async def connect(
        self, req: "ClientRequest", traces: "list[Trace]", timeout: aiohttp.ClientTimeout
    ) -> "Connection":
        """Return a living connection, its bytes passing through a `Line`."""
        while True:
            connection = await super().connect(req, traces, timeout)
            transport, protocol = connection.transport, connection.protocol
            if transport is None or protocol is None:
                return connection
            line = transport.get_protocol()
            if not isinstance(line, Line):
                line = Line(protocol, transport)
                transport.set_protocol(line)
            elif not await line.begin_again(connection):
                continue  # nothing was sent on it, so this is no second try
            journeys.get().line = line
            return connection


def _readable(transport: asyncio.Transport) -> bool:
    """Return whether an idle connection has something to say: nearly always that it is over."""
    descriptor = transport.get_extra_info("socket").fileno()
    if not hasattr(select, "poll"):
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


class Line(asyncio.Protocol):
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
        """Pass the end of the stream on."""
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
        """Pass it on: the buffer is full."""
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on: the buffer has room again."""
        self._handler.resume_writing()
