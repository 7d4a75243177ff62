"""Requests that are sent badly on purpose, as real servers see them."""

import asyncio
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiohttp import web

import receivers
from pocketsflow_emulator import Emulator
from pocketsflow_emulator.delivery.transports.http import HttpTransport
from pocketsflow_emulator.delivery.transports.misbehaviours import BEHAVIOURS
from pocketsflow_emulator.delivery.tries import Behaviour, Outcome
from pocketsflow_emulator.errors import UnknownName
from pocketsflow_emulator.loops import LoopThread

pytestmark = pytest.mark.skipif(
    not hasattr(socket, "TCP_INFO"), reason="asks the system how a connection ended, as Linux says"
)

DEADLINE = 0.5
BODY = b'{"event":"order.completed","name":"' + b"x" * 400 + b'"}'
HEADERS = (("Content-Type", "application/json"), ("X-Pocketsflow-Signature", "ab" * 32))
SLOW = Behaviour("slow-body", chunk=100, pause=0.02)
RESET = Behaviour("connection-reset")
HALF = Behaviour("half-close")
TCP_CLOSE = 7
"""How Linux calls the state of a connection that the other side has reset."""


def send(url: str, *behaviours: Behaviour | None, body: bytes = BODY, deadline=DEADLINE):
    """Send a try for each behaviour with one transport; return the outcomes."""

    async def run() -> list[Outcome]:
        transport = HttpTransport(deadline=deadline)
        outcomes = []
        for behaviour in behaviours:
            begun = time.monotonic()
            one = receivers.Attempt(url, "order.completed", HEADERS, body, behaviour)
            outcomes.append(await transport.send(one))
            assert time.monotonic() - begun < deadline + 1
        await transport.close()
        return outcomes

    return asyncio.run(run())


class Seen:
    """What a raw server saw of its connections: each packet, and how each ended."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.ends: list[str] = []
        self.ended = threading.Event()

    @property
    def request(self) -> bytes:
        return b"".join(self.packets)


@contextmanager
def watching(*, tls=None, answers: bool = True) -> Iterator[tuple[str, Seen]]:
    """A raw server that notes every packet, answers a whole request, and reads on to the end."""
    seen = Seen()

    def behave(connection: socket.socket, receiver: receivers.Receiver) -> None:
        answered = not answers
        try:
            while data := connection.recv(65536):
                seen.packets.append(data)
                if not answered and seen.request.endswith(b'"}'):
                    answered = True
                    select.select([connection], [], [], 0.1)  # a half-close comes before the answer
                    connection.sendall(receivers.OK)
        except ConnectionResetError:
            pass  # TLS does not tell a reset from an end; the state of the connection does
        finally:
            state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
            seen.ends.append("RST" if state == TCP_CLOSE else "FIN")
            seen.ended.set()

    with receivers.serving(behave, tls) as receiver:
        yield receiver.url, seen


@pytest.fixture(params=["http", "https"])
def tls(request, tmp_path, monkeypatch):
    """The two schemes; a certificate that is trusted for the second."""
    if request.param == "http":
        return None
    context = receivers.self_signed_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    return context


def test_the_request_is_the_same_as_ever():
    """Slow, or closed by half, the receiver gets the same head, signature and body."""
    requests = []
    for behaviour in (None, SLOW, HALF):
        with watching() as (url, seen):
            outcome = send(url, behaviour)[0]
            assert seen.ended.wait(receivers.BOUND)
        assert (outcome.kind, outcome.status, outcome.body) == ("delivered", 200, b"ok")
        requests.append(seen.request.replace(url.split("/")[2].encode(), b"HOST"))

    assert requests[0].endswith(BODY)
    assert [requests[0]] * 3 == requests


def test_a_slow_body(tls):
    """The head comes at once, the body in pieces of the size that was asked for."""
    with watching(tls=tls) as (url, seen):
        outcome = send(url, SLOW)[0]

    head = seen.request.index(BODY)
    ends = [len(b"".join(seen.packets[:count])) - head for count in range(len(seen.packets) + 1)]
    pieces = -(-len(BODY) // 100)
    assert outcome.kind == "delivered"
    assert seen.request.endswith(BODY)
    assert all(end <= 0 or end % 100 == 0 or end == len(BODY) for end in ends)
    assert len(seen.packets) > 2  # a receiver that is late may find two pieces in one
    assert outcome.duration > 0.02 * pieces


def test_a_body_that_is_too_slow_ends_at_the_deadline(tls):
    """The deadline holds for the whole try; the receiver sees the connection end."""
    with watching(tls=tls) as (url, seen):
        outcome = send(url, Behaviour("slow-body", chunk=1, pause=0.1))[0]
        assert seen.ended.wait(receivers.BOUND)

    assert outcome.kind == "timeout_response"
    assert DEADLINE <= outcome.duration < DEADLINE + 0.3
    assert 2 <= len(seen.packets) < 8


def test_an_answer_to_half_a_body_counts():
    """A receiver need not hear everything before it refuses."""
    with receivers.blurting(receivers.answer(413, b"too long")) as receiver:
        outcome = send(receiver.url, Behaviour("slow-body", chunk=1, pause=0.2))[0]

    assert (outcome.kind, outcome.status, outcome.body) == ("rejected", 413, b"too long")
    assert outcome.duration < DEADLINE


def test_a_connection_reset(tls):
    """In the middle of the body the receiver's read fails with a reset."""
    with watching(tls=tls) as (url, seen):
        outcome = send(url, RESET)[0]
        assert seen.ended.wait(receivers.BOUND)

    head, _, body = seen.request.partition(b"\r\n\r\n")
    assert body == BODY[: len(BODY) // 2]
    assert seen.ends == ["RST"]
    assert outcome.kind == "reset"
    whole = len(head) + 4 + len(BODY)
    assert outcome.detail == (
        f"broken off from this side after {len(head) + 4 + len(body)} of {whole} bytes"
    )


@pytest.mark.parametrize("after", [0, 1, 40, 10_000])
def test_a_connection_reset_after_so_many_bytes(after):
    """It may come before the first byte, inside the head, or after the whole request."""
    with watching(answers=False) as (url, seen):
        outcome = send(url, Behaviour("connection-reset", after=after))[0]
        assert seen.ended.wait(receivers.BOUND)

    assert outcome.kind == "reset"
    assert seen.ends == ["RST"]
    assert seen.request.endswith(BODY) if after > 1000 else len(seen.request) == after


def test_half_a_close(tls):
    """The receiver reads the end of the stream after the request, and its answer still arrives."""
    with watching(tls=tls) as (url, seen):
        outcome = send(url, HALF)[0]
        assert seen.ended.wait(receivers.BOUND)

    assert (outcome.kind, outcome.body) == ("delivered", b"ok")
    assert seen.request.endswith(BODY)
    assert seen.ends == ["FIN"]


@pytest.mark.parametrize("behaviour", [SLOW, RESET, HALF], ids=lambda b: b.kind)
def test_bad_behaviour_meets_every_failure(behaviour, tmp_path):
    """What can go wrong with a good request goes wrong in the same way with a bad one."""
    with (
        receivers.refusing() as refusing,
        receivers.deaf() as deaf,
        receivers.self_signed_tls(tmp_path) as untrusted,
        receivers.blurting(b"SSH-2.0-OpenSSH\r\n") as ssh,
    ):
        urls = [refusing.url, untrusted.url, "http://no-such-host.invalid/", ssh.url]
        kinds = [send(url, behaviour._replace(pause=0.2))[0].kind for url in urls]
        stuck = send(deaf.url, behaviour, body=b"x" * 16 * 1024**2)[0]

    assert kinds == ["refused", "tls_untrusted", "dns", "not_http"]
    assert stuck.kind == "timeout_response"


def test_the_next_try_is_a_good_one():
    """A connection that was treated badly is not used again, and a kept one not spoiled."""
    with receivers.answering() as receiver:
        outcomes = send(receiver.url, None, SLOW, None, HALF, None)

    assert [outcome.kind for outcome in outcomes] == ["delivered"] * 5
    assert (len(receiver.requests), receiver.connections) == (5, 3)


def test_a_behaviour_that_there_is_not():
    """An unknown behaviour is named, with those that there are."""
    with receivers.answering() as receiver, pytest.raises(UnknownName, match="slow-body"):
        send(receiver.url, Behaviour("slow-bodies"))

    assert receiver.requests == []


# --- servers that people use -------------------------------------------------------------------


@contextmanager
def http_server() -> Iterator[tuple[str, list[bytes]]]:
    """Python's http.server, one thread per connection."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_):
            bodies.append(b"broken off")

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", bodies
    finally:
        server.shutdown()
        thread.join(receivers.BOUND)
        server.server_close()


@contextmanager
def aiohttp_server() -> Iterator[tuple[str, list[bytes]]]:
    """An aiohttp application, in a loop of its own."""
    bodies: list[bytes] = []

    async def handle(request: web.Request) -> web.Response:
        try:
            bodies.append(await request.read())
        except ConnectionError:
            bodies.append(b"broken off")
            raise
        return web.Response(status=204)

    async def start() -> str:
        app = web.Application()
        app.router.add_post("/", handle)
        runner.append(web.AppRunner(app, access_log=None))
        await runner[0].setup()
        await web.TCPSite(runner[0], "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner[0].addresses[0][1]}/"

    runner: list[web.AppRunner] = []
    loop = LoopThread("aiohttp")
    try:
        yield loop.call(start()), bodies
    finally:
        loop.call(runner[0].cleanup())
        loop.stop()


@pytest.mark.parametrize("serving", [http_server, aiohttp_server], ids=lambda s: s.__name__)
def test_servers_that_people_use(serving):
    """A slow body arrives whole, one that is broken off does not, and the server goes on."""
    with serving() as (url, bodies):
        slow, reset, good = send(url, SLOW, RESET, None)

    assert (slow.kind, slow.status) == ("delivered", 204)
    assert reset.kind == "reset"
    assert good.kind == "delivered"
    assert bodies.count(BODY) == 2
    assert len(bodies) <= 3


def test_servers_differ_about_half_a_close():
    """Python's http.server answers; aiohttp takes the end of the stream for a lost client."""
    with http_server() as (plain, _), aiohttp_server() as (modern, _):
        kinds = [send(url, HALF)[0].kind for url in (plain, modern)]

    assert kinds[0] == "delivered"
    assert kinds[1] in {"delivered", "disconnected"}


def test_every_behaviour_is_tried():
    """The three of them are all there are."""
    assert {SLOW.kind, RESET.kind, HALF.kind} == set(BEHAVIOURS)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("slow-body=*,size=50,pause=1ms", "delivered"),
        ("connection-reset=*", "reset"),
        ("half-close=*", "delivered"),
    ],
)
def test_faults_of_connections_reach_a_receiver(fault, outcome):
    """A fault that is set in a world acts on the connection of its deliveries."""
    with receivers.answering(200) as receiver, Emulator(start="2030-01-01", seed=7) as emulator:
        emulator.deliver_to(receiver.url)
        emulator.fault(fault)

        emulator.create_product(name="Course", price="60.00")

        [delivery] = emulator.deliveries
        assert (outcome, [fault.partition("=")[0]]) == (delivery.outcome, delivery.faults)
