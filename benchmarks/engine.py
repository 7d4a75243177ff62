"""The engine alone: a year of subscribers, every event built, written, signed, journalled."""

from statistics import median
from time import perf_counter

from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.tries import Outcome

DELIVERED = Outcome("delivered", 200)
START = 1_893_456_000_000
YEAR = 365 * 86_400_000


def year(subscribers, *, webhook):
    """Let `subscribers` live through a year; return (facts, deliveries, seconds)."""
    engine = Engine(1, START)
    if webhook:
        engine.submit("create_webhook", {"url": "handler:", "secret": "whsec_benchmark"})
    offer = engine.submit("create_offer", {"price": "29.00"})
    began = perf_counter()
    for number in range(subscribers):
        engine.submit("subscribe", {"offer": offer.id, "email": f"buyer{number}@example.com"})
    engine.submit("advance", {"to": START + YEAR})
    while (attempt := engine.take()) is not None:
        engine.record(attempt, DELIVERED)
    seconds = perf_counter() - began
    return engine.world.state.fact_count, engine.delivery_count, seconds


def main(*, quick):
    """Print events per second with and without a receiver."""
    subscribers = 100 if quick else 1_000
    print(f"## The engine alone: {subscribers:,} monthly subscribers over 12 months\n")
    print("| | events | events per second, median of 3 |")
    print("|---|--:|--:|")
    for label, webhook in (("facts only, no receiver", False), ("built, signed, journalled", True)):
        runs = [year(subscribers, webhook=webhook) for _ in range(3)]
        facts, _, _ = runs[0]
        rate = median(facts / seconds for _, _, seconds in runs)
        print(f"| {label} | {facts:,} | {rate:,.0f} |")
    print()
