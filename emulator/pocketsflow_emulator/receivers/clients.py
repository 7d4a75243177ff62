"""Test clients of web frameworks: the application behind them is what is delivered to."""

import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

from pocketsflow_emulator.errors import InvalidInput, quoted
from pocketsflow_emulator.inputs import outside


def application(target: Any) -> Any:
    """Return the application behind a test client, and anything else as it is. Warns where the
    client hides something that the application does.
    """
    for module, name, unwrap in _CLIENTS:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(target, kind):
            return unwrap(target)
    return target


def _django(kind: str) -> Callable[[Any], Any]:
    def unwrap(client: Any) -> Any:
        if not client.handler.enforce_csrf_checks:
            _warn("Django's test client switches CSRF checks off, and a delivery meets them", kind)
        module = import_module(f"django.core.handlers.{kind}")
        return getattr(module, f"{kind.upper()}Handler")()

    return unwrap


def _starlette(client: Any) -> Any:
    if client.portal is not None:
        _warn("the client has started its application in a loop that is not used here", "asgi")
    return client.app


def _httpx(client: Any) -> Any:
    return getattr(client._transport, "app", client)  # noqa: SLF001  (it has no public name)


def _aiohttp(server: Any) -> Any:
    if server.started:
        raise InvalidInput(
            f"{quoted(server)} is running already; give its address: str(client.make_url('/...'))"
        )
    return server.app


_CLIENTS = (
    ("django.test.client", "Client", _django("wsgi")),
    ("django.test.client", "AsyncClient", _django("asgi")),
    ("werkzeug.test", "Client", lambda client: client.application),
    ("quart.testing", "QuartClient", lambda client: client.app),
    ("starlette.testclient", "TestClient", _starlette),
    *(
        (module, kind, _httpx)
        for module in ("httpx", "httpx2")
        for kind in ("Client", "AsyncClient")
    ),
    ("aiohttp.test_utils", "TestClient", lambda client: _aiohttp(client.server)),
    ("aiohttp.test_utils", "TestServer", _aiohttp),
)
"""Module, class -> its application; a subclass (Flask's, Starlette's) comes before its parent."""


def _warn(what: str, keyword: str) -> None:
    warnings.warn(
        f"{what}; give the application itself, by {keyword}=, to say that this is meant",
        stacklevel=outside(),
    )
