"""The arguments of verbs, drawn at random: likely ones, and now and then what cannot be.

A function per verb. `random` is a `random.Random`, or hypothesis's, which shrinks what it gave.
"""

import oracles
from campaign.life import RETRIES
from oracles import DAY

EMAILS = ("ada@example.com", "jürgen+shop@example.com", "李@example.cn")
PRICES = {
    "usd": ("29.00", "60", "9.99", "0.01", "0", "1234.56"),
    "eur": ("30.00", "300", "7.77"),
    "jpy": ("3000", "1", "29800"),
    "kwd": ("9.125", "0.001", "45"),
}
RATES = ("0", "0", "0.08", "0.19", "0.055", "0.333333")
CARDS = ("ok", "ok", "ok", "ok", "declines", "insufficient_funds", "expired_card")
GOOD = ("ok", "ok", "ok", "declines")
BAD = ("ok", "declines", "expired_card")


def _pick(random, ids):
    """Return an id out of a table, now and then one that nobody knows."""
    ids = list(ids)
    return random.choice(ids) if ids and random.random() < 0.98 else "nothing_1"


def _some(random, ids, odds=0.3):
    ids = list(ids)
    return random.choice(ids) if ids and random.random() < odds else None


def _given(**arguments):
    return {name: value for name, value in arguments.items() if value is not None}


def _email(random):
    return random.choice(EMAILS)


def _subscription(random, run, *statuses):
    """Return a subscription, mostly one in a status where the verb goes."""
    lives = run.account.lives
    fit = [id for id, life in lives.items() if life.status in statuses]
    return random.choice(fit) if fit and random.random() < 0.85 else _pick(random, lives)


# ---- the catalogue -----------------------------------------------------------------------------


def create_product(random, run):
    currency = random.choice(("usd", "usd", "jpy", "kwd"))
    price = random.choice(PRICES[currency] if random.random() < 0.95 else ("9.9999", "-1", "1e12"))
    quiet = random.random() < 0.3
    return {"price": price, "currency": currency, "id": run.fresh("course"), "quiet": quiet}


def update_product(random, run):
    currency = random.choice((None, None, "usd", "jpy", "kwd"))
    price = random.choice((None, *PRICES["usd"], *PRICES["jpy"]))
    return _given(product=_pick(random, run.account.products), price=price, currency=currency)


def delete_product(random, run):
    return {"product": _pick(random, run.account.products)}


def create_variant(random, run):
    product = _pick(random, run.account.products)
    price = random.choice((*PRICES["usd"], *PRICES["jpy"]))
    return {"product": product, "price": price, "id": run.fresh("large")}


def update_variant(random, run):
    variant = _pick(random, run.account.variants)
    return {"variant": variant, "price": random.choice((*PRICES["usd"], *PRICES["jpy"]))}


def delete_variant(random, run):
    return {"variant": _pick(random, run.account.variants)}


def create_offer(random, run):
    currency = random.choice(("usd", "usd", "usd", "usd", "usd", "usd", "jpy", "kwd"))
    return {
        "price": random.choice(PRICES[currency]),
        "currency": currency,
        "frequency": random.choice(("weekly", "monthly", "monthly", "yearly")),
        "trial_days": random.choice((0, 0, 0, 1, 3, 5, 7, 14, 30)),
        "dunning": random.choice((None, *RETRIES)),
        "id": run.fresh("plan"),
    }


def update_offer(random, run):
    return _given(
        offer=_pick(random, run.account.offers),
        price=random.choice((None, *PRICES["usd"], "30000")),
        trial_days=random.choice((None, 0, 10)),
        dunning=random.choice((None, *RETRIES)),
    )


def delete_offer(random, run):
    return {"offer": _pick(random, run.account.offers)}


def create_discount(random, run):
    kind = random.choice(("percentage", "fixed"))
    values = ("10", "100", "33.3333", "101") if kind == "percentage" else ("5", "0.5", "5000", "0")
    days = random.choice((None, None, -1, 20))
    sold = [*run.account.products, *run.account.offers]
    return _given(
        code=f"CODE{random.randrange(4)}",
        value=random.choice(values),
        value_type=kind,
        id=run.fresh("disc"),
        products=[random.choice(sold)] if sold and random.random() < 0.3 else None,
        active=random.random() < 0.9,
        expiration=None if days is None else oracles.iso(run.now + days * DAY),
    )


def update_discount(random, run):
    return {
        "discount": _pick(random, run.account.discounts),
        "value": random.choice(("5", "15", "50", "200")),
        "active": random.random() < 0.8,
    }


def delete_discount(random, run):
    return {"discount": _pick(random, run.account.discounts)}


def create_upsell(random, run):
    products = [_pick(random, run.account.products)] if random.random() < 0.9 else []
    offered = _pick(random, run.account.products)
    price = random.choice(PRICES["usd"])
    return {
        "products": products,
        "upsell_product": offered,
        "price": price,
        "id": run.fresh("more"),
    }


def update_upsell(random, run):
    return {"upsell": _pick(random, run.account.upsells), "active": random.random() < 0.5}


def delete_upsell(random, run):
    return {"upsell": _pick(random, run.account.upsells)}


def create_webhook(random, run):
    events = random.choice((["*"], ["invoice.*"], ["order.completed", "customer.created"]))
    url, active = "http://127.0.0.1:1/other", random.random() < 0.8
    return {"url": url, "events": events, "id": run.fresh("hook"), "active": active}


def update_webhook(random, run):
    return {"webhook": _pick(random, run.account.webhooks), "active": random.random() < 0.6}


def rotate_secret(random, run):
    overlap = random.choice((0, 86_400))
    return {"webhook": _pick(random, run.account.webhooks), "overlap": overlap}


def delete_webhook(random, run):
    return {"webhook": _pick(random, run.account.webhooks)}


# ---- buyers and what they buy ------------------------------------------------------------------


def create_customer(random, run):
    return {"email": _email(random), "id": run.fresh("buyer")}


def _customer(random, run):
    return _pick(random, [c.id for c in run.account.customers.values() if c.id])


def update_customer(random, run):
    email = random.choice((None, *EMAILS))
    return _given(customer=_customer(random, run), email=email, first_name="Zoë")


def delete_customer(random, run):
    return {"customer": _customer(random, run)}


def purchase(random, run):
    return _given(
        product=_pick(random, run.account.products),
        email=_email(random),
        id=run.fresh("order"),
        variant=_some(random, run.account.variants),
        discount=_discount(random, run),
        tax_rate=random.choice(RATES),
        card=random.choice(CARDS),
    )


def _discount(random, run):
    names = [*run.account.discounts, *(d.code.lower() for d in run.account.discounts.values())]
    return _some(random, names)


def subscribe(random, run):
    return _given(
        offer=_pick(random, run.account.offers),
        email=_email(random),
        id=run.fresh("sub"),
        trial_days=random.choice((None, None, 0, 1, 2, 3, 8, 20)),
        discount=_discount(random, run),
        tax_rate=random.choice(RATES),
        card=random.choice(CARDS),
    )


def create_checkout(random, run):
    return _given(
        product=_pick(random, [*run.account.products, *run.account.offers]),
        id=run.fresh("page"),
        email=random.choice((None, *EMAILS)),
        discount=_discount(random, run),
    )


def _session(random, run):
    """Return a page, mostly one that is still open."""
    pages = run.account.sessions
    open_ones = [id for id, page in pages.items() if page.open]
    return _pick(random, open_ones if open_ones and random.random() < 0.85 else pages)


def complete_checkout(random, run):
    return _given(
        session=_session(random, run),
        email=random.choice((None, *EMAILS)),
        card=random.choice(CARDS),
        tax_rate=random.choice(RATES),
    )


def decline_checkout(random, run):
    email = random.choice((None, *EMAILS))
    return _given(session=_session(random, run), email=email, code="expired_card")


def abandon_checkout(random, run):
    return {"session": _session(random, run)}


def refund(random, run):
    order = _pick(random, [*run.account.orders, *run.account.lives])
    amount = random.choice((None, None, "1", "5.00", "0.01", "29", "0", "0.001", "5000"))
    return _given(order=order, amount=amount)


def review(random, run):
    return {"order": _pick(random, run.account.orders), "rating": random.choice((1, 5))}


# ---- subscriptions -----------------------------------------------------------------------------


def pause(random, run):
    days = random.choice((None, 0, 1, 6, 10, 40, 400))
    until = None if days is None else oracles.iso(run.now + days * DAY)
    return _given(subscription=_subscription(random, run, "active", "trialing"), until=until)


def resume(random, run):
    return {"subscription": _subscription(random, run, "paused")}


def cancel(random, run):
    later = random.random() < 0.8
    subscription = _subscription(random, run, "active", "trialing", "paused", "past_due")
    return {"subscription": subscription, "at_period_end": later}


def uncancel(random, run):
    lives = run.account.lives
    ending = [id for id, life in lives.items() if life.ending and life.status != "canceled"]
    return {"subscription": _pick(random, ending if ending and random.random() < 0.9 else lives)}


def extend_trial(random, run):
    days = random.choice((1, 2, 7, 30))
    return {"subscription": _subscription(random, run, "trialing"), "days": days}


def end_trial(random, run):
    return {"subscription": _subscription(random, run, "trialing")}


def change_plan(random, run):
    """Mostly to another plan in the same currency."""
    id = _subscription(random, run, "active", "trialing")
    life, offers = run.account.lives.get(id), run.account.offers
    fit = [
        plan.id
        for plan in offers.values()
        if life and plan.currency == life.plan.currency and plan is not life.plan
    ]
    return {
        "subscription": id,
        "offer": _pick(random, fit if fit and random.random() < 0.9 else offers),
        "proration": random.choice(("none", "immediate", "immediate")),
    }


def update_payment_method(random, run):
    """Mostly a good card for one that is past due; for others a bad one as often."""
    subscription = _subscription(random, run, "past_due", "active")
    life = run.account.lives.get(subscription)
    owing = life is not None and life.status == "past_due"
    return {"subscription": subscription, "card": random.choice(GOOD if owing else BAD)}


def decline_next(random, run):
    return {
        "payer": _pick(random, [*run.account.lives, *run.account.lives, *EMAILS]),
        "times": random.choice((0, 1, 1, 2, 4, 5, "until_new_card")),
        "code": random.choice(("card_declined", "authentication_required")),
    }


# ---- the account -------------------------------------------------------------------------------


def set_dunning(random, run):
    return {"name": random.choice(tuple(RETRIES))}


def set_verification(random, run):
    return {"status": random.choice(("processing", "requires_input", "verified"))}


def update_user(random, run):
    return {"first_name": random.choice(("Sam", "\u0000\ud800"))}
