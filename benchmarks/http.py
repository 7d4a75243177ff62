"""Deliveries over loopback HTTP against a bare aiohttp client that sends the same bytes.

Interleaved rounds in one process, one receiver in another: bare, ours, bare, ours ... One session,
kept-alive connections, one request at a time.
"""

import asyncio
import subprocess
import sys
from statistics import median
from time import perf_counter, process_time

import aiohttp

from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.driver import AsyncDriver

ROUNDS = 9
DELIVERIES = 2_000


def queued(url, count):
    """Return a driver with `count` deliveries waiting, and the requests they will become."""
    engine = Engine(1, 1_893_456_000_000)
    driver = AsyncDriver(engine)
    driver.submit("create_webhook", {"url": url, "secret": "whsec_benchmark"})
    for number in range(count):
        driver.submit("create_product", {"name": f"Course {number}", "price": "60.00"})
    return driver


async def ours(url, count):
    """Send `count` deliveries; return (seconds, CPU seconds, requests as sent)."""
    driver = queued(url, count)
    wall, cpu = perf_counter(), process_time()
    await driver.drive()
    spent = perf_counter() - wall, process_time() - cpu
    made = list(driver.engine.journal.deliveries())
    assert all(delivery.state == "delivered" for delivery in made)
    await driver.close()
    return *spent, [(delivery.body, dict(delivery.tries[0].headers)) for delivery in made]


async def bare(url, requests):
    """Send the same requests with a plain client; return (seconds, CPU seconds)."""
    async with aiohttp.ClientSession() as session:
        wall, cpu = perf_counter(), process_time()
        for body, headers in requests:
            async with session.post(url, data=body, headers=headers) as answer:
                await answer.read()
                assert answer.status == 200
        return perf_counter() - wall, process_time() - cpu


async def compare(url, rounds, count):
    """Return the figures of every round."""
    _, _, requests = await ours(url, count // 10)
    await bare(url, requests)
    figures = []
    for _ in range(rounds):
        seconds, cpu, requests = await ours(url, count)
        bare_seconds, bare_cpu = await bare(url, requests)
        figures.append((seconds, cpu, bare_seconds, bare_cpu))
    return figures


def main(*, quick):
    """Print rate, CPU time and their ratios, medians over the rounds."""
    count = DELIVERIES // 10 if quick else DELIVERIES
    receiver = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.receiver"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = int(receiver.stdout.readline())
        url = f"http://127.0.0.1:{port}/webhooks"
        figures = asyncio.run(compare(url, ROUNDS, count))
    finally:
        receiver.communicate(timeout=10)
    print(f"## Deliveries over loopback HTTP, one at a time ({ROUNDS} rounds of {count})\n")
    print("| | bare aiohttp client | emulator | ratio, median (min to max) |")
    print("|---|--:|--:|--:|")
    rates = sorted(bare_s / ours_s for ours_s, _, bare_s, _ in figures)
    cpus = sorted(ours_c / bare_c for _, ours_c, _, bare_c in figures)
    print(
        f"| deliveries per second | {count / median(f[2] for f in figures):,.0f} |"
        f" {count / median(f[0] for f in figures):,.0f} |"
        f" {median(rates):.2f} ({rates[0]:.2f} to {rates[-1]:.2f}) |"
    )
    print(
        f"| CPU µs per delivery | {median(f[3] for f in figures) / count * 1e6:,.0f} |"
        f" {median(f[1] for f in figures) / count * 1e6:,.0f} |"
        f" {median(cpus):.2f} ({cpus[0]:.2f} to {cpus[-1]:.2f}) |\n"
    )
