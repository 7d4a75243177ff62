"""Where in an application of this process a delivery goes, and the request as it arrives there."""

from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from pocketsflow_emulator.delivery.transports import CLIENT_HEADERS, Attempt
from pocketsflow_emulator.delivery.tries import Headers
from pocketsflow_emulator.errors import InvalidInput, quoted

SCHEMES = {"http": 80, "https": 443}
"""Scheme -> its port."""

_KEPT = "/%:@!$&'()*+,;=-._~"
"""What is written in a path as it is."""


class Destination(NamedTuple):
    """An address without a network: `path` and `query` as they stand in a request line."""

    path: str = "/"
    query: str = ""
    host: str = "testserver"
    scheme: str = "http"

    @classmethod
    def read(cls, path: str, host: str, scheme: str) -> "Destination":
        """Return the destination that somebody wrote; `path` may have a query. Raises
        `InvalidInput` for what would be no request line.
        """
        if not isinstance(path, str) or not path.startswith("/") or "#" in path:
            raise InvalidInput(f"path is {quoted(path)}; write one like '/webhooks'")
        if scheme not in SCHEMES:
            raise InvalidInput(f"scheme is {quoted(scheme)}; write 'http' or 'https'")
        name, _, port = str(host).partition(":")
        if not name or not (port.isdecimal() or host == name) or set(host) & set("/@ \r\n"):
            raise InvalidInput(f"host is {quoted(host)}; write one like 'shop.test:8000'")
        before, _, query = path.partition("?")
        return cls(quote(before, safe=_KEPT), quote(query, safe=_KEPT + "?"), host, scheme)

    @property
    def server(self) -> tuple[str, int]:
        """Name and port of the server."""
        name, _, port = self.host.partition(":")
        return name, int(port or SCHEMES[self.scheme])

    @property
    def target(self) -> str:
        """The path and its query, as they stand in a request line."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def decoded(self) -> bytes:
        """The path, its escapes resolved."""
        return unquote_to_bytes(self.path)

    def headers(self, attempt: Attempt, more: Headers) -> Headers:
        """Return every header of a request, in the order in which they go over TCP; `more` stand
        in for ours of the same name.
        """
        own = {name.lower() for name, _ in more}
        sent = (*CLIENT_HEADERS, *attempt.headers)
        return (
            ("Host", self.host),
            *(header for header in sent if header[0].lower() not in own),
            *more,
            ("Content-Length", str(len(attempt.body))),
        )
