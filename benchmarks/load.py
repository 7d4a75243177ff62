"""A client that costs little: kept-alive connections, raw bytes, one request at a time on each."""

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, perf_counter

KEY = "pk_test_benchmark"
BOUND = 30.0


def request(method, path, body=b"", content="application/json", key=KEY):
    """Return the bytes of a request."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: {content}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """Sends a request when the answer to the one before is whole."""

    def __init__(self, requests, statuses, spent, done):
        self.requests, self.statuses, self.spent, self.done = requests, statuses, spent, done
        self.buffer = b""

    def connection_made(self, transport):
        """Begin."""
        self.transport = transport
        self.send()

    def send(self):
        """Send the next request, or say that there is none."""
        following = next(self.requests, None)
        if following is None:
            self.transport.close()
            self.done.set_result(None)
            return
        self.began = perf_counter()
        self.transport.write(following)

    def data_received(self, data):
        """Count an answer when it is whole."""
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.index(b"content-length:") + 15
        length = int(head[at:].split(b"\r\n", 1)[0])
        if len(self.buffer) < end + 4 + length:
            return
        self.spent.append(perf_counter() - self.began)
        self.statuses.add(head[9:12])
        self.last = self.buffer[end + 4 :]
        self.buffer = b""
        self.send()


async def _drive(port, requests, connections):
    loop = asyncio.get_running_loop()
    following, statuses, spent, ends = iter(requests), set(), [], []
    began = perf_counter()
    for _ in range(connections):
        done = loop.create_future()
        ends.append(done)
        await loop.create_connection(
            lambda done=done: Connection(following, statuses, spent, done), "127.0.0.1", port
        )
    await asyncio.gather(*ends)
    seconds = perf_counter() - began
    assert statuses <= {b"200", b"201"}, statuses
    spent.sort()
    return len(spent) / seconds, spent[int(len(spent) * 0.99)]


def load(port, requests, connections=8):
    """Send requests over some connections; return (requests per second, 99th percentile in s)."""
    return asyncio.run(_drive(port, requests, connections))


def free_port():
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def _environment():
    """As where pip has installed a program: Python finds its modules compiled."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


@contextmanager
def process(command, port, data=None):
    """A server process, once it listens; killed in the end."""
    running = subprocess.Popen(  # noqa: S603 - our own commands
        command,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if data is not None:
            running.stdin.write(data)
        running.stdin.close()
        until(port)
        yield running
    finally:
        running.kill()
        running.wait(BOUND)


def spent(running):
    """Return the CPU seconds that a process has used so far, from /proc."""
    fields = Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until(port):
    """Return when somebody listens at a port."""
    end = monotonic() + BOUND
    while True:
        assert monotonic() < end, "the server does not listen"
        with (
            suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=BOUND) as connection,
        ):
            if connection.getsockname() != connection.getpeername():  # not with ourselves
                return


def ask(port, sent):
    """Send one request on a connection of its own; return the body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=BOUND) as connection:
        connection.sendall(sent.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        said = b""
        while chunk := connection.recv(65_536):
            said += chunk
    return said.partition(b"\r\n\r\n")[2]


def emulator(port, *flags):
    """The command that serves a world."""
    return [sys.executable, "-m", "pocketsflow_emulator", "serve", "--port", str(port), *flags]
