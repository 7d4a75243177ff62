"""An answer over HTTP/1, as its bytes come in: status, headers and the beginning of the body. Pure.

An answer means the same in one piece and byte by byte. Once its head is complete nothing that
follows can undo it: a body that is broken, or too long, is cut.
"""

import re
from typing import TYPE_CHECKING

from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE, Headers

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_HEAD = 64 * 1024
"""Largest head that is accepted, in bytes: four times what Node takes."""

BROKE_OFF = "the body broke off"

_LONGEST_CHUNK_LINE = 1024
_NOT_BLANK = re.compile(rb"[^\r\n]")
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([^\r\n]*))?")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\r?")
_DIGITS = re.compile(r"[0-9]{1,18}")
_WITHOUT_BODY = frozenset((101, 204, 304))


class Answer:
    """One answer being read.

    `begins` are its first bytes (up to 64); `status` is 0 until the head is complete; `body` is
    capped, and `cut` says why where it is not the whole one. `over`: nothing more is wanted.
    `keeps`: the connection is good for another request. `refusal`: why this is no HTTP that can be
    accepted; empty for what is no HTTP at all.
    """

    __slots__ = (
        *("_at", "_left", "_looked", "_rest", "_step"),
        *("begins", "body", "cut", "headers", "keeps", "over", "reason", "refusal", "status"),
    )

    def __init__(self) -> None:
        self.begins = self._rest = b""
        self.body = bytearray()
        self.status = 0
        self.reason = self.cut = self.refusal = ""
        self.headers: Headers = ()
        self.over = self.keeps = False
        self._at = self._left = self._looked = 0
        self._step: Callable[[Answer], bool] = Answer._head

    def feed(self, data: bytes) -> None:
        """Take in the next bytes."""
        self._rest = self._rest + data if self._rest else data
        while not self.over and self._step(self):
            pass  # a cursor moves on; to cut off what was read would cost the square of its length
        self._rest, self._at = self._rest[self._at :], 0

    def end(self) -> None:
        """Take in that no more bytes will come, in good order."""
        if self._step is Answer._until_the_end:
            self.over = True
        else:
            self.break_off()

    def break_off(self) -> None:
        """Take in that no more bytes will come."""
        if self.status and not self.over:
            self._stop(BROKE_OFF)

    @property
    def is_http(self) -> bool:
        """Whether it begins as HTTP does."""
        return self.begins.startswith(b"HTTP/")

    def header(self, name: str) -> list[str]:
        """Return the values of a header, by its name in lower case."""
        return [value for known, value in self.headers if known.lower() == name]

    def _finish(self) -> None:
        self.over = True
        self.keeps = self.keeps and self.status != 101 and self._at == len(self._rest)

    def _stop(self, cut: str) -> None:
        self.cut, self.over, self.keeps = cut, True, False

    def _refuse(self, why: str) -> bool:
        self.refusal, self.over = why, True
        return False

    # ---- the head ------------------------------------------------------------------------------

    def _head(self) -> bool:
        rest = self._rest
        found = _NOT_BLANK.search(rest, self._at)
        begin = self._at = found.start() if found else len(rest)
        self.begins = rest[begin : begin + 64]
        if not self.is_http:
            self.over = not b"HTTP/".startswith(self.begins)
            return False
        match = _END_OF_HEAD.search(rest, begin + self._looked)
        if (match.end() if match else len(rest)) - begin > LARGEST_HEAD:
            return self._refuse(f"its head has more than {LARGEST_HEAD} bytes")
        if match is None:
            self._looked = max(0, len(rest) - begin - 2)
            return False
        self._at, self._looked = match.end(), 0
        return self._read(rest[begin : match.start()].rstrip(b"\r"))

    def _read(self, head: bytes) -> bool:
        """Read a whole head, of the answer or of an interim one before it."""
        first, *lines = head.split(b"\n")
        known = _STATUS.fullmatch(first.rstrip(b"\r"))
        if known is None:
            return self._refuse(f"its first line is {first[:64]!r}")
        headers: list[tuple[str, str]] = []
        for line in lines:
            name, colon, value = line.partition(b":")
            if not colon or not _NAME.fullmatch(name):
                return self._refuse(f"a line of its head is {line[:64]!r}")
            headers.append((name.decode("ascii"), value.strip().decode("utf-8", "replace")))
        status = int(known[2])
        if status < 200 and status != 101:
            return True
        self.headers = tuple(headers)
        return self._frame(status, known[1] == b"1", (known[3] or b"").decode("utf-8", "replace"))

    def _frame(self, status: int, modern: bool, reason: str) -> bool:
        """Find out where the body ends, and whether the connection goes on after it."""
        lengths = set(self.header("content-length"))
        encoding = "".join(self.header("transfer-encoding")).lower()
        if encoding and lengths:
            return self._refuse("it has a Content-Length and a Transfer-Encoding")
        if len(lengths) > 1 or not all(map(_DIGITS.fullmatch, lengths)):
            return self._refuse(f"its Content-Length is {' and '.join(sorted(lengths))!r}")
        self.status, self.reason = status, reason
        tokens = "".join(self.header("connection")).lower()
        ends = encoding.endswith("chunked") or bool(lengths) or status in _WITHOUT_BODY
        self.keeps = ends and "close" not in tokens and (modern or "keep-alive" in tokens)
        if status in _WITHOUT_BODY:
            self._finish()
        elif encoding.endswith("chunked"):
            self._step = Answer._chunk_size
        elif lengths:
            self._left, self._step = int(lengths.pop()), Answer._counted
        else:
            self._step = Answer._until_the_end
        return True

    # ---- the body ------------------------------------------------------------------------------

    def _keep(self, data: bytes) -> None:
        room = KEPT_RESPONSE - len(self.body)
        self.body += data[:room]
        if len(data) > room:
            self._stop(f"only {KEPT_RESPONSE} bytes of the body are kept")

    def _until_the_end(self) -> bool:
        self._left = len(self._rest) - self._at
        self._piece()
        return False

    def _piece(self) -> bool:
        """Keep what has come of a piece of known length; say whether that is all of it."""
        data = self._rest[self._at : self._at + self._left]
        self._at += len(data)
        self._left -= len(data)
        self._keep(data)
        return not self._left

    def _counted(self) -> bool:
        if self._piece() and not self.over:
            self._finish()
        return False

    def _line(self) -> bytes | None:
        """Return the next line of the framing, or None where it is not there yet."""
        end = self._rest.find(b"\n", self._at)
        line = self._rest[self._at : end if end >= 0 else None]
        if len(line) > _LONGEST_CHUNK_LINE:
            self._stop(BROKE_OFF)
        if end < 0 or self.over:
            return None
        self._at = end + 1
        return line

    def _chunk_size(self) -> bool:
        line = self._line()
        if line is None:
            return False
        known = _CHUNK.fullmatch(line)
        if known is None:
            self._stop(BROKE_OFF)
            return False
        self._left = int(known[1], 16)
        self._step = Answer._chunk if self._left else Answer._trailer
        return True

    def _chunk(self) -> bool:
        if not self._piece():
            return False
        self._step = Answer._end_of_chunk
        return True

    def _end_of_chunk(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if line.strip():
            self._stop(BROKE_OFF)
        self._step = Answer._chunk_size
        return True

    def _trailer(self) -> bool:
        line = self._line()
        if line is not None and not line.strip():
            self._finish()
        return line is not None
