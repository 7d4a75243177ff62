"""How a body becomes other bytes on its way to a signature check: the usual ways, each by name.

What was signed are the bytes as they were sent. Whoever parses them and writes them anew, or lets
a tool add a line end, has the same JSON and another signature.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pocketsflow_emulator.wire import stringify

LARGEST = 1024 * 1024
"""Bytes; larger bodies are not written anew."""

BOM = b"\xef\xbb\xbf"


class Rewriting(NamedTuple):
    """Other bytes for a body: the name of the way, what these bytes are, and the bytes."""

    name: str
    told: str
    body: bytes


def rewritings(body: bytes, timestamps: tuple[str, ...] = ()) -> Iterator[Rewriting]:
    """Yield what the usual ways make of a body, each result once; `timestamps` are those that it
    may have been signed with. The likeliest come first.
    """
    if len(body) > LARGEST:
        return
    seen = {body}
    for found in (*_ends(body), *_stamped(body, timestamps), *_as_json(body), *_lost(body)):
        if found.body not in seen:
            seen.add(found.body)
            yield found


def looks_rewritten(body: bytes) -> str:
    """Say why a body cannot be the bytes that were sent, or nothing where it can be."""
    try:
        value = json.loads(body)
        compact = stringify.encode(value)
    except (ValueError, TypeError, RecursionError):
        return "the body is not JSON"
    if body != compact:
        return "the body is not written as JSON.stringify writes it"
    if isinstance(value, dict) and len(value) > 2 and list(value) == sorted(value):
        return "the keys of the body are in alphabetical order, as they are never sent"
    return ""


def _ends(body: bytes) -> Iterator[Rewriting]:
    """White space around it, and marks that an editor or a shell leaves."""
    yield Rewriting("white-space", "the body without the white space around it", body.strip())
    yield Rewriting("newline", "the body with a newline after it", body + b"\n")
    yield Rewriting("newline", "the body with a CR LF after it", body + b"\r\n")
    yield Rewriting("bom", "the body without its byte order mark", body.removeprefix(BOM))
    yield Rewriting("bom", "the body with a byte order mark before it", BOM + body)
    unix = body.replace(b"\r\n", b"\n")
    yield Rewriting("line-ends", "the body with LF for CR LF", unix)
    yield Rewriting(
        "line-ends", "the body with LF for CR LF, without white space around it", unix.strip()
    )
    yield Rewriting("line-ends", "the body with CR LF for LF", unix.replace(b"\n", b"\r\n"))


def _stamped(body: bytes, timestamps: tuple[str, ...]) -> Iterator[Rewriting]:
    """With the timestamp mixed in, as other vendors sign."""
    for stamp in timestamps:
        mark = stamp.encode()
        for told, stamped in (
            (f"the body with `{stamp}.` before it, as Stripe signs", mark + b"." + body),
            (f"the body with {stamp} before it", mark + body),
            (f"the body with `.{stamp}` after it", body + b"." + mark),
            (f"the body with {stamp} after it", body + mark),
        ):
            yield Rewriting("timestamp", told, stamped)


def _as_json(body: bytes) -> Iterator[Rewriting]:
    """Parsed, and written anew."""
    try:
        value = json.loads(body.removeprefix(BOM))
        for told, write in _WRITERS.items():
            yield Rewriting("rewritten", told, write(value))
    except (ValueError, TypeError, RecursionError):
        return


def _lost(body: bytes) -> Iterator[Rewriting]:
    """What is left where something else than the body was handed to the check."""
    yield Rewriting("empty", "no bytes at all: the body had been read before", b"")
    yield Rewriting(
        "object", "the text [object Object]: an object was given, not the body", b"[object Object]"
    )
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return
    yield Rewriting("encoding", "the body decoded as Latin-1 and encoded as UTF-8", _twice(body))
    yield Rewriting("encoding", "the body as UTF-16", text.encode("utf-16-le"))
    yield Rewriting("quoted", "the body as a JSON text inside JSON", stringify.encode(text))
    yield Rewriting("quoted", "the body as Python shows bytes, b'...'", repr(body).encode())


def _twice(body: bytes) -> bytes:
    return body.decode("latin-1").encode()


# ---- writers of JSON ---------------------------------------------------------------------------


def _python(**options: Any) -> Callable[[Any], bytes]:
    return lambda value: json.dumps(value, **options).encode(errors="surrogatepass")


def _php(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def _go(value: Any) -> bytes:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    escaped = re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)
    return escaped.encode(errors="surrogatepass")


def _ways(**more: Any) -> Iterator[tuple[str, Callable[[Any], bytes]]]:
    """Yield the forms of Python's `json.dumps`, and of what writes like it, with more options."""
    compact = (",", ":")
    yield "json.dumps(body)", _python(**more)
    yield "json.dumps(body, ensure_ascii=False)", _python(ensure_ascii=False, **more)
    yield "compact, non-ASCII escaped", _python(separators=compact, **more)
    yield "compact", _python(separators=compact, ensure_ascii=False, **more)
    for told, indent in (("2 spaces", 2), ("4 spaces", 4), ("tabs", "\t")):
        yield f"indented by {told}", _python(indent=indent, ensure_ascii=False, **more)
        yield f"indented by {told}, non-ASCII escaped", _python(indent=indent, **more)


_WRITERS: dict[str, Callable[[Any], bytes]] = {
    "what Pocketsflow sends; the body given here was parsed and written anew": stringify.encode,
    **{f"the body parsed and written anew: {told}": write for told, write in _ways()},
    "the body parsed and written anew: json_encode of PHP": _php,
    "the body parsed and written anew: json.Marshal of Go": _go,
    **{
        f"the body parsed and written anew with its keys sorted: {told}": write
        for told, write in _ways(sort_keys=True)
    },
    "the body parsed, as str() shows a dict": lambda value: str(value).encode(
        errors="surrogatepass"
    ),
}
