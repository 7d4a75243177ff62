"""Keys and worlds: who speaks to which account, and that accounts share nothing."""

from threading import Event

import pytest

from clients import BOUND, Client, serving
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.api.limits import MOST_CALLERS, RateLimit
from pocketsflow_emulator.driver import AsyncDriver
from pocketsflow_emulator.errors import EnvironmentFailure
from pocketsflow_emulator.server import Server, ServerThread, Site, Template, Worlds


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer pk_test_1", 200),
        ("bearer pk_live_a-b_C9", 200),
        ("Bearer  pk_test_1", 200),
        (None, 401),
        ("", 401),
        ("pk_test_1", 401),
        ("Basic pk_test_1", 401),
        ("Bearer", 401),
        ("Bearer sk_test_1", 401),
        ("Bearer pk_test_", 401),
        ("Bearer pk_test_a b", 401),
        ("Bearer pk_test_" + "a" * 101, 401),
        ("Bearer pk_prod_1", 401),
    ],
)
def test_a_key_is_needed(api, header, status):
    """A missing or malformed key is 401 with the documented body, whatever was asked."""
    answer = api.ask("GET", "/products", headers={"Authorization": header})

    assert status == answer.status
    if status == 401:
        assert answer.json["code"] == "UNAUTHORIZED"
        assert answer.json["error"] == answer.json["message"]


def test_test_and_live_never_see_each_other(api):
    """The key alone decides the mode; all keys of a mode share its world."""
    live = Client(api.url, "pk_live_1")
    mine = api.post("/products", {"name": "Course", "price": 60}).json
    theirs = live.post("/products", {"name": "Course", "price": 60}).json

    others = Client(api.url, "pk_test_other").get("/products").json

    assert [mine] == others
    assert (mine["testMode"], theirs["testMode"]) == (True, False)
    assert live.get(f"/products/{mine['_id']}").status == 404
    assert mine["_id"] != theirs["_id"]


def test_events_carry_their_mode(api, receiver):
    """`testMode` and `livemode` follow the key."""
    Client(api.url, "pk_live_1").post("/products", {"name": "Course", "price": 60})
    Client(api.url, world="live").control("settle")

    assert b'"testMode":false,"livemode":true' in receiver.requests[0]


def test_every_key_may_have_a_world_of_its_own():
    """With worlds per key two keys share nothing."""
    with serving(per_key=True) as api:
        api.post("/products", {"name": "Course", "price": 60})

        assert Client(api.url, "pk_test_other").get("/products").json == []
        assert len(api.get("/products").json) == 1
        assert Client(api.url, world=api.key).control("settle")["world"] == api.key


def test_a_world_is_named_by_a_header(api):
    """The control API speaks to any world by name; every answer says which it was."""
    named = Client(api.url, world="night-run")

    named.act("create_product", name="Course", price="60")

    assert named.control("settle")["world"] == "night-run"
    assert api.control("settle")["world"] == "test"
    assert api.get("/products").json == []
    refused = Client(api.url, world="no world!").get("/_emulator/clock")
    assert (refused.status, refused.json["code"]) == (400, "INVALID_INPUT")


def test_the_same_seed_gives_the_same_ids():
    """Two servers with one seed give the same ids, world by world."""
    made = []
    for _ in range(2):
        with serving() as api:
            for key in ("pk_test_1", "pk_live_1"):
                body = {"name": "Course", "price": 60}
                made.append(Client(api.url, key).post("/products", body).json["_id"])

    assert made[:2] == made[2:]
    assert made[0] != made[1]


def test_too_many_requests_are_refused_when_asked_for():
    """With a rate limit a key gets 429 for what is over it; other keys do not."""
    with serving(Site(rate_limit=3)) as api:
        statuses = [api.get("/products").status for _ in range(4)]
        refused = api.get("/products").json
        other = Client(api.url, "pk_test_other").get("/products").status

        assert statuses == [200, 200, 200, 429]
        assert refused["code"] == "RATE_LIMITED"
        assert other == 200
        assert api.get("/_emulator/clock").status == 200


@pytest.mark.parametrize("path", ["/posts", "/subscribers", "/images", "/link-in-bio"])
def test_what_nobody_documents_says_so(api, path):
    """Routes that Pocketsflow names without describing them answer 501."""
    answer = api.get(path)

    assert (answer.status, answer.json["code"]) == (501, "NOT_IMPLEMENTED")
    assert api.ask("GET", path, headers={"Authorization": None}).status == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("PATCH", "/products", 405),
        ("GET", "/products/variants/x", 405),
        ("HEAD", "/_emulator/health", 200),
    ],
)
def test_other_routes(api, method, path, status):
    """What is not there is said in the same form; HEAD answers for those who wait for a server."""
    answer = api.ask(method, path)

    assert status == answer.status
    if status != 200:
        assert set(answer.json) == {"error", "message", "code"}


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, '{"name": "Course", "price": 1}', 400),
        ({"Content-Type": None}, '{"name": "Course", "price": 1}', 400),
        ({"Host": "evil.example.com"}, {"name": "Course", "price": 1}, 403),
        ({"Origin": "https://evil.example.com"}, {"name": "Course", "price": 1}, 201),
        ({"Content-Type": "application/json; charset=utf-8"}, {"name": "A", "price": 1}, 201),
    ],
)
def test_guards_of_the_merchant_api(api, headers, body, status):
    """Bodies are JSON and hosts are known; a key is what keeps the pages of others out."""
    assert status == api.ask("POST", "/products", body, headers).status


class Broken:
    """Worlds that have a defect."""

    def of_key(self, _key):
        raise ZeroDivisionError("somewhere deep inside")

    def named(self, _name):
        raise ZeroDivisionError("somewhere deep inside")

    def save(self):
        pass

    async def close(self):
        pass


def test_a_defect_is_logged_and_not_shown(caplog):
    """What only a defect can cause is 500 with what to do; the traceback goes to the log."""
    with ServerThread(Server(Broken())) as server:
        answer = Client(server.url).get("/products")

    assert (answer.status, answer.json["code"]) == (500, "INTERNAL")
    assert "deep inside" not in answer.text
    assert "ZeroDivisionError: somewhere deep inside" in caplog.text


def test_a_defect_while_nobody_asks_is_logged_and_survived(caplog, monkeypatch, receiver):
    """A world in whose sending the unforeseen happens says so, and goes on when it is asked."""
    drive = AsyncDriver.drive
    happened = Event()

    async def breaking(driver):
        if not happened.is_set():
            happened.set()
            raise ZeroDivisionError("somewhere deep inside")
        await drive(driver)

    monkeypatch.setattr(AsyncDriver, "drive", breaking)
    with serving(webhooks=(receiver.url,)) as api:
        api.post("/products", {"name": "A", "price": 1})
        assert happened.wait(BOUND)
        settled = api.control("settle")

    assert settled["pending"] == 0
    assert len(receiver.requests) == 1
    assert "ZeroDivisionError: somewhere deep inside" in caplog.text


def test_a_server_that_cannot_start_says_so():
    """A port that is taken is the environment's fault, in a thread as in a task."""
    with serving() as api:
        worlds = Worlds(Template(seed=1, start=0))

        with pytest.raises(EnvironmentFailure, match="cannot listen on"):
            ServerThread(Server(worlds, port=api.port))


def test_everybodys_route_is_limited_by_address():
    """Without a key it is the address that counts."""
    with serving(Site(rate_limit=1)) as api:
        statuses = [api.get("/creator-pages/products/store").status for _ in range(2)]

    assert statuses == [200, 429]


def test_the_rate_limit_forgets():
    """The windows of very many callers do not fill the memory."""
    limit = RateLimit(1)
    for number in range(MOST_CALLERS + 1):
        limit.count(str(number))

    limit.count("0")

    with pytest.raises(Refused, match="more than 1 requests in a minute"):
        limit.count("0")
