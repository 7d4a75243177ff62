"""An answer of JSON, sent in one piece: head and body are known when it is made, so what aiohttp
finds out for every response (whether to compress it, cut it in chunks, add cookies) is left out."""

from email.utils import formatdate
from functools import lru_cache

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import SERVER_SOFTWARE, HttpVersion, HttpVersion10

from pocketsflow_emulator import wall


class Answer(web.StreamResponse):
    """An answer whose body is `data`; its status must be one that allows a body. `headers` are
    those beside the ones that every answer has.
    """

    def __init__(self, data: bytes, status: int) -> None:
        super().__init__(status=status)
        self._data = data
        self._sent = self._stays = False

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open when it has been sent."""
        return self._stays

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send all of it, once. Raises `ConnectionResetError` where the caller has left."""
        if self._sent:
            return None
        self._sent, self._stays = True, request.keep_alive
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the caller has left")
        head = self._head(request)
        transport.write(head if request.method == "HEAD" else head + self._data)
        await request.writer.drain()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Leave it as it is: everything has been sent."""

    def _head(self, request: web.BaseRequest) -> bytes:
        begin, end = _frame(wall.second(), request.version, self.status, self.reason, self._stays)
        own = ""
        if self.headers:
            own = "".join([f"{name}: {value}\r\n" for name, value in self.headers.items()])
        return f"{begin}{own}Content-Length: {len(self._data)}\r\n{end}".encode()


@lru_cache(maxsize=32)
def _frame(
    second: int, version: HttpVersion, status: int, reason: str, stays: bool
) -> tuple[str, str]:
    """Return the begin and the end of a head, which are the same for many answers of a second."""
    connection = ""
    if stays and version == HttpVersion10:
        connection = "Connection: keep-alive\r\n"
    if not stays and version > HttpVersion10:
        connection = "Connection: close\r\n"
    begin = (
        f"HTTP/{version[0]}.{version[1]} {status} {reason}\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
    )
    date = formatdate(second, usegmt=True)
    return begin, f"Date: {date}\r\nServer: {SERVER_SOFTWARE}\r\n{connection}\r\n"
