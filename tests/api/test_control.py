"""The control API: what a test in any language does to a served world, and who may ask."""

import json

import pytest

from clients import serving
from pocketsflow_emulator.server import Site

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def ask(receiver):
    """Ask the control API of a served world; returns (status, answer)."""
    site = Site(allowed_hosts=("shop.example.com",))
    with serving(site, key=None, webhooks=(receiver.url,)) as client:

        def call(method, path, body=None, headers=None, **settings):
            answer = client.ask(method, f"/_emulator/{path}", body, headers, **settings)
            return answer.status, answer.text if answer.json is None else answer.json

        yield call


# ---- what it does ------------------------------------------------------------------------------


def test_health(ask):
    """The health check says that the server is there, and its version."""
    status, answer = ask("GET", "health")

    assert (status, answer["status"]) == (200, "ok")


def test_the_clock_stands_still_between_advances(ask):
    """A virtual clock moves when it is told to, and every answer says where it is."""
    before = ask("GET", "clock")[1]

    status, answer = ask("POST", "clock/advance", {"days": 3, "hours": 12})

    assert before["result"] == {"now": "2030-01-31T00:00:00.000Z", "clock": "virtual"}
    assert (status, answer["now"]) == (200, "2030-02-03T12:00:00.000Z")
    assert (answer["world"], answer["pending"]) == ("test", 0)


def test_a_scenario_runs_in_the_served_world(ask):
    """A scenario runs by name with options; the answer has its handles and what came of it."""
    listed = [scenario["name"] for scenario in ask("GET", "scenarios")[1]["result"]]
    shown = ask("GET", "scenarios/refund")[1]

    status, answer = ask("POST", "scenarios/purchase/run", {"options": {"price": "75.00"}})

    assert "refund" in listed
    assert shown.startswith("#")
    assert (status, answer["result"]["ok"], answer["result"]["misses"]) == (200, True, [])
    assert answer["result"]["handles"]["order"]["amount_before_tax"] == "75.00"


def test_deliveries_are_listed_and_shown(ask):
    """What was sent can be listed, selected by event, and looked at whole."""
    ask("POST", "scenarios/refund/run", {})

    listed = ask("GET", "deliveries")[1]["result"]
    [refund] = ask("GET", "deliveries?event=order.refunded")[1]["result"]
    whole = ask("GET", f"deliveries/{refund['id']}")[1]["result"]

    assert [delivery["id"] for delivery in listed] == [1, 2, 3]
    assert (refund["outcome"], refund["status"]) == ("delivered", 200)
    assert json.loads(whole["body"])["event"] == "order.refunded"
    assert [attempt["status"] for attempt in whole["tries"]] == [200]
    assert "2xx" in whole["explanation"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "said"),
    [
        ("POST", "clock/advance", {"days": -1}, 400, "INVALID_INPUT", "only goes forward"),
        ("POST", "clock/advance", {"dyas": 1}, 400, "UNKNOWN_NAME", "did you mean 'days'?"),
        (
            "POST",
            "clock/advance",
            {"until": "invoice.upcoming"},
            409,
            "NEVER_DUE",
            "nothing is due",
        ),
        ("POST", "clock/advance", {"to": "soon"}, 400, "INVALID_INPUT", "is not a date"),
        ("POST", "clock/advance", {"months": 1201}, 400, "INVALID_INPUT", "100 years"),
        ("POST", "clock/advance", b"[1]", 400, "INVALID_INPUT", "must be a JSON object"),
        ("POST", "clock/advance", b"{", 400, "INVALID_JSON", "is not JSON"),
        ("POST", "clock/advance", b"[" * 100_000, 400, "INVALID_JSON", "is not JSON"),
        ("POST", "scenarios/refnd/run", {}, 404, "UNKNOWN_NAME", "did you mean 'refund'?"),
        ("POST", "scenarios/refund/run", {"x": 1}, 400, "UNKNOWN_NAME", "unknown key of a run"),
        ("POST", "scenarios/refund/run", {"options": 1}, 400, "INVALID_INPUT", "write an object"),
        (
            "POST",
            "scenarios/purchase/run",
            {"options": {"prce": 1}},
            400,
            "UNKNOWN_NAME",
            "'price'",
        ),
        ("GET", "scenarios/refnd", None, 404, "UNKNOWN_NAME", "did you mean 'refund'?"),
        ("GET", "deliveries/1", None, 404, "NOT_FOUND", "there is no delivery 1"),
        ("GET", "deliveries?event=order.complete", None, 400, "UNKNOWN_NAME", "order.completed"),
        ("GET", "deliveries?evnt=order.*", None, 400, "UNKNOWN_NAME", "did you mean 'event'?"),
        ("POST", "settle?wait=false", {}, 400, "UNKNOWN_NAME", "unknown query parameter 'wait'"),
        ("GET", "nowhere", None, 404, "NOT_FOUND", "nowhere; GET /docs lists what there is"),
        ("GET", "clock/advance", None, 405, "METHOD_NOT_ALLOWED", "does not take GET"),
    ],
)
def test_what_cannot_be_done_is_said(ask, method, path, body, status, code, said):
    """Every refusal has a status, a code and a sentence; the world stays as it was."""
    actual, answer = ask(method, path, body)

    assert (status, code) == (actual, answer["code"])
    assert said in answer["message"]
    assert ask("GET", "clock")[1]["now"] == "2030-01-31T00:00:00.000Z"


# ---- who may ask -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:6060", 200),
        ("[::1]:6060", 200),
        ("localhost", 200),
        ("LOCALHOST.", 200),
        ("app.localhost:6060", 200),
        ("emulator:6060", 200),
        ("host.docker.internal", 200),
        ("shop.example.com", 200),
        ("evil.example.com", 403),
        ("localhost.evil.com", 403),
        ("127.0.0.1.evil.com", 403),
        ("", 403),
        ("[", 403),
    ],
)
def test_only_hosts_of_this_machine_are_answered(ask, host, status):
    """A name that somebody else's DNS may point here is refused (DNS rebinding)."""
    assert status == ask("GET", "health", None, {"Host": host})[0]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "https://evil.example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_pages_of_others_change_nothing(ask, headers, status):
    """What a browser sends for somebody else's page does not get through."""
    assert status == ask("POST", "clock/advance", {"days": 1}, {**JSON, **headers})[0]


@pytest.mark.parametrize(
    ("method", "path", "also"),
    [("POST", "settle", False), ("POST", "seed", True), ("PUT", "scenarios/mine", True)],
)
def test_a_file_may_be_yaml(ask, method, path, also):
    """Where a body of another kind is refused, the kinds that the route takes are named."""
    _, answer = ask(method, path, b"version: 1", {"Content-Type": "text/plain"})

    assert "application/json" in answer["message"]
    assert also == ("application/yaml for a file in YAML" in answer["message"])


def test_the_own_pages_may_ask(ask):
    """A request whose Origin is this server is let through to the verb."""
    headers = {**JSON, "Host": "localhost:6060", "Origin": "http://localhost:6060"}

    assert ask("POST", "clock/advance", {"days": 1}, headers)[0] == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_are_bounded(ask, chunked):
    """A body of more than 1 MiB is refused, also where its length is not announced."""
    body = b" " * (1024 * 1024 + 1)
    sent = iter([body]) if chunked else body
    headers = {**JSON, "Transfer-Encoding": "chunked"} if chunked else JSON

    status, answer = ask("POST", "clock/advance", sent, headers, encode_chunked=chunked)

    assert status == 413
    assert "larger than 1048576 bytes" in answer["message"]
