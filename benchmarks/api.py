"""The merchant API: against a bare aiohttp handler with the same model and the same bytes, against
localstripe, with 10,000 objects stored, from a call to its webhook, and from start to first answer.
"""

import asyncio
import json
import subprocess
import sys
import venv
from pathlib import Path
from statistics import median
from time import perf_counter

import aiohttp

from benchmarks import load

ROUNDS = 7
REQUESTS = 3_000
STORED = 10_000
STARTS = 11
BODY = json.dumps({"name": "Course", "price": 60, "description": "All of it"}).encode()
CREATE = load.request("POST", "/products", BODY)
RIVAL = Path("build/localstripe")


def main(*, quick):
    """Print all tables."""
    rounds, count = (3, 300) if quick else (ROUNDS, REQUESTS)
    against_bare(rounds, count)
    against_localstripe(rounds, 50 if quick else 200)
    with_objects(rounds, count, 1_000 if quick else STORED)
    to_the_webhook(100 if quick else 1_000)
    first_answer(3 if quick else STARTS)


def row(label, bare, ours, unit=",.0f"):
    """Print a row of a table: both medians, and the ratio."""
    ratios = sorted(o / b for o, b in zip(ours, bare, strict=True))
    print(
        f"| {label} | {format(median(bare), unit)} | {format(median(ours), unit)} |"
        f" {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) |"
    )


def against_bare(rounds, count):
    """Reads and creates, in turns."""
    port, bare = load.free_port(), load.free_port()
    with load.process(load.emulator(port), port) as ours:
        made = load.ask(port, CREATE)
        read = load.request("GET", f"/products/{json.loads(made)['_id']}")
        command = [sys.executable, "-m", "benchmarks.bare", str(bare)]
        with load.process(command, bare, load.ask(port, read)) as theirs:
            figures = {"GET one": ([], []), "POST create": ([], [])}
            for where in (port, bare):
                load.load(where, [read] * (count // 5))
            for _ in range(rounds):
                for label, sent in (("GET one", read), ("POST create", CREATE)):
                    figures[label][0].append(_measured(theirs, bare, [sent] * count))
                    figures[label][1].append(_measured(ours, port, [sent] * count))
    print(f"## The API, 8 connections ({rounds} rounds of {count:,})\n")
    print("| | bare aiohttp, same model, same bytes | emulator | ratio, median (min to max) |")
    print("|---|--:|--:|--:|")
    for label, (them, us) in figures.items():
        row(f"{label}, requests per second", [f[0] for f in them], [f[0] for f in us])
        row(f"{label}, p99 in ms", [f[1] * 1e3 for f in them], [f[1] * 1e3 for f in us], ".1f")
        row(f"{label}, CPU µs of the server", [f[2] for f in them], [f[2] for f in us])
    print()


def _measured(server, port, requests):
    """Return requests per second, the 99th percentile in s, and CPU µs of the server each."""
    before = load.spent(server)
    rate, slow = load.load(port, requests)
    return rate, slow, (load.spent(server) - before) / len(requests) * 1e6


def _localstripe():
    """Return the program, installed into an environment of its own; None where it cannot be had."""
    program = RIVAL / "bin" / "localstripe"
    if not program.exists():
        venv.create(RIVAL, with_pip=True)
        pip = [str(RIVAL / "bin" / "pip"), "install", "--quiet", "localstripe", "setuptools<81"]
        if subprocess.run(pip, check=False, capture_output=True).returncode:  # noqa: S603
            return None
    return str(program)


def against_localstripe(rounds, count):
    """Creating and reading a customer, in turns."""
    program = _localstripe()
    if program is None:
        print("localstripe cannot be installed here; left out\n")
        return
    port, rival = load.free_port(), load.free_port()
    theirs_new = load.request(
        "POST",
        "/v1/customers",
        b"email=jane%40example.com&name=Jane",
        "application/x-www-form-urlencoded",
        "sk_test_1",
    )
    with (
        load.process(load.emulator(port), port),
        load.process([program, "--port", str(rival), "--from-scratch"], rival),
    ):
        ours, theirs = _customers(count * rounds + 1), iter(lambda: theirs_new, None)
        mine = json.loads(load.ask(port, next(ours)))["result"]["id"]
        read = load.request("GET", f"/customers/{mine}")
        id = json.loads(load.ask(rival, theirs_new))["id"]
        theirs_read = load.request("GET", f"/v1/customers/{id}", key="sk_test_1")
        figures = {"GET a customer": ([], []), "POST a customer": ([], [])}
        for _ in range(rounds):
            figures["GET a customer"][0].append(load.load(rival, [theirs_read] * count)[0])
            figures["GET a customer"][1].append(load.load(port, [read] * count)[0])
            figures["POST a customer"][0].append(load.load(rival, _take(theirs, count))[0])
            figures["POST a customer"][1].append(load.load(port, _take(ours, count))[0])
    print(f"## The API and localstripe, 8 connections ({rounds} rounds of {count:,})\n")
    print("| requests per second | localstripe | emulator | ratio, median (min to max) |")
    print("|---|--:|--:|--:|")
    for label, (them, us) in figures.items():
        row(label, them, us)
    print()


def _customers(count):
    for number in range(count):
        body = json.dumps({"email": f"jane{number}@example.com", "name": "Jane", "lastName": "D"})
        body = body.replace('"name"', '"firstName"')
        yield load.request("POST", "/_emulator/actions/create_customer", body.encode())


def _take(requests, count):
    return [next(requests) for _ in range(count)]


def with_objects(rounds, count, stored):
    """Creating and reading in an empty world and in a full one, in turns."""
    empty, full = load.free_port(), load.free_port()
    with (
        load.process(load.emulator(empty), empty),
        load.process(load.emulator(full), full),
    ):
        load.load(full, [CREATE] * stored)
        reads = {}
        for port in (empty, full):
            id = json.loads(load.ask(port, CREATE))["_id"]
            reads[port] = load.request("GET", f"/products/{id}")
        figures = {"GET one": ([], []), "POST create": ([], [])}
        for _ in range(rounds):
            load.ask(empty, load.request("POST", "/_emulator/reset"))
            id = json.loads(load.ask(empty, CREATE))["_id"]
            read = load.request("GET", f"/products/{id}")
            few = count // 4
            figures["GET one"][0].append(1e6 / load.load(empty, [read] * few, 1)[0])
            figures["GET one"][1].append(1e6 / load.load(full, [reads[full]] * few, 1)[0])
            figures["POST create"][0].append(1e6 / load.load(empty, [CREATE] * few, 1)[0])
            figures["POST create"][1].append(1e6 / load.load(full, [CREATE] * few, 1)[0])
    print(
        f"## With {stored:,} objects stored, one connection ({rounds} rounds of {count // 4:,})\n"
    )
    print("| µs per request | empty world | full world | ratio, median (min to max) |")
    print("|---|--:|--:|--:|")
    for label, (few_stored, many) in figures.items():
        row(label, few_stored, many)
    print()


class Hearing(asyncio.Protocol):
    """A receiver in the measuring process: answers 200 and says when a request has come in."""

    heard = None

    def connection_made(self, transport):
        """Begin."""
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        """Answer a whole request."""
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.index(b"content-length:") + 15
        if len(self.buffer) < end + 4 + int(head[at:].split(b"\r\n", 1)[0]):
            return
        self.buffer = b""
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        if Hearing.heard is not None and not Hearing.heard.done():
            Hearing.heard.set_result(perf_counter())


async def _webhooks(port, bare, count):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Hearing, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    headers = {"Authorization": f"Bearer {load.KEY}", "Content-Type": "application/json"}
    ours, theirs = [], []
    async with aiohttp.ClientSession(headers=headers) as session:

        async def post(address, data=BODY):
            async with session.post(address, data=data) as answer:
                await answer.read()

        hook = json.dumps({"url": url, "events": ["product.created"]}).encode()
        await post(f"http://127.0.0.1:{port}/webhooks", hook)
        for _ in range(count):
            Hearing.heard = loop.create_future()
            began = perf_counter()
            await post(f"http://127.0.0.1:{port}/products")
            ours.append(await Hearing.heard - began)
            began = perf_counter()
            await post(f"http://127.0.0.1:{bare}/products")
            await post(url)
            theirs.append(perf_counter() - began)
    server.close()
    return ours[count // 10 :], theirs[count // 10 :]


def to_the_webhook(count):
    """From an API call to the arrival of its webhook, against a bare call and a bare delivery."""
    port, bare = load.free_port(), load.free_port()
    command = [sys.executable, "-m", "benchmarks.bare", str(bare)]
    with load.process(load.emulator(port), port), load.process(command, bare, b"{}"):
        ours, theirs = asyncio.run(_webhooks(port, bare, count))
    print(f"## From a call to its webhook ({count:,} calls, one at a time)\n")
    print("| | bare call, then bare delivery | call to the arrival of its webhook | ratio |")
    print("|---|--:|--:|--:|")
    print(
        f"| ms, median | {median(theirs) * 1e3:.2f} | {median(ours) * 1e3:.2f} |"
        f" {median(ours) / median(theirs):.2f} |\n"
    )


def _start(command, port):
    began = perf_counter()
    with load.process(command, port):
        load.ask(port, load.request("GET", "/_emulator/health"))
        return perf_counter() - began


def first_answer(starts):
    """From the start of a process to its first answer, in turns; a first pair compiles what is not
    compiled yet, and does not count.
    """
    bare, ours = [], []
    for _ in range(starts + 1):
        port = load.free_port()
        bare.append(_start([sys.executable, "-m", "benchmarks.first", str(port)], port) * 1e3)
        port = load.free_port()
        ours.append(_start(load.emulator(port), port) * 1e3)
    print(f"## From the start of the process to the first answer ({starts} pairs)\n")
    print("| | bare aiohttp, one pydantic model | `serve` | ratio, median (min to max) |")
    print("|---|--:|--:|--:|")
    row("ms", bare[1:], ours[1:])
    print()
