"""What receivers see of a world, through the engine; two of them hear everything, in one dialect
each."""

import json
from decimal import Decimal
from typing import Any, NamedTuple
from zlib import crc32

from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.tries import Outcome

DOCUMENTED, CURRENT = "webhook_documented", "webhook_current"
WATCHING = {DOCUMENTED: "documented", CURRENT: "current"}


class Seen(NamedTuple):
    """A delivery as its first try brought it."""

    event: str
    stamp: int
    body: dict[str, Any]


class Sight:
    """An engine, driven with outcomes that follow from a delivery's number alone.

    `watch(webhook, number, seen)` is called with the first try of every delivery while it is out;
    `inside` says which verb is done while which delivery is out first.
    """

    def __init__(self, random, *, seed, start, policy, cap=1, watch=None, inside=None):
        self.random, self.seed = random, seed
        self.watch, self.inside = watch, dict(inside or {})
        self.engine = Engine(seed, start, policy=policy, cap=cap)
        self._numbers = set()
        for id, dialect in WATCHING.items():
            url = f"http://127.0.0.1:1/{dialect}"
            self.do("create_webhook", {"url": url, "dialect": dialect, "id": id})

    @property
    def now(self):
        """The instant (ms)."""
        return self.engine.now

    def do(self, verb, arguments):
        """Apply a verb and let everything be sent, in as many tries at once as may be."""
        self.engine.submit(verb, arguments)
        out = []
        while (attempt := self.engine.take()) is not None or out:
            if attempt is not None:
                out.append(attempt)
                self._see(attempt)
            if attempt is None or self.random.random() < 0.7:
                self._decide(out.pop(int(self.random.random() * len(out))))

    def _see(self, attempt):
        number = attempt.delivery.number
        if attempt.number > 1 or number in self._numbers:
            return
        self._numbers.add(number)
        if number in self.inside:
            self.engine.submit(*self.inside[number])
        if self.watch is not None:
            stamp = int(dict(attempt.headers)["X-Pocketsflow-Timestamp"])
            body = json.loads(attempt.body, parse_float=Decimal)
            self.watch(attempt.webhook, number, Seen(attempt.event, stamp, body))

    def _decide(self, attempt):
        fate = crc32(b"%d %d %d" % (self.seed, attempt.delivery.number, attempt.number)) % 100
        if fate < 3 and self.random.random() < 0.5:
            self.engine.release(attempt)
        elif fate < 10:
            self.engine.record(attempt, Outcome("rejected", 500, body=b"no"))
        elif fate < 12:
            self.engine.record(attempt, Outcome("timeout_response"))
        else:
            self.engine.record(attempt, Outcome("delivered", 200))
