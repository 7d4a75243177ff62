"""`Emulator.url` and `api_key`: the API of a world that a test drives."""

import asyncio
import subprocess
import sys
import threading

import pytest

from clients import Client
from pocketsflow_emulator import AsyncEmulator, Emulator
from pocketsflow_emulator.errors import CalledDuringDelivery


@pytest.fixture
def shop():
    """A world of 2030-01-31 with a product; nobody listens yet."""
    with Emulator(start="2030-01-31", seed=7) as emulator:
        emulator.create_product(id="prod_course", price="60.00")
        yield emulator


def client_of(emulator):
    """A client that speaks to the world of an emulator, also over the control API."""
    return Client(emulator.url, emulator.api_key, emulator.api_key)


def test_a_handler_calls_the_api_while_it_is_delivered_to(shop):
    """The handler reads its order and refunds it; the refund is delivered in the same verb."""
    api = client_of(shop)
    seen = []

    def handle(request):
        event = request.json()
        if event["event"] == "order.completed":
            seen.append(api.get(f"/orders/{event['order']['id']}").json)
            seen.append(api.post("/refunds", {"orderId": event["order"]["id"]}).status)

    shop.deliver_to(handle)

    order = shop.purchase("prod_course", email="jane@example.com")

    assert (seen[0]["_id"], seen[1]) == (order.api_id, 201)
    shop.assert_delivered("order.refunded", {"refund.amount": 60}, times=1)
    assert order.status == "refunded"


def test_what_is_caused_between_verbs_waits_for_the_next_read(shop):
    """Nobody but the test calls its handler: an API call is delivered by the next verb or read."""
    heard = []
    shop.deliver_to(lambda request: heard.append(request.event))

    client_of(shop).post("/products", {"name": "Book", "price": 10})

    assert heard == []
    assert shop.deliveries.of("product.created").last.outcome == "delivered"
    assert heard == ["product.created"]


@pytest.mark.parametrize("path", ["clock/advance", "settle", "reset", "actions/advance"])
def test_what_moves_time_is_refused_at_once_inside_a_handler(shop, path):
    """A handler that is being waited for is told that the world is busy, without a wait."""
    api = client_of(shop)
    answers = []

    def handle(request):
        if request.event == "order.completed":
            answers.append(api.post(f"/_emulator/{path}", {"days": 1} if path[-1] == "e" else {}))
            answers.append(api.get("/_emulator/state"))

    shop.deliver_to(handle)

    shop.purchase("prod_course")

    assert [(one.status, one.json["code"]) for one in answers] == [(409, "WORLD_BUSY")] * 2


def test_an_action_inside_a_handler_answers_at_once(shop):
    """It is applied, and `pending` says what is still to be sent."""
    api = client_of(shop)
    answers = []

    def handle(request):
        if request.event == "order.completed":
            order = request.json()["order"]["id"]
            answers.append(api.post("/_emulator/actions/review", {"order": order, "rating": 5}))

    shop.deliver_to(handle)

    shop.purchase("prod_course")

    assert answers[0].json["pending"] == 2
    shop.assert_delivered("review.created", times=1)


def test_time_moves_over_http_as_far_as_nothing_must_be_sent(shop):
    """An advance by HTTP goes up to the first delivery; the test's next verb carries it on."""
    offer = shop.create_offer(price="29.00", trial_days=14)
    sub = shop.subscribe(offer)
    api = client_of(shop)

    without = api.control("clock/advance", {"days": 1})
    shop.deliver_to(lambda _request: 200)
    part = api.control("clock/advance", {"days": 20})

    assert (without["now"], without["pending"]) == ("2030-02-01T00:00:00.000Z", 0)
    assert part["now"] == "2030-02-07T00:00:00.000Z"
    assert part["pending"] == 1
    assert shop.events[-1] == "customer.subscription.updated"
    assert sub.status == "active"


def test_the_rest_of_the_control_api(shop):
    """A reset by HTTP is the emulator's; a scenario is played by the program that drives."""
    api = client_of(shop)

    state = api.get("/_emulator/state").json["result"]
    refused = api.post("/_emulator/scenarios/refund/run", {})
    api.control("reset")

    assert "prod_course" in state["objects"]["product"]
    assert (refused.status, refused.json["code"]) == (409, "ILLEGAL_MOVE")
    assert "run_scenario('refund')" in refused.json["message"]
    assert shop.events == []
    assert api.get("/products").json == []


def test_each_emulator_answers_under_its_own_key(shop):
    """One server for the process; for a world that is closed nobody answers."""
    with Emulator(livemode=True) as other:
        assert other.url == shop.url
        assert other.api_key.startswith("pk_live_")
        assert client_of(other).get("/products").json == []
        key = other.api_key

    gone = Client(shop.url, key).get("/products")
    unnamed = Client(shop.url).get("/_emulator/clock")

    assert (gone.status, gone.json["code"]) == (401, "UNAUTHORIZED")
    assert "emulator.api_key" in gone.json["message"]
    assert (unnamed.status, client_of(shop).get("/_emulator/health").status) == (404, 200)


def test_webhooks_of_the_api_are_sent_by_the_next_verb(shop):
    """An application may register its own webhook; the dialect is the emulator's."""
    api = client_of(shop)
    api.post("/webhooks", {"url": "http://127.0.0.1:1/", "events": ["*"]})

    shop.purchase("prod_course")

    assert [delivery.outcome for delivery in shop.deliveries] == ["refused"] * 2


def test_an_async_handler_calls_the_api():
    """The awaited twin, with a handler that is a coroutine function."""

    async def play():
        async with AsyncEmulator(seed=7) as emulator:
            api = client_of(emulator)

            async def handle(request):
                if request.event == "order.completed":
                    order = request.json()["order"]["id"]
                    await asyncio.to_thread(api.post, "/refunds", {"orderId": order})

            emulator.deliver_to(handle)
            product = await emulator.create_product(price="60.00")
            await emulator.purchase(product)
            await emulator.assert_delivered("order.refunded", times=1)

    asyncio.run(play())


def test_calls_and_verbs_at_once_lose_nothing(shop):
    """Threads of an application call the API while the test does verbs: each call is heard once."""
    heard = []
    shop.deliver_to(lambda request: heard.append(request.json()))
    api = client_of(shop)

    def call(thread):
        for number in range(20):
            body = {"name": f"{thread}-{number}", "price": 1}
            assert api.post("/products", body).status == 201

    threads = [threading.Thread(target=call, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        shop.purchase("prod_course")
        for thread in threads:
            thread.join(0.01)
    shop.settle()

    names = [event["product"]["name"] for event in heard if event["event"] == "product.created"]
    expected = sorted(f"{thread}-{number}" for thread in range(4) for number in range(20))
    assert expected == sorted(names)


def test_reset_is_refused_while_deliveries_are_under_way(shop):
    """As in the process, so over HTTP."""

    def handle(_request):
        with pytest.raises(CalledDuringDelivery):
            shop.reset()

    shop.deliver_to(handle)

    shop.purchase("prod_course")

    assert len(shop.deliveries) == 2


def test_nothing_is_served_before_it_is_asked_for():
    """Importing and using an emulator loads no web framework; a process with a server ends."""
    program = (
        "import sys, pocketsflow_emulator as p\n"
        "e = p.Emulator(); e.create_product(price='1')\n"
        "print('aiohttp' in sys.modules, 'pydantic' in sys.modules)\n"
        "print(e.url.startswith('http://127.0.0.1:'))\n"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert done.stdout.split() == ["False", "False", "True"]
    assert done.stderr == ""
