"""Scenarios played on a server: probes that it asks, and what it does not do for a client."""

import json

import pytest

import receivers
from clients import Client, serving

FILE = """\
version: 1
name: mine
title: Mine
catches: A shop that forgets.
options: {site: {default: 127.0.0.1}}
given: {course: {create_product: {price: "60.00"}}}
probes: {member: {within: 0s}}
steps:
  - purchase: {product: $course}
    as: order
    expect: {events: [customer.created, order.completed], member: {json.access: true}}
"""
JANE = "jane+pro@example.com"
RUN = {"options": {"email": JANE}}


@pytest.fixture
def shop():
    """An application that takes webhooks and says that everybody may get in."""
    with receivers.answering(200, b'{"access": true}') as shop:
        yield shop


@pytest.fixture
def other():
    """Another application, at another address."""
    with receivers.answering(200, b'{"access": true}') as other:
        yield other


@pytest.fixture
def server(shop):
    """A server that delivers to the shop and knows the scenario."""
    with serving(webhooks=(shop.url,)) as client:
        put(client, FILE)
        yield client


def put(client, text):
    """Hand a scenario over."""
    kind = {"Content-Type": "application/yaml"}
    assert client.ask("PUT", "/_emulator/scenarios/mine", text, kind).status in (200, 201)


def run(client, **body):
    """Run the scenario; returns its result."""
    return client.control("scenarios/mine/run", {**RUN, **body})["result"]


def asked(shop):
    """The paths that were asked for, without the webhooks."""
    lines = [request.split(b"\r\n", 1)[0].decode() for request in shop.requests]
    return [line.split()[1] for line in lines if line.startswith("GET ")]


def test_a_probe_is_a_path_at_the_receivers_address(server, shop):
    """`probes` in the body of a run are asked by the server, names in them written for a URL."""
    result = run(server, probes={"member": "/of/{order.id}?e={email}"})

    assert result["misses"] == []
    order = result["handles"]["order"]["id"]
    assert [f"/of/{order}?e=jane%2Bpro%40example.com"] == asked(shop)


def test_a_probe_is_a_url(server):
    """An application that has another address is asked there."""
    with receivers.answering(200, b'{"access": false}') as other:
        result = run(server, probes={"member": f"http://127.0.0.1:{other.port}/x"})

    [miss] = result["misses"]
    assert miss["message"] == "member: json.access: expected True, found False"
    assert miss["advice"] == "This scenario catches: A shop that forgets."
    assert asked(other) == ["/x"]


def test_what_the_file_asks_is_asked_too(server, shop):
    """The paths of a file are asked at the receiver's address; without a way nothing is."""
    run(server)
    silent = asked(shop)
    put(server, FILE.replace("{within: 0s}", "{get: /members/$email}"))

    result = run(server, options={"email": "tom@example.com"})

    assert result["ok"]
    assert (silent, asked(shop)) == ([], ["/members/tom%40example.com"])


def test_the_receiver_that_is_meant(other, server, shop):
    """`webhook` says which of several receivers is `$webhook`, where paths are asked, and whose
    deliveries are replayed.
    """
    webhook = server.act("create_webhook", url=other.url)["api_id"]
    again = "  - replay: order.completed\n    expect: {answers: {count: 1}}\n"
    put(server, FILE.replace("expect: {", "expect: {answers: {count: 2}, ") + again)

    result = run(server, probes={"member": "/x"}, webhook=webhook)

    assert result["misses"] == []
    assert (asked(shop), asked(other)) == ([], ["/x"])


def test_a_verb_runs_scenarios_with_probes_too(server, shop):
    """`actions/run_scenario` takes them beside the options."""
    result = server.act("run_scenario", name="mine", email=JANE, probes={"member": "/x"})

    assert result["ok"]
    assert asked(shop) == ["/x"]


def test_nobody_waits_for_a_probe(server):
    """While an application is asked it may ask the server in its turn, and so may everybody."""
    told = []

    def behave(connection, receiver):
        while receivers.take(connection, receiver):
            if receiver.requests[-1].startswith(b"GET "):
                told.append(Client(server.url).get("/_emulator/clock").status)
                told.append(Client(server.url).get("/orders").json)
            connection.sendall(receivers.answer(200, b'{"access": true}'))

    with receivers.serving(behave) as application:
        result = run(server, probes={"member": f"{application.url}/x"})

    status, orders = told
    assert (result["ok"], status) == (True, 200)
    assert result["handles"]["order"]["api_id"] in json.dumps(orders)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"probes": {"membr": "/x"}}, 400, "unknown probe 'membr'; did you mean 'member'?"),
        ({"probes": {"member": ["./balance"]}}, 400, "it calls no functions and runs no commands"),
        ({"probes": {"member": "x"}}, 400, "a server asks a path at the receiver's address"),
        ({"probes": {"member": "file:///etc/passwd"}}, 400, "a server asks a path at the rec"),
        ({"probes": {"member": "http://[/"}}, 400, "'http://[/', which is no address"),
        ({"probes": {"member": "https://example.com/"}}, 400, "is a public address; allow public"),
        ({"probes": "/x"}, 400, "probes is '/x'; write {"),
        ({"probe": {}}, 400, "unknown key of a run 'probe'; did you mean 'probes'?"),
        ({"webhook": "nobody"}, 404, "there is no webhook 'nobody'"),
    ],
)
def test_what_cannot_be_asked(server, shop, body, status, said):
    """Everything that a server does not do is refused in a sentence, before anything is sent."""
    answer = server.post("/_emulator/scenarios/mine/run", {**RUN, **body})

    assert answer.status == status
    assert said in answer.json["message"]
    assert shop.requests == []


def test_a_name_that_leads_to_a_public_address(server):
    """A host may be named by an option; where that makes it a public one, it is not asked."""
    ways = {"member": "http://{site}/x"}

    answer = server.control(
        "scenarios/mine/run", {"options": {"site": "example.com"}, "probes": ways}
    )

    [miss] = answer["result"]["misses"]
    assert "member: http://example.com/x is a public address" in miss["message"]


def test_a_server_runs_no_commands(server, shop):
    """A file that was sent to a server cannot run programs there; a way takes its place."""
    put(server, FILE.replace("{within: 0s}", "{command: [touch, /tmp/x]}"))

    refused = server.post("/_emulator/scenarios/mine/run", RUN)
    result = run(server, probes={"member": "/x"})

    assert refused.status == 400
    assert "play it with: run --allow-commands, and not on a server" in refused.json["message"]
    assert result["ok"]


def test_paths_without_an_address():
    """Where no receiver has an address, a path cannot be asked, and the message says what can."""
    with serving() as client:
        put(client, FILE)

        answer = client.post("/_emulator/scenarios/mine/run", {"probes": {"member": "/x"}})

    assert answer.status == 400
    assert "no receiver of this world has a URL; give a URL or" in answer.json["message"]


def test_the_seed_of_a_run_that_branches_off(server):
    """The report names the seed that repeats the run, not that of a branch."""
    put(server, FILE.replace("steps:\n", "steps:\n  - branch: 8\n"))

    result = server.control("scenarios/mine/run?report=true", RUN)["result"]

    assert result["ok"]
    assert result["seed"] == 7
