"""What keeps other people's web pages away from a server on a developer's machine.

Only known hosts (against DNS rebinding), no foreign origins and no form posts on what changes
state, and bodies of bounded size.
"""

import ipaddress
import re
from collections.abc import Awaitable, Callable, Collection
from urllib.parse import urlsplit

from aiohttp import web

from pocketsflow_emulator.api import errors
from pocketsflow_emulator.errors import EmulatorError

LARGEST_BODY = 1024 * 1024
"""Bytes."""

_CONTAINER_HOSTS = frozenset(("host.docker.internal", "host.testcontainers.internal"))
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_allowed_host(header: str, allowed: Collection[str] = ()) -> bool:
    """Say whether a Host header names this machine: an IP address, `localhost` and below, a name
    without dots (a container's), the container hosts, or one of `allowed`.
    """
    try:
        host = (urlsplit(f"//{header}").hostname or "").lower().rstrip(".")
    except ValueError:
        return False
    if host in allowed or host in _CONTAINER_HOSTS or host.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _LABEL.fullmatch(host) is not None
    return True


def is_same_origin(request: web.Request) -> bool:
    """Say whether a request comes from no page at all, or from one of this server's own."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc.lower() == request.host.lower()


def middleware(allowed: Collection[str] = ()) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Return the middleware that refuses what must not pass, and writes errors as JSON."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = _refusal(request, allowed)
        if refusal is not None:
            return refusal
        try:
            return await handler(request)
        except EmulatorError as error:
            return errors.of(error)
        except web.HTTPException as error:
            return errors.answer(error.status, _code(error), _text(request, error))

    return guard


def _refusal(request: web.Request, allowed: Collection[str]) -> web.Response | None:
    if not is_allowed_host(request.headers.get("Host", ""), allowed):
        return errors.answer(
            403,
            "FORBIDDEN_HOST",
            f"the host {request.host!r} is not one of this server's; add --allowed-host",
        )
    if request.method in _SAFE:
        return None
    if not is_same_origin(request):
        return errors.answer(403, "FORBIDDEN_ORIGIN", "requests of other pages are refused")
    if request.content_type != "application/json":
        return errors.answer(415, "NOT_JSON", "send the header Content-Type: application/json")
    if (request.content_length or 0) > LARGEST_BODY:
        return errors.answer(413, "TOO_LARGE", f"the body is larger than {LARGEST_BODY} bytes")
    return None


def _code(error: web.HTTPException) -> str:
    return (error.reason or "error").upper().replace(" ", "_")


def _text(request: web.Request, error: web.HTTPException) -> str:
    if error.status == 404:
        return f"there is no {request.path}"
    if error.status == 405:
        return f"{request.path} does not take {request.method}"
    if error.status == 413:
        return f"the body is larger than {LARGEST_BODY} bytes"
    return error.text or error.reason
