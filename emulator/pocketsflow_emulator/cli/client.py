"""A small client of the control API, for the verbs that speak to a running server."""

import json
import os
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlsplit

import click

from pocketsflow_emulator.errors import EmulatorError, EnvironmentFailure, InvalidInput

VARIABLE = "POCKETSFLOW_EMULATOR_SERVER"
_WORLD = "X-Pocketsflow-World"
_LONGEST_WAIT = 600.0
"""Seconds for an answer: a year of deliveries to a slow receiver takes a while."""

F = TypeVar("F", bound=Callable[..., Any])


def server_option(command: F) -> F:
    """Add `--server`, the address of the server that is spoken to."""
    return click.option(
        "--server",
        metavar="URL",
        envvar=VARIABLE,
        help=f"Default: ${VARIABLE}, else http://127.0.0.1:$POCKETSFLOW_EMULATOR_PORT or 6060.",
    )(command)


def world_option(command: F) -> F:
    """Add `--world`, the world of the server that is spoken to."""
    return click.option(
        "--world", metavar="NAME", help="A world of the server: test, live, a key, or any name."
    )(command)


class Address(NamedTuple):
    """Where a server is."""

    url: str
    host: str
    port: int


def address(server: str | None) -> Address:
    """Return the address that `--server` means. Raises `InvalidInput` for what is none."""
    url = server or f"http://127.0.0.1:{os.environ.get('POCKETSFLOW_EMULATOR_PORT', '6060')}"
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or 80
    except ValueError:
        parts, port = urlsplit(""), 80
    if not parts.hostname or parts.scheme != "http":
        raise InvalidInput(f"{url!r} is not the address of a server; write http://127.0.0.1:6060")
    return Address(url, parts.hostname, port)


class Answer(NamedTuple):
    """What came back."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        """The body; None where it is not JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Client:
    """Asks one server, in one of its worlds."""

    def __init__(self, server: str | None, world: str | None = None) -> None:
        self.address = address(server)
        self._world = world

    def get(self, *path: str, **query: str | None) -> Any:
        """Read something. The words of the path are escaped."""
        asked = "&".join(f"{name}={quote(value)}" for name, value in query.items() if value)
        return self._json("GET", _path(path) + (f"?{asked}" if asked else ""))

    def post(self, *path: str, body: Mapping[str, Any], query: str = "") -> Any:
        """Do something."""
        return self._json("POST", _path(path) + query, json.dumps(body))

    def put(self, *path: str, text: str) -> Any:
        """Hand over a YAML file."""
        return self._json("PUT", _path(path), text, "application/yaml")

    def _json(self, method: str, path: str, body: str = "", kind: str = "application/json") -> Any:
        """Return the answer. Raises `EnvironmentFailure` where no emulator answers, or it cannot
        do it now, and `InvalidInput` with what it says to a request that it refuses.
        """
        answer = self.ask(method, path, body, kind)
        said = answer.json
        if answer.status < 400 and isinstance(said, dict):
            return said
        raise self._refusal(answer.status, said)

    def ask(self, method: str, path: str, body: str = "", kind: str = "application/json") -> Answer:
        """Return whatever is answered. Raises `EnvironmentFailure` where nothing is."""
        headers = {"Content-Type": kind} | ({_WORLD: self._world} if self._world else {})
        connection = HTTPConnection(self.address.host, self.address.port, timeout=_LONGEST_WAIT)
        try:
            connection.request(method, f"/_emulator/{path}", body.encode(), headers)
            found = connection.getresponse()
            return Answer(found.status, found.read().decode("utf-8", "replace"))
        except (OSError, HTTPException) as error:
            raise EnvironmentFailure(
                f"no emulator answers at {self.address.url} ({error or type(error).__name__});"
                f" start one with `pocketsflow-emulator serve`, or name it with --server or"
                f" ${VARIABLE}"
            ) from None
        finally:
            connection.close()

    def _refusal(self, status: int, said: Any) -> EmulatorError:
        if not isinstance(said, dict) or "message" not in said:
            return EnvironmentFailure(
                f"{self.address.url} answered {status}, and not as an emulator does"
            )
        busy = status in (409, 429) or status >= 500
        return (EnvironmentFailure if busy else InvalidInput)(str(said["message"]))


def _path(words: tuple[str, ...]) -> str:
    return "/".join(quote(word, safe="") for word in words)
