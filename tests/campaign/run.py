"""One run: a world and its model side by side, compared event by event as receivers see them."""

from collections import Counter, deque
from random import Random

import oracles
from campaign.account import Account
from campaign.expected import Refused
from campaign.ledger import Ledger
from campaign.sight import DOCUMENTED, WATCHING, Sight
from pocketsflow_emulator.errors import EmulatorError

TIME = "time"
"""What causes an event that no verb has caused."""

CURRENT_NAMES = {"customer.subscription.paused": "customer.subscription.pause"}
OWN_UPDATES = ("update_payment_method", "cancel", "uncancel")
"""While paused, the updates of these are not part of a pause."""

MOST_INSIDE = 1
"""Verbs that a receiver does within one step."""


class Run:
    """A world that is acted on, watched, and foretold.

    `inside`, where given, returns a verb and arguments for a receiver to do while its answer is
    being waited for. `at` is the instant that the model has come to, `until` where it may go.
    """

    def __init__(self, random, *, seed, start, policy="documented", inside=None):
        self.random, self.inside = random, inside
        self.made = {"seed": seed, "start": start, "policy": policy}
        self.sight = Sight(Random(seed), watch=self._saw, **self.made)
        self.account, self.ledger = Account(), Ledger()
        self.log, self.done_inside = [], {}
        self.counts, self.names = Counter(), Counter()
        self.at = self.until = start
        self._stamps = {}
        self._begin(start)

    @property
    def now(self):
        """The instant of the world (ms)."""
        return self.sight.now

    def fresh(self, word):
        """Return a new id."""
        self.names[word] += 1
        return f"{word}_{self.names[word]}"

    def next_due(self):
        """Return when the model says that something falls due next (ms), or None."""
        return min((due[0] for due in self._dues().values()), default=None)

    # ---- steps -----------------------------------------------------------------------------------

    def step(self, verb, arguments):
        """Do a verb in the world and in the model. A refused one must change nothing."""
        self._begin(self.now)
        if self._foretell(verb, arguments):
            self.log.append((verb, arguments))
            self.sight.do(verb, arguments)
        self._end()

    def advance(self, to):
        """Let time pass until an instant (ms)."""
        self._begin(to)
        self.counts["advance"] += 1
        self.log.append(("advance", {"to": to}))
        self.sight.do("advance", {"to": to})
        assert to == self.now
        self._end()

    def _foretell(self, verb, arguments):
        """Let the model do a verb; say whether it can be done. If not, the world must refuse it."""
        try:
            events = getattr(self.account, verb)(self.at, **arguments)
        except Refused:
            self._refused(verb, arguments)
            return False
        self.counts[verb] += 1
        self._expect(verb, events)
        return True

    def _refused(self, verb, arguments):
        self.counts[f"{verb} refused"] += 1
        engine = self.sight.engine
        before = engine.world.digest(), len(engine.journal.facts)
        try:
            engine.submit(verb, arguments)
        except EmulatorError:
            after = engine.world.digest(), len(engine.journal.facts)
            assert before == after, f"{verb} was refused and has changed the world"
            return
        raise AssertionError(f"{verb}({arguments}) was done; the model refuses it")

    # ---- comparing -------------------------------------------------------------------------------

    def _begin(self, until):
        self.until = until
        self._told, self._waiting = [], deque()
        self._heard = {}
        self._inside_left = MOST_INSIDE if self.inside else 0
        self._failed = True  # until the step has come to its end

    def _expect(self, verb, events):
        """Put events on the list of what has to be seen next, each with its stamp."""
        for event in events:
            stamp = max(event.at, self._stamps.get(event.buyer, 0) + 1)
            self._stamps[event.buyer] = stamp
            self._told.append((verb, event, stamp))
            if event.key != "invoice.paid":
                self._waiting.append(self._told[-1])

    def _saw(self, webhook, number, seen):
        """Compare what a receiver sees with what the model says, which goes on with it."""
        if webhook != DOCUMENTED:
            self._heard.setdefault(webhook, []).append((seen.event, seen.stamp))
            return
        begins = not self._waiting
        if begins:
            self._fall_due(seen)
        verb, event, stamp = self._waiting.popleft()
        expected, found = (event.key, stamp), (seen.event, seen.stamp)
        assert expected == found, f"expected {_told(*expected)}, found {_told(*found)}"
        wrong = event.differs(seen.body)
        assert not wrong, f"{event.key} at {oracles.iso(event.at)}: {wrong}"
        self.account.met(event, seen.body)
        self.ledger.enter(verb, seen)
        self.counts[event.key] += 1
        if begins and self._inside_left and self.random.random() < 0.1:
            self._act_inside(number)

    def _act_inside(self, number):
        """Do a verb as a receiver does that has not answered yet."""
        self._inside_left -= 1
        verb, arguments = self.inside()
        if self._foretell(verb, arguments):
            self.counts["inside a receiver"] += 1
            self.done_inside[number] = verb, arguments
            self.sight.engine.submit(verb, arguments)

    def _dues(self):
        dues = {id: life.due(self.at) for id, life in self.account.lives.items()}
        return {id: due for id, due in dues.items() if due is not None}

    def _fall_due(self, seen):
        """Let the model do what falls due next. In one instant the world chooses who is first."""
        dues = self._dues()
        first = min((due[0] for due in dues.values()), default=self.until + 1)
        assert first <= self.until, f"expected nothing, found {_told(seen.event, seen.stamp)}"
        who = seen.body.get("subscription", {}).get("id")
        if dues.get(who, (None,))[0] != first:
            who = next(id for id, due in dues.items() if due[0] == first)
        what = dues[who][2]
        self.counts[f"due {what} while {self.account.lives[who].status}"] += 1
        self.at = first
        self._expect(TIME, self.account.lives[who].fall_due(first, what))

    def _end(self):
        """Everything that was to be seen has been seen, by every receiver."""
        missing = [event.key for _, event, _ in self._waiting]
        assert missing == [], f"expected {missing}, found nothing more"
        due = self.next_due()
        assert due is None or due > self.until, f"{self._dues()} was to fall due"
        self.at = self.until
        for id in self._heard.keys() - WATCHING.keys() - self.account.webhooks.keys():
            raise AssertionError(f"{id} is deleted and still hears")
        self._compare_current()
        for id, receiver in self.account.webhooks.items():
            asked = [(e.key, stamp) for _, e, stamp in self._told if receiver.asks_for(e.key)]
            assert asked == self._heard.get(id, []), f"{id} has heard something else"
        self._failed = False

    def _compare_current(self):
        """The same facts in the other dialect: names and stamps."""
        (current,) = WATCHING.keys() - {DOCUMENTED}
        told = [
            (CURRENT_NAMES.get(event.key, event.key), stamp)
            for verb, event, stamp in self._told
            if not _only_a_pause(verb, event)
        ]
        assert told == self._heard.get(current, []), "the current dialect tells something else"

    # ---- the end ---------------------------------------------------------------------------------

    def finish(self):
        """Do the same inputs again with every advance cut into pieces, and with more in flight:
        the journal is the same, and so is the world.
        """
        if self._failed:
            return  # and the failure says more
        cap = self.random.choice((1, 3, 64))
        again = Sight(Random(0), cap=cap, inside=self.done_inside, **self.made)
        for verb, arguments in self.log:
            if verb == "advance":
                for to in self._cuts(again.now, arguments["to"]):
                    again.do(verb, {"to": to})
            else:
                again.do(verb, arguments)
        expected = self.sight.engine.journal.canonical()
        assert expected == again.engine.journal.canonical(), "one advance and its slices differ"
        assert self.sight.engine.world.digest() == again.engine.world.digest()

    def _cuts(self, start, end):
        pieces = self.random.randrange(0, 4)
        inner = {start + int(self.random.random() * (end - start)) for _ in range(pieces)}
        return [*sorted(inner), end]


def _only_a_pause(verb, event):
    """Of a pause, `current` tells nothing but the pause itself."""
    if event.key != "customer.subscription.updated" or verb in OWN_UPDATES:
        return False
    return event.about["subscription"]["status"] == "paused"


def _told(key, stamp):
    return f"{key} at {oracles.iso(stamp)}"
