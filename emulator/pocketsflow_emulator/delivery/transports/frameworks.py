"""What web frameworks keep to themselves: the exception behind a 500, and what waits for a commit.

Nothing is imported here that the application has not imported itself.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

_SIGNALLING = ("django.core.signals", "flask.signals", "quart.signals")
"""Modules whose `got_request_exception` tells of an exception that was turned into an answer."""

_heard: ContextVar[list[Exception] | None] = ContextVar("heard", default=None)
_listening: set[str] = set()


@contextmanager
def watching() -> Iterator[list[Exception]]:
    """Give a list to which the exceptions are added that a framework turns into an answer."""
    for name in _SIGNALLING:
        if name in sys.modules and name not in _listening:
            _listening.add(name)
            sys.modules[name].got_request_exception.connect(_hear, weak=False)
    heard: list[Exception] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def _hear(_sender: object = None, exception: BaseException | None = None, **_more: Any) -> None:
    """Note an exception where it belongs to a delivery; Django passes it as the current one."""
    heard, error = _heard.get(), exception or sys.exc_info()[1]
    if heard is not None and isinstance(error, Exception):
        heard.append(error)


@contextmanager
def committing() -> Iterator[None]:
    """Keep the transaction that a Django test is in: run what has been put off until the commit
    that never comes, and let no request close the connection.
    """
    open = transactions()
    if not open:
        yield
        return
    from django.test import TestCase

    with ExitStack() as stack:
        stack.enter_context(_connections_kept())
        for alias in open:
            stack.enter_context(TestCase.captureOnCommitCallbacks(using=alias, execute=True))
        yield


@contextmanager
def _connections_kept() -> Iterator[None]:
    """Close no connections at the ends of requests, as Django's own test client does."""
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    signals = [
        s for s in (request_started, request_finished) if s.disconnect(close_old_connections)
    ]
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def transactions() -> list[str]:
    """Return the Django databases that are in a transaction in this thread; inside of a running
    loop, of which Django keeps connections apart, only those that were begun there.
    """
    if "django.db" not in sys.modules:
        return []
    from django.conf import settings
    from django.db import connections

    if not settings.configured:
        return []
    return [one.alias for one in connections.all(initialized_only=True) if one.in_atomic_block]


def is_django(app: Any) -> bool:
    """Say whether an ASGI application is Django's, whatever is wrapped around it."""
    asgi = sys.modules.get("django.core.handlers.asgi")
    for _ in range(_DEEPEST):
        if asgi is None or app is None:
            return False
        if isinstance(app, asgi.ASGIHandler):
            return True
        inside = [getattr(app, name, None) for name in ("app", "application", "asgi_app")]
        app = next(filter(None, inside), None)
    return False


_DEEPEST = 20
"""How many wrappers are looked behind."""
