"""The engine: a world, its outbox, its policy and its journal. Pure; drivers do the sending.

`submit` applies an input and queues what it causes. `take` hands out one try; `record` decides it;
`release` puts it back. Time moves inside `take`, and only when nothing is waiting or out.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pocketsflow_emulator.core import dunning as dunnings
from pocketsflow_emulator.core.clock import iso
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import Ref, Webhook
from pocketsflow_emulator.core.world import World
from pocketsflow_emulator.delivery import launches, own_verbs, replays
from pocketsflow_emulator.delivery import policy as policies
from pocketsflow_emulator.delivery.faults import Book
from pocketsflow_emulator.delivery.journal import Journal
from pocketsflow_emulator.delivery.listeners import Listeners
from pocketsflow_emulator.delivery.outbox import Outbox
from pocketsflow_emulator.delivery.own_verbs import Goal
from pocketsflow_emulator.delivery.tries import (
    OUT,
    SCHEDULED,
    SKIPPED,
    WAITING,
    Delivery,
    Outcome,
    Try,
)
from pocketsflow_emulator.errors import InvalidInput, InvariantError, NeverDue, Runaway
from pocketsflow_emulator.wire import dialects
from pocketsflow_emulator.wire.signature import sign

if TYPE_CHECKING:
    from pocketsflow_emulator.delivery.snapshot import Snapshot

REDELIVERY = "redelivery"
"""Kind of agenda entry: a delivery is tried, again or late."""

MOST_INPUTS_IN_AN_INSTANT = 10_000
MOST_EVENTS_IN_AN_ADVANCE = 1_000_000
MOST_IN_FLIGHT = 64

Write = Callable[..., bytes | None]
"""Writes the body that tells a webhook of a fact; None where there is nothing to tell."""


class Engine:
    """Everything about a world that decides what is sent, when, and what is remembered."""

    def __init__(
        self,
        seed: int,
        start: int,
        *,
        livemode: bool = False,
        cap: int = 1,
        policy: object = policies.DEFAULT,
        dunning: str = dunnings.DEFAULT,
        journal: Journal | None = None,
        most_events: int = MOST_EVENTS_IN_AN_ADVANCE,
    ) -> None:
        if not isinstance(cap, int) or not 1 <= cap <= MOST_IN_FLIGHT:
            raise InvalidInput(f"concurrency is {cap!r}; choose 1 to {MOST_IN_FLIGHT}")
        self.world = World(seed, start, livemode=livemode, dunning=dunning)
        self.journal = Journal() if journal is None else journal
        self.outbox = Outbox()
        self.policy = policies.read(policy)
        self.faults = Book(seed)
        self.cap = cap
        self.most_events = most_events
        self.goal: Goal | None = None
        self.delivery_count = 0
        self.ended: list[Delivery] = []
        self.scheduled: dict[str, Delivery] = {}
        self.held: list[Delivery] = []
        self.failing: dict[str, int] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.listeners = Listeners(self.world.state.store)
        self.writing: Write = dialects.body
        self.asked: list[replays.Asked] = []
        self._reached = self._stirred = False
        self._inner_inputs = 0
        self._recent: deque[str] = deque(maxlen=6)
        self.journal.begin(
            start,
            {
                "seed": seed,
                "start": iso(start),
                "livemode": livemode,
                "policy": self.policy.name,
                "dunning": dunning,
                "concurrency": cap,
            },
        )

    # ---- inputs --------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """The instant (ms)."""
        return self.world.now

    @property
    def quiet(self) -> bool:
        """Whether nothing is waiting or out and no advance is under way."""
        return self.outbox.empty and self.goal is None

    @property
    def untouched(self) -> bool:
        """Whether nothing has been done to this world yet."""
        return not len(self.journal)

    def submit(self, verb: str, arguments: Mapping[str, Any]) -> Ref | None:
        """Apply an input: plain JSON arguments, everything resolved. What it causes is queued.

        Returns the name of the object that the verb made or changed. Raises an `EmulatorError`,
        with nothing changed, where it cannot be applied.
        """
        if self.outbox.out:
            self._guard_against_cycles(verb)
        result = own_verbs.call(self, verb, arguments)
        if self._reached and not self.outbox.out:  # a wait that was broken off after its event
            self.aim(None)
        self.journal.note("input", self.now, (verb, dict(arguments)))
        replays.queue(self)
        self._queue_facts()
        return result

    def see_wall(self, at: int) -> None:
        """Make stamps from the wall's time `at` (ms) from here on; dates stay the world's."""
        self.world.state.wall = at
        self.journal.note("wall", self.now, at)

    def _guard_against_cycles(self, verb: str) -> None:
        causes = ", ".join(sorted({delivery.event for delivery in self.outbox.out.values()}))
        self._recent.append(f"{verb} (inside {causes})")
        self._inner_inputs += 1
        if self._inner_inputs > MOST_INPUTS_IN_AN_INSTANT:
            raise Runaway(
                f"receivers have caused more than {MOST_INPUTS_IN_AN_INSTANT} inputs at"
                f" {iso(self.now)}; the last were: {' -> '.join(self._recent)}"
            )

    def aim(self, goal: Goal | None) -> None:
        """Let time move to this goal, or nowhere."""
        self.goal, self._reached = goal, False

    # ---- tries ---------------------------------------------------------------------------------

    def take(self, *, pull: bool = False) -> Try | None:
        """Hand out the next try, moving time towards the goal where nothing is waiting or out: one
        that we send, or with `pull` one that a receiver asks for.

        None: nothing to hand out now. Then something else waits or is out, or the world is quiet.
        """
        webhooks = self.world.state.store.table(Webhook)
        while True:
            aside = self.listeners.pulling(self.world.state.store)
            while (delivery := self.outbox.take(self.cap, len(webhooks), aside, pull)) is not None:
                webhook = webhooks.get(delivery.webhook)
                if webhook is not None and webhook.active:
                    return self._begin(delivery, webhook)
                self._skip(delivery)
            if not self.outbox.empty or not self._step():
                self._come_to("rest", pull=pull)
                return None

    def pass_time(self) -> None:
        """Move time towards the goal until something waits to be sent; hand nothing out."""
        while self.outbox.empty and self._step():
            pass
        self._come_to("pass")

    def _come_to(self, kind: str, *, pull: bool = False) -> None:
        """Note an end of going on without a try, where more has happened than the log shows."""
        if self._stirred:
            self._stirred = False
            self.journal.note(kind, self.now, pull)

    def record(self, attempt: Try, outcome: Outcome) -> None:
        """Decide a try that is out. What follows from it waits until the instant is empty."""
        delivery = self._out(attempt)
        delivery.result = outcome
        self.outbox.done(delivery)
        delivery.state = outcome.kind
        self.journal.note_try("record", self.world.state.now, delivery)
        if outcome.kind not in policies.FINAL or self.policy.disable_after:
            self.ended.append(delivery)

    def release(self, attempt: Try) -> None:
        """Put a try that was broken off back to waiting; it does not count as a try."""
        delivery = self._out(attempt)
        delivery.result = Outcome("cancelled")
        self.outbox.put_back(delivery)
        delivery.state = WAITING
        self.journal.note_try("release", self.now, delivery)

    def _begin(self, delivery: Delivery, webhook: Webhook) -> Try:
        now = self.world.state.now
        secret = webhook.signing_secret(now)
        signature = delivery.sealed or sign(delivery.body, secret)
        bent = None
        if delivery.trouble is not None or delivery.extra:
            bent = self.faults.bent(delivery, signature, secret, self.world.state.store)
        attempt = delivery.begin(now, webhook.url, signature, bent)
        delivery.state = OUT
        self._stirred = False
        self.journal.note_try("take", now, delivery)
        return attempt

    def _skip(self, delivery: Delivery) -> None:
        self._stirred = True
        self.outbox.done(delivery)
        delivery.state = SKIPPED
        self.journal.note("skip", self.now, delivery)

    def _out(self, attempt: Try) -> Delivery:
        delivery = attempt.delivery
        is_out = self.outbox.out.get(delivery.place) is delivery
        if not is_out or delivery.tried != attempt.number:
            raise InvariantError(f"{attempt!r} is not out")
        return delivery

    # ---- time ----------------------------------------------------------------------------------

    def _step(self) -> bool:
        """Do one thing that is due, now or on the way to the goal; say whether to look again."""
        self._stirred |= bool(self.ended) or self.goal is not None
        if self._settle_ended():
            return True
        if self._reached:  # the event that an advance waits for has happened and been answered
            self.aim(None)
            return False
        if self._due_now():
            return True
        return self.goal is not None and self._move_on(self.goal)

    def _due_now(self) -> bool:
        agenda = self.world.state.agenda
        due = agenda.peek()
        if due is None or due.when > self.now:
            return False
        self._stirred = True
        if due.kind == REDELIVERY:
            agenda.pop()
            delivery = self.scheduled.pop(due.subject)
            delivery.state = WAITING
            self.outbox.put(delivery)
        else:
            self.world.due()
            self._queue_facts()
            self._guard_size()
        return True

    def _move_on(self, goal: Goal) -> bool:
        due = self.world.state.agenda.peek()
        self._inner_inputs = 0
        if due is not None and due.when <= goal.to:
            self.world.state.move_to(due.when)
            return True
        self.goal = None
        if goal.until is not None:
            self._come_to("rest")
            raise NeverDue(self._never(goal))
        self.world.state.move_to(goal.to)
        return False

    def _never(self, goal: Goal) -> str:
        coming = [f"{iso(due.when)} {due.kind} of {due.subject}" for due in self.world.state.agenda]
        listed = "; ".join(coming[:5]) or "nothing"
        return (
            f"{goal.until.name if goal.until else ''} did not happen before {iso(goal.to)}"
            f" (now {iso(self.now)}); due are: {listed}"
        )

    def _guard_size(self) -> None:
        goal = self.goal
        if goal is None:
            return
        if self.world.state.fact_count - goal.facts_before > self.most_events:
            self.goal = None
            self._come_to("rest")
            raise InvalidInput(
                f"this advance has caused more than {self.most_events} events and was"
                f" stopped at {iso(self.now)}; advance in smaller steps"
            )

    def _settle_ended(self) -> bool:
        """Let the policy plan what follows from the tries of this instant, by delivery number."""
        if not self.ended:
            return False
        for delivery in sorted(self.ended, key=lambda ended: ended.number):
            if not delivery.counts:
                continue
            if self.policy.disable_after:
                self._watch(delivery)
            tries = delivery.own_ended
            when = self.policy.next_try(tries[0].at, len(tries), delivery.state)
            if when is not None:
                self.schedule(delivery, max(when, self.now), delivery.subject)
        self.ended.clear()
        return True

    def _watch(self, delivery: Delivery) -> None:
        """Make a webhook inactive to which every try has failed for long enough."""
        if delivery.state in policies.FINAL:
            self.failing.pop(delivery.webhook, None)
            return
        since = self.failing.setdefault(delivery.webhook, self.now)
        store = self.world.state.store
        webhook = store.table(Webhook).get(delivery.webhook)
        if webhook and webhook.active and self.now - since >= self.policy.disable_after:
            store.put(webhook._replace(active=False))
            self.failing.pop(webhook.id)
            self.journal.note("disable", self.now, (webhook.id, since))

    def schedule(self, delivery: Delivery, when: int, subject: str) -> None:
        """Let a delivery be tried at an instant (ms)."""
        self.scheduled[subject] = delivery
        delivery.state = SCHEDULED
        self.world.state.agenda.set(when, REDELIVERY, subject)

    # ---- facts ---------------------------------------------------------------------------------

    def _queue_facts(self) -> None:
        facts = self.world.drain()
        if not facts:
            return
        heard = self.listeners.next(self.world.state.store)
        write, self.writing = self.writing, dialects.body
        livemode = self.world.state.livemode
        until = self.goal.until if self.goal else None
        for fact in facts:
            self.journal.fact(fact)
            if until is not None and fact.event == until:
                self._reached = True
            for webhook, name in heard[fact.event.key]:
                body = write(fact, webhook, livemode=livemode)
                if body is not None:
                    self._queue(fact, webhook, name, body)

    def _queue(self, fact: Fact, webhook: Webhook, name: str, body: bytes) -> None:
        self.delivery_count = number = self.delivery_count + 1
        delivery = Delivery(number, fact, webhook.id, webhook.dialect, name, body)
        self.journal.delivery(delivery)
        if not len(self.faults):
            self.outbox.put(delivery)
            return
        delivery.trouble = self.faults.trouble(delivery, webhook, self.journal.newest)
        if delivery.trouble is None:
            self.outbox.put(delivery)
        else:
            self.journal.note("fault", self.now, delivery)
            launches.plan(self, delivery, webhook, delivery.trouble.plan)
