"""What keeps other people's web pages away from a server on a developer's machine.

Only known hosts (against DNS rebinding), on what changes state without a key no foreign origins
and no form posts, and bodies of bounded size.
"""

import ipaddress
import logging
import re
from collections.abc import Awaitable, Callable, Collection
from functools import lru_cache
from urllib.parse import urlsplit

from aiohttp import web

from pocketsflow_emulator.api import errors
from pocketsflow_emulator.api.control.ask import PREFIX

_LOG = logging.getLogger("pocketsflow_emulator")

LARGEST_BODY = 1024 * 1024
"""Bytes."""

JSON, YAML = "application/json", "application/yaml"

_CONTAINER_HOSTS = frozenset(("host.docker.internal", "host.testcontainers.internal"))
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@lru_cache(maxsize=1024)
def is_allowed_host(header: str, allowed: frozenset[str] = frozenset()) -> bool:
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
    hosts = frozenset(allowed)

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = _refusal(request, hosts)
        if refusal is not None:
            return refusal
        try:
            return await handler(request)
        except web.HTTPException as error:
            said = errors.answer(error.status, _code(error), _text(request, error))
            if "Allow" in error.headers:
                said.headers["Allow"] = error.headers["Allow"]
            return said
        except Exception:
            _LOG.exception("a defect of the emulator, please report it")
            return errors.answer(500, "INTERNAL", "a defect of the emulator; its log says more")

    return guard


def _refusal(request: web.Request, allowed: frozenset[str]) -> web.Response | None:
    if not is_allowed_host(request.headers.get("Host", ""), allowed):
        return errors.answer(
            403,
            "FORBIDDEN_HOST",
            f"the host {request.host!r} is not one of this server's; add --allowed-host",
        )
    if request.method in _SAFE or request.match_info.http_exception is not None:
        return None
    if (request.content_length or 0) > LARGEST_BODY:
        return errors.answer(413, "TOO_LARGE", f"the body is larger than {LARGEST_BODY} bytes")
    if request.path.startswith(PREFIX):
        return _control_refusal(request)
    if request.can_read_body and request.content_type != JSON:
        return errors.answer(400, "NOT_JSON", "send the header Content-Type: application/json")
    return None


def _control_refusal(request: web.Request) -> web.Response | None:
    """The control API needs no key, so a page that somebody visits must not reach it."""
    if not is_same_origin(request):
        return errors.answer(403, "FORBIDDEN_ORIGIN", "requests of other pages are refused")
    if request.content_type not in (JSON, YAML):
        return errors.answer(415, "NOT_JSON", "send the header Content-Type: application/json")
    return None


def _code(error: web.HTTPException) -> str:
    if error.status == 413:
        return "TOO_LARGE"
    return (error.reason or "error").upper().replace(" ", "_")


def _text(request: web.Request, error: web.HTTPException) -> str:
    if error.status == 404:
        return f"there is no {request.path}"
    if error.status == 405:
        return f"{request.path} does not take {request.method}"
    if error.status == 413:
        return f"the body is larger than {LARGEST_BODY} bytes"
    return error.text or error.reason
