"""Many worlds and many clients at once: no cross-talk, and no event is lost.

A share of it here; the whole (20,000 operations) by `make campaign-api`.
"""

import json
import os
import random
import threading
from collections import Counter
from http.client import HTTPConnection

import receivers
from clients import BOUND, Client, serving

WORLDS = 64
CLIENTS = 16
OPERATIONS = int(os.environ.get("POCKETSFLOW_HAMMER", "1500"))
SEED = int(os.environ.get("POCKETSFLOW_HAMMER_SEED", "7"))


class Hammer:
    """One client with a connection of its own, doing this and that in any world."""

    def __init__(self, api, seed, keys, expected):
        self.connection = HTTPConnection(api.host, api.port, timeout=BOUND)
        self.random = random.Random(f"{SEED}/{seed}")
        self.seed, self.keys, self.expected = seed, keys, expected
        self.mine = {key: [] for key in keys}
        self.failure = None

    def run(self, operations):
        try:
            for number in range(operations):
                self.do(self.random.choice(self.keys), f"{self.seed}-{number}")
        except Exception as failure:
            self.failure = failure
        finally:
            self.connection.close()

    def do(self, key, name):
        choice = self.random.random()
        if choice < 0.4 or not self.mine[key]:
            body = {"name": f"{key} {name}", "price": 60}
            product = self.ask(key, "POST", "/products", body)["_id"]
            self.mine[key].append((product, body["name"]))
            self.expected.append((key, "product.created", body["name"]))
        elif choice < 0.6:
            product, _ = self.random.choice(self.mine[key])
            email = f"{name}@{key.replace('_', '-')}.example.com"
            body = {"product": product, "email": email, "first_name": "A", "last_name": "B"}
            self.ask(key, "POST", "/_emulator/actions/purchase", body)
            self.expected.append((key, "order.completed", email))
        elif choice < 0.95:
            product, known = self.random.choice(self.mine[key])
            assert self.ask(key, "GET", f"/products/{product}")["name"] == known
        else:
            foreign = self.ask(key, "GET", "/orders?pageSize=100")["orders"]
            domain = f"@{key.replace('_', '-')}.example.com"
            assert all(order["buyerEmail"].endswith(domain) for order in foreign)

    def ask(self, key, method, path, body=None):
        headers = {
            "Authorization": f"Bearer {key}",
            "X-Pocketsflow-World": key,
            "Content-Type": "application/json",
        }
        self.connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self.connection.getresponse()
        said = json.loads(answer.read())
        assert answer.status < 300, said
        return said


def test_worlds_do_not_mix_and_lose_nothing():
    """64 worlds hammered by 16 clients: every event arrives once, where it belongs."""
    seeded = f"POCKETSFLOW_HAMMER_SEED={SEED}"
    keys = [f"pk_test_world_{number}" for number in range(WORLDS)]
    expected = []
    with receivers.answering(200) as receiver, serving(per_key=True) as api:
        for key in keys:
            url = f"http://127.0.0.1:{receiver.port}/{key}"
            body = {"url": url, "events": ["product.created", "order.completed"]}
            assert Client(api.url, key).post("/webhooks", body).status == 201
        hammers = [Hammer(api, number, keys, expected) for number in range(CLIENTS)]
        threads = [
            threading.Thread(target=hammer.run, args=[OPERATIONS // CLIENTS]) for hammer in hammers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pending = {Client(api.url, world=key).control("settle")["pending"] for key in keys}

    failures = [hammer.failure for hammer in hammers if hammer.failure]
    assert failures == [], seeded
    assert pending == {0}, seeded
    assert Counter(expected) == Counter(map(_heard, receiver.requests)), seeded


def _heard(request):
    """Return which world a webhook came from, its event, and what it was about."""
    head, _, body = request.partition(b"\r\n\r\n")
    event = json.loads(body)
    about = event.get("product", {}).get("name") or event["customer"]["email"]
    return head.split(b" ")[1].decode().strip("/"), event["event"], about
