"""The transport for receivers with a URL: one POST on aiohttp, one outcome, whatever answers."""

import asyncio
import ssl
from functools import cached_property
from io import BytesIO
from time import monotonic

import aiohttp

from pocketsflow_emulator.delivery.policy import DEADLINE
from pocketsflow_emulator.delivery.transports import CLIENT_HEADERS, Attempt, failures
from pocketsflow_emulator.delivery.transports.connections import (
    Connector,
    Journey,
    TlsContext,
    journeys,
)
from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE, Headers, Outcome, of_status

KEEP_ALIVE = 1.0
"""Seconds an idle connection is kept; short, so that receivers rarely close it first."""

LONGEST_LINE = 16 * 1024
"""Longest header line that is accepted, in bytes: what Node takes for a whole head."""

_WRITTEN_AT_ONCE = 1024 * 1024  # aiohttp warns about larger bodies that are not streams


class HttpTransport:
    """Sends tries to URLs: kept-alive connections, no redirects, no cookies, no proxies.

    `deadline` is in seconds, from the connection to the end of the response's head; `limit` is
    the number of tries under way at once, more wait for their turn before their deadline begins.
    A transport belongs to the event loop of its first `send` until it is closed.
    """

    def __init__(self, *, deadline: float = DEADLINE, limit: int = 100) -> None:
        self._deadline, self._limit = deadline, limit
        self._session: aiohttp.ClientSession | None = None

    async def send(self, attempt: Attempt) -> Outcome:
        """POST the try once and return what came of it; nothing a receiver does raises.

        The head of the response decides, and `duration` ends with it. The body is read until the
        deadline and up to `KEPT_RESPONSE`; `truncated` says that it had more or broke off.
        Raises EnvironmentFailure when this machine has no sockets left.
        """
        session = self._session or self._open()
        async with self._slots:
            journeys.set(journey := Journey())
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
            connector=Connector(limit=0, keepalive_timeout=KEEP_ALIVE),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=CLIENT_HEADERS,
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
        context = TlsContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_default_certs()
        context.set_alpn_protocols(["http/1.1"])
        return context

    async def _post(
        self, session: aiohttp.ClientSession, attempt: Attempt, journey: Journey
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
            return Outcome("not_http", duration=duration, detail=failures.strange(journey.first))
        return _answer(response, kept, cut, duration)

    async def _read(self, response: aiohttp.ClientResponse, journey: Journey) -> tuple[bytes, str]:
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

    async def _explain(self, error: Exception, journey: Journey) -> tuple[str, str]:
        if journey.line is None:
            return failures.unconnected(error, journey.handshake, self._deadline)
        if isinstance(error, UnicodeError):
            raise error  # a header of ours that cannot be sent
        # A write may have failed before the reason of the loss was told.
        await asyncio.sleep(0)
        return failures.unanswered(error, journey.line, journey.handshake, self._deadline)


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
        detail = (
            f"{status} to {failures.shown(location)}"
            if location
            else f"{status} without a Location"
        )
    elif kind == "rejected":
        detail = f"answered {status} {failures.shown(response.reason or '')}".rstrip()
    return Outcome(kind, status, headers, body, bool(cut), duration, detail)
