"""Why a try got no answer: what the system and the connection say -> kind of outcome and detail."""

import errno
import os
import socket
import ssl

from pocketsflow_emulator.delivery.causes import IN_CONTAINER, is_loopback
from pocketsflow_emulator.delivery.transports import surroundings
from pocketsflow_emulator.delivery.transports.answers import Answer
from pocketsflow_emulator.errors import EnvironmentFailure

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ETIMEDOUT})
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class NoConnection(Exception):
    """No connection came about: `kind` of outcome and `detail`."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind, self.detail = kind, detail


def unusable(error: ValueError) -> tuple[str, str]:
    """Return kind and detail for an address that nothing can be sent to."""
    kind = "refused" if "port" in str(error).lower() else "dns"
    return kind, f"unusable address: {shown(str(error))}"


def unreached(error: Exception, host: str, within: str) -> NoConnection:
    """Say why no connection came about `within 5 s`. Raises `EnvironmentFailure` where this
    machine is why.
    """
    number = getattr(error, "errno", None)
    if isinstance(error, socket.gaierror):
        return NoConnection("dns", f"{host}: {error.strerror or error}")
    if number in _EXHAUSTED:
        message = f"cannot open a connection: {os.strerror(number)}; allow more with `ulimit -n`"
        raise EnvironmentFailure(message) from error
    inside = f", {IN_CONTAINER}" if is_loopback(host) and surroundings.in_container() else ""
    if isinstance(error, TimeoutError) and number is None:
        return NoConnection("timeout_connect", f"no connection {within}{inside}")
    kind = "timeout_connect" if number in _UNREACHABLE else "refused"
    what = _errno_text(number) if number else shown(str(error))
    return NoConnection(kind, f"{what}{inside}")


def unsecured(error: OSError, within: str) -> NoConnection:
    """Say why a TLS handshake failed; an alert came from TLS, all else may be plain http."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return NoConnection("tls_untrusted", error.verify_message or str(error))
    what = "the connection was closed during the handshake"
    if isinstance(error, TimeoutError):
        what = f"no handshake {within}"
    elif isinstance(error, ssl.SSLError):
        what = _ssl_text(error)
    return NoConnection(
        "tls_error", what if "alert" in what else f"{what}; is this a plain http port?"
    )


def unanswered(answer: Answer, lost: Exception | None, late: str, where: str) -> tuple[str, str]:
    """Return kind and detail of a try that got a connection, but no complete head.

    `late` is the deadline that has passed (`within 5 s`), or empty; `where` says what it may mean
    that there is no answer at all.
    """
    if answer.over:
        if answer.is_http:
            return "bad_response", shown(answer.refusal)
        return "not_http", strange(answer.begins)
    if late:
        what = "the head of the answer was not complete" if answer.begins else "no answer"
        return "timeout_response", f"{what} {late}"
    if isinstance(lost, ssl.SSLError):
        return "tls_error", _ssl_text(lost)
    where = "in the middle of the head" if answer.begins else where
    if lost is None or isinstance(lost, BrokenPipeError):
        return "disconnected", f"the connection was closed {where}"
    number = getattr(lost, "errno", None)
    return "reset", f"{_errno_text(number) if number else lost} {where}"


def strange(first: bytes) -> str:
    """Return what the beginning of an answer looks like that is not HTTP."""
    if first.startswith((b"\x15\x03", b"\x16\x03")):
        return "the answer is TLS; is this an https port?"
    return f"the answer begins with {shown(repr(first)[1:])}"


def _ssl_text(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).lower().replace("_", " ")


def _errno_text(number: int) -> str:
    return f"{os.strerror(number)} (errno {number})"


def shown(text: str) -> str:
    """Return foreign text fit for one line: printable and short."""
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return printable if len(printable) <= 200 else printable[:199] + "…"
