"""Addresses of receivers: the short forms people type, and which hosts are public."""

import ipaddress
import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from pocketsflow_emulator.errors import InvalidInput

_RESERVED = ("localhost", "local", "internal", "lan", "home", "test", "invalid", "example")
"""Last labels of host names that never are in the public DNS."""

INTERNAL = frozenset(("handler:", "wsgi:", "asgi:", "aiohttp:"))
"""Addresses of receivers that are no URL: a function or an application of this process."""

_LIKE_THIS = "write 3000, localhost:3000/webhooks or http://..."

PULL = "pull:"
"""Begins the address of a receiver that asks for its tries; the path it answers may follow."""


def url(text: str) -> str:
    """Return the full URL for what somebody typed: `3000`, `localhost:3000/hooks`, or a URL.

    Raises `InvalidInput` for anything that cannot be posted to.
    """
    typed = text.strip()
    if re.fullmatch(r"\d{1,5}(/.*)?", typed):
        typed = f"http://127.0.0.1:{typed}"
    elif "://" not in typed:
        typed = f"http://{typed}"
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError as error:
        raise InvalidInput(
            f"{masked(text)!r} is not an address: {error}; {_LIKE_THIS}, or give the application"
            " itself"
        ) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise InvalidInput(f"{masked(text)!r} is not an address; {_LIKE_THIS}")
    if re.search(r"[\s\\\x00-\x20]", typed):
        raise InvalidInput(f"{masked(text)!r} contains white space; {_LIKE_THIS}")
    return urlunsplit(parts._replace(path=parts.path or "/", fragment=""))


def receiver(text: str) -> str:
    """Return the address of a webhook: a short form as a full URL, all else as it was written.

    Raises `InvalidInput` for what nothing can be sent to.
    """
    if text in INTERNAL or is_pulled(text):
        return text
    full = url(text)
    return text if "://" in text else full


def is_url(address: str) -> bool:
    """Say whether the receiver at an address is reached over a connection."""
    return address[:7].lower() == "http://" or address[:8].lower() == "https://"


def is_pulled(address: str) -> bool:
    """Say whether nothing is sent there, because the receiver asks: `pull:`, `pull:/webhooks`."""
    return re.fullmatch(rf"{PULL}(/(?!/)[^\s\\\x00-\x20]*)?", address) is not None


def path(address: str) -> str:
    """Return the path that a receiver which asks for its tries answers under."""
    return address.removeprefix(PULL) or "/"


def masked(address: str) -> str:
    """Return a URL fit to be shown: without the name and password that it may carry."""
    return re.sub(r"^([^/?#@]*://)?[^/?#]*@", r"\1***@", address)


@lru_cache(maxsize=1024)
def is_public(address: str) -> bool:
    """Say whether a URL points at a host that anybody on the internet may own."""
    typed = unicodedata.normalize("NFKC", urlsplit(address).hostname or "")
    host = typed.replace("\N{IDEOGRAPHIC FULL STOP}", ".").rstrip(".").lower()
    whole = re.fullmatch(r"\d{1,10}|0x[0-9a-f]{1,8}", host)  # an IPv4 address as one number
    try:
        ip = ipaddress.ip_address(int(host, 0) if whole else host)
    except ValueError:
        labels = host.split(".")
        return len(labels) > 1 and labels[-1] not in _RESERVED
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.sixtofour or ip  # newer Pythons call none of these global
    return ip.is_global
