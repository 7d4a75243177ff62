"""Receivers that call back while they are being waited for: a thousand times, without deadlock."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from time import monotonic

import pytest

from clients import BOUND, Client, serving
from pocketsflow_emulator import Emulator
from pocketsflow_emulator.errors import CalledDuringDelivery
from pocketsflow_emulator.scenario.seed import Seed

TIMES = 1_000
DEADLINE = 0.05
SEEDS = (1, 2)
PRODUCTS = 'products: [{id: prod_course, name: Course, price: "60.00"}]'
ORDER = {"product": "prod_course", "email": "jane@example.com"}

AT_ONCE = {
    "GET /_emulator/clock": None,
    "GET /_emulator/deliveries": None,
    "GET /orders": None,
    "POST /products": {"name": "Book", "price": 10},
    "POST /_emulator/actions/create_product": {"price": "10"},
    "POST /_emulator/events/review.created?deliver=false": {},
    "POST /_emulator/state/branch": {"seed": 8},
}
"""What is answered while a try is out."""

MOVING = {
    "POST /_emulator/clock/advance": {"days": 1},
    "POST /_emulator/actions/advance": {"hours": 1},
    "POST /_emulator/settle": {},
    "POST /_emulator/reset": {},
    "POST /_emulator/actions/reset": {},
    "POST /_emulator/state/snapshot": {},
    "GET /_emulator/state": None,
    "POST /_emulator/scenarios/purchase/run": {},
}
"""What waits for it, until its deadline is over."""


class Calls:
    """Calls back, each time something else, and keeps what was answered, and how fast."""

    def __init__(self, seed):
        self._random = Random(seed)
        self._lock = threading.Lock()
        self.answers = []

    def call(self, client, choice):
        """Ask for something of a choice."""
        with self._lock:
            what = self._random.choice(sorted(choice))
        method, _, path = what.partition(" ")
        begun = monotonic()
        answer = client.ask(method, path, choice[what])
        with self._lock:
            self.answers.append((what, answer.status, monotonic() - begun))


@contextmanager
def merchants(act):
    """A merchant with a thread for each request; `act(webhook)` is called for each delivery of an
    order, before it is answered.
    """

    class Merchant(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if body["event"] == "order.completed":
                act(body["webhookId"])
            try:
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                pass  # the emulator has given up

        def log_message(self, *_):
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_):
            """A connection that the emulator has closed is none."""

    with Server(("127.0.0.1", 0), Merchant) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join(10)


def settled(client):
    """Settle; where what handlers have asked for still goes on, once more."""
    end = monotonic() + BOUND
    while (answer := client.post("/_emulator/settle")).status == 409:
        assert monotonic() < end, answer.text
    return answer.json


@pytest.mark.parametrize("seed", SEEDS)
def test_a_served_world_answers_by_the_rules(seed):
    """Whatever a receiver asks for inside its handler is answered: at once, or when its own time
    is over; the verb that caused the delivery returns, and the world ends quiet.
    """
    calls, worlds = Calls(seed), {}
    objects = Seed.read(PRODUCTS, "products")

    def play(client):
        for _ in range(TIMES // len(SEEDS) // len(worlds)):
            bought = client.post("/_emulator/actions/purchase", ORDER)
            assert bought.status == 200, bought.text
        assert settled(client)["pending"] == 0

    def act(webhook):
        calls.call(worlds[webhook], AT_ONCE if len(calls.answers) % 3 == 0 else MOVING)

    with (
        merchants(act) as url,
        serving(webhooks=(url,), deadline=DEADLINE, objects=(objects,)) as api,
    ):
        for number in range(20):
            client = Client(api.url, world=f"world-{number}")
            [webhook] = client.get("/_emulator/state").json["result"]["objects"]["webhook"]
            worlds[webhook] = client
        with ThreadPoolExecutor(len(worlds)) as pool:
            for _ in range(5):  # on a busy machine some have no time to call
                list(pool.map(play, worlds.values()))
                if len(calls.answers) >= TIMES // len(SEEDS):
                    break

    assert len(calls.answers) >= TIMES // len(SEEDS)
    assert {what for what, _, _ in calls.answers} == AT_ONCE.keys() | MOVING.keys()
    for what, status, took in calls.answers:
        assert status in ((200, 201) if what in AT_ONCE else (200, 409)), (what, status, seed)
        assert took < 10, (what, took, seed)


def test_a_world_in_the_process_refuses_at_once():
    """A handler that moves time is refused without a wait, by its own call and over HTTP."""
    refused = []

    def handler(request):
        if request.event != "order.completed":
            return
        number = len(refused)
        if number % 4:
            with pytest.raises(CalledDuringDelivery):
                [emulator.reset, emulator.settle, lambda: emulator.advance(days=1)][number % 3]()
            refused.append(409)
        else:
            what = sorted(MOVING)[number // 4 % (len(MOVING) - 1)]
            method, _, path = what.partition(" ")
            refused.append(api.ask(method, path, MOVING[what]).status)
        emulator.review(request.json()["order"]["id"], rating=5)

    with Emulator(seed=7, deadline=5) as emulator:
        api = Client(emulator.url, emulator.api_key, emulator.api_key)
        emulator.deliver_to(handler)
        emulator.create_product(id="prod_course", price="60.00")
        for number in range(TIMES):
            emulator.purchase("prod_course", email=f"{number}@example.com")

        assert refused == [409] * TIMES
        assert {delivery.outcome for delivery in emulator.deliveries} == {"delivered"}
        assert len(emulator.deliveries.of("review.created")) == TIMES
