"""What comes of sending to a URL, for every way a receiver and a network can behave."""

import asyncio
import gc
import json
import ssl
import sys
import time
import tracemalloc
from collections.abc import Iterable
from random import Random

import pytest
import receivers

from pocketsflow_emulator.delivery.outcomes import OUTCOMES
from pocketsflow_emulator.delivery.transports.http import HttpTransport
from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE, Outcome, Try
from pocketsflow_emulator.errors import EnvironmentFailure

DEADLINE = 0.4
HEADERS = (
    ("Content-Type", "application/json"),
    ("X-Pocketsflow-Signature", "ab" * 32),
    ("X-Pocketsflow-Event", "order.completed"),
    ("X-Pocketsflow-Timestamp", "1893456000000"),
)
BODY = b'{"event":"order.completed","name":"Zo\xc3\xab"}'
MIB = 1024 * 1024


def attempt(url: str, body: bytes = BODY, headers=HEADERS) -> Try:
    return Try(1, 1, "wh_1", url, "order.completed", headers, body)


def send(url: str, **changes) -> Outcome:
    """Send one try with a transport of its own; fail when it takes more than a second too long."""
    return send_all([attempt(url, **changes)])[0]


def send_all(attempts: Iterable[Try], deadline: float = DEADLINE) -> list[Outcome]:
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
    gc.collect()
    assert complaints == []
    return outcomes


async def timed(transport: HttpTransport, one: Try, deadline: float) -> Outcome:
    begun = time.monotonic()
    outcome = await transport.send(one)
    assert time.monotonic() - begun < deadline + 1
    assert outcome.kind in OUTCOMES
    assert outcome.duration < deadline + 1
    assert outcome.kind == "delivered" or outcome.detail
    assert "\n" not in outcome.detail
    return outcome
