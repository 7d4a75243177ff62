"""Receivers for tests: real sockets on the loopback interface, friendly and hostile ones.

Each is a context manager that gives a `Receiver` with the `url` to send to, the `requests` it
saw and the number of `connections` it took:

    with receivers.answering(204) as receiver:
        send_to(receiver.url)
    assert len(receiver.requests) == 1

They speak raw bytes, each connection in a thread of its own; leaving the context wakes every
thread and waits for it, with a bound.
"""

import gzip
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextlib import closing as closed
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class Attempt(NamedTuple):
    """What a transport is given: as much of a try as goes over the wire."""

    url: str
    event: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    behaviour: Any = None


BOUND = 10.0
"""Seconds after which a receiver that does not end is a failure of the test."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Headers = tuple[tuple[str, str], ...]
Context = AbstractContextManager["Receiver"]
Behaviour = Callable[[socket.socket, "Receiver"], None]


class Receiver:
    """A listening socket and what arrived at it."""

    def __init__(self, listener: socket.socket, scheme: str = "http") -> None:
        self.port: int = listener.getsockname()[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}/webhooks"
        self.requests: list[bytes] = []
        self.connections = 0
        self.under_way = 0
        self.most_under_way = 0
        self.asked = threading.Event()
        """Set when a request has come in."""
        self.hung_up = threading.Event()
        """Set when a connection has been closed."""
        self.spoken = threading.Event()
        """Set when something unasked has been said."""
        self.over = threading.Event()
        """Set when the context is left: what paces an answer waits on it."""


@contextmanager
def serving(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that calls `behave` with each connection it accepts."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    receiver = Receiver(listener, "https" if tls else "http")
    threads: list[threading.Thread] = []

    def converse(connection: socket.socket) -> None:
        connection.settimeout(BOUND)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, suppress(OSError):
            if tls is None:
                behave(connection, receiver)
            else:
                speak_tls(tls, connection, receiver)
        receiver.hung_up.set()

    def speak_tls(context: ssl.SSLContext, connection: socket.socket, receiver: Receiver) -> None:
        with connection.dup() as raw:
            try:
                with context.wrap_socket(connection, server_side=True) as wrapped:
                    behave(wrapped, receiver)
            except ssl.SSLError:
                # Its alert has been sent; a close with unread bytes could overtake it.
                raw.shutdown(socket.SHUT_WR)
                hang(raw, receiver)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            if receiver.over.is_set():
                connection.close()
                return
            receiver.connections += 1
            threads.append(threading.Thread(target=converse, args=[connection], daemon=True))
            threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        socket.create_connection(("127.0.0.1", receiver.port)).close()  # wakes accept
        for thread in [acceptor, *threads]:
            thread.join(BOUND)
        listener.close()
        assert not any(thread.is_alive() for thread in [acceptor, *threads])


def read_request(connection: socket.socket) -> bytes:
    """Return the bytes of one whole request, or b"" when the other side has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (chunk := connection.recv(65536)):
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        if not (chunk := connection.recv(65536)):
            return b""
        body += chunk
    return head + b"\r\n\r\n" + body


def take(connection: socket.socket, receiver: Receiver) -> bool:
    """Read one request and note it; say whether there was one."""
    request = read_request(connection)
    if request:
        receiver.requests.append(request)
        receiver.asked.set()
    return bool(request)


def hang(connection: socket.socket, receiver: Receiver) -> None:
    """Keep the connection open until the other side closes it or the receiver is over."""
    connection.settimeout(0.05)
    while not receiver.over.is_set():
        try:
            if not connection.recv(65536):
                return
        except TimeoutError:
            continue


# --- receivers that work ---------------------------------------------------------------------


def answer(status: int, body: bytes = b"", headers: Headers = ()) -> bytes:
    """Return the bytes of a plain response."""
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers)]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answering(
    status: int = 200,
    body: bytes = b"ok",
    headers: Headers = (),
    tls: ssl.SSLContext | None = None,
) -> Context:
    """Answer every request in the same way; connections are kept alive."""
    said = answer(status, body, headers)

    def behave(connection: socket.socket, receiver: Receiver) -> None:
        while take(connection, receiver):
            connection.sendall(said)

    return serving(behave, tls)


def answering_in_turn(*answers: bytes, then_close: bool = False) -> Context:
    """Answer the first request with the first of these, and so on; then answer no more."""
    turn = iter(answers)

    def behave(connection: socket.socket, receiver: Receiver) -> None:
        while take(connection, receiver) and (said := next(turn, None)) is not None:
            connection.sendall(said)
            if then_close:
                return

    return serving(behave)


def echoing(seconds: float = 0.0) -> Context:
    """Answer 200 with the body of the request, after so many seconds."""
    lock = threading.Lock()

    def behave(connection: socket.socket, receiver: Receiver) -> None:
        while request := read_request(connection):
            with lock:
                receiver.requests.append(request)
                receiver.under_way += 1
                receiver.most_under_way = max(receiver.most_under_way, receiver.under_way)
            receiver.over.wait(seconds)
            with lock:
                receiver.under_way -= 1
            connection.sendall(answer(200, request.partition(b"\r\n\r\n")[2]))

    return serving(behave)


def saying(*parts: bytes, every: float = 0.0, then_hang: bool = False) -> Context:
    """Answer one request with exactly these bytes, part by part, then close (or hang)."""

    def behave(connection: socket.socket, receiver: Receiver) -> None:
        if not take(connection, receiver):
            return
        for part in parts:
            connection.sendall(part)
            if every and receiver.over.wait(every):
                return
        if then_hang:
            hang(connection, receiver)

    return serving(behave)


def late(seconds: float) -> Context:
    """Answer 200, but only after this many seconds."""

    def behave(connection: socket.socket, receiver: Receiver) -> None:
        if take(connection, receiver) and not receiver.over.wait(seconds):
            connection.sendall(OK)

    return serving(behave)


def closing_when_idle() -> Context:
    """Answer 200 as if to keep the connection, then close it without a word."""
    return saying(OK)


def speaking_when_idle(unasked: bytes) -> Context:
    """Answer 200, then say something unasked on the same connection, which stays open."""

    def behave(connection: socket.socket, receiver: Receiver) -> None:
        take(connection, receiver)
        connection.sendall(OK)
        receiver.over.wait(0.02)  # so that it comes in a packet of its own
        connection.sendall(unasked)
        receiver.spoken.set()
        hang(connection, receiver)

    return serving(behave)


def self_signed_tls(folder: Path) -> Context:
    """Speak TLS with a certificate nobody has signed; skips where there is no openssl."""
    return answering(tls=self_signed_context(folder))


def self_signed_context(folder: Path) -> ssl.SSLContext:
    """Return a server's TLS context with a fresh certificate for 127.0.0.1."""
    return _tls(*_certified(folder, "127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"))


def plainly_signed_context(folder: Path, authority: str) -> ssl.SSLContext:
    """Return a server's TLS context for 127.0.0.1, signed by an authority that is made with it (its
    certificate is in that file of the folder) and knows nothing of key identifiers.
    """
    signer, key = _certified(folder, "authority", name=authority)
    words = ["-CA", str(signer), "-CAkey", str(key), "-addext", "basicConstraints=CA:FALSE"]
    for extension in ("subjectKeyIdentifier=none", "authorityKeyIdentifier=none"):
        words += ["-addext", extension]
    words += ["-addext", "subjectAltName=IP:127.0.0.1"]
    return _tls(*_certified(folder, "127.0.0.1", *words))


def _certified(
    folder: Path, subject: str, *words: str, name: str = "certificate.pem"
) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("makes its certificate with the openssl program, which is not installed")
    certificate, key = folder / name, folder / f"key of {name}"
    command = [openssl, "req", "-x509", "-nodes", "-newkey", "ec", "-days", "2", *words]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", f"/CN={subject}"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True, timeout=BOUND)
    return certificate, key


def _tls(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


# --- receivers that do not answer ------------------------------------------------------------


@contextmanager
def refusing() -> Iterator[Receiver]:
    """A port at which nothing listens; it stays taken meanwhile, so nothing else can."""
    with closed(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield Receiver(taken)


@contextmanager
def unreachable() -> Iterator[Receiver]:
    """A port whose queue of connections is full: nobody is accepted, nobody is refused."""
    with closed(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for caller in waiting:
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        try:
            yield Receiver(listener)
        finally:
            for caller in waiting:
                caller.close()


def silent() -> Context:
    """Take the request and never answer."""
    return saying(b"", then_hang=True)


@contextmanager
def stopped() -> Iterator[Receiver]:
    """A process that listens, and that is then stopped: connections are made, nobody answers."""
    with closed(socket.create_server(("127.0.0.1", 0))) as listener:
        command = [sys.executable, "-c", "import signal; print(flush=True); signal.pause()"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, pass_fds=[listener.fileno()], text=True
        )
        assert process.stdout is not None
        try:
            process.stdout.readline()
            process.send_signal(signal.SIGSTOP)
            receiver = Receiver(listener)
            listener.close()  # the stopped process alone holds it now
            yield receiver
        finally:
            process.kill()
            process.communicate(timeout=BOUND)


def deaf() -> Context:
    """Accept the connection and never read from it."""

    def behave(_: socket.socket, receiver: Receiver) -> None:
        receiver.over.wait(BOUND)

    return serving(behave)


def closing() -> Context:
    """Take the request and close the connection in good order, without an answer."""
    return saying(b"")


def closing_at_once() -> Context:
    """Close the connection as soon as it is made."""
    return serving(lambda connection, _: connection.shutdown(socket.SHUT_WR))


def resetting(*parts: bytes) -> Context:
    """Take the request, say these bytes, then break the connection off with a reset."""

    def behave(connection: socket.socket, receiver: Receiver) -> None:
        take(connection, receiver)
        for part in parts:
            connection.sendall(part)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return serving(behave)


# --- receivers that answer badly -------------------------------------------------------------


def slow_head() -> Context:
    """Answer a byte at a time, one every 0.3 s."""
    return saying(*(bytes([byte]) for byte in OK), every=0.3)


def slow_body() -> Context:
    """Answer 200 at once, then its body a byte at a time, one every 0.3 s."""
    return saying(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n", *[b"x"] * 60, every=0.3)


def truncated_body() -> Context:
    """Announce 100 bytes, send 3 and close."""
    return saying(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")


def endless_continue() -> Context:
    """Answer `100 Continue` for ever."""

    def behave(connection: socket.socket, receiver: Receiver) -> None:
        take(connection, receiver)
        while not receiver.over.wait(0.001):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    return serving(behave)


def huge_body(size: int = 10 * 1024**3) -> Context:
    """Answer 200 with a body of so many bytes, until the other side goes away."""

    def behave(connection: socket.socket, receiver: Receiver) -> None:
        take(connection, receiver)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        block = b"x" * 65536
        for _ in range(size // len(block)):
            connection.sendall(block)

    return serving(behave)


def gzip_bomb() -> Context:
    """Answer 200 with 60 kB that unpack to 64 MiB."""
    head = (
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
        b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    )
    return saying(head % len(_bomb()) + _bomb())


@cache
def _bomb() -> bytes:
    packed, block = BytesIO(), bytes(1024**2)
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        for _ in range(64):
            file.write(block)
    return packed.getvalue()


def large_header() -> Context:
    """Answer with a header of 200 kB."""
    return saying(b"HTTP/1.1 200 OK\r\nX-Large: " + b"x" * 200_000 + b"\r\n\r\n")


def blurting(said: bytes) -> Context:
    """Say this as soon as a connection is made, before anything was asked."""

    def behave(connection: socket.socket, receiver: Receiver) -> None:
        connection.sendall(said)
        hang(connection, receiver)

    return serving(behave)


def ssh_banner() -> Context:
    """Greet as an SSH server does."""
    return blurting(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")


def redirect_loop(status: int = 307) -> Context:
    """Redirect every request back to where it came from."""
    return answering(status, headers=(("Location", "/webhooks"),))
