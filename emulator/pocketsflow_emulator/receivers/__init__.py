"""What a test may deliver to: recognising it, and making the transport that reaches it."""

from typing import Any, NamedTuple

from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.delivery.transports.destination import Destination
from pocketsflow_emulator.delivery.transports.inprocess import Around, InProcess, Manner
from pocketsflow_emulator.delivery.tries import Headers
from pocketsflow_emulator.errors import InvalidInput, quoted
from pocketsflow_emulator.receivers import kinds
from pocketsflow_emulator.receivers.kinds import Found

LIFESPANS = ("off", "on")

_OURS = frozenset({"content-type", "content-length", "host"})


class Receiver(NamedTuple):
    """A receiver as the driver needs it: the address of its webhook, and for what is in this
    process its transport.
    """

    url: str
    transport: InProcess | None


class Wishes(NamedTuple):
    """What `deliver_to` was told besides the receiver itself."""

    path: str
    host: str
    scheme: str
    headers: Any
    around: Around | None
    lifespan: str
    thread: bool
    raise_errors: bool
    deadline: float

    @property
    def changed(self) -> list[str]:
        """The names of the settings that are not as they are by default."""
        return [name for name, usual in _USUAL.items() if getattr(self, name) != usual]


_USUAL = {
    "path": "/",
    "host": "testserver",
    "scheme": "http",
    "headers": None,
    "around": None,
    "lifespan": "off",
    "thread": False,
    "raise_errors": True,
}

_TAKEN = {
    "url": frozenset[str](),
    "handler": frozenset({"headers", "around", "thread", "raise_errors"}),
    "wsgi": frozenset({"path", "host", "scheme", "headers", "around", "thread", "raise_errors"}),
    "asgi": frozenset({"path", "host", "scheme", "headers", "around", "lifespan", "raise_errors"}),
    "aiohttp": frozenset({"path", "host", "headers", "around", "lifespan", "raise_errors"}),
}
"""Kind of receiver -> the settings that mean something to it."""


def receiver(given: dict[str, Any], wishes: Wishes) -> Receiver:
    """Return the receiver for what `deliver_to` was `given`: by keyword, or as `target`.

    Raises `InvalidInput` for what cannot be recognised, and for settings that would do nothing.
    """
    named = {keyword: value for keyword, value in given.items() if value is not None}
    if len(named) != 1:
        raise InvalidInput(
            "deliver_to takes one receiver: a URL, an application, or a function; by keyword:"
            " url=, wsgi=, asgi= or handler="
        )
    [(keyword, value)] = named.items()
    found = kinds.recognised(value) if keyword == "target" else kinds.declared(keyword, value)
    useless = [name for name in wishes.changed if name not in _TAKEN[found.kind]]
    if useless:
        raise InvalidInput(_useless(found.kind, useless[0]))
    if found.kind == "url":
        return Receiver(addresses.url(found.app), None)
    return Receiver(f"{found.kind}:", _transport(found, wishes))


def _useless(kind: str, name: str) -> str:
    said = f"{name}= does nothing for {_CALLED[kind]}"
    if kind == "url" and name in ("path", "host", "scheme"):
        return f"{said}; write it into the URL"
    if name == "thread":
        return f"{said}; it is broken off at its deadline anyway"
    return said


_CALLED = {
    "url": "a URL",
    "handler": "a function",
    "wsgi": "a WSGI application",
    "asgi": "an ASGI application",
    "aiohttp": "an aiohttp application",
}


def _transport(found: Found, wishes: Wishes) -> InProcess:
    manner = Manner(
        deadline=wishes.deadline,
        around=_around(wishes.around),
        thread=wishes.thread,
        raise_errors=wishes.raise_errors,
        headers=_headers(wishes.headers),
    )
    if wishes.thread and found.kind == "handler" and kinds.is_async(found.app):
        raise InvalidInput("thread= does nothing for an async function; it is broken off anyway")
    if found.kind == "handler":
        from pocketsflow_emulator.delivery.transports.handler import HandlerTransport

        return HandlerTransport(found.app, **manner)
    to = Destination.read(wishes.path, wishes.host, wishes.scheme)
    if wishes.lifespan not in LIFESPANS:
        raise InvalidInput(f"lifespan is {quoted(wishes.lifespan)}; write 'on' or 'off'")
    if found.kind == "wsgi":
        from pocketsflow_emulator.delivery.transports.wsgi import WsgiTransport

        return WsgiTransport(found.app, to, **manner)
    if found.kind == "asgi":
        from pocketsflow_emulator.delivery.transports.asgi import AsgiTransport

        return AsgiTransport(found.app, to, lifespan=wishes.lifespan == "on", **manner)
    from pocketsflow_emulator.delivery.transports.aiohttp_app import AiohttpTransport
    from pocketsflow_emulator.delivery.transports.http import HttpTransport

    return AiohttpTransport(found.app, to, HttpTransport(deadline=wishes.deadline), **manner)


def _around(around: object) -> Any:
    if around is not None and not callable(around):
        raise InvalidInput(
            f"around is {quoted(around)}; give a function that makes a context manager for each"
            " delivery, such as app.app_context"
        )
    return around


def _headers(given: Any) -> Headers:
    """Return further headers; those that Pocketsflow and the body decide are not among them."""
    try:
        pairs = tuple(dict(given or {}).items())
    except (TypeError, ValueError):
        raise InvalidInput(f"headers is {quoted(given)}; write {{'name': 'value'}}") from None
    for name, value in pairs:
        if not _is_line(name) or not _is_line(value):
            raise InvalidInput(f"header {quoted(name)}: {quoted(value)} is no text of one line")
        if name.lower() in _OURS or name.lower().startswith("x-pocketsflow-"):
            remedy = "; write host=" if name.lower() == "host" else "; it is part of the delivery"
            raise InvalidInput(f"the header {name} cannot be given{remedy}")
    return pairs


def _is_line(value: object) -> bool:
    return isinstance(value, str) and not set(value) & set("\r\n\0")
