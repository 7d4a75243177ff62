"""A request as it goes over the wire: where it goes, and its bytes."""

import ipaddress
import re
from base64 import b64encode
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from pocketsflow_emulator.delivery.transports import CLIENT_HEADERS
from pocketsflow_emulator.delivery.tries import Headers

_OWN = frozenset(("host", "user-agent", "accept", "authorization"))
_UNSENDABLE = re.compile(r"[^!-~]")


class Origin(NamedTuple):
    """What a connection is made to; `literal` where the host is an IP address."""

    tls: bool
    host: str
    port: int
    literal: bool


class Target(NamedTuple):
    """A URL taken apart: whom to connect to, the request line, and the headers that it gives."""

    origin: Origin
    line: str
    own: Headers
    plain: str
    """The request line and all those headers, as they nearly always are."""


@lru_cache(maxsize=1024)
def target(url: str) -> Target:
    """Take a URL apart. Raises `ValueError` for one that nothing can be sent to."""
    parts = urlsplit(url)
    tls, name = parts.scheme == "https", parts.hostname or ""
    if parts.scheme not in ("http", "https") or not name or name.isdigit():
        raise ValueError("neither http://host nor https://host")
    host = name.encode("idna").decode("ascii")
    if _UNSENDABLE.search(host):
        raise ValueError("the name of the host has characters that no name has")
    usual = 443 if tls else 80
    port = usual if parts.port is None else parts.port
    shown = f"[{host}]" if ":" in host else host
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    line = f"POST {_UNSENDABLE.sub(lambda found: quote(found[0]), path)} HTTP/1.1"
    own = [
        ("Host", shown if port == usual else f"{shown}:{port}"),
        *CLIENT_HEADERS,
    ]
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        own.append(("Authorization", f"Basic {b64encode(user.encode()).decode()}"))
    origin = Origin(tls, host, port, _is_literal(host))
    return Target(origin, line, tuple(own), _lines(line, own))


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _lines(first: str, headers: Headers | list[tuple[str, str]]) -> str:
    return "".join((first, "\r\n", *(f"{name}: {value}\r\n" for name, value in headers)))


def head(where: Target, headers: Headers, length: int) -> bytes:
    """Return the head of a POST, with a body of so many bytes.

    The headers of the try go out as they are, after those that the URL gives; one of the same name
    takes the place of ours. Raises `ValueError` for a header that cannot be sent.
    """
    given = [name.lower() for name, _ in headers]
    own = where.plain
    if not _OWN.isdisjoint(given):
        own = _lines(where.line, [h for h in where.own if h[0].lower() not in given])
    text = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if text.count("\r") != len(headers) or text.count("\n") != len(headers) or "\0" in text:
        raise ValueError(f"a header that cannot be sent: {headers!r}")
    counted = "" if "content-length" in given else f"Content-Length: {length}\r\n"
    return f"{own}{text}{counted}\r\n".encode()
