"""What comes of sending to a URL, for every way a receiver and a network can behave."""

import asyncio
import gc
import json
import ssl
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterable
from contextlib import ExitStack
from random import Random

import pytest

import receivers
from pocketsflow_emulator.delivery.outcomes import OUTCOMES
from pocketsflow_emulator.delivery.transports.http import HttpTransport
from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE, Outcome
from pocketsflow_emulator.errors import EnvironmentFailure
from receivers import Attempt

DEADLINE = 0.4
HEADERS = (
    ("Content-Type", "application/json"),
    ("X-Pocketsflow-Signature", "ab" * 32),
    ("X-Pocketsflow-Event", "order.completed"),
    ("X-Pocketsflow-Timestamp", "1893456000000"),
)
BODY = b'{"event":"order.completed","name":"Zo\xc3\xab"}'
MIB = 1024 * 1024


@pytest.fixture(autouse=True, scope="module")
def nothing_left():
    """Whatever was left open by these tests is found (and is an error) before the next ones."""
    yield
    gc.collect()


def attempt(url: str, body: bytes = BODY, headers=HEADERS) -> Attempt:
    return Attempt(url, "order.completed", headers, body)


def send(url: str, deadline: float = receivers.BOUND, **changes) -> Outcome:
    """Send one try with a transport of its own; fail when it takes more than a second too long."""
    return send_all([attempt(url, **changes)], deadline)[0]


def send_all(attempts: Iterable[Attempt], deadline: float = receivers.BOUND) -> list[Outcome]:
    """Send tries one after the other with the same transport."""

    async def run() -> list[Outcome]:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
        transport = HttpTransport(deadline=deadline)
        try:
            return [await timed(transport, one, deadline) for one in attempts]
        finally:
            await transport.close()

    complaints: list[object] = []
    outcomes = asyncio.run(run())
    assert complaints == []
    return outcomes


async def timed(transport: HttpTransport, one: Attempt, deadline: float) -> Outcome:
    begun = time.monotonic()
    outcome = await transport.send(one)
    assert time.monotonic() - begun < deadline + 1
    assert outcome.kind in OUTCOMES
    assert outcome.duration < deadline + 1
    assert outcome.kind == "delivered" or outcome.detail
    assert "\n" not in outcome.detail
    return outcome


# --- the response decides ----------------------------------------------------------------------


def test_a_2xx_status_is_a_success():
    """Every status from 200 to 299 means that the receiver has the event, and no other does."""
    statuses = range(200, 600)
    with receivers.answering_in_turn(*(receivers.answer(s) for s in statuses)) as receiver:
        outcomes = send_all([attempt(receiver.url)] * len(statuses))

    assert list(statuses) == [outcome.status for outcome in outcomes]
    assert list(range(200, 300)) == [o.status for o in outcomes if o.kind == "delivered"]
    assert list(range(300, 400)) == [o.status for o in outcomes if o.kind == "redirected"]
    assert list(range(400, 600)) == [o.status for o in outcomes if o.kind == "rejected"]


def test_the_response_is_kept():
    """Status, headers (as they were written) and body of the response belong to the outcome."""
    headers = (("X-Trace", "a"), ("x-trace", "b"), ("Set-Cookie", "session=1"))
    with receivers.answering(200, b'{"ok":true}', headers) as receiver:
        outcome = send(receiver.url)

    assert (
        Outcome(
            "delivered",
            200,
            (*headers, ("Content-Length", "11")),
            b'{"ok":true}',
            duration=outcome.duration,
        )
        == outcome
    )
    assert 0 < outcome.duration < DEADLINE


def test_a_refusal_says_what_was_answered():
    """A status that is not 2xx is `rejected`; the detail repeats it."""
    with receivers.saying(b"HTTP/1.1 403 CSRF failed\r\nContent-Length: 2\r\n\r\nno") as receiver:
        outcome = send(receiver.url)

    assert (outcome.kind, outcome.status, outcome.body) == ("rejected", 403, b"no")
    assert outcome.detail == "answered 403 CSRF failed"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status):
    """A redirect is an outcome of its own; its target is named and never visited."""
    with receivers.redirect_loop(status) as receiver:
        outcome = send(receiver.url)

    assert ("redirected", status) == (outcome.kind, outcome.status)
    assert f"{status} to /webhooks" == outcome.detail
    assert len(receiver.requests) == 1


def test_header_values_in_no_encoding_are_shown_as_far_as_possible():
    """Bytes of a header that are not UTF-8 are replaced, so that the outcome can be written."""
    with receivers.saying(b"HTTP/1.1 204 x\r\nX-Raw: \xff\xc3\xab\r\n\r\n") as receiver:
        outcome = send(receiver.url)

    assert outcome.headers == (("X-Raw", "\ufffd\u00eb"),)
    assert json.dumps(outcome.headers, ensure_ascii=False).encode()


# --- the body decides nothing ------------------------------------------------------------------


def test_a_slow_body_does_not_undo_the_head():
    """A 2xx head in time is `delivered`; the body is read until the deadline and flagged."""
    with receivers.slow_body() as receiver:
        outcome = send(receiver.url, DEADLINE)

    assert (outcome.kind, outcome.status, outcome.truncated) == ("delivered", 200, True)
    assert 0 < len(outcome.body) < 60
    assert outcome.duration < DEADLINE
    assert outcome.detail == "the body was not complete within 0.4 s"


def test_a_body_that_breaks_off_is_flagged():
    """What came of a body that is cut short is kept."""
    with receivers.truncated_body() as receiver:
        outcome = send(receiver.url)

    assert (outcome.kind, outcome.body, outcome.truncated) == ("delivered", b"abc", True)
    assert outcome.detail == "the body broke off"


def test_a_reset_after_the_head_is_flagged():
    """A connection that is reset in the middle of the body leaves the outcome to the head."""
    with receivers.resetting(b"HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\nabc") as receiver:
        outcome = send(receiver.url)

    assert (outcome.kind, outcome.status, outcome.truncated) == ("rejected", 500, True)


@pytest.mark.parametrize(
    ("size", "truncated"),
    [(0, False), (KEPT_RESPONSE - 1, False), (KEPT_RESPONSE, False), (KEPT_RESPONSE + 1, True)],
)
def test_the_first_64_kb_of_a_body_are_kept(size, truncated):
    """A longer body is cut and flagged; one that just fits is not."""
    with receivers.answering(200, b"x" * size) as receiver:
        outcome = send(receiver.url)

    assert ("delivered", truncated) == (outcome.kind, outcome.truncated)
    assert min(size, KEPT_RESPONSE) == len(outcome.body)


def test_an_endless_body_costs_nothing():
    """Of a body of ten gigabytes only the kept part is read."""
    with receivers.huge_body() as receiver:
        outcome, peak = measured(receiver.url)

    assert (outcome.kind, len(outcome.body)) == ("delivered", KEPT_RESPONSE)
    assert outcome.truncated
    assert peak < 8 * MIB


def test_compressed_bodies_are_not_unpacked():
    """A small body that unpacks to a huge one is kept as it came."""
    with receivers.gzip_bomb() as receiver:
        outcome, peak = measured(receiver.url)

    assert (outcome.kind, outcome.body[:2]) == ("delivered", b"\x1f\x8b")
    assert peak < 8 * MIB


def measured(url: str, deadline: float = receivers.BOUND) -> tuple[Outcome, int]:
    """Return the outcome and the most memory that was in use meanwhile, in bytes."""
    tracemalloc.start()
    try:
        return send(url, deadline), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# --- no answer in time -------------------------------------------------------------------------


def test_a_receiver_that_never_answers():
    """Without an answer the try ends at the deadline."""
    with receivers.silent() as receiver:
        outcome = send(receiver.url, DEADLINE)

    assert (outcome.kind, outcome.detail) == ("timeout_response", "no answer within 0.4 s")
    assert DEADLINE <= outcome.duration < DEADLINE + 0.3
    assert len(receiver.requests) == 1


def test_a_receiver_that_answers_in_time_and_one_that_does_not():
    """An answer just before the deadline counts, one just after it does not."""
    with receivers.late(0.1) as early, receivers.late(0.9) as late:
        outcomes = send_all([attempt(early.url), attempt(late.url)], DEADLINE)

    assert [outcome.kind for outcome in outcomes] == ["delivered", "timeout_response"]
    assert 0.1 <= outcomes[0].duration < DEADLINE


def test_a_slow_head_does_not_move_the_deadline():
    """Single bytes keep nothing alive: the whole head has to be there in time."""
    with receivers.slow_head() as receiver:
        outcome = send(receiver.url, DEADLINE)

    assert outcome.kind == "timeout_response"
    assert outcome.detail == "the head of the answer was not complete within 0.4 s"


def test_interim_answers_do_not_move_the_deadline():
    """A receiver may say `100 Continue` for ever; the try still ends."""
    with receivers.endless_continue() as receiver:
        outcome, peak = measured(receiver.url, DEADLINE)

    assert outcome.kind == "timeout_response"
    assert peak < 8 * MIB


def test_interim_answers_before_the_answer():
    """Interim answers are skipped, the final one counts."""
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    with receivers.saying(interim + receivers.answer(201, b"made")) as receiver:
        outcome = send(receiver.url)

    assert (outcome.kind, outcome.status, outcome.body) == ("delivered", 201, b"made")


def test_a_receiver_that_does_not_read_a_large_body():
    """A try ends in time also while its own body cannot be written."""
    with receivers.deaf() as receiver:
        outcome = send(receiver.url, DEADLINE, body=b"x" * 32 * MIB)

    assert outcome.kind == "timeout_response"


def test_a_refusal_while_the_body_is_still_being_sent():
    """What a receiver says before it breaks the connection off is heard, every time."""

    def refuse(connection, receiver):
        connection.recv(1024)
        connection.sendall(receivers.answer(413, b"too large", (("Connection", "close"),)))

    with receivers.serving(refuse) as receiver:
        outcomes = send_all([attempt(receiver.url, body=b"x" * 4 * MIB)] * 20)

    assert [(outcome.kind, outcome.status) for outcome in outcomes] == [("rejected", 413)] * 20


@pytest.mark.skipif(sys.platform != "linux", reason="fills the queue of a socket as Linux counts")
def test_no_connection_in_time():
    """An address that neither accepts nor refuses is `timeout_connect`."""
    with receivers.unreachable() as receiver:
        outcome = send(receiver.url, DEADLINE)

    assert outcome.kind == "timeout_connect"
    assert outcome.detail.startswith("no connection within 0.4 s")


def test_the_deadline_is_not_rounded():
    """Five seconds are five seconds, not up to the next full one."""

    async def run() -> list[float]:
        loop = asyncio.get_running_loop()
        spans: list[float] = []
        at = loop.call_at
        monkeypatch.setattr(
            loop,
            "call_at",
            lambda when, *a, **k: spans.append(when - loop.time()) or at(when, *a, **k),
        )
        transport = HttpTransport(deadline=5.0)
        await transport.send(attempt(receiver.url))
        await transport.close()
        return spans

    with receivers.answering() as receiver, pytest.MonkeyPatch.context() as monkeypatch:
        spans = asyncio.run(run())

    assert {round(span, 1) for span in spans if span > 2} == {5.0}


# --- no connection -----------------------------------------------------------------------------


def test_nothing_listens():
    """A closed port is `refused`, at once."""
    with receivers.refusing() as receiver:
        outcome = send(receiver.url)

    assert outcome.kind == "refused"
    assert "Connection refused" in outcome.detail
    assert outcome.duration < DEADLINE


def test_an_unknown_host():
    """A host name without an address is `dns`; the detail names the host."""
    outcome = send("http://no-such-host.invalid/webhooks")

    assert outcome.kind == "dns"
    assert outcome.detail.startswith("no-such-host.invalid: ")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:99999/", "refused"),
        ("http://127.0.0.1:port/", "refused"),
        ("http://127.0.0.1:0/", "refused"),
        (f"http://{'a' * 70}.invalid/", "dns"),
        (f"http://{chr(0xE9) * 70}.invalid/", "dns"),
        ("http://a..invalid/", "dns"),
        ("http://\ud800.invalid/", "dns"),
        ("http://[::1/", "dns"),
        ("http://2130706433/", "dns"),
        ("http:///webhooks", "dns"),
        ("", "dns"),
        ("/webhooks", "dns"),
        ("ftp://127.0.0.1/", "dns"),
    ],
)
def test_addresses_that_are_none(url, kind):
    """An address that cannot be used is an outcome too, not an error."""
    outcome = send(url)

    assert kind == outcome.kind
    assert outcome.duration < DEADLINE


# --- connections that break --------------------------------------------------------------------


def test_a_reset():
    """A connection that is reset instead of answered is `reset`."""
    with receivers.resetting() as receiver:
        outcome = send(receiver.url)

    assert outcome.kind == "reset"
    assert "Connection reset by peer" in outcome.detail
    assert len(receiver.requests) == 1


def test_a_reset_in_the_middle_of_the_head():
    """Half a head is no answer."""
    with receivers.resetting(b"HTTP/1.1 200 OK\r\nContent-") as receiver:
        outcome = send(receiver.url)

    assert outcome.kind == "reset"
    assert outcome.detail.endswith("in the middle of the head")


def test_a_connection_closed_without_an_answer():
    """A connection that is closed in good order, but without an answer, is `disconnected`."""
    with receivers.closing() as receiver:
        outcome = send(receiver.url)

    assert outcome.kind == "disconnected"
    assert outcome.detail.startswith("the connection was closed before any answer")
    assert len(receiver.requests) == 1


def test_a_connection_closed_at_once():
    """It makes no difference whether the receiver had read the request."""
    with receivers.closing_at_once() as receiver:
        outcomes = send_all([attempt(receiver.url)] * 50)

    assert {"disconnected"} == {outcome.kind for outcome in outcomes}
    assert receiver.connections == 50


# --- answers that are not HTTP -----------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        b"220 mail.example.com ESMTP\r\n",
        b"-ERR unknown command\r\n",
        b"HELO\r\n",
        b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
        b"RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"<html>hello</html>",
    ],
)
def test_another_protocol(said):
    """Another service on that port is `not_http`; the detail shows how its answer begins."""
    with receivers.blurting(said) as first, receivers.saying(said) as second:
        outcomes = send_all([attempt(first.url), attempt(second.url)])

    assert [outcome.kind for outcome in outcomes] == ["not_http"] * 2
    assert outcomes[0].detail.startswith(f"the answer begins with {repr(said[:8])[1:-1]}")
    assert len(second.requests) == 1


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 1000 OK\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/7.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
    ],
    ids=lambda said: repr(said[9:50]),
)
def test_an_answer_that_is_nearly_http(said):
    """A head that breaks the rules of HTTP is `bad_response`."""
    with receivers.saying(said) as receiver:
        outcome = send(receiver.url)

    assert outcome.kind == "bad_response"
    assert len(receiver.requests) == 1


def test_a_header_that_is_too_large():
    """A head of more than 64 kB is `bad_response` and costs no memory."""
    with receivers.large_header() as receiver:
        outcome, peak = measured(receiver.url)

    assert (outcome.kind, outcome.detail) == ("bad_response", "its head has more than 65536 bytes")
    assert peak < 8 * MIB


NASTY = {
    "204 with a body": (b"HTTP/1.1 204 No\r\n\r\nhello", "delivered"),
    "304 with a body": (b"HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\nhello", "redirected"),
    "more than announced": (receivers.answer(200, b"ok") + b"EXTRA", "delivered"),
    "two answers": (receivers.answer(200, b"ok") + receivers.answer(500), "delivered"),
    "more after close": (
        receivers.answer(200, b"ok", (("Connection", "close"),)) + b"X",
        "delivered",
    ),
    "bad chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nxx", "delivered"),
    "large chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 21 + b"\r\nx",
        "delivered",
    ),
    "body until close": (b"HTTP/1.0 200 OK\r\n\r\nhello", "delivered"),
    "upgrade": (b"HTTP/1.1 101 Up\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhi", "rejected"),
    "blank lines first": (b"\r\n\r\n" + receivers.answer(200, b"ok"), "delivered"),
}


@pytest.mark.parametrize(("said", "kind"), NASTY.values(), ids=NASTY)
def test_the_outcome_does_not_depend_on_packets(said, kind):
    """An answer means the same in one piece and byte by byte, whatever follows a good head."""
    with (
        receivers.saying(said) as whole,
        receivers.saying(*(bytes([byte]) for byte in said), every=0.0005) as pieces,
    ):
        outcomes = send_all([attempt(whole.url), attempt(pieces.url)])

    assert [kind] * 2 == [outcome.kind for outcome in outcomes]
    assert outcomes[0]._replace(duration=0) == outcomes[1]._replace(duration=0)


def test_no_answer_whatever_raises():
    """Whatever bytes come back, the try ends with one of the outcomes."""
    random = Random("answers")
    answers = [mangled(random) for _ in range(400)]
    with receivers.answering_in_turn(*answers, then_close=True) as receiver:
        outcomes = send_after(receiver.hung_up, [attempt(receiver.url)] * len(answers))

    allowed = {"delivered", "rejected", "redirected", "disconnected", "not_http", "bad_response"}
    assert allowed == {outcome.kind for outcome in outcomes}
    assert len(answers) == len(receiver.requests) == receiver.connections


def mangled(random: Random) -> bytes:
    """Return a response with some bytes changed or removed, now and then cut short."""
    chunked = b"HTTP/1.1 302 Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    said = bytearray(
        (receivers.answer(200, b"ok"), receivers.answer(404, b"no"), chunked)[
            int(random.random() * 3)
        ]
    )
    for _ in range(int(random.random() * 4)):
        place = int(random.random() * len(said))
        said[place : place + int(random.random() * 3)] = bytes([int(random.random() * 256)])
    if random.random() < 0.2:
        del said[int(random.random() * len(said)) :]
    return bytes(said)


# --- TLS ---------------------------------------------------------------------------------------


def test_a_certificate_that_nobody_has_signed(tmp_path):
    """A self-signed certificate is `tls_untrusted`, and nothing is sent."""
    with receivers.self_signed_tls(tmp_path) as receiver:
        outcome = send(receiver.url)

    assert (outcome.kind, outcome.detail) == ("tls_untrusted", "self-signed certificate")
    assert receiver.requests == []


def test_a_certificate_for_another_name(tmp_path, monkeypatch):
    """A trusted certificate that was made for another name is `tls_untrusted`."""
    context = receivers.self_signed_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with receivers.answering(tls=context) as receiver:
        outcome = send(receiver.url.replace("127.0.0.1", "localhost"))

    assert outcome.kind == "tls_untrusted"
    assert "localhost" in outcome.detail


def test_a_trusted_certificate(tmp_path, monkeypatch):
    """A certificate that this machine trusts (as SSL_CERT_FILE says) works, on one connection."""
    context = receivers.self_signed_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with receivers.answering(tls=context) as receiver:
        outcomes = send_all([attempt(receiver.url)] * 3)

    assert [outcome.kind for outcome in outcomes] == ["delivered"] * 3
    assert (len(receiver.requests), receiver.connections) == (3, 1)


def test_a_receiver_that_demands_a_certificate_of_ours(tmp_path, monkeypatch):
    """A receiver that wants to know who we are, by certificate, is `tls_error`."""
    context = receivers.self_signed_context(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with receivers.answering(tls=context) as receiver:
        outcome = send(receiver.url)

    assert outcome.kind == "tls_error"
    assert "certificate required" in outcome.detail


def test_https_to_a_plain_port():
    """TLS to a port that speaks plain http is `tls_error`, whatever that port makes of it."""
    with (
        receivers.answering() as waiting,
        receivers.blurting(receivers.answer(400)) as answering,
        receivers.closing_at_once() as closing,
    ):
        ports = [waiting.port, answering.port, closing.port]
        outcomes = send_all([attempt(f"https://127.0.0.1:{port}/") for port in ports], DEADLINE)

    assert [outcome.kind for outcome in outcomes] == ["tls_error"] * 3
    assert all(outcome.detail.endswith("is this a plain http port?") for outcome in outcomes)


def test_http_to_a_tls_port(tmp_path):
    """Plain http to a port that speaks TLS ends as that port ends it."""
    with (
        receivers.self_signed_tls(tmp_path) as closing,
        receivers.blurting(b"\x15\x03\x01\x00\x02\x02\x46") as alerting,
    ):
        ports = [closing.port, alerting.port]
        closed, alerted = send_all([attempt(f"http://127.0.0.1:{port}/") for port in ports])

    assert closed.kind in {"disconnected", "not_http"}
    assert closed.detail.endswith("is this an https port?")
    assert alerted.kind == "not_http"
    assert alerted.detail == "the answer is TLS; is this an https port?"


# --- what is sent ------------------------------------------------------------------------------


def test_the_request_on_the_wire():
    """The headers of the try go out as they are, in their order, after the four of the client."""
    with receivers.answering() as receiver:
        send(receiver.url + "/a%2Fb?x=%20y")

    expected = (
        "POST /webhooks/a%2Fb?x=%20y HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{receiver.port}\r\n"
        "User-Agent: pocketsflow-emulator\r\n"
        "Accept: */*\r\n"
        "Content-Type: application/json\r\n"
        f"X-Pocketsflow-Signature: {'ab' * 32}\r\n"
        "X-Pocketsflow-Event: order.completed\r\n"
        "X-Pocketsflow-Timestamp: 1893456000000\r\n"
        f"Content-Length: {len(BODY)}\r\n\r\n"
    )
    assert [expected.encode() + BODY] == receiver.requests


def test_headers_that_are_bent():
    """Odd spelling, repeated headers and a missing content type reach the receiver as given."""
    bent = (("x-POCKETSFLOW-event", "a"), ("X-Twice", "1"), ("X-Twice", "2"))
    with receivers.answering() as receiver:
        send(receiver.url, headers=bent, body=b"")

    head = receiver.requests[0].split(b"\r\n")
    assert head[4:-2] == [
        b"x-POCKETSFLOW-event: a",
        b"X-Twice: 1",
        b"X-Twice: 2",
        b"Content-Length: 0",
    ]


@pytest.mark.parametrize("size", [0, 1, 3 * MIB])
def test_the_body_on_the_wire(size):
    """The signed bytes are the sent bytes, whatever they are and however many."""
    body = bytes(range(256)) * (size // 256) + b"\xff" * (size % 256)
    with receivers.answering() as receiver:
        outcome = send(receiver.url, body=body)

    assert outcome.kind == "delivered"
    assert body == receiver.requests[0].partition(b"\r\n\r\n")[2]


def test_cookies_are_not_kept():
    """A cookie that a receiver sets is not sent back."""
    cookie = (("Set-Cookie", "session=1; Path=/"),)
    with receivers.answering(200, b"", cookie) as receiver:
        send_all([attempt(receiver.url)] * 2)

    assert receiver.requests[0] == receiver.requests[1]


def test_proxies_of_the_environment_are_ignored(monkeypatch):
    """Deliveries go to the receiver itself, whatever HTTP_PROXY says."""
    with receivers.answering() as receiver, receivers.answering(502) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        outcome = send(receiver.url)

    assert (outcome.kind, proxy.connections) == ("delivered", 0)


# --- connections that are kept -----------------------------------------------------------------


def test_connections_are_kept_alive():
    """Tries that follow one another share a connection."""
    with receivers.answering() as receiver:
        outcomes = send_all([attempt(receiver.url)] * 20)

    assert [outcome.kind for outcome in outcomes] == ["delivered"] * 20
    assert (len(receiver.requests), receiver.connections) == (20, 1)


@pytest.mark.parametrize(
    "receiver",
    [receivers.truncated_body, receivers.huge_body, receivers.gzip_bomb],
    ids=lambda receiver: receiver.__name__,
)
def test_a_response_that_was_not_read_is_not_in_the_way(receiver):
    """After a body that was left unread the next try gets a connection of its own."""
    with receiver() as receiver:
        outcomes = send_all([attempt(receiver.url)] * 3)

    assert [outcome.kind for outcome in outcomes] == ["delivered"] * 3
    assert receiver.connections == 3


def test_a_kept_connection_that_was_closed_meanwhile():
    """A connection that the receiver has closed is noticed before it is used again."""
    with receivers.closing_when_idle() as receiver:
        outcomes = send_after(receiver.hung_up, [attempt(receiver.url)] * 20)

    assert [outcome.kind for outcome in outcomes] == ["delivered"] * 20
    assert (len(receiver.requests), receiver.connections) == (20, 20)


def test_an_answer_that_nobody_asked_for():
    """What a receiver says between two tries is not taken for the answer to the second."""
    with receivers.speaking_when_idle(receivers.answer(408)) as receiver:
        outcomes = send_after(receiver.spoken, [attempt(receiver.url)] * 5)

    assert [outcome.kind for outcome in outcomes] == ["delivered"] * 5
    assert receiver.connections == 5


def send_after(event: threading.Event, attempts: list[Attempt]) -> list[Outcome]:
    """Send tries; after each the event loop stands still until the event has come about."""

    async def run() -> list[Outcome]:
        transport = HttpTransport(deadline=receivers.BOUND)
        outcomes = []
        for one in attempts:
            event.clear()
            outcomes.append(await transport.send(one))
            assert event.wait(receivers.BOUND)
        await transport.close()
        return outcomes

    return asyncio.run(run())


def test_a_kept_connection_that_is_closed_instead_of_an_answer():
    """When a connection ends under the second request that one is not sent again."""
    with receivers.answering_in_turn(receivers.OK) as receiver:
        outcomes = send_all([attempt(receiver.url)] * 2)

    assert [outcome.kind for outcome in outcomes] == ["delivered", "disconnected"]
    assert outcomes[1].detail.endswith("the receiver may not have seen the request")
    assert (len(receiver.requests), receiver.connections) == (2, 1)


def test_no_try_is_sent_twice():
    """Also against a receiver that closes connections unannounced, each try is sent once."""
    names = [str(n) for n in range(300)]
    with receivers.closing_when_idle() as receiver:
        outcomes = send_all(attempt(receiver.url, headers=(("X-Name", name),)) for name in names)

    seen = [request.partition(b"X-Name: ")[2].partition(b"\r")[0] for request in receiver.requests]
    assert len(seen) == len(set(seen))
    assert (
        {"delivered"}
        <= {outcome.kind for outcome in outcomes}
        <= {"delivered", "disconnected", "reset"}
    )
    assert len(seen) >= sum(outcome.kind == "delivered" for outcome in outcomes)


# --- many at once ------------------------------------------------------------------------------


def together(
    attempts: list[Attempt], deadline: float = receivers.BOUND, **options
) -> list[Outcome]:
    """Send tries at the same time with one transport."""

    async def run() -> list[Outcome]:
        transport = HttpTransport(deadline=deadline, **options)
        try:
            return await asyncio.gather(*(transport.send(one) for one in attempts))
        finally:
            await transport.close()

    return asyncio.run(run())


def test_tries_under_way_do_not_meet():
    """Each of many tries at once gets its own answer."""
    bodies = [b"%d" % n for n in range(300)]
    with receivers.echoing() as receiver:
        outcomes = together([attempt(receiver.url, body) for body in bodies], limit=16)

    assert bodies == [outcome.body for outcome in outcomes]
    assert receiver.connections <= 16


def test_waiting_for_a_turn_does_not_count():
    """More tries than `limit` wait; their deadline begins when they are sent."""
    with receivers.echoing(0.1) as receiver:
        outcomes = together([attempt(receiver.url)] * 12, DEADLINE, limit=2)

    assert {"delivered"} == {outcome.kind for outcome in outcomes}
    assert receiver.most_under_way == 2


def test_every_receiver_has_its_outcome(tmp_path):
    """Each way to fail has an outcome of its own, and each outcome is explained."""
    expected = {
        receivers.answering(200): "delivered",
        receivers.answering(500): "rejected",
        receivers.redirect_loop(): "redirected",
        receivers.unreachable(): "timeout_connect",
        receivers.silent(): "timeout_response",
        receivers.refusing(): "refused",
        receivers.resetting(): "reset",
        receivers.closing(): "disconnected",
        receivers.self_signed_tls(tmp_path): "tls_untrusted",
        receivers.ssh_banner(): "not_http",
        receivers.large_header(): "bad_response",
    }
    with ExitStack() as stack, receivers.answering() as plain:
        urls = [stack.enter_context(receiver).url for receiver in expected]
        urls += ["http://no-such-host.invalid/", f"https://127.0.0.1:{plain.port}/"]
        outcomes = together([attempt(url) for url in urls], DEADLINE)

    assert [*expected.values(), "dns", "tls_error"] == [outcome.kind for outcome in outcomes]
    assert {outcome.kind for outcome in outcomes} <= set(OUTCOMES)


# --- from our side -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "receiver",
    [receivers.silent, receivers.slow_body, receivers.unreachable],
    ids=lambda receiver: receiver.__name__,
)
def test_a_try_can_be_cancelled(receiver):
    """Cancelling goes through, and the transport works on."""

    async def run() -> Outcome:
        transport = HttpTransport(deadline=30)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(transport.send(attempt(bad.url)), 0.1)
        outcome = await transport.send(attempt(good.url))
        await transport.close()
        return outcome

    with receiver() as bad, receivers.answering() as good:
        outcome = asyncio.run(run())

    assert outcome.kind == "delivered"


def test_a_closed_transport_can_be_used_again():
    """After `close` a transport opens new connections, also in another event loop."""
    transport = HttpTransport()

    async def run() -> Outcome:
        outcome = await transport.send(attempt(receiver.url))
        await transport.close()
        await transport.close()
        return outcome

    with receivers.answering() as receiver:
        outcomes = [asyncio.run(run()), asyncio.run(run())]

    assert [outcome.kind for outcome in outcomes] == ["delivered"] * 2
    assert receiver.connections == 2


def test_a_machine_without_sockets_is_no_outcome():
    """When this machine has no sockets left the receiver is not to blame: that is an error."""
    resource = pytest.importorskip("resource")

    async def run() -> None:
        transport = HttpTransport()
        await transport.send(attempt("http://127.0.0.1:0/"))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            await transport.send(attempt("http://127.0.0.1:0/"))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            await transport.close()

    with pytest.raises(EnvironmentFailure, match="ulimit -n"):
        asyncio.run(run())


def test_a_header_that_cannot_be_sent_is_an_error():
    """A line break in a header of ours would be an injection; it is refused, not sent."""
    with receivers.answering() as receiver, pytest.raises(ValueError, match="header"):
        send(receiver.url, headers=(("X-Bad", "a\r\nX-Injected: b"),))

    assert receiver.requests == []
