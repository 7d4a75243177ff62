"""The stream: every try as it is decided."""

import asyncio
import json
from contextlib import contextmanager
from http.client import HTTPConnection

import pytest

from clients import BOUND, Client, serving
from pocketsflow_emulator import Emulator
from pocketsflow_emulator.api.control import stream
from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.delivery.tries import Delivery, Outcome


@contextmanager
def listening(api, world=None):
    """Open the stream; gives the answer, of which the first comment has been read."""
    connection = HTTPConnection(api.host, api.port, timeout=BOUND)
    try:
        headers = {} if world is None else {"X-Pocketsflow-World": world}
        connection.request("GET", "/_emulator/stream", headers=headers)
        answer = connection.getresponse()
        if answer.status == 200:
            assert (answer.readline(), answer.readline()) == (b": listening\n", b"\n")
        yield answer
    finally:
        connection.close()


def read(answer):
    """Read one event: its name and what it says."""
    name, data, _ = answer.readline(), answer.readline(), answer.readline()
    return name.decode().strip(), json.loads(data.partition(b": ")[2])


def test_what_is_decided_is_told(api):
    """With the name of the event, its outcome, and which try of which webhook it was."""
    with listening(api) as answer:
        api.act("create_product", price="1")
        name, said = read(answer)

    assert name == "event: delivery"
    assert answer.headers.get_content_type() == "text/event-stream"
    assert said.pop("durationMs") > 0
    assert said.pop("webhook").startswith("webhook_")
    assert said == {
        "id": 1,
        "event": "product.created",
        "outcome": "delivered",
        "status": 200,
        "try": 1,
        "at": "2030-01-31T00:00:00.000Z",
    }


def test_pulled_tries_are_told_as_well():
    """Whoever hands a try over: what came of it is told."""
    with serving(webhooks=("pull:",)) as api, listening(api) as answer:
        api.act("create_product", price="1")
        id = api.post("/_emulator/attempts/next").json["id"]
        api.control(f"attempts/{id}/outcome", {"status": 503})

        assert read(answer)[1]["outcome"] == "rejected"


def test_a_world_of_a_test_can_be_watched():
    """What the test's own thread sends is told, too."""
    with Emulator(seed=7) as emulator:
        api = Client(emulator.url, emulator.api_key, emulator.api_key)
        emulator.deliver_to(lambda _request: 204)
        with listening(api, emulator.api_key) as answer:
            emulator.create_product(price="1")

            assert read(answer)[1]["status"] == 204


def test_worlds_are_watched_apart(api):
    """A stream tells of its own world."""
    with listening(api, "other") as answer:
        api.act("create_product", price="1")
        Client(api.url, world="other").act("create_product", name="Theirs", price="1")

        assert read(answer)[1]["id"] == 1


def test_listeners_are_counted(api, monkeypatch):
    """One too many is refused, and let in when another has left."""
    monkeypatch.setattr(stream, "MOST_CLIENTS", 1)
    with listening(api), listening(api) as refused:
        assert (refused.status, json.loads(refused.read())["code"]) == (507, "TOO_MANY_STREAMS")
    api.act("create_product", price="1")  # what is written to who has left shows that they have

    api.control("deliveries/wait", {"count": 1})
    statuses = []
    while 200 not in statuses and len(statuses) < 1_000:
        api.act("create_product", price="1")
        with listening(api) as answer:
            statuses.append(answer.status)

    assert statuses[-1] == 200


def test_head_says_what_it_is(api):
    """Without opening a stream."""
    answer = api.ask("HEAD", "/_emulator/stream")

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream")


@pytest.fixture
def decided():
    """A try and its outcome."""
    fact = Fact(1, events.PRODUCT_CREATED, 0, 0, "", "create_product", ())
    delivery = Delivery(1, fact, "webhook_1", "documented", "product.created", b"{}")
    return delivery.begin(0, "http://localhost/", ""), Outcome("delivered", 200)


def test_who_reads_slowly_keeps_the_newest(decided, monkeypatch):
    """A stream holds a bounded number of events, and says how many it had to let go."""

    async def main():
        feed = stream.Feed()
        for _ in range(stream.MOST_WAITING + 5):
            feed.put(*decided)
        await asyncio.sleep(0)
        first = await feed.read()
        monkeypatch.setattr(stream, "HEARTBEAT", 0.0)
        return first.decode(), await feed.read()

    first, later = asyncio.run(main())

    assert first.startswith('event: lost\ndata: {"count": 5}\n\nevent: delivery\n')
    assert first.count("event: delivery") == stream.MOST_WAITING
    assert later == b": nothing has happened\n\n"
