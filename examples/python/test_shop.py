"""pocketsflow-emulator exec -- pytest

The same works in any test runner: everything a test needs is in the environment. In pytest the
fixture of the package is simpler still.
"""

import json
import os
import threading
from urllib.request import Request, urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from shop import Shop


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def shop():
    """The shop on a free port, and a webhook of the emulator that leads to it."""
    secret = os.environ["POCKETSFLOW_WEBHOOK_SECRET"]
    app = Shop(secret)
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        act("create_webhook", url=f"http://127.0.0.1:{server.server_port}/", secret=secret)
        yield app
        server.shutdown()
        thread.join()


def act(verb, **arguments):
    """Do a verb, and wait until what it causes has been delivered."""
    url = f"{os.environ['POCKETSFLOW_EMULATOR_SERVER']}/_emulator/actions/{verb}"
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(url, json.dumps(arguments).encode(), headers)) as answer:
        said = json.load(answer)
    if said["pending"]:
        act("settle")
    return said["result"]


def test_a_refund_takes_access_away(shop):
    course = act("create_product", name="Course", price="60.00")
    order = act("purchase", product=course["id"], email="jane@example.com")
    assert shop.members == {"jane@example.com"}

    act("refund", order=order["id"])
    assert shop.members == set()
