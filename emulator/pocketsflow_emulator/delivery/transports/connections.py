"""Connections of the HTTP transport: one request out, one answer in, and perhaps another."""

import asyncio
import os
import select
import socket
import ssl
import struct
from contextlib import suppress
from typing import Any

import aiohappyeyeballs

from pocketsflow_emulator.delivery.transports import failures
from pocketsflow_emulator.delivery.transports.answers import Answer
from pocketsflow_emulator.delivery.transports.requests import Origin

KEEP_ALIVE = 1.0
"""Seconds an idle connection is kept; short, so that receivers rarely close it first."""

_GRACE = 0.002  # seconds
_NEXT_ADDRESS = 0.25  # seconds until another address of the same host is tried beside the first
_LAST_WORDS = 64 * 1024
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time


class _Secured(ssl.SSLObject):
    """TLS that can end its own side alone, which asyncio has no words for."""

    outgoing: ssl.MemoryBIO

    def farewell(self) -> bytes:
        """Return the bytes that tell the other side that no more will come from this one."""
        with suppress(ssl.SSLWantReadError):  # it waits for the farewell of the other side
            self.unwrap()
        return self.outgoing.read()


class TlsContext(ssl.SSLContext):
    """Trusts what this machine trusts, and speaks HTTP/1.1."""

    sslobject_class = _Secured

    def __init__(self, _protocol: int = ssl.PROTOCOL_TLS_CLIENT) -> None:
        self.load_default_certs()
        self.set_alpn_protocols(["http/1.1"])

    def wrap_bio(
        self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **kwargs: Any
    ) -> ssl.SSLObject:
        """Return the TLS of a connection; it remembers where its bytes go."""
        secured = super().wrap_bio(incoming, outgoing, *args, **kwargs)
        if isinstance(secured, _Secured):
            secured.outgoing = outgoing
        return secured


class Line(asyncio.Protocol):
    """A connection. `answer` is that to the last request, `answered_at` the instant (s, of the
    loop) at which its head was complete, `ended_at` that at which the wait for it was over, `late`
    whether its deadline has passed, `lost` why the connection ended, where that was not in good
    order, `broken_off` why this side has ended it.
    """

    _transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._until = self._idle_since = 0.0
        self.answer = Answer()
        self.answered_at = self.ended_at = 0.0
        self.late = self.reused = False
        self.broken_off = ""
        self.lost: Exception | None = None
        self.gone: asyncio.Future[None] = loop.create_future()

    # ---- a request -----------------------------------------------------------------------------

    def listen(self, until: float) -> asyncio.Future[None]:
        """Begin to wait for an answer, until this instant of the loop at most. The future is done
        when the answer is over, when the time is, or when the connection is lost.
        """
        self.answer, self.answered_at, self.late = Answer(), 0.0, False
        self._until = until
        if self._timer is None:
            self._timer = self._loop.call_at(until, self._expire)
        self._waiting = waiting = self._loop.create_future()
        return waiting

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self._transport.write(data)

    async def sent(self, waiting: asyncio.Future[None]) -> None:
        """Wait until this side has no more bytes to send, or nothing is waited for any more."""
        while self._transport.get_write_buffer_size() and not waiting.done():
            await asyncio.wait([waiting], timeout=_GRACE)

    def finish_writing(self) -> None:
        """End this side of the connection, and of the TLS in it; leave the other one open."""
        reached = self._transport.get_extra_info("socket")
        secured = self._transport.get_extra_info("ssl_object")
        with suppress(OSError):
            if isinstance(secured, _Secured):
                os.write(reached.fileno(), secured.farewell())
            reached.shutdown(socket.SHUT_WR)

    def break_off(self, why: str) -> None:
        """Break the connection off, so that the other side sees a reset."""
        self.broken_off = why
        with suppress(OSError):
            option = socket.SOL_SOCKET, socket.SO_LINGER, _RESET
            self._transport.get_extra_info("socket").setsockopt(*option)
        self.drop()

    def drop(self) -> None:
        """Close the connection at once, also when bytes wait to be written."""
        self._transport.abort()

    def rest(self) -> bool:
        """Wait for another request; say whether this connection is good for one."""
        if not self.answer.over or not self.answer.keeps or self._transport.is_closing():
            self.drop()
            return False
        self._waiting, self._idle_since = None, self._loop.time()
        return True

    @property
    def stale(self) -> bool:
        """Whether it has been idle for too long."""
        return self._loop.time() - self._idle_since >= KEEP_ALIVE

    async def is_good(self) -> bool:
        """Say whether another request can be sent on an idle connection.

        A receiver that closes without notice does so right after its first answer: that moment
        is waited for once, lest the next request run into it.
        """
        if not self.reused:
            self.reused = True
            await asyncio.sleep(_GRACE)
        return not (self._transport.is_closing() or self.stale or self._has_something_to_say())

    def _has_something_to_say(self) -> bool:
        """Nearly always: that it is over."""
        descriptor = self._transport.get_extra_info("socket").fileno()
        if not hasattr(select, "poll"):
            return bool(select.select([descriptor], [], [], 0)[0])
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))

    # ---- what the loop says --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin: the connection stands."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  (it is a stream)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take in a part of the answer; what nobody asked for ends the connection."""
        answer = self.answer
        if self._waiting is None or answer.over:
            self.drop()
            return
        answer.feed(data)
        if answer.status and not self.answered_at:
            self.answered_at = self._loop.time()
        if answer.over:
            self._settle()

    def eof_received(self) -> None:
        """Take in the end of the answer, in good order."""
        self.answer.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take in that the connection is over."""
        self.lost = exc
        if isinstance(exc, BrokenPipeError | ConnectionResetError) and not self.answer.over:
            self._hear_out()
        self.answer.break_off()
        if self._timer is not None:
            self._timer.cancel()
        self._settle()
        self.gone.set_result(None)

    def _hear_out(self) -> None:
        """Read what came before a write failed: a refusal of a body that is too long."""
        if self._waiting is None or self._transport.get_extra_info("ssl_object") is not None:
            return
        with suppress(OSError):
            descriptor = self._transport.get_extra_info("socket").fileno()
            while not self.answer.over and (data := os.read(descriptor, _LAST_WORDS)):
                self.data_received(data)

    def _expire(self) -> None:
        self._timer = None
        if self._waiting is None or self._waiting.done():
            return
        if self._loop.time() < self._until:
            self._timer = self._loop.call_at(self._until, self._expire)
        else:
            self.late = True
            self._settle()

    def _settle(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self.ended_at = self._loop.time()
            self._waiting.set_result(None)


async def connect(
    origin: Origin, context: ssl.SSLContext | None, until: float, within: str
) -> Line:
    """Return a new connection, within TLS where a context is given. Raises `NoConnection` where
    there is none by this instant of the loop, in words `within 5 s`, and `EnvironmentFailure`
    where this machine has no sockets left.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout_at(until):
            reached = await aiohappyeyeballs.start_connection(
                await _addresses(origin), happy_eyeballs_delay=_NEXT_ADDRESS, interleave=1
            )
    except OSError as error:
        raise failures.unreached(error, origin.host, within) from error
    try:
        async with asyncio.timeout_at(until):
            _, line = await loop.create_connection(
                lambda: Line(loop),
                sock=reached,
                ssl=context,
                server_hostname=origin.host if context else None,
            )
    except OSError as error:
        raise failures.unsecured(error, within) from error
    return line


async def _addresses(origin: Origin) -> list[aiohappyeyeballs.AddrInfoType]:
    """Return where a host may be found; an IP address needs no looking up."""
    if origin.literal and "%" not in origin.host:
        family = socket.AF_INET6 if ":" in origin.host else socket.AF_INET
        return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (origin.host, origin.port))]
    loop = asyncio.get_running_loop()
    return [*await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)]
