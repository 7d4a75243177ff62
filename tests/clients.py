"""A client of a served world, as plain as HTTP allows, and the servers it speaks to."""

import json
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pocketsflow_emulator.core import clock
from pocketsflow_emulator.server import Server, ServerThread, Site, Template, Worlds

KEY = "pk_test_51"
BOUND = 20.0


class Answer(NamedTuple):
    """What came back: `json` is None where the body is none."""

    status: int
    json: Any
    text: str
    headers: dict[str, str]


class Client:
    """Asks one server. `key` goes along as the API key, `world` as the header of that name."""

    def __init__(self, url, key=KEY, world=None):
        parts = urlsplit(url)
        self.url, self.host, self.port = url, parts.hostname, parts.port
        self.key, self.world = key, world

    def ask(self, method, path, body=None, headers=None, **settings):
        """Send one request over a connection of its own."""
        sent = {"Content-Type": "application/json"} if method != "GET" else {}
        if self.key is not None:
            sent["Authorization"] = f"Bearer {self.key}"
        if self.world is not None:
            sent["X-Pocketsflow-World"] = self.world
        sent |= headers or {}
        sent = {name: value for name, value in sent.items() if value is not None}
        data = json.dumps(body) if isinstance(body, dict | list) else body
        connection = HTTPConnection(self.host, self.port, timeout=BOUND)
        try:
            connection.request(method, path, data, sent, **settings)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        kind = answer.headers.get_content_type()
        parsed = json.loads(text) if kind == "application/json" and text else None
        return Answer(answer.status, parsed, text, dict(answer.headers))

    def get(self, path, **headers):
        """Read."""
        return self.ask("GET", path, headers=headers)

    def post(self, path, body=None, **headers):
        """Post."""
        return self.ask("POST", path, body, headers)

    def act(self, verb, **arguments):
        """Do a verb; returns its result."""
        answer = self.post(f"/_emulator/actions/{verb}", arguments)
        assert answer.status == 200, answer.text
        return answer.json["result"]

    def control(self, path, body=None):
        """Post to the control API; returns the envelope."""
        answer = self.post(f"/_emulator/{path}", {} if body is None else body)
        assert answer.status == 200, answer.text
        return answer.json


@contextmanager
def serving(site=None, key=KEY, **template):
    """A server on a free port, on a virtual clock from 2030-01-31 with seed 7; gives a client."""
    settings = {"seed": 7, "start": clock.parse("2030-01-31"), "real_clock": False, **template}
    worlds = Worlds(Template(**settings))
    with ServerThread(Server(worlds, site=site or Site())) as server:
        yield Client(server.url, key)
