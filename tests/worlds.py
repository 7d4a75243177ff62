"""Worlds for tests: one at a date, moved on as a driver would, with every fact of it kept."""

import pytest

from pocketsflow_emulator.core.clock import DAY, iso, parse
from pocketsflow_emulator.core.models import CLASSES
from pocketsflow_emulator.core.world import World
from pocketsflow_emulator.errors import EmulatorError

JANE = "jane@example.com"

SHORT = {
    "customer.created": "cc",
    "invoice.created": "ic",
    "invoice.upcoming": "iu",
    "invoice.payment_succeeded": "ps",
    "invoice.paid": "paid",
    "invoice.payment_failed": "pf",
    "payment_intent.succeeded": "pis",
    "payment_intent.payment_failed": "pif",
    "customer.subscription.created": "cr",
    "customer.subscription.updated": "up",
    "customer.subscription.deleted": "del",
    "customer.subscription.paused": "paused",
    "customer.subscription.resumed": "resumed",
    "customer.subscription.trial_will_end": "twe",
    "order.completed": "oc",
    "order.refunded": "refunded",
}
"""The short names of the walks in the design."""


class Story:
    """A world and what has happened in it: `facts` since the start, `last` in the latest step."""

    def __init__(self, start="2030-01-01", seed=7):
        self.world = World(seed, parse(start))
        self.facts = []
        self.last = []

    @property
    def state(self):
        return self.world.state

    @property
    def store(self):
        return self.world.state.store

    def do(self, verb, /, **arguments):
        """Do a verb and what is due in its instant; return the object it made or changed."""
        ref = self.world.do(verb, arguments)
        self._settle()
        self._keep()
        return None if ref is None else self.store.table(CLASSES[ref.kind]).get(ref.id)

    def advance(self, to):
        """Go to an instant (a date or ms), through everything that is due on the way."""
        goal = parse(to) if isinstance(to, str) else to
        self._settle()
        while (entry := self.state.agenda.peek()) is not None and entry.when <= goal:
            self.state.move_to(entry.when)
            self._settle()
        self.state.move_to(goal)
        self._keep()
        return self.last

    def refuse(self, verb, /, **arguments):
        """Do a verb that cannot be done; return the error. The world must stay as it was."""
        before = self.world.digest()
        with pytest.raises(EmulatorError) as caught:
            self.world.do(verb, arguments)
        assert before == self.world.digest(), f"{verb} was refused and has changed the world"
        expected = []
        assert expected == self.world.drain(), f"{verb} was refused and has left facts"
        return caught.value

    def again(self, item):
        """Return an object as it is now."""
        return self.store.table(type(item))[item.id]

    def all(self, kind):
        """Return all objects of a class, in order of creation."""
        return list(self.store.table(kind).values())

    def subscriber(
        self, *, price="29.00", frequency="monthly", trial_days=0, dunning=None, **arguments
    ):
        """Return a new subscription of Jane's to an offer of its own."""
        offer = self.do(
            "create_offer",
            name="Pro",
            price=price,
            frequency=frequency,
            trial_days=trial_days,
            dunning=dunning,
        )
        return self.do("subscribe", **{"offer": offer.id, "email": JANE, **arguments})

    def twin(self):
        """Return an independent copy that goes on from here, without the facts so far."""
        copy = Story(seed=self.state.seed)
        copy.world.state = self.state.copy()
        return copy

    def _settle(self):
        while self.world.due():
            pass

    def _keep(self):
        self.last = self.world.drain()
        self.facts += self.last


def keys(facts):
    """Return the event keys of facts, in order."""
    return [fact.event.key for fact in facts]


def day(instant):
    """Write an instant as the walks do: a date, with the time unless it is midnight."""
    text = iso(instant)
    return text[:10] if instant % DAY == 0 else f"{text[:10]} {text[11:16]}"


def period(subscription):
    """Return the days on which the current period starts and ends."""
    return day(subscription.period_start), day(subscription.period_end)


def timeline(facts):
    """Write facts as the walks do: day -> short names, each with its stamp after the instant."""
    lines = {}
    for fact in facts:
        word = f"{SHORT.get(fact.event.key, fact.event.key)}{fact.stamp - fact.instant}"
        lines.setdefault(day(fact.instant), []).append(word)
    return {when: " ".join(words) for when, words in lines.items()}
