"""Probes: what became of it all at the receiver's application, asked until it is as expected."""

import asyncio
import json
import sys
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import receivers
from pocketsflow_emulator import AsyncEmulator, Emulator
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.driver import Driver
from pocketsflow_emulator.errors import InvalidInput, Missed, ScenarioError, UnknownName
from pocketsflow_emulator.scenario import probes
from pocketsflow_emulator.scenario.load import read
from pocketsflow_emulator.scenario.probes import Offered
from pocketsflow_emulator.scenario.run import run_with
from scenario.files import HEAD, SEED, START

JANE = "jane+pro@example.com"


def file(probe, expected):
    """A scenario in which Jane buys, and `member` is asked."""
    return HEAD + (
        f"catches: A shop that forgets.\nprobes: {{member: {probe}}}\n"
        "given: {course: {create_product: {price: '60.00'}}}\nsteps:\n"
        "  - purchase: {product: $course}\n    as: order\n"
        f"    expect: {{member: {expected}}}\n"
    )


class Shop(BaseHTTPRequestHandler):
    """A merchant's application that knows its buyers from the second question on."""

    def do_POST(self):
        """Take a webhook."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.members.add(body["customer"]["email"])
        self.say(200, "")

    def do_GET(self):
        """Say what is known of a buyer."""
        self.server.asked.append(self.path)
        if self.path.startswith("/moved"):
            self.say(302, "", ("Location", "/members/"))
        elif self.path.startswith("/text"):
            self.say(200, "plain")
        elif len(self.server.asked) < self.server.slow:
            self.say(404, '{"access": false}')
        else:
            self.say(200, json.dumps({"access": True, "paid": 60.0, "list": [1, 2]}))

    def say(self, status, text, *headers):
        """Answer."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def shop():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.members, server.asked, server.slow = set(), [], 3
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def play(text, shop, ways=None, *, commands=False):
    """Run a file against the shop."""
    driver = Driver(Engine(SEED, clock.parse(START)))
    driver.do("create_webhook", {"url": f"http://127.0.0.1:{shop.server_port}/webhooks"})
    try:
        offered = Offered(ways or {}, commands)
        return run_with(driver, read(text, "a.yaml"), {"email": JANE}, offered)
    finally:
        driver.close()


def misses(result):
    return [miss.message for miss in result.misses]


# ---- HTTP --------------------------------------------------------------------------------------


def test_a_probe_is_asked_until_it_holds(shop):
    """A path is asked at the receiver's address, names in it written for a URL, until the answer
    is the expected one.
    """
    text = file("{get: /members/$email}", "{status: 200, json.access: true, json.list.1: 2}")

    actual = play(text, shop)

    assert misses(actual) == []
    assert shop.asked == ["/members/jane%2Bpro%40example.com"] * 3


def test_a_probe_trusts_whom_deliveries_trust(tmp_path, monkeypatch):
    """An authority of one's own that signs plainly is good enough for both, under every Python."""
    context = receivers.plainly_signed_context(tmp_path, "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.setattr(probes, "_opener", cache(probes._opener.__wrapped__))
    story = tmp_path / "a.pocketsflow.yaml"
    story.write_text(file("{get: /members, within: 0s}", "{status: 200}"), encoding="utf-8")

    with receivers.answering(tls=context) as receiver, Emulator() as emulator:
        emulator.deliver_to(receiver.url)
        emulator.run_scenario(str(story))
        outcomes = {delivery.outcome for delivery in emulator.deliveries}

    assert outcomes == {"delivered"}


def test_a_probe_that_never_holds_is_a_miss_that_names_the_mistake(shop):
    """When the time is over, what is unmet is said, with what the scenario catches and the line
    that would hold.
    """
    text = file(
        "{get: /members/$email, within: 200ms}", "{json.access: false, json.paid: $order.amount}"
    )

    actual = play(text, shop)

    [miss] = actual.misses
    assert str(miss) == (
        "a.yaml:10: step 1 (purchase): member: json.access: expected False, found True"
    )
    assert miss.advice == "This scenario catches: A shop that forgets."
    assert miss.paste == ("json.access: true",)
    assert len(shop.asked) >= 2


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/moved", "{status: 302}"), ("/text", "{text: plain, json: null}")],
    ids=["a redirect is not followed", "a text"],
)
def test_answers_that_are_no_objects(shop, path, expected):
    """Any answer can be expected: its status, its text, and no JSON at all."""
    actual = play(file(f"{{get: {path}}}", expected), shop)

    assert misses(actual) == []


def test_an_application_that_cannot_be_asked(shop):
    """A connection that cannot be made is a miss that names what was asked."""
    url = "http://127.0.0.1:9/members"

    actual = play(file("{within: 0s}", "{status: 200}"), shop, {"member": url})

    [message] = misses(actual)
    assert message.startswith(f"member: GET {url}: ")


def test_an_answer_that_does_not_end(shop, monkeypatch):
    """A body that comes byte by byte is given up: nobody waits for it for ever."""
    monkeypatch.setattr(probes, "_PATIENCE", 0.2)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"

    with receivers.saying(head, *[b"x"] * 1000, every=0.02) as slow:
        ways = {"member": slow.url}
        [message] = misses(play(file("{within: 0s}", "{status: 200}"), shop, ways))

    assert message.endswith("the answer did not end within 0.2 s")


def test_a_run_offers_a_way_of_its_own(shop):
    """A way that the run offers takes the place of the file's; `{name}` stands for a name."""
    text = file("{get: /elsewhere}", "{json.access: true}")

    actual = play(text, shop, dict([probes.from_text("member=/of/{order.id}?e={email}")]))

    assert misses(actual) == []
    order = actual.order.id
    assert {f"/of/{order}?e=jane%2Bpro%40example.com"} == {*shop.asked}


def test_a_probe_without_a_way_is_not_asked(shop):
    """A probe that is a name alone says nothing where the run offers no way to ask."""
    actual = play(file("{}", "{json.access: never}"), shop)

    assert actual.ok
    assert shop.asked == []


# ---- commands ----------------------------------------------------------------------------------


def test_a_command_runs_only_where_it_is_allowed(shop):
    """A file cannot run programs by itself: the run says no before anything is sent."""
    text = file("{command: [touch, /tmp/x]}", "{status: 0}")

    with pytest.raises(InvalidInput, match="the probe member runs a command, 'touch /tmp/x'; if"):
        play(text, shop)

    assert shop.members == set()


def test_a_command_that_is_allowed(shop):
    """A command is given its words as they are, without a shell; it answers on standard output."""
    program = "import json, sys; print(json.dumps({'asked': sys.argv[1]})); sys.exit(3)"
    words = json.dumps([sys.executable, "-c", program, "$email; $order.id"])
    text = file(f"{{command: {words}}}", "{status: 3, json.asked: '$email; $order.id'}")

    actual = play(text, shop, commands=True)

    assert misses(actual) == []


def test_a_program_that_is_not_there(shop):
    """A command that cannot be run is a miss that names it."""
    text = file("{command: [no-such-program], within: 0s}", "{status: 0}")

    [message] = misses(play(text, shop, commands=True))

    assert message.startswith("member: no-such-program: ")


# ---- functions ---------------------------------------------------------------------------------


def test_a_function_is_called_with_the_names_it_asks_for(tmp_path):
    """In a test a probe is a function; its parameters are names of the scenario."""
    told = []
    mine = tmp_path / "mine.yaml"
    mine.write_text(file("{}", "{json.access: true}"))

    def member(email, order, limit=5):
        told.append((email, order.status, limit))
        return {"access": True}

    with Emulator(seed=SEED) as emulator:
        result = emulator.run_scenario(str(mine), probes={"member": member}, email=JANE)

    assert result.ok
    assert told == [(JANE, "paid", 5)]


def test_a_coroutine_function_is_awaited(tmp_path):
    """With `AsyncEmulator` a probe may be a coroutine function, or a plain one."""
    mine = tmp_path / "mine.yaml"
    mine.write_text(file("{within: 0s}", "{json.access: true}"))

    async def member(email):
        await asyncio.sleep(0)
        return {"access": email == JANE}

    async def run():
        async with AsyncEmulator(seed=SEED) as emulator:
            await emulator.run_scenario(str(mine), probes={"member": member}, email=JANE)
            with pytest.raises(Missed, match="there is no 'access'"):
                await emulator.run_scenario(
                    str(mine), probes={"member": lambda: {"known": True}}, email=JANE
                )

    asyncio.run(run())


def test_http_is_asked_beside_a_loop(shop, tmp_path):
    """With `AsyncEmulator` a path is asked without standing in the way of the loop."""
    mine = tmp_path / "mine.yaml"
    mine.write_text(file("{get: /members/$email}", "{json.access: true}"))

    async def run():
        async with AsyncEmulator() as emulator:
            emulator.deliver_to(f"http://127.0.0.1:{shop.server_port}/webhooks")
            return await emulator.run_scenario(str(mine), email=JANE)

    assert asyncio.run(run()).ok
    assert shop.members == {JANE}


@pytest.mark.parametrize(
    ("ways", "kind", "expected"),
    [
        ({"membr": str}, UnknownName, "unknown probe 'membr'; did you mean 'member'?"),
        ({"member": "/members"}, InvalidInput, "no receiver of this world has a URL"),
        ({"member": "https://example.com/x"}, InvalidInput, "is a public address"),
        ({"member": dict}, InvalidInput, "does not say which names it wants; give a function"),
        ({"member": lambda mail: 1}, Missed, "unknown name for the probe member 'mail'; did you"),
    ],
)
def test_ways_that_cannot_be_gone(tmp_path, ways, kind, expected):
    """A misspelt probe, a path without an address and a public URL are refused; a function that
    wants what there is not is a miss.
    """
    mine = tmp_path / "mine.yaml"
    mine.write_text(file("{within: 0s}", "{json.access: true}"))

    with Emulator(seed=SEED) as emulator, pytest.raises(kind, match=expected):
        emulator.run_scenario(str(mine), probes=ways)


def test_a_coroutine_function_needs_an_async_emulator(tmp_path):
    """A coroutine cannot be awaited where there is no loop; the message says what to use."""
    mine = tmp_path / "mine.yaml"
    mine.write_text(file("{within: 0s}", "{json.access: true}"))

    async def member():
        return {}

    with Emulator(seed=SEED) as emulator, pytest.raises(Missed, match="use AsyncEmulator"):
        emulator.run_scenario(str(mine), probes={"member": member})


def test_a_probe_has_an_end():
    """A world waits while a probe is asked, so a file cannot ask for ever."""
    with pytest.raises(ScenarioError, match="within is at most 600s"):
        read(file("{within: 601s}", "{status: 200}"), "a.yaml")


@pytest.mark.parametrize("text", ["member", "member=", "=/x", "member=members", "m=ftp://x"])
def test_probes_on_the_command_line_that_cannot_be(text):
    """A probe on the command line is a name and a path or URL."""
    with pytest.raises(InvalidInput, match="is no probe; write member=/test/members/"):
        probes.from_text(text)


@pytest.mark.parametrize(
    ("expected", "complaint"),
    [
        ("{access: true}", "it has no 'access'; did you mean 'json.access'"),
        ("{jsn.access: true}", "it has no 'jsn.access'; did you mean 'json.access'"),
        ("{text.x: 1}", "it has no 'text.x'"),
        ("{statsu: 1}", "did you mean 'status'"),
    ],
)
def test_answers_that_cannot_be_expected(expected, complaint):
    """The answer of a probe has three parts; another is refused before anything is sent."""
    with pytest.raises(InvalidInput, match=complaint) as caught:
        read(file("{}", expected), "a.yaml")

    assert str(caught.value).startswith("a.yaml:10:23: ")
