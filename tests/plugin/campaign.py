"""`make campaign-plugin`: 500 tests with `-n 8`, twenty times; ends with 1 where one was not green.

Every kind of test that could meet another: worlds driven by function, by URL and by coroutine,
the shared server, frozen clocks, journals, coverage and artefacts.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

RUNS = 20
WORKERS = 8
TESTS = """
import asyncio
import json
import os
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.request import Request, urlopen

import pytest

EACH = pytest.mark.parametrize("number", range(62))


@EACH
def test_function(pocketsflow, number):
    events = []
    pocketsflow.deliver_to(lambda request: events.append(request.event))
    order = pocketsflow.purchase(pocketsflow.create_product(), email=f"{number}@example.com")
    pocketsflow.refund(order)
    assert events == ["product.created", "customer.created", "order.completed", "order.refunded"]


@EACH
def test_renewal(pocketsflow, number):
    pocketsflow.deliver_to(lambda request: 200)
    subscription = pocketsflow.subscribe(pocketsflow.create_offer(trial_days=number + 8))
    pocketsflow.advance(months=6)
    assert subscription.status == "active"
    pocketsflow.assert_sequence("customer.subscription.created", "invoice.payment_succeeded")


@EACH
def test_coroutine(pocketsflow_async, number):
    async def webhook(request):
        await asyncio.sleep(0)

    async def sale():
        pocketsflow_async.deliver_to(webhook)
        name = f"Course {number}"
        await pocketsflow_async.create_product(name=name)
        await pocketsflow_async.assert_delivered("product.created", {"product.name": name})

    asyncio.run(sale())


@pytest.mark.parametrize("number", range(61))
def test_server(pocketsflow, monkeypatch, number):
    pocketsflow.patch_env(monkeypatch)
    pocketsflow.create_product(name=f"Course {number}")
    headers = {"Authorization": f"Bearer {os.environ['POCKETSFLOW_API_KEY']}"}
    with urlopen(Request(f"{pocketsflow.url}/products", headers=headers), timeout=30) as answer:
        assert f"Course {number}" in answer.read().decode()


class Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words):
        pass


@pytest.fixture
def receiver():
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@EACH
def test_url(pocketsflow, receiver, number):
    pocketsflow.deliver_to(receiver)
    pocketsflow.create_product()
    pocketsflow.assert_delivered("product.created", times=1)


@pytest.mark.parametrize("number", range(63))
@pytest.mark.pocketsflow(sync_clock=True, start="2030-01-31")
def test_clock(pocketsflow, number):
    pocketsflow.advance(days=number)
    assert datetime.now(UTC) == pocketsflow.clock.now


@pytest.mark.parametrize("number", range(64))
@pytest.mark.pocketsflow(seed=7)
def test_journal(pocketsflow, number):
    pocketsflow.deliver_to(lambda request: 200)
    pocketsflow.create_product(name="Course")
    pocketsflow.assert_matches_journal("course")


@pytest.mark.parametrize("number", range(64))
@pytest.mark.pocketsflow(policy="retry-ladder", timestamps="wall")
def test_retry(pocketsflow, number):
    answers = iter([500, 500, 200])
    pocketsflow.deliver_to(lambda request: next(answers))
    pocketsflow.create_product()
    pocketsflow.advance(hours=1)
    assert pocketsflow.deliveries.last.tries == 3
    assert time.time() * 1000 - pocketsflow.deliveries.last.json["timestamp"] < 60_000
"""


def run(folder: Path, *arguments: str) -> tuple[str, float]:
    """Run the tests there; return the last line that pytest printed, and the seconds it took."""
    plugins = ("-p", "pocketsflow", "-p", "xdist", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", *plugins, *arguments]
    began = perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    summary = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr
    if done.returncode:
        print(done.stdout[-4_000:], done.stderr[-2_000:], file=sys.stderr)
    return re.sub(r" in .*", "", summary), perf_counter() - began


def main() -> int:
    """Run them twenty times; return 1 where one run was not green."""
    green, seconds = 0, []
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_many.py").write_text(TESTS)
        run(folder, "--pocketsflow-update", "-k", "test_journal and 0")
        for number in range(1, RUNS + 1):
            kept = ("--pocketsflow-artefacts=on", f"--pocketsflow-output=run{number}")
            summary, took = run(folder, "-n", str(WORKERS), "--pocketsflow-cov", *kept)
            print(f"run {number:2}: {summary}, {took:.1f} s", flush=True)
            green += summary == "500 passed"
            seconds.append(took)
            kept_folders = len(list((folder / f"run{number}").iterdir()))
            green -= summary == "500 passed" and kept_folders != 500
    print(f"{green} of {RUNS} runs green, {min(seconds):.1f} to {max(seconds):.1f} s each")
    return green != RUNS


if __name__ == "__main__":
    sys.exit(main())
