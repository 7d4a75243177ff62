"""Why a try got no answer: what aiohttp and the system raise -> kind of outcome and detail."""

import errno
import os
import ssl

import aiohttp

from pocketsflow_emulator.delivery.transports.connections import Line
from pocketsflow_emulator.errors import EnvironmentFailure

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ETIMEDOUT})
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def unconnected(error: Exception, handshake: bool, deadline: float) -> tuple[str, str]:
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
        return kind, _errno_text(number) if number else shown(str(error))
    kind = "refused" if "port" in str(error.__cause__).lower() else "dns"
    return kind, f"unusable address: {shown(str(error.__cause__ or error))}"


def _no_tls(error: Exception, deadline: float) -> str:
    """Return why a TLS handshake failed; an alert came from TLS, all else may be plain http."""
    cause = getattr(error, "os_error", None)
    what = "the connection was closed during the handshake"
    if isinstance(error, TimeoutError):
        what = f"no handshake within {deadline:g} s"
    elif isinstance(cause, ssl.SSLError):
        what = (cause.reason or str(cause)).lower().replace("_", " ")
    return what if "alert" in what else f"{what}; is this a plain http port?"


def unanswered(error: Exception, line: Line, tls: bool, deadline: float) -> tuple[str, str]:
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
        return "bad_response", shown(told)
    return "not_http", strange(first)


def strange(first: bytes) -> str:
    """Return what the beginning of an answer looks like that is not HTTP."""
    if first.startswith((b"\x15\x03", b"\x16\x03")):
        return "the answer is TLS; is this an https port?"
    return f"the answer begins with {shown(repr(first)[1:])}"


def _errno_text(number: int) -> str:
    return f"{os.strerror(number)} (errno {number})"


def shown(text: str) -> str:
    """Return foreign text fit for one line: printable and short."""
    printable = "".join(c if c.isprintable() else "�" for c in text)
    return printable if len(printable) <= 200 else printable[:199] + "…"
