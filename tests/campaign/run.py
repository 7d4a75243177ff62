"""One run: a world and its model side by side, and what is compared after every step."""

from collections import Counter
from itertools import zip_longest
from random import Random

import oracles
from campaign.account import Account
from campaign.expected import Refused
from campaign.ledger import Ledger
from campaign.sight import CURRENT, DOCUMENTED, WATCHING, Sight
from pocketsflow_emulator.errors import EmulatorError

CURRENT_NAMES = {"customer.subscription.paused": "customer.subscription.pause"}
OWN_UPDATES = ("update_payment_method", "cancel", "uncancel")
"""While paused, the updates of these are not part of a pause."""


class Run:
    """A world that is acted on, watched, and foretold."""

    def __init__(self, random, *, seed, start, policy="documented"):
        self.random = random
        self.made = {"seed": seed, "start": start, "policy": policy}
        self.sight = Sight(Random(seed), **self.made)
        self.account = Account()
        self.ledger = Ledger()
        self.stamps = {}
        self.log = []
        self.counts = Counter()
        self.names = Counter()

    @property
    def now(self):
        return self.sight.now

    def fresh(self, word):
        """Return a new id."""
        self.names[word] += 1
        return f"{word}_{self.names[word]}"

    # ---- steps -----------------------------------------------------------------------------------

    def step(self, verb, arguments):
        """Do a verb in the world and in the model. A refused one must change nothing."""
        self.log.append((verb, arguments))
        try:
            events = getattr(self.account, verb)(self.now, **arguments)
        except Refused:
            self._refused(verb, arguments)
            return
        self.counts[verb] += 1
        now = self.now
        self._compare(verb, events, self.sight.do(verb, arguments), now, now)

    def _refused(self, verb, arguments):
        self.log.pop()
        self.counts[f"{verb} refused"] += 1
        world = self.sight.engine.world
        before = world.digest()
        try:
            self.sight.engine.submit(verb, arguments)
        except EmulatorError:
            assert before == world.digest(), f"{verb} was refused and has changed the world"
            assert self.sight.engine.take() is None, f"{verb} was refused and sends something"
            return
        raise AssertionError(f"{verb}({arguments}) was done; the model refuses it")

    def advance(self, to):
        """Let time pass until an instant (ms)."""
        self.log.append(("advance", {"to": to}))
        self.counts["advance"] += 1
        now = self.now
        self._compare("advance", [], self.sight.do("advance", {"to": to}), now, to)
        assert to == self.now

    def next_due(self):
        """Return when the model says that something falls due next (ms), or None."""
        dues = [life.due(self.now) for life in self.account.lives.values()]
        return min((due[0] for due in dues if due is not None), default=None)

    # ---- comparing -------------------------------------------------------------------------------

    def _compare(self, verb, events, seen, began, until):
        bodies = seen.get(DOCUMENTED, [])
        told = [event for event in events if event.key != "invoice.paid"]
        for event, found in zip(told, bodies, strict=False):
            self.account.met(event, found.body)
        events = self._foretell(events, bodies, began, until)
        told = [event for event in events if event.key != "invoice.paid"]
        stamps = [self._stamp(event) for event in events]
        marked = list(zip(events, stamps, strict=True))
        names = [(e.key, stamp) for e, stamp in marked if e.key != "invoice.paid"]
        _same(names, [(found.event, found.stamp) for found in bodies])
        for event, found in zip(told, bodies, strict=True):
            wrong = event.differs(found.body)
            assert not wrong, f"{event.key} at {oracles.iso(event.at)}: {wrong}"
            self.ledger.enter(verb, found)
            self.counts[event.key] += 1
        self._compare_current(verb, marked, seen.get(CURRENT, []))
        self._compare_others(bodies, seen)

    def _foretell(self, events, bodies, now, until):
        """Add what falls due up to an instant. In one instant the world chooses who is first."""
        events = list(events)
        lives = self.account.lives
        while True:
            dues = {id: life.due(now) for id, life in lives.items()}
            dues = {id: due for id, due in dues.items() if due is not None}
            first = min((due[0] for due in dues.values()), default=until + 1)
            if first > until:
                return events
            place = sum(event.key != "invoice.paid" for event in events)
            found = bodies[place] if place < len(bodies) else None
            who = found.body.get("subscription", {}).get("id") if found else None
            if dues.get(who, (None,))[0] != first:
                who = next(id for id, due in dues.items() if due[0] == first)
            self.counts[f"due {dues[who][2]} while {lives[who].status}"] += 1
            now = first
            events += lives[who].fall_due(now, dues[who][2])

    def _stamp(self, event):
        stamp = max(event.at, self.stamps.get(event.buyer, 0) + 1)
        self.stamps[event.buyer] = stamp
        return stamp

    def _compare_current(self, verb, marked, found):
        """The same facts in the other dialect: names and stamps."""
        told = [
            (CURRENT_NAMES.get(event.key, event.key), stamp)
            for event, stamp in marked
            if not self._only_a_pause(verb, event)
        ]
        _same(told, [(seen.event, seen.stamp) for seen in found])

    def _only_a_pause(self, verb, event):
        if event.key != "customer.subscription.updated" or verb in OWN_UPDATES:
            return False
        return event.about["subscription"]["status"] == "paused"

    def _compare_others(self, bodies, seen):
        """A webhook beside the watching ones hears what it asked for, while it is there."""
        for id in seen.keys() - WATCHING.keys():
            receiver = self.account.webhooks.get(id)
            assert receiver is not None, f"{id} is deleted and still hears"
            assert receiver.active, f"{id} is inactive and still hears"
        for id, receiver in self.account.webhooks.items():
            if receiver.active:
                asked = [b.event for b in bodies if self._asked(receiver.events, b.event)]
                assert asked == [found.event for found in seen.get(id, [])]

    def _asked(self, patterns, name):
        return any(name == p or (p[-1] == "*" and name.startswith(p[:-1])) for p in patterns)

    # ---- the end ---------------------------------------------------------------------------------

    def finish(self):
        """Do the same inputs again with every advance cut into pieces; the journal is the same."""
        cap = self.random.choice((1, 3, 64))
        again = Sight(Random(0), cap=cap, **self.made)
        for verb, arguments in self.log:
            if verb == "advance":
                for to in self._cuts(again.now, arguments["to"]):
                    again.do(verb, {"to": to})
            else:
                again.do(verb, arguments)
        expected = self.sight.engine.journal.canonical()
        actual = again.engine.journal.canonical()
        assert expected == actual, "one advance and its slices differ"
        assert self.sight.engine.world.digest() == again.engine.world.digest()

    def _cuts(self, start, end):
        pieces = self.random.randrange(0, 4)
        inner = {start + int(self.random.random() * (end - start)) for _ in range(pieces)}
        return [*sorted(inner), end]


def _same(expected, found):
    """Compare names and stamps; show where they part."""
    for place, (one, other) in enumerate(zip_longest(expected, found)):
        if one != other:
            before = [name for name, _ in expected[max(0, place - 4) : place]]
            raise AssertionError(f"after {before}: expected {_at(one)}, found {_at(other)}")


def _at(event):
    return "nothing" if event is None else f"{event[0]} at {oracles.iso(event[1])}"
