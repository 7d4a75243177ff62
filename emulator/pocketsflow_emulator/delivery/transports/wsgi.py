"""Receivers that are a WSGI application (Flask, Django ...): called in the calling thread.

# PEP 3333
"""

import sys
from collections.abc import Callable, Iterable
from functools import cache
from io import BytesIO
from types import TracebackType
from typing import Any, Unpack

from pocketsflow_emulator.delivery.transports import Attempt
from pocketsflow_emulator.delivery.transports.destination import Destination
from pocketsflow_emulator.delivery.transports.inprocess import InProcess, Manner
from pocketsflow_emulator.delivery.transports.results import Response
from pocketsflow_emulator.delivery.tries import Outcome

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Failure = tuple[type[BaseException], BaseException, TracebackType | None]

_UNPREFIXED = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


class WsgiTransport(InProcess):
    """Posts to a WSGI application.

    It cannot be interrupted: a head that comes after the deadline is a `timeout_response` with
    its real duration. Of its body no more is asked for than is kept.
    """

    def __init__(self, app: WsgiApp, to: Destination, **manner: Unpack[Manner]) -> None:
        super().__init__(**manner)
        self._app, self._to = app, to
        self._environ = _surroundings(to)

    def _call(self, attempt: Attempt) -> Response:
        response = Response(self.deadline)
        chunks = self._app(self._request(attempt), _Starter(response))
        try:
            for chunk in chunks:
                if not _take(response, chunk):
                    break
            if response.status is not None:
                response.send_head()
        except Exception as error:
            if response.head_after is None:
                raise
            response.break_off(error)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        return response

    def _outcome(self, answer: Any, _duration: float, /) -> Outcome:
        response: Response = answer
        return response.outcome(self.deadline)

    def _request(self, attempt: Attempt) -> dict[str, Any]:
        environ = self._environ | {"wsgi.input": BytesIO(attempt.body), "wsgi.errors": sys.stderr}
        for name, value in self._to.headers(attempt, self._headers):
            key, text = _key(name), value.encode().decode("latin-1")
            environ[key] = f"{environ[key]},{text}" if key in environ else text
        return environ


class _Starter:
    """The `start_response` of one request."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: Failure | None = None
    ) -> Callable[[bytes], None]:
        response = self._response
        if exc_info is not None and response.head_after is not None:
            raise exc_info[1].with_traceback(exc_info[2])
        if exc_info is None and response.status is not None:
            raise AssertionError("start_response was called again without exc_info")
        response.status, response.headers = int(status[:3]), tuple(headers)
        return self._write

    def _write(self, data: bytes) -> None:
        _take(self._response, data)


def _take(response: Response, chunk: bytes) -> bool:
    """Take a part of the body, before which the head goes; an empty one sends nothing."""
    if response.status is None:
        raise AssertionError("the application sent a body before it called start_response")
    if chunk:
        response.send_head()
    return response.take(chunk)


def _surroundings(to: Destination) -> dict[str, Any]:
    """Return what does not change from one request to the next."""
    name, port = to.server
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": to.decoded.decode("latin-1"),
        "QUERY_STRING": to.query,
        "REQUEST_URI": to.target,
        "SERVER_NAME": name,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": to.scheme,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


@cache
def _key(header: str) -> str:
    """Return the name of a header in an environ."""
    name = header.upper().replace("-", "_")
    return name if name in _UNPREFIXED else f"HTTP_{name}"
