"""A merchant in Python, end to end, as one writes it with requests and the standard library."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from clients import KEY, serving
from pocketsflow_emulator import Emulator, verify

SUCCESS = "https://shop.example.com/thanks?for=you"


class Merchant:
    """Sells by a checkout session, fulfils on the webhook, refunds. One thread answers webhooks."""

    def __init__(self, url, key):
        self.url = url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"
        self.secret = ""
        self.log = []

    def ask(self, method, path, **body):
        answer = self.session.request(method, self.url + path, json=body or None, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def sell(self, webhook):
        """Register the webhook, make a product and a session for it; returns the session."""
        events = ["order.completed", "order.refunded"]
        self.secret = self.ask("POST", "/webhooks", url=webhook, events=events)["secret"]
        product = self.ask("POST", "/products", name="Course", price=60)
        return self.ask(
            "POST",
            "/checkout/sessions",
            productId=product["_id"],
            successUrl=SUCCESS,
            customerEmail="jane@example.com",
            metadata={"user": 7},
        )

    def receive(self, body, signature):
        """Handle a webhook."""
        assert verify(body, signature, self.secret)
        event = json.loads(body)
        if event["event"] == "order.completed":
            order = self.ask("GET", f"/orders/{event['order']['id']}")
            self.log.append(("paid", order["buyerEmail"], order["metadata"]))
            self.ask("POST", "/refunds", orderId=order["_id"])
        if event["event"] == "order.refunded":
            self.log.append(("refunded", event["refund"]["amount"]))


@contextmanager
def listening(merchant):
    """The merchant's own server, with one thread; gives the address of its webhook."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            merchant.receive(body, self.headers["X-Pocketsflow-Signature"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_said):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/webhooks"
        server.shutdown()
        thread.join(10)


@pytest.fixture
def expected():
    """What the merchant has written down in the end."""
    return [("paid", "jane@example.com", {"user": 7}), ("refunded", 60)]


def test_a_merchant_against_a_server(expected):
    """Sell, complete the session as a buyer would, fulfil, refund: all over HTTP."""
    with serving() as api:
        merchant = Merchant(api.url, KEY)
        with listening(merchant) as webhook:
            session = merchant.sell(webhook)
            done = api.control(f"checkout/{session['id']}/complete")

    assert expected == merchant.log
    assert done["result"]["landing_url"] == SUCCESS
    assert [one["outcome"] for one in done["deliveries"]] == ["delivered", "delivered"]


def test_a_merchant_against_the_fixtures_world(expected):
    """The same merchant, with a world that the test drives."""
    with Emulator(seed=7) as pocketsflow:
        merchant = Merchant(pocketsflow.url, pocketsflow.api_key)
        with listening(merchant) as webhook:
            session = merchant.sell(webhook)
            done = pocketsflow.complete_checkout(session["url"])
            pocketsflow.assert_delivered("order.refunded", times=1)

    assert expected == merchant.log
    assert done.landing_url == SUCCESS
