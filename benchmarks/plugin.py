"""What the pytest plugin costs: unused, idle, and per call; each beside what it is compared with.

Whole runs are compared by the CPU time of their processes, calls by the wall's.
"""

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from aiohttp import web
from pytest_httpserver import HTTPServer

from pocketsflow_emulator import Emulator
from pocketsflow_emulator.server import lending

PAIRS = 21
TESTS = 1_000
CALLS = 1_000
ROUNDS = 7

CONFTEST = """
import json
from time import process_time

import pytest

began = None


@pytest.fixture
def nothing():
    yield None


def pytest_runtest_logfinish():
    global began
    began = began or process_time()  # the first test imports what the fixture needs


def pytest_sessionfinish():
    with open("seconds.json", "w") as file:
        json.dump(process_time() - began, file)
"""
MANY = """
import pytest

@pytest.mark.parametrize("number", range({tests}))
def test_it(number, {fixture}):
    pass
"""


def pytest_run(folder, *arguments):
    """Run pytest there, with the plugins that are named; return the CPU seconds it took."""
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, cwd=folder, env=environment)  # noqa: S603
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def unused(pairs):
    """Return the milliseconds of a run without the plugin, and with it, pair by pair."""
    with TemporaryDirectory() as folder:
        Path(folder, "test_one.py").write_text("def test_it():\n    pass\n")
        pytest_run(folder)
        return [
            (pytest_run(folder) * 1000, pytest_run(folder, "-p", "pocketsflow") * 1000)
            for _ in range(pairs)
        ]


def idle(rounds, tests):
    """Return the microseconds of a test with a fixture that does nothing, and with ours."""
    found = []
    with TemporaryDirectory() as folder:
        Path(folder, "conftest.py").write_text(CONFTEST)
        for _ in range(rounds):
            pair = []
            for fixture in ("nothing", "pocketsflow"):
                Path(folder, "test_many.py").write_text(MANY.format(tests=tests, fixture=fixture))
                pytest_run(folder, "-p", "pocketsflow")
                seconds = json.loads(Path(folder, "seconds.json").read_text())
                pair.append(seconds / (tests - 1) * 1e6)
            found.append(tuple(pair))
    return found


def fresh(url, headers, count):
    """Return the microseconds of a call on a connection of its own."""
    asked = Request(url, headers=headers)  # noqa: S310
    began = perf_counter()
    for _ in range(count):
        with urlopen(asked, timeout=5) as answer:  # noqa: S310
            assert answer.status == 200
            answer.read()
    return (perf_counter() - began) / count * 1e6


def kept(url, headers, count):
    """Return the microseconds of a call on one connection."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname, parts.port, timeout=5)
    began = perf_counter()
    for _ in range(count):
        connection.request("GET", parts.path, headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
    spent = (perf_counter() - began) / count * 1e6
    connection.close()
    return spent


@contextmanager
def bare(body):
    """Serve a body with aiohttp alone, in a thread; yields where."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def answer(_request):
        return web.Response(body=body, content_type="application/json")

    async def start():
        application = web.Application()
        application.router.add_get("/products", answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/products"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def calls(rounds, count):
    """Return the microseconds of a call: pytest-httpserver and ours, then bare aiohttp and ours."""
    against_httpserver, against_bare = [], []
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    with Emulator() as emulator, HTTPServer() as server:
        emulator.create_product(name="Course", price="60.00")
        ours = f"{emulator.url}/products"
        key = {"Authorization": f"Bearer {emulator.api_key}"}
        with urlopen(Request(ours, headers=key), timeout=5) as answer:  # noqa: S310
            body = answer.read()
        server.expect_request("/products").respond_with_json(json.loads(body))
        with bare(body) as plain:
            for _ in range(rounds):
                theirs = fresh(server.url_for("/products"), key, count)
                against_httpserver.append((theirs, fresh(ours, key, count)))
                against_bare.append((kept(plain, key, count), kept(ours, key, count)))
    return against_httpserver, against_bare


def stops(rounds):
    """Return the milliseconds that the shared server takes to start, and to stop."""
    found = []
    for _ in range(rounds):
        began = perf_counter()
        server = lending()
        started = perf_counter()
        server.close()
        found.append(((started - began) * 1000, (perf_counter() - started) * 1000))
        lending_again()
    return found


def lending_again():
    """Forget the server that was closed, so that another is started."""
    from pocketsflow_emulator import server

    server._lending.clear()  # noqa: SLF001


def row(name, pairs, unit, *, difference=False):
    """Print a line of the table: both medians, and what lies between them."""
    theirs, ours = (median(side) for side in zip(*pairs, strict=True))
    between = sorted(b - a if difference else b / a for a, b in pairs)
    shown = f"{median(between):+.2f} {unit}" if difference else f"{median(between):.2f}"
    print(f"| {name} | {theirs:,.2f} {unit} | {ours:,.2f} {unit} | {shown} |")


def main(*, quick):
    """Print the table."""
    rounds, count = (3, CALLS // 10) if quick else (ROUNDS, CALLS)
    print("## The pytest plugin\n")
    print("| | beside | ours | between them, median |")
    print("|---|--:|--:|--:|")
    row(
        "a run that does not use it; without the plugin",
        unused(5 if quick else PAIRS),
        "ms",
        difference=True,
    )
    row("an idle fixture; one that does nothing", idle(rounds, TESTS), "µs", difference=True)
    against_httpserver, against_bare = calls(rounds, count)
    row("a call, new connection; pytest-httpserver", against_httpserver, "µs")
    row("a call, same connection; aiohttp in a thread", against_bare, "µs")
    row("the server behind `url`: start; stop", stops(rounds), "ms", difference=True)
