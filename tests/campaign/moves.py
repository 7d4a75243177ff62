"""What is done next, and how long is waited."""

import inspect

from campaign import draws
from oracles import DAY

DRAWS = {
    name: draw
    for name, draw in vars(draws).items()
    if inspect.isfunction(draw) and not name.startswith("_")
}
"""Verb -> how its arguments are drawn."""

FITTING = {
    "active": (
        *("change_plan", "change_plan", "change_plan", "change_plan", "pause", "cancel"),
        *("uncancel", "decline_next", "decline_next", "update_payment_method"),
    ),
    "trialing": ("extend_trial", "end_trial", "change_plan", "pause", "cancel", "uncancel"),
    "past_due": ("update_payment_method", "decline_next", "set_dunning", "update_offer", "cancel"),
    "paused": ("resume", "resume", "cancel", "uncancel", "update_payment_method", "update_offer"),
    "canceled": ("refund", "subscribe"),
}
"""Status -> what is likely to be done to a subscription that has it."""

LIKELY = (
    *("subscribe", "subscribe", "subscribe", "purchase", "refund", "create_offer"),
    *("create_checkout", "complete_checkout", "decline_checkout"),
)

SPANS = (
    *(1, 60_000, DAY // 2, DAY, DAY, 2 * DAY, 3 * DAY, 5 * DAY, 7 * DAY),
    *(9 * DAY, 14 * DAY, 30 * DAY, 31 * DAY, 45 * DAY),
)


def span(random, run):
    """Return how long to wait (ms): any time, or until something is due, or just before or after.
    Years only while few subscriptions live, so that a run stays short.
    """
    due = run.next_due()
    if due is not None and random.random() < 0.35:
        return max(0, due - run.now + random.choice((0, 0, -1, 1)))
    if random.random() < 0.02:
        living = sum(life.status == "active" for life in run.account.lives.values())
        return random.choice((100, 400, 800, 3000)) * DAY // (1 + living)
    return random.choice(SPANS) + random.choice((0, 0, 1, 3_600_001))


def likely(random, run):
    """Return a verb that fits a subscription as it is, and arguments for it."""
    lives = list(run.account.lives.values())
    verb = random.choice(FITTING[random.choice(lives).status] if lives else LIKELY)
    return verb, DRAWS[verb](random, run)


def act(random, run):
    """Do the next thing: let time pass, something likely, or any verb at all."""
    chance = random.random()
    if chance < 0.35:
        run.advance(run.now + span(random, run))
    elif chance < 0.75:
        run.step(*likely(random, run))
    else:
        verb = random.choice(LIKELY if chance < 0.85 else tuple(DRAWS))
        run.step(verb, DRAWS[verb](random, run))
