"""Random stories of deliveries in trouble: everything that people can do to a world, and to what it
sends. A story is data, made from its seed alone.
"""

from random import Random
from typing import Any, NamedTuple

from pocketsflow_emulator.delivery.faults import KINDS
from pocketsflow_emulator.delivery.faults.kind import BEHAVE, PLAN

EMAILS = ("ada@example.com", "jürgen@example.com", "li@example.cn")
URLS = ("http://user:hunter2@localhost:3000/a", "http://localhost:3001/b", "pull:/c", "pull:")
PATTERNS = ("*", "*", "*", "invoice.*", "order.*", "customer.*", "customer.subscription.*")
NAMES = ("order.completed", "invoice.payment_failed", "invoice.upcoming", "customer.created")
SPANS = ("0s", "1s", "30s", "1m", "10m", "1h", "6h", "1d", "3d", "2w")
LADDERS: tuple[Any, ...] = (
    "documented",
    "retry-ladder",
    ["1m", "5m", "2h"],
    "30s,1h,1d",
    ["1h", "disable-after=1d"],
    "1m,5m,10m,20m,disable-after=15m",
    ["disable-after=0s"],
    "retry-ladder,disable-after=3d",
)
SECRETS = ("whsec_first_secret", "whsec_second_secret", "whsec_third_secret")
KEPT = ("one", "two", "three")
"""Names of snapshots."""


class Step(NamedTuple):
    """A verb with its arguments. Unless `driven`, what it causes is left waiting. A delivery is
    named by its place among those that hold: numbers differ after a restore.
    """

    verb: str
    arguments: dict[str, Any]
    driven: bool = True


GIVEN = (
    Step("create_webhook", {"id": "hook_a", "url": URLS[0], "secret": SECRETS[0]}),
    Step("create_webhook", {"id": "hook_b", "url": URLS[1], "dialect": "current"}),
    Step("create_webhook", {"id": "hook_c", "url": URLS[2], "secret": SECRETS[1]}),
    Step("create_product", {"id": "course", "price": "60.00", "quiet": True}),
    Step("create_offer", {"id": "weekly", "price": "7.99", "frequency": "weekly"}),
    Step("create_offer", {"id": "monthly", "price": "29.00", "trial_days": 4}),
)
"""What every story begins with."""


def story(seed, steps):
    """Return the story of a seed."""
    return [*GIVEN, *_Telling(Random(f"story {seed}")).steps(steps)]


class _Telling:
    def __init__(self, random):
        self.random, self.numbers = random, {"hook": 0, "order": 0, "sub": 0}

    def steps(self, count):
        names, weights = zip(*_WEIGHTS.items(), strict=True)
        for name in self.random.choices(names, weights, k=count):
            arguments = getattr(self, f"_{name}", dict)()
            yield Step(name, arguments, self.random.random() < 0.8)

    def _one(self, *choices):
        return self.random.choice(choices)

    def _maybe(self, odds, **arguments):
        return {name: value for name, value in arguments.items() if self.random.random() < odds}

    def _fresh(self, kind):
        self.numbers[kind] += 1
        return f"{kind}_{self.numbers[kind]}"

    def _known(self, kind):
        return f"{kind}_{self.random.randint(1, max(1, self.numbers[kind]))}"

    def _hook(self):
        return self._one("hook_a", "hook_b", "hook_c", self._known("hook"))

    # ---- what happens in the account -------------------------------------------------------------

    def _purchase(self):
        card = self._one("ok", "ok", "ok", "declines")
        return {
            "product": "course",
            "email": self._one(*EMAILS),
            "id": self._fresh("order"),
            "card": card,
        }

    def _subscribe(self):
        offer, card = self._one("weekly", "monthly"), self._one("ok", "ok", "ok", "declines")
        email = self._one(*EMAILS)
        return {"offer": offer, "email": email, "id": self._fresh("sub"), "card": card}

    def _refund(self):
        return {"order": self._known("order"), "amount": self._one("1.00", "5.00", "60.00")}

    def _review(self):
        return {"order": self._known("order"), "rating": 4}

    def _decline_next(self):
        return {"payer": self._known("sub"), "times": self.random.randint(1, 4)}

    def _pause(self):
        return {"subscription": self._known("sub")}

    _resume = _uncancel = _update_payment_method = _pause

    def _cancel(self):
        return {"subscription": self._known("sub"), "at_period_end": self._one(True, False)}

    # ---- who hears of it -------------------------------------------------------------------------

    def _create_webhook(self):
        dialect, url = self._one("documented", "current"), self._one(*URLS)
        some = self._maybe(0.5, secret=self._one(*SECRETS), events=[self._one(*PATTERNS)])
        return {"id": self._fresh("hook"), "url": url, "dialect": dialect, **some}

    def _update_webhook(self):
        changes = self._maybe(
            0.4,
            url=self._one(*URLS),
            active=self._one(True, True, False),
            dialect=self._one("documented", "current"),
            events=[self._one(*PATTERNS)],
        )
        return {"webhook": self._hook(), **changes}

    def _delete_webhook(self):
        return {"webhook": self._hook()}

    def _rotate_secret(self):
        some = self._maybe(0.5, secret=self._one(*SECRETS), overlap=self._one(0, 60, 86_400))
        return {"webhook": self._hook(), **some}

    # ---- trouble ---------------------------------------------------------------------------------

    def _fault(self):
        kind = KINDS[self._one(*KINDS)] if self.random.random() < 0.5 else None
        if kind is None:
            kind = KINDS[self._one(*(name for name, kind in KINDS.items() if kind.seam == PLAN))]
        settings = {name: self._one(*_SETTINGS[name]) for name in kind.parameters}
        aims = self._maybe(
            0.2,
            nth=self.random.randint(1, 4),
            times=self.random.randint(1, 6),
            customer=self._one(*EMAILS),
            webhook=self._hook(),
            probability=self._one(0.25, 0.5, 0.75),
        )
        if kind.seam != PLAN and self.random.random() < 0.5:
            aims["tries"] = "all"
        if kind.seam == BEHAVE:
            aims.pop("webhook", None)
        some = {name: settings[name] for name in settings if self.random.random() < 0.7}
        return {"fault": {kind.name: self._one(*PATTERNS), **some, **aims}}

    def _set_policy(self):
        return {"name": self._one(*LADDERS)}

    def _trigger(self):
        overrides = self._one({"note.text": "as asked"}, {"customer.email": "other@example.com"})
        one = self._maybe(0.3, overrides=overrides, webhook=self._hook())
        return {"event": self._one(*NAMES), **one}

    def _test_webhook(self):
        return {"webhook": self._hook()}

    def _replay(self):
        to = self._one("all", self._hook())
        asked = self._maybe(
            0.4,
            edits={"customer.email": "edited@example.com"},
            resign=self._one(True, False),
            timestamp=self._one("now", 1_900_000_000_000),
            webhook=to,
        )
        return {"delivery": self.random.randrange(1_000), **asked}

    def _snapshot(self):
        return {"name": self._one(*KEPT)}

    _restore = _snapshot

    def _branch(self):
        return {"seed": self.random.randrange(100)}

    # ---- time ------------------------------------------------------------------------------------

    def _advance(self):
        match self.random.randrange(6):
            case 0:
                return {"until": self._one(*NAMES), "days": 40}
            case 1:
                return {"days": self.random.randint(1, 40)}
            case 2:
                return {"hours": self.random.randint(1, 30)}
            case 3:
                return {"seconds": self.random.randint(1, 90)}
            case _:
                return {"minutes": self.random.randint(1, 120)}


_SETTINGS = {
    "after": SPANS,
    "age": SPANS,
    "ahead": SPANS,
    "back": (1, 1, 2, 3),
    "by": SPANS,
    "copies": (1, 1, 2, 3),
    "depth": (1, 40),
    "event": ("order.refunded", "no.such"),
    "field": ("event", "customer.email", "no.such", "metadata"),
    "name": ("customer.archived", "order.completed"),
    "of": PATTERNS,
    "pause": ("0s", "1ms"),
    "prefix": ("sha256=", "v1:"),
    "size": (1, 64, 3_000),
    "type": ("text/plain", "application/json; charset=utf-8"),
    "window": SPANS,
}
"""Setting of a fault -> values."""

_WEIGHTS = {
    "advance": 18,
    "purchase": 10,
    "subscribe": 8,
    "fault": 16,
    "replay": 6,
    "trigger": 5,
    "restore": 5,
    "snapshot": 4,
    "set_policy": 4,
    "release_held": 4,
    "refund": 3,
    "decline_next": 3,
    "update_webhook": 3,
    "create_webhook": 2,
    "rotate_secret": 2,
    "test_webhook": 2,
    "cancel": 2,
    "pause": 2,
    "resume": 2,
    "review": 1,
    "uncancel": 1,
    "update_payment_method": 1,
    "delete_webhook": 1,
    "clear_faults": 1,
    "branch": 1,
}
"""How often what is done."""
