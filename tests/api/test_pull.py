"""Pull mode: receivers inside other programs ask for their tries, and say what came of them."""

import threading
from base64 import b64decode
from time import monotonic

import pytest

import receivers
from clients import Client, serving
from pocketsflow_emulator import Emulator, verify
from pocketsflow_emulator.api import served
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET

ORDER = {"product": "prod_course", "email": "jane@example.com"}


@pytest.fixture
def api():
    """A served world with a product, and one receiver that asks for its tries."""
    with serving(webhooks=("pull:/webhooks",), deadline=0.5) as client:
        client.control("seed", {"products": [{"id": "prod_course", "price": "60.00"}]})
        client.control("seed", {"offers": [{"id": "prod_pro", "price": "29.00"}]})
        yield client


def take(api, seconds=0):
    """Ask for the next try; None where there is none."""
    answer = api.post(f"/_emulator/attempts/next?seconds={seconds}")
    assert answer.status in (200, 204), answer.text
    return answer.json if answer.status == 200 else None


def decide(api, attempt, **outcome):
    """Say what came of a try; returns the envelope."""
    return api.control(f"attempts/{attempt['id']}/outcome", outcome or {"status": 200})


def work(api):
    """Answer everything with 200 until nothing is left; returns the names of the events."""
    done = []
    while (attempt := take(api)) is not None:
        done.append(attempt["event"])
        decide(api, attempt)
    return done


def test_a_try_is_what_would_have_been_sent(api):
    """It has the path of the receiver, the documented headers and the exact bytes, signed."""
    answer = api.post("/_emulator/actions/purchase", ORDER).json

    attempt = take(api)

    assert [one["outcome"] for one in answer["deliveries"]] == ["waiting", "waiting"]
    assert answer["pending"] == 2
    assert (attempt["path"], attempt["event"]) == ("/webhooks", "customer.created")
    raw = b64decode(attempt["body_base64"])
    assert raw.decode() == attempt["body"]
    assert verify(raw, attempt["headers"]["X-Pocketsflow-Signature"], DEFAULT_SECRET)
    assert attempt["headers"]["X-Pocketsflow-Event"] == "customer.created"


def test_what_came_of_it_is_recorded(api):
    """Status, headers and body stand in the journal as if they had come over HTTP."""
    api.post("/_emulator/actions/purchase", ORDER)

    first = decide(api, take(api), status=201, body="ok", headers={"X-Powered-By": "node"})
    second = decide(api, take(api), error="TypeError: x is undefined")

    assert first["result"] == {"outcome": "delivered", "status": 201}
    assert (first["deliveries"][0]["outcome"], first["pending"]) == ("delivered", 1)
    assert second["result"] == {"outcome": "rejected", "status": 500}
    kept = api.get(f"/_emulator/deliveries/{second['deliveries'][0]['id']}").json["result"]
    assert "TypeError: x is undefined" in kept["explanation"]
    assert take(api) is None


def test_a_long_answer_is_cut(api):
    """64 kB of an answer are kept, as of one over HTTP."""
    api.act("create_product", price="1")

    id = decide(api, take(api), status=200, body="x" * 70_000)["deliveries"][0]["id"]

    kept = api.get(f"/_emulator/deliveries/{id}").json["result"]["tries"][0]["answer"]
    assert len(kept) == 64 * 1024


def test_time_goes_on_as_tries_are_decided(api):
    """An advance answers at once; its goal stays, and is reached when all on the way is decided."""
    api.act("subscribe", offer="prod_pro", email="jane@example.com")
    before = work(api)

    answer = api.control("clock/advance", {"days": 30})
    sent = work(api)

    assert before[-1] == "customer.subscription.created"
    assert answer["pending"] == 1
    assert answer["now"] < "2030-03-02"
    assert sent[0] == "invoice.upcoming"
    assert sent[-1] == "customer.subscription.updated"
    stands = api.get("/_emulator/clock").json
    assert (stands["now"], stands["pending"]) == ("2030-03-02T00:00:00.000Z", 0)


def test_an_event_that_never_comes_is_said_to_who_asks(api):
    """Where an advance until an event fails on the way, the next question is answered so."""
    api.act("subscribe", offer="prod_pro", email="jane@example.com")
    work(api)
    api.control("clock/advance", {"until": "review.created"})

    said = []
    while not said:
        answer = api.post("/_emulator/attempts/next")
        if answer.status == 200:
            decide(api, answer.json)
        else:
            said.append(answer)

    assert (said[0].status, said[0].json["code"]) == (409, "NEVER_DUE")
    assert "review.created did not happen before" in said[0].json["message"]


def test_settle_and_actions_answer_at_once(api):
    """Whoever drives its deliveries itself waits for nothing; `pending` says what is left."""
    begun = monotonic()
    api.post("/_emulator/actions/purchase", ORDER)

    settled = api.control("settle")

    assert settled["pending"] == 2
    assert monotonic() - begun < 0.5


def test_a_try_that_nobody_decides_times_out(api):
    """After the deadline it is a `timeout_response`, and its outcome comes too late."""
    api.act("create_product", price="1")
    attempt = take(api)

    waited = api.control("deliveries/wait", {"outcome": "timeout_response"})
    late = api.post(f"/_emulator/attempts/{attempt['id']}/outcome", {"status": 200})

    assert waited["result"]["ok"]
    assert (late.status, late.json["code"]) == (404, "NOT_FOUND")
    assert "its 0.5 s are over" in late.json["message"]


def test_a_try_out_holds_time(api):
    """What moves time waits for the try, and goes on when its time is over."""
    api.act("create_product", price="1")
    take(api)

    answer = api.control("clock/advance", {"days": 1})

    assert answer["now"] == "2030-02-01T00:00:00.000Z"
    listed = api.get("/_emulator/deliveries").json["result"]
    assert [one["outcome"] for one in listed] == ["timeout_response"]


def test_actions_are_applied_while_a_try_is_out(api):
    """Inside its handler the merchant may act; it is answered at once."""
    api.post("/_emulator/actions/purchase", ORDER)
    attempt = take(api)

    answer = api.post("/_emulator/actions/create_product", {"price": "2"}).json

    assert [one["outcome"] for one in answer["deliveries"]] == ["waiting"]
    assert answer["pending"] == 3
    decide(api, attempt)
    assert work(api) == ["order.completed", "product.created"]


def test_asking_may_wait_for_something_to_come(api):
    """With `seconds` the question stays open until a try comes, in whatever way it is caused."""
    answers = []
    asking = threading.Thread(target=lambda: answers.append(take(api, seconds=20)))
    asking.start()

    api.post("/products", {"name": "Course", "price": 60})

    asking.join(15)
    assert answers[0]["event"] == "product.created"


def test_a_url_and_a_puller_share_a_world():
    """The server sends to the one, the other asks; the journal has both, in order."""
    with (
        receivers.answering(200) as receiver,
        serving(webhooks=(receiver.url, "pull:")) as api,
    ):
        api.act("create_offer", id="prod_pro", price="29.00")
        api.act("subscribe", offer="prod_pro")
        pulled = work(api)
        api.control("clock/advance", {"days": 40})
        pulled += work(api)
        listed = api.get("/_emulator/deliveries").json["result"]

    assert [one["outcome"] for one in listed] == ["delivered"] * len(listed)
    assert pulled == [one["event"] for one in listed[1::2]]
    assert len(receiver.requests) == len(pulled) == len(listed) / 2
    assert pulled[-1] == "customer.subscription.updated"


def test_a_scenario_waits_for_who_pulls(api):
    """A scenario runs while another connection answers its deliveries."""
    stop = threading.Event()

    def answer_all():
        while not stop.is_set():
            attempt = take(api, seconds=0.2)
            if attempt is not None:
                decide(api, attempt)

    worker = threading.Thread(target=answer_all)
    worker.start()
    try:
        ran = api.control("scenarios/trial-converts/run", {})
    finally:
        stop.set()
        worker.join(15)

    assert (ran["result"]["ok"], ran["result"]["misses"], ran["pending"]) == (True, [], 0)
    assert {one["outcome"] for one in ran["deliveries"]} == {"delivered"}


def test_a_scenario_that_nobody_answers_says_so(api):
    """Without somebody who pulls, a scenario ends after a deadline and a second."""
    ran = api.control("scenarios/purchase/run", {})

    assert ran["result"]["ok"] is False
    assert "nobody has asked for it within 1.5 s" in ran["result"]["misses"][0]["message"]


def test_a_scenario_waits_for_who_is_late():
    """Who asks just before the patience is over has a whole deadline for the answer."""
    with serving(webhooks=("pull:",), deadline=0.6) as api:

        def answer_slowly():
            first = take(api, seconds=20)
            assert api.control("deliveries/wait", {"outcome": "any", "timeout": 0.4})["pending"]
            decide(api, first)
            decide(api, take(api, seconds=20))

        worker = threading.Thread(target=answer_slowly)
        worker.start()
        ran = api.control("scenarios/purchase/run", {})
        worker.join(15)

    assert (ran["result"]["ok"], ran["pending"]) == (True, 0)


def test_several_may_pull_at_once():
    """With deliveries of several buyers in flight, each is handed to one worker, once."""
    done = []
    with serving(webhooks=("pull:",), concurrency=8) as api:
        for number in range(40):
            api.post("/products", {"name": str(number), "price": 1})
            api.act("create_customer", email=f"{number}@example.com")
        api.act("create_product", id="prod_course", price="60.00")
        for number in range(20):
            api.act("purchase", product="prod_course", email=f"{number}@example.com")

        def work_along():
            while (attempt := take(api)) is not None:
                done.append(attempt["delivery"])
                decide(api, attempt)

        workers = [threading.Thread(target=work_along) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
        states = {one["outcome"] for one in api.get("/_emulator/deliveries").json["result"]}

    assert sorted(done) == list(range(1, 82))
    assert states == {"delivered"}


def test_a_reset_lets_nothing_remain(api):
    """After a reset nothing waits, and a try of before is not one of now."""
    api.post("/_emulator/actions/purchase", ORDER)
    attempt = take(api)
    decide(api, attempt)

    api.control("reset")

    assert take(api) is None
    assert api.post(f"/_emulator/attempts/{attempt['id']}/outcome", {"status": 200}).status == 404


def test_on_a_real_clock_the_instant_stands_meanwhile(monkeypatch):
    """While something waits to be pulled, or is out, no time passes; afterwards it does."""
    gone_by = [0]
    steady = served.elapsed
    monkeypatch.setattr(served, "elapsed", lambda: steady() + gone_by[0])
    with serving(webhooks=("pull:",), real_clock=True) as api:

        def day():
            return api.get("/_emulator/clock").json["now"][:10]

        api.act("create_product", price="1")
        gone_by[0] += clock.DAY
        waiting = day()
        attempt = take(api)
        gone_by[0] += clock.DAY
        out = day()
        decide(api, attempt)
        quiet = day()
        gone_by[0] += clock.DAY
        later = day()

    assert [waiting, out, quiet, later] == ["2030-01-31"] * 3 + ["2030-02-01"]


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("next?seconds=61", {}, 400, "write seconds from 0 to 60"),
        ("next?seconds=soon", {}, 400, "write seconds from 0 to 60"),
        ("next", "[]", 400, "must be a JSON object"),
        ("1/outcome", {}, 400, 'an outcome is {"status": 200}'),
        ("1/outcome", {"status": 200, "error": "x"}, 400, 'an outcome is {"status": 200}'),
        ("1/outcome", {"status": 99}, 400, "from 100 to 599"),
        ("1/outcome", {"status": True}, 400, "from 100 to 599"),
        ("1/outcome", {"error": ""}, 400, "write what went wrong"),
        ("1/outcome", {"status": 200, "body": 1}, 400, "the text that was answered"),
        ("1/outcome", {"status": 200, "headers": []}, 400, "write an object"),
        ("1/outcome", {"statsu": 200}, 400, "did you mean 'status'?"),
        ("1/outcome", {"status": 200}, 404, "attempt 1 is not out"),
        ("one/outcome", {"status": 200}, 404, "there is no attempt 'one'"),
    ],
)
def test_what_cannot_be_is_refused(api, path, body, status, said):
    """Each refusal says what to write instead."""
    answer = api.post(f"/_emulator/attempts/{path}", body)

    assert (status, said in answer.json["message"]) == (answer.status, True), answer.text


@pytest.mark.parametrize("url", ["pull:webhooks", "pull:/a b", "pull://localhost/"])
def test_addresses_of_pullers(api, url):
    """`pull:` alone, or with a path."""
    answer = api.post("/_emulator/actions/create_webhook", {"url": url})

    assert (answer.status, answer.json["code"]) == (400, "INVALID_INPUT")


def test_a_world_of_a_test_may_be_pulled_from():
    """Also a world of `Emulator` has receivers that ask; its own are called by its own thread."""
    heard = []
    with Emulator(seed=7, deadline=0.3) as emulator:
        api = Client(emulator.url, emulator.api_key, emulator.api_key)
        emulator.deliver_to(lambda request: heard.append(request.event))
        emulator.create_webhook("pull:/inner")
        emulator.create_product(price="1")

        attempt = take(api)
        busy = api.post("/_emulator/clock/advance", {"days": 1})
        decide(api, attempt)
        emulator.advance(days=1)

        assert (attempt["path"], attempt["event"]) == ("/inner", "product.created")
        assert (busy.status, busy.json["code"]) == (409, "WORLD_BUSY")
        assert heard == ["product.created"]
        assert [delivery.outcome for delivery in emulator.deliveries] == ["delivered"] * 2
        assert take(api) is None


def test_who_asks_in_vain_is_told_that_others_are_waited_for():
    """Deliveries of another receiver, which only the test's thread sends, are not handed out."""
    with Emulator(seed=7, deadline=0.1) as emulator:
        api = Client(emulator.url, emulator.api_key, emulator.api_key)
        emulator.deliver_to(lambda _request: 200)
        api.post("/products", {"name": "Course", "price": 60})

        answer = api.post("/_emulator/attempts/next")

    assert (answer.status, answer.json["code"]) == (409, "WORLD_BUSY")
    assert "a delivery waits for another receiver" in answer.json["message"]
