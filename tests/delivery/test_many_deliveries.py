"""Thousands of deliveries side by side, to a receiver that takes its time.

The suite sends a few hundred. `make campaign-delivery` sends 10,000 and prints what it measured.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pocketsflow_emulator.delivery.engine import MOST_IN_FLIGHT, Engine
from pocketsflow_emulator.driver import AsyncDriver
from pocketsflow_emulator.loops import LoopThread
from pocketsflow_emulator.wire.signature import verify

resource = pytest.importorskip("resource")

DELIVERIES = int(os.environ.get("POCKETSFLOW_DELIVERIES", "512"))
TAKES = 0.2
SECRET = "whsec_many"
OPEN_FILES = 1024
MIB = 1024 * 1024


class Slow:
    """A receiver that answers each request after 0.2 s, and counts."""

    def __init__(self) -> None:
        self.seen: dict[str, list[int]] = {}
        self.count = self.forged = self.under_way = self.most = self.connections = 0
        self.open: set[asyncio.StreamWriter] = set()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:-2])
                body = await reader.readexactly(int(fields["Content-Length"]))
                self.note(body, fields["X-Pocketsflow-Signature"])
                await asyncio.sleep(TAKES)
                self.under_way -= 1
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            self.open.discard(writer)
            writer.close()

    def note(self, body: bytes, signature: str) -> None:
        self.count += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.forged += not verify(body, signature, SECRET)
        event = json.loads(body)
        self.seen.setdefault(event["customer"]["email"], []).append(event["timestamp"])


@contextmanager
def slow_receiver() -> Iterator[tuple[str, Slow]]:
    slow, loop = Slow(), LoopThread("slow receiver")

    async def start() -> asyncio.Server:
        return await asyncio.start_server(slow.converse, "127.0.0.1", 0, backlog=128)

    async def stop() -> None:
        server.close()
        for writer in slow.open:
            writer.close()
        await server.wait_closed()

    server = loop.call(start())
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", slow
    finally:
        loop.call(stop())
        loop.stop()


@contextmanager
def few_open_files() -> Iterator[None]:
    """As after `ulimit -n 1024`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def queued(url: str, count: int) -> AsyncDriver:
    """Return a driver with so many deliveries waiting: two for each buyer."""
    driver = AsyncDriver(Engine(1, 1_893_456_000_000, cap=MOST_IN_FLIGHT))
    driver.submit("create_webhook", {"url": url, "secret": SECRET})
    course = driver.submit("create_product", {"price": "60.00", "quiet": True})
    for number in range(count // 2):
        buyer = {"email": f"{number}@example.com", "first_name": "Jane", "last_name": "Doe"}
        driver.submit("purchase", {"product": course, **buyer})
    return driver


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory as Linux tells it")
def test_many_deliveries_to_a_receiver_that_takes_its_time(capsys):
    """All are decided and none is lost; at most 64 are in flight, over as many kept connections;
    each buyer's arrive in order; memory does not grow with what is sent.
    """

    async def run() -> None:
        await driver.drive()
        await driver.close()

    with few_open_files(), slow_receiver() as (url, slow):
        driver = queued(url, DELIVERIES)
        before, begun, cpu = resident(), time.monotonic(), time.process_time()
        asyncio.run(run())
        spent, cpu = time.monotonic() - begun, time.process_time() - cpu
        grown = resident() - before

    states = [delivery.state for delivery in driver.engine.journal.deliveries()]
    assert states == ["delivered"] * DELIVERIES
    assert (slow.count, slow.forged) == (DELIVERIES, 0)
    assert all(len(stamps) == 2 for stamps in slow.seen.values())
    assert all(first < second for first, second in slow.seen.values())
    assert MOST_IN_FLIGHT >= slow.most > MOST_IN_FLIGHT // 2
    assert slow.connections == slow.most
    assert grown < 32 * MIB
    assert spent < 3 * DELIVERIES * TAKES / MOST_IN_FLIGHT + 2
    with capsys.disabled():
        sys.stdout.write(
            f"\n{DELIVERIES} deliveries in {spent:.1f} s, {DELIVERIES * TAKES / 64:.1f} s at best;"
            f" at most {slow.most} in flight over {slow.connections} connections; with the receiver"
            f" {cpu / DELIVERIES * 1e6:.0f} µs of CPU each; memory +{grown / MIB:.1f} MiB\n"
        )
