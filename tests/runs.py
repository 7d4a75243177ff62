"""Runs of a world for tests: engines, receivers that answer by rule, drivers, and a long story."""

import json
from collections import Counter
from hashlib import blake2b
from random import Random

from pocketsflow_emulator import inputs
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.tries import Outcome, of_status

SEED = 7
SECRET = "whsec_test"

SHORT = {
    "customer.created": "cc",
    "order.completed": "oc",
    "order.refunded": "refunded",
    "invoice.created": "ic",
    "invoice.upcoming": "iu",
    "invoice.payment_succeeded": "ps",
    "invoice.payment_failed": "pf",
    "payment_intent.succeeded": "pis",
    "customer.subscription.created": "cr",
    "customer.subscription.updated": "up",
    "customer.subscription.deleted": "del",
    "customer.subscription.trial_will_end": "twe",
    "customer.subscription.paused": "paused",
    "customer.subscription.resumed": "resumed",
}
"""Event -> its short name in the walks of the design."""

STORY = (
    ("create_webhook", {"id": "hook_all", "url": "http://localhost:3000/all", "secret": SECRET}),
    (
        "create_webhook",
        {
            "id": "hook_some",
            "url": "http://localhost:3000/some",
            "events": ["order.*", "invoice.*", "customer.subscription.deleted"],
        },
    ),
    ("create_product", {"id": "prod_course", "name": "Course", "price": "60.00"}),
    ("create_offer", {"id": "prod_pro", "name": "Pro", "price": "29.00"}),
    ("create_offer", {"id": "prod_week", "price": "7.99", "frequency": "weekly"}),
    ("create_offer", {"id": "prod_try", "price": "12.00", "trial_days": 14}),
    ("purchase", {"product": "prod_course", "email": "jane@example.com", "id": "order_jane"}),
    ("purchase", {"product": "prod_course", "email": "tom@example.com", "tax_rate": "0.08"}),
    ("purchase", {"product": "prod_course", "email": "ann@example.com", "card": "declines"}),
    ("subscribe", {"offer": "prod_week", "email": "jane@example.com", "id": "sub_jane"}),
    ("decline_next", {"payer": "sub_jane", "times": 2, "code": "insufficient_funds"}),
    (
        "subscribe",
        {
            "offer": "prod_try",
            "email": "tom@example.com",
            "id": "sub_tom",
            "card": "declines",
            "metadata": {"user": "42", "7": [True, None]},
        },
    ),
    ("subscribe", {"offer": "prod_pro", "email": "ann@example.com", "id": "sub_ann"}),
    ("advance", {"until": "invoice.payment_failed"}),
    ("refund", {"order": "order_jane", "amount": "10.00"}),
    ("advance", {"days": 8, "hours": 12}),
    ("pause", {"subscription": "sub_ann"}),
    ("update_payment_method", {"subscription": "sub_tom"}),
    ("review", {"order": "order_jane", "rating": 4}),
    ("rotate_secret", {"webhook": "hook_all", "secret": "whsec_next", "overlap": 86_400}),
    ("cancel", {"subscription": "sub_jane", "at_period_end": True}),
    ("advance", {"weeks": 3}),
    ("refund", {"order": "order_jane"}),
    ("resume", {"subscription": "sub_ann"}),
    ("set_verification", {"status": "verified"}),
    ("advance", {"hours": 2}),
    ("cancel", {"subscription": "sub_tom"}),
    ("purchase", {"product": "prod_course", "email": "zoe@example.com"}),
    ("purchase", {"product": "prod_course", "email": "jane@example.com"}),
    ("delete_webhook", {"webhook": "hook_some"}),
    ("advance", {"days": 4}),
)
"""Inputs in which everything happens: buyers, declines, dunning, notices, refunds, two webhooks."""

SHORT_STORY = (
    ("create_webhook", {"id": "hook_all", "url": "http://localhost:3000/all", "secret": SECRET}),
    (
        "create_webhook",
        {"id": "hook_orders", "url": "http://localhost:3000/o", "events": "order.*"},
    ),
    ("create_product", {"id": "prod_course", "quiet": True}),
    ("create_offer", {"id": "prod_week", "frequency": "weekly"}),
    ("purchase", {"product": "prod_course", "email": "jane@example.com", "id": "order_jane"}),
    ("purchase", {"product": "prod_course", "email": "tom@example.com"}),
    ("subscribe", {"offer": "prod_week", "email": "jane@example.com", "id": "sub_jane"}),
    ("decline_next", {"payer": "sub_jane"}),
    ("advance", {"days": 10}),
    ("refund", {"order": "order_jane"}),
    ("cancel", {"subscription": "sub_jane"}),
    ("advance", {"days": 4}),
)
"""A story of some forty tries, for tests that cut it at each of them."""


def engine(start="2030-01-31", **options):
    """Return an engine that begins at a date."""
    return Engine(options.pop("seed", SEED), clock.parse(start), **options)


def hooked(start="2030-01-31", **options):
    """Return an engine with one webhook, `hook_1`, that hears everything."""
    made = engine(start, **options)
    do(made, "create_webhook", id="hook_1", url="http://localhost:3000/", secret=SECRET)
    return made


def do(made, verb, **arguments):
    """Submit a verb as a driver would, and send nothing."""
    return made.submit(verb, inputs.resolve(made.world.state, verb, arguments))


def play(made, verb, **arguments):
    """Submit a verb and deliver everything successfully; return what it made."""
    result = do(made, verb, **arguments)
    settle(made)
    return result


def settle(made, answer=None):
    """Send one after the other until nothing is waiting; return the tries."""
    sent = []
    while (attempt := made.take()) is not None:
        sent.append(attempt)
        made.record(attempt, answer(attempt) if answer else ok())
    return sent


def ok(status=200, body=b""):
    """Return the outcome of an answer."""
    return Outcome(of_status(status), status, body=body)


def verdict(attempt):
    """Return an outcome that depends on nothing but delivery and try number; 3 of 8 fail."""
    text = f"{attempt.delivery.number}/{attempt.number}"
    draw = blake2b(text.encode(), digest_size=1).digest()[0]
    headers = (("X-Draw", str(draw)),)
    match draw % 8:
        case 0:
            return Outcome("rejected", 500, headers, b"boom \xff", duration=draw / 7)
        case 1:
            return Outcome("timeout_response", duration=5.0)
        case 2:
            return Outcome("redirected", 302, headers)
        case _:
            return Outcome("delivered", 200 + draw % 3, headers, b"{}", duration=draw / 9)


class Cut(Exception):
    """The driving was broken off."""


def drive(made, order, *, releases=0.0, cut_at=None):
    """Drive until quiet, deciding what is out in an order drawn from `order`.

    `releases` is the share of tries that are cancelled instead, `cut_at` the number (from 1) of
    the take at which all that is out is put back and `Cut` raised. Returns the number of takes.
    """
    out, takes = [], 0
    while True:
        instant = made.now
        attempt = made.take() if not out or order.random() < 0.8 else None
        if attempt is not None:
            out.append(attempt)
            takes += 1
            if takes == cut_at:
                while out:
                    made.release(out.pop(order.randrange(len(out))))
                raise Cut
            continue
        if not out:
            return takes
        check(made, out, instant)
        attempt = out.pop(order.randrange(len(out)))
        if order.random() < releases:
            made.release(attempt)
        else:
            made.record(attempt, verdict(attempt))


def check(made, out, instant):
    """Check what must hold while tries are out: the instant stands, lanes and caps are kept."""
    taken = list(made.outbox.out.values())
    share = max(1, made.cap // max(1, len(made.world.state.store.table(Webhook))))
    assert sorted(attempt.delivery.number for attempt in out) == sorted(d.number for d in taken)
    assert made.now == instant
    assert len(out) <= made.cap
    assert max(Counter((d.webhook, d.fact.buyer) for d in taken).values()) == 1
    assert max(Counter(delivery.webhook for delivery in taken).values()) <= share


def tell(made, story=STORY, *, seed=1, releases=0.0, cut_at=None):
    """Play a story to its end, each step driven until quiet. Returns whether it was cut."""
    order, takes, was_cut = Random(seed), 0, False
    for verb, arguments in story:
        do(made, verb, **arguments)
        try:
            left = None if cut_at is None or was_cut else cut_at - takes
            takes += drive(made, order, releases=releases, cut_at=left)
        except Cut:
            was_cut = True
            drive(made, order, releases=releases)
    return was_cut


def told(story=STORY, *, cap=1, **options):
    """Return an engine after a story, with the retry ladder."""
    made = engine(cap=cap, policy="retry-ladder")
    tell(made, story, **options)
    return made


def walk(made):
    """Return what was delivered as the walks write it: a line an instant, stamps as offsets."""
    lines = {}
    for delivery in made.journal.deliveries():
        body = json.loads(delivery.body)
        instant = delivery.fact.instant
        offset = body["timestamp"] - instant
        words = lines.setdefault(clock.iso(instant)[:16].replace("T00:00", ""), [])
        words.append(f"{SHORT.get(body['event'], body['event'])}{offset}")
    return [f"{when} {' '.join(words)}" for when, words in lines.items()]


def events(made):
    """Return the names of the events that were delivered, in order."""
    return [delivery.event for delivery in made.journal.deliveries()]
