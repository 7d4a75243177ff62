"""Deliveries over loopback HTTP against a bare aiohttp client that sends the same bytes.

Interleaved rounds in one process, one receiver in another: ours, bare, ours, bare ... The receiver
looks at everything it got: how many, every signature, and (of ours) the order of each buyer.
"""

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager
from statistics import median
from time import perf_counter, process_time
from urllib.request import urlopen

import aiohttp

from benchmarks.receiver import SECRET
from pocketsflow_emulator.delivery.engine import MOST_IN_FLIGHT, Engine
from pocketsflow_emulator.driver import AsyncDriver

ROUNDS = 9
DELIVERIES = 2_000
IN_FLIGHT = (1, 16, 64, 100)


@contextmanager
def receiving():
    """A receiver in a process of its own; gives its URL."""
    receiver = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.receiver"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield f"http://127.0.0.1:{int(receiver.stdout.readline())}/webhooks"
    finally:
        receiver.communicate(timeout=10)


def checked(url, count, *, ordered):
    """Ask the receiver what it got; fail where that is not everything, rightly signed."""
    with urlopen(url) as answer:  # noqa: S310
        got = json.load(answer)
    assert (got["count"], got["signed"]) == (count, count)
    assert got["ordered"] or not ordered


def queued(url, count, cap):
    """Return a driver with `count` deliveries waiting: two for each of so many buyers."""
    driver = AsyncDriver(Engine(1, 1_893_456_000_000, cap=cap))
    driver.submit("create_webhook", {"url": url, "secret": SECRET})
    course = driver.submit("create_product", {"price": "60.00", "quiet": True})
    for number in range(count // 2):
        buyer = {"email": f"{number}@example.com", "first_name": "Jane", "last_name": "Doe"}
        driver.submit("purchase", {"product": course, **buyer})
    return driver


async def ours(url, count, in_flight):
    """Send `count` deliveries; return (seconds, CPU seconds, requests as sent)."""
    driver = queued(url, count, min(in_flight, MOST_IN_FLIGHT))
    wall, cpu = perf_counter(), process_time()
    await driver.drive()
    spent = perf_counter() - wall, process_time() - cpu
    made = list(driver.engine.journal.deliveries())
    assert all(delivery.state == "delivered" for delivery in made)
    await driver.close()
    checked(url, count, ordered=True)
    return *spent, [(delivery.body, dict(delivery.tries[0].headers)) for delivery in made]


async def bare(url, requests, in_flight):
    """Send the same requests with a plain client; return (seconds, CPU seconds)."""
    waiting = iter(requests)

    async def worker(session):
        for body, headers in waiting:
            async with session.post(url, data=body, headers=headers) as answer:
                await answer.read()
                assert answer.status == 200

    async with aiohttp.ClientSession() as session:
        wall, cpu = perf_counter(), process_time()
        await asyncio.gather(*(worker(session) for _ in range(in_flight)))
        spent = perf_counter() - wall, process_time() - cpu
    checked(url, len(requests), ordered=False)
    return spent


async def session_each(url, requests):
    """Send them one at a time, each with a session of its own; return (seconds, CPU seconds)."""
    wall, cpu = perf_counter(), process_time()
    for body, headers in requests:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            await answer.read()
    spent = perf_counter() - wall, process_time() - cpu
    checked(url, len(requests), ordered=True)
    return spent


async def compare(url, rounds, count, in_flight):
    """Return the figures of every round: ours, bare, and (one at a time) a session for each."""
    await bare(url, (await ours(url, count // 10, in_flight))[2], in_flight)
    figures = []
    for _ in range(rounds):
        seconds, cpu, requests = await ours(url, count, in_flight)
        each = await session_each(url, requests) if in_flight == 1 else (0.0, 0.0)
        figures.append(((seconds, cpu), await bare(url, requests, in_flight), each))
    return figures


def main(*, quick):
    """Print rates, CPU times and their ratios, medians over the rounds."""
    count = DELIVERIES // 10 if quick else DELIVERIES
    with receiving() as url:
        levels = {n: asyncio.run(compare(url, ROUNDS, count, n)) for n in IN_FLIGHT}
    print(f"## Deliveries over loopback HTTP ({ROUNDS} rounds of {count})\n")
    print(
        "| in flight | bare, per second | emulator, per second | ratio, median (min to max)"
        " | bare, CPU µs | emulator, CPU µs | ratio, median (min to max) |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for in_flight, figures in levels.items():
        mine, theirs, _ = zip(*figures, strict=True)
        rates = _spread([their[0] / my[0] for my, their in zip(mine, theirs, strict=True)])
        cpus = _spread([my[1] / their[1] for my, their in zip(mine, theirs, strict=True)])
        print(
            f"| {in_flight} | {_rate(theirs, count)} | {_rate(mine, count)} | {rates} |"
            f" {_cpu(theirs, count)} | {_cpu(mine, count)} | {cpus} |"
        )
    mine, _, each = zip(*levels[1], strict=True)
    ratios = _spread([one[0] / my[0] for my, one in zip(mine, each, strict=True)])
    print(
        f"\nA sender that opens a session for each delivery: {_rate(each, count)} per second,"
        f" {_cpu(each, count)} CPU µs; the emulator, one at a time, is {ratios} times as fast.\n"
    )


def _rate(figures, count):
    return f"{count / median(seconds for seconds, _ in figures):,.0f}"


def _cpu(figures, count):
    return f"{median(cpu for _, cpu in figures) / count * 1e6:,.0f}"


def _spread(ratios):
    ordered = sorted(ratios)
    return f"{median(ordered):.2f} ({ordered[0]:.2f} to {ordered[-1]:.2f})"
