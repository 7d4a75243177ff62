"""What requests carry and what answers carry: JSON with exact numbers, checked by models."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from pocketsflow_emulator.api.answer import Answer
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.wire.stringify import compact

M = TypeVar("M", bound=BaseModel)

LARGEST_BODY = 1024 * 1024
"""Bytes."""

DEEPEST = 64
"""How deep objects and lists may be nested."""

TOO_LARGE = f"the body is larger than {LARGEST_BODY} bytes"

MOST_PROBLEMS = 5
"""How many problems of one request a message names."""


def arrived(request: web.BaseRequest) -> bytes:
    """Take the body where all of it has come in with the head, as is usual; empty otherwise, and
    when it has been taken. Raises `Refused` (413) where it is too large.
    """
    content = request.content
    if not content.is_eof() or content.exception() is not None:
        return b""
    raw = content.read_nowait()
    if len(raw) > LARGEST_BODY:
        raise Refused(413, "TOO_LARGE", TOO_LARGE)
    return raw


async def read(request: web.BaseRequest) -> bytes:
    """Return the body. Raises `Refused` where it does not come in whole (400), or has no end in
    sight (413).
    """
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Refused(413, "TOO_LARGE", TOO_LARGE) from None
    except (web.RequestPayloadError, ConnectionError):
        raise Refused(400, "INVALID_BODY", "the body cannot be read to its end") from None


async def text(request: web.BaseRequest) -> str:
    """Return the body as text. Raises `InvalidInput` where it is not UTF-8."""
    try:
        return (await read(request)).decode()
    except UnicodeDecodeError:
        raise InvalidInput("the body is not UTF-8 text") from None


def loads(raw: bytes) -> dict[str, Any]:
    """Read a JSON object with exact numbers; an empty body is `{}`. Raises `Refused` (400)."""
    try:
        value = _decoded(raw.decode()) if raw else {}
    except (ValueError, RecursionError):
        raise Refused(400, "INVALID_JSON", "the body is not JSON") from None
    if not isinstance(value, dict):
        raise Refused(400, "INVALID_INPUT", "the body must be a JSON object")
    if raw.count(b"{") + raw.count(b"[") > DEEPEST and _is_deep(value):
        raise Refused(400, "INVALID_INPUT", f"the body is nested deeper than {DEEPEST}")
    return value


def _decoded(text: str) -> Any:
    """Read JSON. What begins and ends at once is spared the look for spaces around it."""
    if text[0] == "{":
        value, end = _DECODER.raw_decode(text)
        if end == len(text):
            return value
    return _DECODER.decode(text)


def _is_deep(value: Any) -> bool:
    """Say whether a value is nested deeper than bodies may be; looks level by level."""
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for item in level for inner in _within(item)]
    return bool(level)


def _within(value: Any) -> Iterable[Any]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
    return ()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)


def answer(value: Any, status: int = 200) -> Answer:
    """Return an answer as JSON: compact, in UTF-8, half a character (a lone surrogate) escaped."""
    return Answer(compact(value).encode("utf-8", "backslashreplace"), status)


def read_body(raw: bytes, model: type[M]) -> M:
    """Read a body. Raises `Refused` (400) that names what is wrong with which field."""
    try:
        checked: M = model.__pydantic_validator__.validate_python(loads(raw))
        return checked
    except ValidationError as error:
        raise _refusal(error) from None


def read_query(request: web.BaseRequest, model: type[M]) -> M:
    """Read a query. Raises `Refused` (400) that names what is wrong with which parameter."""
    try:
        return model.model_validate_strings(dict(request.query))
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> Refused:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(map(str, one['loc'])) or 'the body'}: {one['msg']}" for one in found]
    return Refused(400, "INVALID_INPUT", "; ".join(lines[:MOST_PROBLEMS]))
