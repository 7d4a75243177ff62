"""What keeps other people's web pages away from a server on a developer's machine.

Only known hosts (against DNS rebinding), on what changes state without a key no foreign origins
and no form posts, and bodies of bounded size.
"""

import ipaddress
import re
from collections.abc import Callable, Collection
from functools import lru_cache
from urllib.parse import urlsplit

from aiohttp import web

from pocketsflow_emulator.api.bodies import LARGEST_BODY, TOO_LARGE
from pocketsflow_emulator.api.control.ask import PREFIX
from pocketsflow_emulator.api.errors import Refused

JSON, YAML = "application/json", "application/yaml"

_CONTAINER_HOSTS = frozenset(("host.docker.internal", "host.testcontainers.internal"))
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


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


def is_same_origin(request: web.BaseRequest) -> bool:
    """Say whether a request comes from no page at all, or from one of this server's own."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc.lower() == request.host.lower()


Check = Callable[[web.BaseRequest], None]
"""Raises `Refused` for a request that must not pass."""


def checks(method: str, path: str, allowed: Collection[str]) -> Check:
    """Return what looks at requests of a route before it does."""
    hosts = frozenset(allowed)
    further = _nothing if method in _SAFE else _control if path.startswith(PREFIX) else _keyed

    def check(request: web.BaseRequest) -> None:
        if not is_allowed_host(request.headers.get("Host", ""), hosts):
            raise Refused(
                403,
                "FORBIDDEN_HOST",
                f"the host {request.host!r} is not one of this server's; add --allowed-host",
            )
        further(request)

    return check


def _nothing(_request: web.BaseRequest) -> None:
    """Reading is free."""


def _keyed(request: web.BaseRequest) -> None:
    """What needs a key cannot be reached from the page of another; its body is JSON."""
    _check_size(request)
    if request.headers.get("Content-Type") == JSON:  # spares taking it to pieces
        return
    if request.can_read_body and request.content_type != JSON:
        raise Refused(400, "NOT_JSON", "send the header Content-Type: application/json")


def _control(request: web.BaseRequest) -> None:
    """The control API needs no key, so a page that somebody visits must not reach it."""
    _check_size(request)
    if not is_same_origin(request):
        raise Refused(403, "FORBIDDEN_ORIGIN", "requests of other pages are refused")
    if request.content_type not in (JSON, YAML):
        files = request.method == "PUT" or request.path.endswith("/seed")
        also = f", or {YAML} for a file in YAML" if files else ""
        raise Refused(415, "NOT_JSON", f"send the header Content-Type: {JSON}{also}")


def _check_size(request: web.BaseRequest) -> None:
    if (request.content_length or 0) > LARGEST_BODY:
        raise Refused(413, "TOO_LARGE", TOO_LARGE)
