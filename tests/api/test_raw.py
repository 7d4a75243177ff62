"""Raw bytes at the port: whatever comes in, the server stays healthy and its log stays silent."""

import gzip
import json
import socket
import subprocess
import sys
import zlib
from contextlib import contextmanager, suppress

import pytest

from clients import KEY, Client

BOUND = 15.0
IDLE = 1_000

HEAD = f"Host: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n".encode()
JSON = b"Content-Type: application/json\r\n"
BODY = b'{"name": "Course", "price": 60}'


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """A server process; its log is looked at when all tests are through."""
    path = tmp_path_factory.mktemp("raw") / "log"
    with path.open("w") as log, _running(log) as client:
        yield client
    [repeat] = path.read_text(encoding="utf-8").splitlines()
    assert repeat.startswith("repeat with: ")


@contextmanager
def _running(log):
    command = [sys.executable, "-m", "pocketsflow_emulator", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        try:
            line = process.stdout.readline()
            yield Client(line.removeprefix("listening on ").strip())
        finally:
            process.terminate()


def talk(client, *parts):
    """Send bytes and return what comes back until the server closes, or nothing more is said."""
    said = b""
    with socket.create_connection((client.host, client.port), timeout=BOUND) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            with suppress(OSError):  # it is closed already
                connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65_536):
                said += chunk
        except ConnectionError:  # it was refused before it was read to the end
            assert sum(map(len, parts)) > 65_536
    return said


def post(*headers, body=BODY, path=b"/products"):
    """The bytes of a POST request."""
    return b"POST " + path + b" HTTP/1.1\r\n" + HEAD + JSON + b"".join(headers) + b"\r\n" + body


def length(body):
    """A header that tells the length of a body."""
    return f"Content-Length: {len(body)}\r\n".encode()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\r\n" * 1_000, id="empty lines"),
        pytest.param(b"\0" * 100_000, id="null bytes"),
        pytest.param(bytes(range(256)) * 100, id="all bytes"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500, id="TLS"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
        pytest.param(b"GET / HTTP/9.9\r\n\r\n", id="a version of the future"),
        pytest.param(b"GET /\r\n\r\n", id="HTTP/0.9"),
        pytest.param(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n", id="long path"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", id="long header"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 50_000 + b"\r\n", id="many headers"),
        pytest.param(b"GET / HTTP/1.1\r\n Host: folded\r\n\r\n", id="folded header"),
        pytest.param(b"GET / HTTP/1.1\r\nHost\r\n\r\n", id="header without colon"),
        pytest.param(b"GET / HTTP/1.1\r\nX\0Y: 1\r\n\r\n", id="null byte in a header"),
        pytest.param(b"GET /%00%ff%zz HTTP/1.1\r\n" + HEAD + b"\r\n", id="bad escapes"),
        pytest.param(b"GET //evil.example.com/ HTTP/1.1\r\n" + HEAD + b"\r\n", id="two slashes"),
        pytest.param(b"GET http://evil.example.com/ HTTP/1.1\r\n\r\n", id="absolute address"),
        pytest.param(b"CONNECT evil.example.com:443 HTTP/1.1\r\n\r\n", id="CONNECT"),
        pytest.param(b"G\xc3\x84T / HTTP/1.1\r\n" + HEAD + b"\r\n", id="a method that is none"),
        pytest.param(post(b"Content-Length: -1\r\n"), id="negative length"),
        pytest.param(post(b"Content-Length: 1e3\r\n"), id="length in words"),
        pytest.param(post(b"Content-Length: +31\r\n"), id="length with a sign"),
        pytest.param(post(b"Content-Length: 99999999999999999999\r\n"), id="endless length"),
        pytest.param(post(b"Content-Length: 31\r\nContent-Length: 4\r\n"), id="two lengths"),
        pytest.param(
            post(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", body=b"0\r\n\r\nGET /"),
            id="length and chunks",
        ),
        pytest.param(
            post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
            id="two encodings",
        ),
        pytest.param(post(b"Transfer-Encoding: xchunked\r\n"), id="unknown encoding"),
        pytest.param(
            post(b"Transfer-Encoding: chunked\r\n", body=b"zz\r\nhello\r\n"), id="bad chunk size"
        ),
        pytest.param(
            post(b"Transfer-Encoding: chunked\r\n", body=b"5;a=b\nhello\r\n0\r\n\r\n"),
            id="chunk extension with a bare newline",
        ),
        pytest.param(
            post(b"Transfer-Encoding: chunked\r\n", body=b"FFFFFFFFFFFFFFFF1\r\n"),
            id="endless chunk",
        ),
        pytest.param(post(length(BODY + b"more")), id="a body that is cut off"),
        pytest.param(post(b"Content-Encoding: gzip\r\n" + length(BODY)), id="no gzip"),
        pytest.param(post(b"Content-Encoding: br\r\n" + length(BODY)), id="unknown coding"),
        pytest.param(post(b"Expect: 100-continue\r\n" + length(BODY)), id="expects to go on"),
        pytest.param(post(b"Expect: miracles\r\n" + length(BODY)), id="expects miracles"),
        pytest.param(post(b"Upgrade: websocket\r\nConnection: Upgrade\r\n"), id="upgrade"),
        pytest.param(post(b"Authorization: Bearer \xff\xfe\r\n"), id="a key of bytes"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", id="half an address"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", id="two hosts"),
    ],
)
def test_malformed_requests_are_refused(program, sent):
    """No request is taken for another, and the next client is answered."""
    said = talk(program, sent)

    assert b"Traceback" not in said
    assert b" 500 " not in said
    assert said.count(b"HTTP/1.1 20") <= (b"Expect: 100" in sent)
    assert program.get("/_emulator/health").status == 200


@pytest.mark.parametrize(
    ("version", "asked", "said"),
    [
        ("1.1", "", None),
        ("1.1", "Connection: close\r\n", "close"),
        ("1.0", "", None),
        ("1.0", "Connection: keep-alive\r\n", "keep-alive"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_answers_say_whether_the_connection_stays(program, method, version, asked, said):
    """HTTP/1.1 keeps connections unless asked not to, HTTP/1.0 the other way round."""
    sent = f"{method} /_emulator/health HTTP/{version}\r\n{asked}".encode() + HEAD + b"\r\n"
    stays = said == "keep-alive" or (version, said) == ("1.1", None)
    whole = program.get("/_emulator/health").text
    last = b"GET /_emulator/health HTTP/1.1\r\nConnection: close\r\n" + HEAD + b"\r\n"

    with socket.create_connection((program.host, program.port), timeout=BOUND) as connection:
        connection.sendall(sent + last * stays)
        answers = connection.makefile("rb").read().decode().split("HTTP/")[1:]

    lines, _, body = answers[0].partition("\r\n\r\n")
    assert len(answers) == 1 + stays
    assert lines.startswith(f"{version} 200 OK\r\n")
    assert lines.partition("Connection: ")[2] == (said or "")
    assert body == ("" if method == "HEAD" else whole)
    assert f"Content-Length: {len(whole)}\r\n" in lines


SMUGGLED = b"GET /users/me HTTP/1.1\r\n" + HEAD + b"\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", id="CL.TE"),
        pytest.param(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", id="TE.CL"),
        pytest.param(b"Transfer-Encoding : chunked\r\nContent-Length: 0\r\n", id="space"),
        pytest.param(b"Transfer-Encoding:\x0bchunked\r\nContent-Length: 0\r\n", id="tab"),
        pytest.param(b"Content-Length: 0\r\nContent-Length: 200\r\n", id="CL.CL"),
        pytest.param(b"Content-Length: 0\nContent-Length: 200\r\n", id="bare newline"),
    ],
)
def test_requests_cannot_be_smuggled(program, headers):
    """Where two readers could disagree on the length of a body, nobody's second request is read."""
    said = talk(program, post(headers, body=b"0\r\n\r\n" + SMUGGLED))

    assert b"subdomain" not in said
    assert program.get("/_emulator/health").status == 200


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_bombs_are_not_unpacked(program, coding):
    """A small body that unpacks to 100 MB is refused."""
    bomb = b'{"name": "' + b"a" * 100_000_000 + b'", "price": 1}'
    packed = gzip.compress(bomb, 9) if coding == "gzip" else zlib.compress(bomb, 9)

    said = talk(
        program, post(f"Content-Encoding: {coding}\r\n".encode() + length(packed), body=packed)
    )

    assert b"HTTP/1.1 413" in said
    assert program.get("/_emulator/health").status == 200


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("coding", [None, "gzip"])
def test_a_body_may_come_with_its_head_or_later(program, waits, coding):
    """A body is read to its end, whether it is there when the request is looked at or not."""
    sent = gzip.compress(BODY) if coding else BODY
    headers = [length(sent), b"Connection: close\r\n"]
    headers += [b"Content-Encoding: gzip\r\n"] * bool(coding)
    headers += [b"Expect: 100-continue\r\n"] * waits

    with socket.create_connection((program.host, program.port), timeout=BOUND) as connection:
        if waits:
            connection.sendall(post(*headers, body=b""))
            assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(sent)
        else:
            connection.sendall(post(*headers, body=sent))
        with connection.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 201 ")
    assert json.loads(body)["name"] == "Course"


@pytest.mark.parametrize("nested", ["[" * 500_000, '{"a":' * 100_000, '{"name": [' + "[" * 900])
def test_deep_nesting_is_refused(program, nested):
    """Brackets without end are no JSON."""
    assert program.post("/products", nested).status == 400


def test_null_bytes_and_odd_characters_come_back_as_they_went_in(program):
    """Any text that JSON can carry is kept."""
    name = "a\0b\x7f\u2028\U0001f600</script>"

    made = program.post("/products", {"name": name, "price": 1})

    assert made.status == 201
    assert json.loads(made.text)["name"] == name


def test_idle_and_slow_connections_keep_nobody_waiting(program):
    """A thousand connections that say nothing, or a header a byte at a time, cost the others
    nothing.
    """
    address = (program.host, program.port)
    connections = [socket.create_connection(address, timeout=BOUND) for _ in range(IDLE)]
    try:
        for number, connection in enumerate(connections):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: "[: number % 28])

        answers = {program.get("/products").status for _ in range(20)}
        made = program.post("/products", {"name": "Course", "price": 60})
    finally:
        for connection in connections:
            connection.close()

    assert (answers, made.status) == ({200}, 201)
    assert program.get("/_emulator/health").status == 200


def test_a_client_that_leaves_in_the_middle_costs_nothing(program):
    """Connections that are reset while they are answered leave no trace."""
    for _ in range(50):
        with socket.create_connection((program.host, program.port), timeout=BOUND) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(post(length(BODY)) * 3)

    assert program.get("/_emulator/health").status == 200
