"""What two receivers see of a world, through the engine: one hears every dialect there is."""

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
    """An engine, driven with outcomes that follow from a delivery's number alone."""

    def __init__(self, random, *, seed, start, policy, cap=1):
        self.random, self.seed = random, seed
        self.engine = Engine(seed, start, policy=policy, cap=cap)
        self.seen = {}
        for id, dialect in WATCHING.items():
            url = f"http://127.0.0.1:1/{dialect}"
            self.do("create_webhook", {"url": url, "dialect": dialect, "id": id})

    @property
    def now(self):
        return self.engine.now

    def do(self, verb, arguments):
        """Apply a verb and let everything be sent; return webhook -> what it has seen."""
        self.seen = {}
        self._numbers = set()
        self.engine.submit(verb, arguments)
        out = []
        while (attempt := self.engine.take()) is not None or out:
            if attempt is not None:
                self._see(attempt)
                out.append(attempt)
            if attempt is None or self.random.random() < 0.7:
                self._decide(out.pop(int(self.random.random() * len(out))))
        return self.seen

    def _decide(self, attempt):
        fate = crc32(b"%d %d %d" % (self.seed, attempt.delivery, attempt.number)) % 100
        if fate < 3 and self.random.random() < 0.5:
            self.engine.release(attempt)
        elif fate < 10:
            self.engine.record(attempt, Outcome("rejected", 500, body=b"no"))
        elif fate < 12:
            self.engine.record(attempt, Outcome("timeout_response"))
        else:
            self.engine.record(attempt, Outcome("delivered", 200))

    def _see(self, attempt):
        if attempt.number > 1 or attempt.delivery in self._numbers:
            return
        self._numbers.add(attempt.delivery)
        stamp = int(dict(attempt.headers)["X-Pocketsflow-Timestamp"])
        body = json.loads(attempt.body, parse_float=Decimal)
        self.seen.setdefault(attempt.webhook, []).append(Seen(attempt.event, stamp, body))
