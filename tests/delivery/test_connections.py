"""Connections of the HTTP transport, at moments that a whole try meets only now and then."""

import asyncio
import gc
import socket
import struct
import threading

import pytest

import receivers
from pocketsflow_emulator.delivery.transports import connections, requests
from pocketsflow_emulator.delivery.transports.connections import KEEP_ALIVE, Line
from pocketsflow_emulator.delivery.transports.http import HttpTransport


@pytest.fixture(autouse=True, scope="module")
def nothing_left():
    """Whatever was left open by these tests is found (and is an error) before the next ones."""
    yield
    gc.collect()


def talk(url: str, conversation) -> Line:
    """Connect to a URL, have a conversation, and close."""

    async def run() -> Line:
        until = asyncio.get_running_loop().time() + receivers.BOUND
        origin = requests.target(url).origin
        line = await connections.connect(origin, None, until, "within 10 s")
        await conversation(line, until)
        line.drop()
        await line.gone
        return line

    return asyncio.run(run())


@pytest.mark.parametrize("reset", [False, True])
def test_a_refusal_is_heard_although_writing_fails(reset):
    """What lay ready when a write found the connection closed is read all the same."""
    connected = threading.Event()

    def refuse(connection: socket.socket, receiver: receivers.Receiver) -> None:
        connected.wait(receivers.BOUND)
        connection.sendall(receivers.answer(413, b"too large"))
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def write_late(line: Line, until: float) -> None:
        connected.set()
        assert receiver.hung_up.wait(receivers.BOUND)  # the loop stands still meanwhile
        waiting = line.listen(until)
        for _ in range(3):
            line.write(b"x" * 1024)
        await waiting

    with receivers.serving(refuse) as receiver:
        line = talk(receiver.url, write_late)

    assert (line.answer.status, bytes(line.answer.body)) == (413, b"too large")


def test_what_nobody_asked_for_ends_the_connection():
    """Bytes before a question, and after the end of an answer, make a connection useless."""

    async def ask_nothing(line: Line, _: float) -> None:
        await asyncio.wait_for(line.gone, receivers.BOUND)

    async def ask_once(line: Line, until: float) -> None:
        waiting = line.listen(until)
        line.write(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        await waiting
        await asyncio.wait_for(line.gone, receivers.BOUND)
        assert not line.rest()

    with (
        receivers.blurting(receivers.OK) as early,
        receivers.speaking_when_idle(receivers.answer(408)) as late,
    ):
        talk(early.url, ask_nothing)
        line = talk(late.url, ask_once)

    assert line.answer.status == 200


def test_idle_connections_are_closed_after_a_second():
    """Nobody has to wait for connections that this side keeps open for nothing."""

    async def run() -> tuple[int, int]:
        transport = HttpTransport()
        one = receivers.Attempt(receiver.url, "order.completed", (), b"{}")
        await asyncio.gather(transport.send(one), transport.send(one))
        kept = len(transport._lines)
        lines = [line.gone for line in transport._lines]
        await asyncio.wait(lines, timeout=3 * KEEP_ALIVE)
        left = len(transport._lines)
        await transport.close()
        return kept, left

    with receivers.answering() as receiver:
        kept, left = asyncio.run(run())

    assert (kept, left) == (2, 0)


def test_a_name_with_several_addresses():
    """`localhost` is tried at every address that it has; one that answers is enough."""
    with receivers.answering() as receiver:
        line = talk(receiver.url.replace("127.0.0.1", "localhost"), _say_nothing)

    assert line.lost is None


async def _say_nothing(_line: Line, _until: float) -> None:
    pass
