"""A year of subscribers, without HTTP: every event built, written and signed.

Three ways to the same bodies, in turns: the emulator's engine, with its journal and its outbox; a
bare heap of slotted objects, as one would write it for this one story; and the same bare model as
processes of simpy. What is counted are bodies; that all three make the same ones is checked first.
"""

import gc
import hmac
import json
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime
from heapq import heappop, heappush
from operator import truediv
from statistics import median
from time import process_time

from pocketsflow_emulator.cli import collect_less_often
from pocketsflow_emulator.core import ids
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.journal import Journal
from pocketsflow_emulator.delivery.tries import Outcome

DELIVERED = Outcome("delivered", 200)
START, END = 1_893_456_000_000, 1_924_992_000_000  # 2030-01-01 and 2031-01-01, in ms
WEEK = 7 * 86_400_000
SECRET = "whsec_benchmark"
SIZES = ((1_000, 9), (10_000, 3), (100_000, 1))


# ---- the engine --------------------------------------------------------------------------------


def emulated(subscribers, *, keep=False):  # noqa: ARG001  (the journal keeps them)
    """Let `subscribers` live through a year in the engine."""
    engine = Engine(1, START, most_events=100_000_000)
    engine.submit("create_webhook", {"id": "hook", "url": "handler:", "secret": SECRET})
    engine.submit("create_offer", {"id": "prod_pro", "name": "Pro", "price": "29.50"})
    for number in range(subscribers):
        engine.submit("subscribe", {"offer": "prod_pro", "email": f"buyer{number}@example.com"})
        deliver(engine)
    engine.submit("advance", {"to": END})
    deliver(engine)
    return engine


def deliver(engine):
    """Take what is to be sent, as a driver does, from a receiver that answers at once."""
    while (attempt := engine.take()) is not None:
        engine.record(attempt, DELIVERED)


def kept(subscribers):
    """Return the bytes that a live subscriber and an invoice cost, apart from the journal, whose
    ring is short here.
    """
    tracemalloc.start()
    engine = Engine(1, START, journal=Journal(100))
    engine.submit("create_offer", {"id": "prod_pro", "name": "Pro", "price": "29.50"})

    def held():
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    empty = held()
    for number in range(subscribers):
        engine.submit("subscribe", {"offer": "prod_pro", "email": f"buyer{number}@example.com"})
    begun = held()
    engine.submit("advance", {"to": END})
    engine.take()
    an_invoice = (held() - begun) / (12 * subscribers)
    return (begun - empty) / subscribers - an_invoice, an_invoice


# ---- the bare model ----------------------------------------------------------------------------


def months_later(months):
    """Return the start, some months later."""
    year, month = divmod(months, 12)
    first = datetime(2030 + year, month + 1, 1, tzinfo=UTC)
    return int(first.timestamp() * 1000)


def iso(instant):
    """Write an instant as JavaScript does."""
    moment = datetime.fromtimestamp(instant / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Invoice:
    """What the bare model knows of an invoice."""

    __slots__ = ("amount", "end", "id", "paid_at", "start")

    def __init__(self, id, amount, start, end):
        self.id, self.amount, self.start, self.end, self.paid_at = id, amount, start, end, None


class Subscriber:
    """What the bare model knows of a subscriber."""

    __slots__ = ("customer", "cycle", "email", "id", "invoices", "period_end", "period_start")

    def __init__(self, number):
        self.email = f"buyer{number}@example.com"
        self.customer = ids.generated(1, "customer", number + 1)
        self.id = ids.generated(1, "subscription", number + 1)
        self.cycle, self.period_start, self.period_end = 1, START, months_later(1)
        self.invoices = []

    def due(self):
        """Return when the next notice comes."""
        return self.period_end - WEEK


class Bare:
    """Builds, writes and signs the bodies, and keeps nothing but what they need."""

    def __init__(self, keep=False):
        self.key, self.count, self.invoices = SECRET.encode(), 0, 0
        self.kept = [] if keep else None

    def send(self, event, stamp, rest):
        """Make one body and its signature."""
        body = {
            "webhookId": "hook",
            "event": event,
            "timestamp": stamp,
            "testMode": True,
            "livemode": False,
            **rest,
        }
        self.sign(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())

    def sign(self, text):
        """Sign a body."""
        signature = hmac.new(self.key, text, "sha256").hexdigest()
        self.count += 1
        if self.kept is not None:
            self.kept.append((text, signature))

    def started(self, subscriber, number, now):
        """Tell of a new subscriber."""
        customer = {
            "id": subscriber.customer,
            "email": subscriber.email,
            "firstName": "",
            "lastName": "",
            "country": "US",
            "createdAt": iso(now),
        }
        self.send("customer.created", now, {"customer": customer, "product": {"id": "prod_pro"}})
        self.billed(subscriber, now + 1)
        intent = {
            "id": ids.generated(1, "payment_intent", number + 1),
            "amount": 29.5,
            "currency": "usd",
            "status": "succeeded",
        }
        paid = {"paymentIntent": intent, "customer": {"email": subscriber.email}}
        self.send("payment_intent.succeeded", now + 2, paid)
        self.changed("customer.subscription.created", subscriber, now + 3)

    def upcoming(self, subscriber, now):
        """Tell of the next invoice."""
        invoice = {
            "status": "draft",
            "amountDue": 29.5,
            "currency": "usd",
            "periodStart": iso(subscriber.period_end),
            "periodEnd": iso(months_later(subscriber.cycle + 1)),
        }
        self.send("invoice.upcoming", now, about(subscriber, invoice))

    def renewed(self, subscriber, now):
        """Bill the next period, and let it be paid."""
        subscriber.cycle += 1
        subscriber.period_start = subscriber.period_end
        subscriber.period_end = months_later(subscriber.cycle)
        invoice = self.billed(subscriber, now)
        invoice.paid_at = now
        paid = {
            "id": invoice.id,
            "status": "paid",
            "amountPaid": invoice.amount,
            "currency": "usd",
            "paidAt": iso(now),
        }
        self.send("invoice.payment_succeeded", now + 1, about(subscriber, paid))
        self.changed("customer.subscription.updated", subscriber, now + 3)

    def billed(self, subscriber, stamp):
        """Make an invoice."""
        self.invoices += 1
        id = ids.generated(1, "invoice", self.invoices)
        invoice = Invoice(id, 29.5, subscriber.period_start, subscriber.period_end)
        subscriber.invoices.append(invoice)
        shown = {
            "id": id,
            "status": "open",
            "amountDue": invoice.amount,
            "currency": "usd",
            "periodStart": iso(invoice.start),
            "periodEnd": iso(invoice.end),
        }
        self.send("invoice.created", stamp, about(subscriber, shown))
        return invoice

    def changed(self, event, subscriber, stamp):
        """Tell how a subscription stands."""
        body = {
            "subscription": {
                "id": subscriber.id,
                "status": "active",
                "billingInterval": "month",
                "currentPeriodStart": iso(subscriber.period_start),
                "currentPeriodEnd": iso(subscriber.period_end),
                "cancelAtPeriodEnd": False,
                "trialStart": None,
                "trialEnd": None,
            },
            "customer": {
                "email": subscriber.email,
                "customerId": "cus_" + subscriber.customer.removeprefix("cust_"),
            },
            "product": {"id": "prod_pro", "name": "Pro"},
            "amount": 29.5,
            "currency": "usd",
        }
        self.send(event, stamp, body)


def about(subscriber, invoice):
    """Return the part of a body that is about an invoice."""
    return {
        "invoice": invoice,
        "subscription": {"id": subscriber.id},
        "customer": {"email": subscriber.email},
    }


def bare(subscribers, *, keep=False):
    """The same year with a heap and nothing else."""
    sender, heap, order = Bare(keep), [], 0
    for number in range(subscribers):
        subscriber = Subscriber(number)
        sender.started(subscriber, number, START)
        heappush(heap, (subscriber.due(), order := order + 1, True, subscriber))
    while heap and heap[0][0] <= END:
        now, _, notice, subscriber = heappop(heap)
        if notice:
            sender.upcoming(subscriber, now)
            heappush(heap, (subscriber.period_end, order := order + 1, False, subscriber))
        else:
            sender.renewed(subscriber, now)
            heappush(heap, (subscriber.due(), order := order + 1, True, subscriber))
    return sender


def simulated(subscribers, *, keep=False):
    """The same year with simpy: subscribers are processes, and so is what takes bodies, one at a
    time, from the outbox that they are put into.
    """
    import simpy

    world = simpy.Environment(START)
    outbox = simpy.Store(world)

    class Queued(Bare):
        sign = outbox.put

    def deliver():
        while True:
            Bare.sign(sender, (yield outbox.get()))

    def live(number):
        subscriber = Subscriber(number)
        sender.started(subscriber, number, START)
        while True:
            yield world.timeout(subscriber.due() - world.now)
            sender.upcoming(subscriber, world.now)
            yield world.timeout(subscriber.period_end - world.now)
            sender.renewed(subscriber, world.now)

    sender = Queued(keep)
    world.process(deliver())
    for number in range(subscribers):
        world.process(live(number))
    world.run(END + 1)
    return sender


# ---- measuring ---------------------------------------------------------------------------------

WAYS = {"emulated": emulated, "bare": bare, "simulated": simulated}


def bodies(way, subscribers):
    """Return the bodies of a way with their signatures, as a set."""
    made = WAYS[way](subscribers, keep=True)
    if way == "emulated":
        return {(delivery.body, delivery.signature) for delivery in made.journal.deliveries()}
    return set(made.kept)


def once(way, subscribers):
    """Run one way in a process of its own; return (bodies, bodies per CPU second)."""
    command = [sys.executable, "-m", "benchmarks.engine", way, str(subscribers)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    count, seconds = done.stdout.split()
    return int(count), int(count) / float(seconds)


def main(*, quick):
    """Print bodies per second of the three ways, and their ratios."""
    assert bodies("emulated", 20) == bodies("bare", 20) == bodies("simulated", 20)
    print("## The engine alone: monthly subscribers over 12 months, bodies per CPU second\n")
    print("| subscribers | bodies | emulator | bare heap | simpy | emulator / bare, median |")
    print("|--:|--:|--:|--:|--:|--:|")
    for subscribers, rounds in ((100, 3), (1_000, 5)) if quick else SIZES:
        rates = {way: [] for way in WAYS}
        for _ in range(rounds):
            for way, found in rates.items():
                count, rate = once(way, subscribers)
                found.append(rate)
        ratios = map(truediv, rates["emulated"], rates["bare"])
        shown = " | ".join(f"{median(found):,.0f}" for found in rates.values())
        print(f"| {subscribers:,} | {count:,} | {shown} | {median(ratios):.2f} |", flush=True)
    subscriber, invoice = kept(100 if quick else 2_000)
    print(f"\nA live subscriber takes {subscriber:,.0f} bytes, an invoice with its order", end=" ")
    print(f"{invoice:,.0f}.\n")


if __name__ == "__main__":
    began = process_time()
    if sys.argv[1] == "emulated":
        collect_less_often()
    made = WAYS[sys.argv[1]](int(sys.argv[2]))
    print(made.delivery_count if sys.argv[1] == "emulated" else made.count, process_time() - began)
