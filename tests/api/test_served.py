"""Served worlds: what happens while a receiver is being waited for, and on a real clock."""

import json
import socket
import threading
from contextlib import contextmanager
from time import monotonic

import pytest

import receivers
from clients import Client, serving
from receivers import BOUND, OK, read_request

ORDER = {"product": "prod_course", "email": "jane@example.com"}


@contextmanager
def merchant(behave):
    """A single-threaded merchant: one connection after the other, one request each. `behave` is
    given each event, and calls back before it answers.
    """
    failures = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            connection, _ = listener.accept()
            with connection:
                request = read_request(connection)
                if not request:
                    return
                try:
                    behave(json.loads(request.partition(b"\r\n\r\n")[2]))
                except Exception as error:
                    failures.append(error)
                connection.sendall(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    port = listener.getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/webhooks"
    finally:
        socket.create_connection(("127.0.0.1", port)).close()
        thread.join(10)
        listener.close()
    assert failures == []


@pytest.fixture
def shop():
    """A served world with a product, whose single-threaded merchant does what the test puts into
    the dict: event -> function.
    """
    acts = {}

    def behave(event):
        acts.get(event["event"], lambda _: None)(event)

    with merchant(behave) as url, serving(webhooks=(url,), deadline=3) as api:
        api.act("create_product", id="prod_course", price="60.00")
        yield api, acts


def test_a_merchant_may_call_back_while_it_is_delivered_to(shop):
    """Inside its handler the merchant reads the order and refunds it; the refund is delivered
    after the handler's answer, in the same verb.
    """
    api, acts = shop
    seen = {}

    def refund(event):
        seen["order"] = api.get(f"/orders/{event['order']['id']}").json
        seen["refund"] = api.post("/refunds", {"orderId": event["order"]["id"]})

    acts["order.completed"] = refund

    answer = api.post("/_emulator/actions/purchase", ORDER).json

    assert seen["order"]["grossAmount"] == 60
    assert seen["refund"].status == 201
    events = [(one["event"], one["outcome"]) for one in answer["deliveries"]]
    assert events == [
        ("customer.created", "delivered"),
        ("order.completed", "delivered"),
        ("order.refunded", "delivered"),
    ]


def test_an_action_inside_a_handler_answers_at_once(shop):
    """What a receiver asks for while it is being waited for is done at once, and sent later."""
    api, acts = shop
    seen = {}

    def review(event):
        order = event["order"]["id"]
        seen["review"] = api.post("/_emulator/actions/review", {"order": order, "rating": 5}).json

    acts["order.completed"] = review

    api.post("/_emulator/actions/purchase", ORDER)

    assert [one["outcome"] for one in seen["review"]["deliveries"]] == ["waiting"]
    assert seen["review"]["pending"] == 2
    assert api.control("settle")["pending"] == 0
    assert api.get("/_emulator/deliveries?event=review.created").json["result"][0]["status"] == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "clock/advance", {"days": 1}),
        ("POST", "settle", {}),
        ("POST", "reset", {}),
        ("GET", "state", None),
        ("POST", "scenarios/refund/run", {}),
        ("POST", "actions/advance", {"days": 1}),
        ("POST", "actions/run_scenario", {"name": "refund"}),
    ],
)
def test_what_moves_time_waits_for_the_receiver(method, path, body):
    """A receiver that moves time inside its handler is waited for until its deadline: the delivery
    has timed out by then, and the world goes on.
    """
    done = threading.Event()
    seen = []

    def call_back(event):
        if event["event"] == "order.completed" and not seen:
            seen.append(None)
            seen.append(clients[0].ask(method, f"/_emulator/{path}", body))
            done.set()

    clients = []
    with merchant(call_back) as url, serving(webhooks=(url,), deadline=0.3) as api:
        clients.append(api)
        api.act("create_product", id="prod_course", price="60.00")
        answer = api.post("/_emulator/actions/purchase", ORDER).json
        assert done.wait(BOUND)

    assert [one["outcome"] for one in answer["deliveries"]] == ["delivered", "timeout_response"]
    assert seen[1].status == 200


def test_a_world_that_does_not_come_free_is_busy():
    """With a receiver that takes its time, an advance is refused with what to do."""
    with (
        receivers.serving(receivers.hang) as receiver,
        serving(webhooks=(receiver.url,), deadline=1.0) as api,
    ):
        for _ in range(3):
            api.post("/_emulator/actions/create_product?wait=false", {"price": "1"})

        busy = api.post("/_emulator/clock/advance", {"days": 1})

    assert (busy.status, busy.json["code"]) == (409, "WORLD_BUSY")
    assert "ask again" in busy.json["message"]


def test_one_world_does_not_wait_for_another():
    """While one world's receiver is slow, another world answers at once."""
    with (
        receivers.serving(receivers.hang) as slow,
        serving(deadline=5.0) as api,
    ):
        other = Client(api.url, world="other")
        api.act("create_webhook", url=slow.url)
        api.post("/_emulator/actions/create_product?wait=false", {"price": "1"})

        begun = monotonic()
        other.control("clock/advance", {"days": 1})

        assert monotonic() - begun < 3
        assert api.get("/_emulator/clock").json["pending"] == 1


def test_what_a_call_causes_is_sent_after_its_answer():
    """A merchant whose one thread both calls and receives has the answer before the event."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        serving(webhooks=(f"http://127.0.0.1:{listener.getsockname()[1]}/",)) as api,
    ):
        made = api.post("/products", {"name": "Course", "price": 60})
        connection, _ = listener.accept()
        with connection:
            event = read_request(connection)
            connection.sendall(OK)
            settled = api.control("settle")

    assert made.status == 201
    assert made.json["_id"].encode() in event
    assert settled["pending"] == 0


def test_a_real_clock_runs_by_itself():
    """What is due happens without being asked for, a moment after its time has come."""
    with (
        receivers.answering(200) as receiver,
        serving(webhooks=(receiver.url,), real_clock=True) as api,
    ):
        offer = api.act("create_offer", price="29.00", trial_days=3)["id"]
        sub = api.act("subscribe", offer=offer)
        api.control("clock/advance", {"days": 2, "hours": 23, "minutes": 59, "seconds": 59})

        charged = _wait(
            lambda: api.get("/_emulator/deliveries?event=invoice.created").json["result"]
        )
        now = api.get("/_emulator/clock").json["now"]

    assert [one["outcome"] for one in charged] in (["out"], ["delivered"])
    assert now >= sub["trial_end"]


def _wait(find):
    """Return what is found as soon as it is something; None after the bound."""
    end = monotonic() + BOUND
    while monotonic() < end:
        if found := find():
            return found
    return None


def test_on_a_real_clock_what_is_created_has_the_present_instant():
    """An object made over the API some time after the start is not dated to the start."""
    with serving(real_clock=True) as api:
        api.control("clock/advance", {"days": 3})

        made = api.post("/products", {"name": "Course", "price": 60}).json

    assert made["createdAt"] >= "2030-02-03T00:00:00"


def test_worlds_of_a_server_keep_the_same_time():
    """A world that is made later begins at the same instant, and its clock runs with the others."""
    with serving(real_clock=True) as api:
        before = api.get("/_emulator/clock").json["now"]

        later = Client(api.url, world="live").get("/_emulator/clock").json["now"]

    assert later >= before
