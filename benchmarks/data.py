"""`serve --data`: what a file costs a server while it runs, and how long a start with one takes."""

import json
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks import load
from benchmarks.api import CREATE, row
from benchmarks.http import receiving

ROUNDS = 7
REQUESTS = 2_000
SALES = 5_000


def main(*, quick):
    """Print both tables."""
    with TemporaryDirectory() as folder:
        while_it_runs(Path(folder), 3 if quick else ROUNDS, 200 if quick else REQUESTS)
        when_it_starts(Path(folder), 200 if quick else SALES)


def _purchases(count):
    for number in range(count):
        body = {"product": "prod_course", "email": f"jane{number}@example.com"}
        yield load.request("POST", "/_emulator/actions/purchase", json.dumps(body).encode())


def _course():
    body = b'{"id": "prod_course", "price": "60.00", "quiet": true}'
    return load.request("POST", "/_emulator/actions/create_product", body)


def _server(port, receiver, *flags):
    return load.emulator(
        port, "--webhook", receiver, "--clock", "virtual", "--start", "2030-01-31", *flags
    )


def while_it_runs(folder, rounds, count):
    """Creates without a receiver, and purchases with two deliveries each, in turns."""
    bare, kept = load.free_port(), load.free_port()
    data = ("--data", str(folder / "runs.db"))
    figures = {"POST create": ([], []), "a purchase, two deliveries": ([], [])}
    with (
        receiving() as receiver,
        load.process(_server(bare, receiver), bare),
        load.process(_server(kept, receiver, *data), kept),
    ):
        sales = {port: _purchases(rounds * count) for port in (bare, kept)}
        for port in (bare, kept):
            load.ask(port, _course())
        for _ in range(rounds):
            for place, port in enumerate((bare, kept)):
                few = [next(sales[port]) for _ in range(count // 4)]
                figures["a purchase, two deliveries"][place].append(load.load(port, few, 1)[0])
        for port in (bare, kept):
            load.ask(port, load.request("DELETE", f"/webhooks/{_webhook(port)}"))
        for _ in range(rounds):
            for place, port in enumerate((bare, kept)):
                figures["POST create"][place].append(load.load(port, [CREATE] * count)[0])
    print(f"## A data file ({rounds} rounds of {count:,} creates and {count // 4:,} purchases)\n")
    print("| per second | in memory | with `--data` | ratio, median (min to max) |")
    print("|---|--:|--:|--:|")
    for label, (without, with_it) in figures.items():
        row(label, without, with_it)
    print()


def _webhook(port):
    return json.loads(load.ask(port, load.request("GET", "/webhooks")))[0]["_id"]


def when_it_starts(folder, count):
    """From the start of a server to its first answer, with a file of so many purchases."""
    port, fresh = load.free_port(), load.free_port()
    path = folder / "starts.db"
    health = load.request("GET", "/_emulator/health")
    with receiving() as receiver:
        with load.process(_server(port, receiver, "--data", str(path)), port):
            load.ask(port, _course())
            load.load(port, _purchases(count), 1)
        took = {"without": [], "with": []}
        for _ in range(3):
            for name, flags in (("without", ()), ("with", ("--data", str(path)))):
                began = perf_counter()
                with load.process(_server(fresh, receiver, *flags), fresh):
                    load.ask(fresh, health)
                    took[name].append(perf_counter() - began)
    longer = median(took["with"]) - median(took["without"])
    print(
        f"A file of {2 * count:,} deliveries has {path.stat().st_size / 1e6:.1f} MB; a start with"
    )
    print(f"it takes {longer:.2f} s longer: {2 * count / longer:,.0f} deliveries per second.\n")
