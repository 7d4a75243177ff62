"""The engine: a world, its outbox, its policy and its journal. Pure; drivers do the sending.

`submit` applies an input and queues what it causes. `take` hands out one try; `record` decides it;
`release` puts it back. Time moves inside `take`, and only when nothing is waiting or out.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from pocketsflow_emulator.core import arguments, clock, events, samples
from pocketsflow_emulator.core import dunning as dunnings
from pocketsflow_emulator.core.clock import iso
from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import Ref, Webhook, ref
from pocketsflow_emulator.core.verbs import registry
from pocketsflow_emulator.core.world import World
from pocketsflow_emulator.delivery import policy as policies
from pocketsflow_emulator.delivery.journal import Journal
from pocketsflow_emulator.delivery.listeners import Listeners
from pocketsflow_emulator.delivery.outbox import Outbox
from pocketsflow_emulator.delivery.snapshot import Pending, Snapshot, revived, taken
from pocketsflow_emulator.delivery.tries import (
    OUT,
    SCHEDULED,
    SKIPPED,
    WAITING,
    Delivery,
    Outcome,
    Try,
)
from pocketsflow_emulator.errors import (
    InvalidInput,
    InvariantError,
    NeverDue,
    Runaway,
    UnknownName,
    quoted,
)
from pocketsflow_emulator.wire import dialects
from pocketsflow_emulator.wire.signature import sign

REDELIVERY = "redelivery"
"""Kind of agenda entry: a delivery is tried again."""

MOST_INPUTS_IN_AN_INSTANT = 10_000
MOST_EVENTS_IN_AN_ADVANCE = 1_000_000
LONGEST_JUMP_MONTHS = 1_200
LONGEST_WAIT_MONTHS = 24
MOST_IN_FLIGHT = 64


class Goal(NamedTuple):
    """Where an advance wants to get: an instant (ms), or an event before that instant."""

    to: int
    until: EventType | None
    facts_before: int


class Engine:
    """Everything about a world that decides what is sent, when, and what is remembered."""

    def __init__(
        self,
        seed: int,
        start: int,
        *,
        livemode: bool = False,
        cap: int = 1,
        policy: str = policies.DEFAULT,
        dunning: str = dunnings.DEFAULT,
        journal: Journal | None = None,
        most_events: int = MOST_EVENTS_IN_AN_ADVANCE,
    ) -> None:
        if not 1 <= cap <= MOST_IN_FLIGHT:
            raise InvalidInput(f"concurrency is {cap}; choose 1 to {MOST_IN_FLIGHT}")
        self.world = World(seed, start, livemode=livemode, dunning=dunning)
        self.journal = Journal() if journal is None else journal
        self.outbox = Outbox()
        self.policy = policies.named(policy)
        self.cap = cap
        self.most_events = most_events
        self.goal: Goal | None = None
        self.delivery_count = 0
        self._reached = False
        self._ended: list[Delivery] = []
        self._scheduled: dict[str, Delivery] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._listeners = Listeners(self.world.state.store)
        self._inner_inputs = 0
        self._recent: deque[str] = deque(maxlen=6)
        self.journal.begin(
            start,
            {
                "seed": seed,
                "start": iso(start),
                "livemode": livemode,
                "policy": policy,
                "dunning": dunning,
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
        return len(self.journal) == 1

    def submit(self, verb: str, arguments: Mapping[str, Any]) -> Ref | None:
        """Apply an input: plain JSON arguments, everything resolved. What it causes is queued.

        Returns the name of the object that the verb made or changed. Raises an `EmulatorError`,
        with nothing changed, where it cannot be applied.
        """
        self._guard_against_cycles(verb)
        if self._reached and not self.outbox.out:  # a wait that was broken off after its event
            self._arrive()
        own = self._OWN_VERBS.get(verb)
        result = own.call(self, arguments) if own else self.world.do(verb, arguments)
        self.journal.note("input", self.now, (verb, dict(arguments)))
        self._queue_facts()
        return result

    def see_wall(self, at: int) -> None:
        """Make stamps from the wall's time `at` (ms) from here on; dates stay the world's."""
        self.world.state.wall = at
        self.journal.note("wall", self.now, at)

    def _guard_against_cycles(self, verb: str) -> None:
        if not self.outbox.out:
            return
        causes = ", ".join(sorted({delivery.event for delivery in self.outbox.out.values()}))
        self._recent.append(f"{verb} (inside {causes})")
        self._inner_inputs += 1
        if self._inner_inputs > MOST_INPUTS_IN_AN_INSTANT:
            raise Runaway(
                f"receivers have caused more than {MOST_INPUTS_IN_AN_INSTANT} inputs at"
                f" {iso(self.now)}; the last were: {' -> '.join(self._recent)}"
            )

    def _arrive(self) -> None:
        self.goal, self._reached = None, False

    def _advance(self, *, to: int | None = None, until: str | None = None) -> None:
        wanted = None if until is None else events.named(until)
        if (
            (to is None and wanted is None)
            or isinstance(to, bool)
            or not isinstance(to, int | None)
        ):
            raise InvalidInput(
                f"advance to {quoted(to)}; write an instant in ms, or until an event"
            )
        if wanted is not None and not len(self.world.state.agenda):
            raise NeverDue(f"{until} is not going to happen: nothing is due at all")
        if to is None:
            to = min(clock.add_months(self.now, LONGEST_WAIT_MONTHS), clock.LATEST)
        self.world.state.check_move(to)
        if to > clock.add_months(self.now, LONGEST_JUMP_MONTHS):
            raise InvalidInput("cannot advance the world by more than 100 years at once")
        self.goal = Goal(to, wanted, self.world.state.fact_count)
        self._reached = False

    def _set_policy(self, *, name: str) -> None:
        self.policy = policies.named(name)

    def _test_webhook(self, *, webhook: object) -> Ref:
        """Send a webhook a sample of what it hears, to it alone."""
        found = self.world.state.store.find("webhook", webhook, Webhook)
        event, name = samples.heard_by(found)
        self._listeners.leave_alone(event, found, name)
        samples.tell(self.world.state, event)
        return ref(found)

    def _snapshot(self, *, name: str) -> None:
        arguments.text("name", name)
        if self.outbox.out:
            raise InvalidInput("cannot take a snapshot while a try is out")
        self._snapshots[name] = taken(
            self.world.state, self.journal, self.outbox, self._scheduled, self._ended
        )

    def _restore(self, *, name: str) -> None:
        arguments.text("name", name)
        if self.outbox.out:
            raise InvalidInput("cannot restore a snapshot while a try is out")
        if name not in self._snapshots:
            raise UnknownName("snapshot", name, self._snapshots)
        kept = self._snapshots[name]
        self._arrive()
        self.world.state = kept.state.copy()
        fresh = {pending.delivery.number: self._revive(pending) for pending in kept.pending}
        self.journal.hold(kept.facts, kept.decided, fresh)
        self.outbox = Outbox()
        for number in kept.waiting:
            self.outbox.put(fresh[number])
        self._scheduled = {subject: fresh[number] for subject, number in kept.scheduled.items()}
        self._ended = [fresh[number] for number in kept.ended]

    def _revive(self, kept: Pending) -> Delivery:
        self.delivery_count += 1
        return revived(kept, self.delivery_count)

    # ---- tries ---------------------------------------------------------------------------------

    def take(self) -> Try | None:
        """Hand out the next try, moving time towards the goal where nothing is waiting or out.

        None: nothing to send now. Then either tries are out, or the world is quiet.
        """
        webhooks = self.world.state.store.table(Webhook)
        while True:
            while (delivery := self.outbox.take(self.cap, len(webhooks))) is not None:
                webhook = webhooks.get(delivery.webhook)
                if webhook is not None and webhook.active:
                    return self._begin(delivery, webhook)
                self._skip(delivery)
            if not self.outbox.empty or not self._step():
                return None

    def pass_time(self) -> None:
        """Move time towards the goal until something waits to be sent; hand nothing out."""
        while self.outbox.empty and self._step():
            pass

    def record(self, attempt: Try, outcome: Outcome) -> None:
        """Decide a try that is out. What follows from it waits until the instant is empty."""
        delivery = self._out(attempt)
        delivery.result = outcome
        self.outbox.done(delivery)
        delivery.state = outcome.kind
        self.journal.note_try("record", self.world.state.now, delivery)
        if outcome.kind not in policies.FINAL:
            self._ended.append(delivery)

    def release(self, attempt: Try) -> None:
        """Put a try that was broken off back to waiting; it does not count as a try."""
        delivery = self._out(attempt)
        delivery.result = Outcome("cancelled")
        self.outbox.put_back(delivery)
        delivery.state = WAITING
        self.journal.note_try("release", self.now, delivery)

    def _begin(self, delivery: Delivery, webhook: Webhook) -> Try:
        now = self.world.state.now
        signature = sign(delivery.body, webhook.signing_secret(now))
        attempt = delivery.begin(now, webhook.url, signature)
        delivery.state = OUT
        self.journal.note_try("take", now, delivery)
        return attempt

    def _skip(self, delivery: Delivery) -> None:
        self.outbox.done(delivery)
        delivery.state = SKIPPED
        self.journal.note("skip", self.now, delivery)

    def _out(self, attempt: Try) -> Delivery:
        delivery = attempt.delivery
        is_out = self.outbox.out.get(delivery.number) is delivery
        if not is_out or delivery.tried != attempt.number:
            raise InvariantError(f"{attempt!r} is not out")
        return delivery

    # ---- time ----------------------------------------------------------------------------------

    def _step(self) -> bool:
        """Do one thing that is due, now or on the way to the goal; say whether to look again."""
        if self._settle_ended():
            return True
        if self._reached:  # the event that an advance waits for has happened and been answered
            self._arrive()
            return False
        if self._due_now():
            return True
        return self.goal is not None and self._move_on(self.goal)

    def _due_now(self) -> bool:
        agenda = self.world.state.agenda
        due = agenda.peek()
        if due is None or due.when > self.now:
            return False
        if due.kind == REDELIVERY:
            agenda.pop()
            delivery = self._scheduled.pop(due.subject)
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
            raise InvalidInput(
                f"this advance has caused more than {self.most_events} events and was"
                f" stopped at {iso(self.now)}; advance in smaller steps"
            )

    def _settle_ended(self) -> bool:
        """Let the policy plan what follows from the tries of this instant, by delivery number."""
        if not self._ended:
            return False
        for delivery in sorted(self._ended, key=lambda ended: ended.number):
            tries = delivery.counted
            when = self.policy.next_try(tries[0].at, len(tries), delivery.state)
            if when is not None:
                subject = f"fact {delivery.fact.number} to {delivery.webhook}"
                self._scheduled[subject] = delivery
                delivery.state = SCHEDULED
                self.world.state.agenda.set(max(when, self.now), REDELIVERY, subject)
        self._ended.clear()
        return True

    # ---- facts ---------------------------------------------------------------------------------

    def _queue_facts(self) -> None:
        facts = self.world.drain()
        if not facts:
            return
        heard = self._listeners.next(self.world.state.store)
        livemode = self.world.state.livemode
        until = self.goal.until if self.goal else None
        for fact in facts:
            self.journal.fact(fact)
            if until is not None and fact.event == until:
                self._reached = True
            for webhook, name in heard[fact.event.key]:
                body = dialects.body(fact, webhook, livemode=livemode)
                if body is not None:
                    self._queue(fact, webhook, name, body)

    def _queue(self, fact: Fact, webhook: Webhook, name: str, body: bytes) -> None:
        self.delivery_count = number = self.delivery_count + 1
        delivery = Delivery(number, fact, webhook.id, webhook.dialect, name, body)
        self.journal.delivery(delivery)
        self.outbox.put(delivery)

    # ---- the engine's own verbs ----------------------------------------------------------------

    _OWN_VERBS: ClassVar[Mapping[str, registry.Verb]] = {
        "advance": registry.declare("advance", _advance),
        "set_policy": registry.declare("set_policy", _set_policy),
        "test_webhook": registry.declare("test_webhook", _test_webhook),
        "snapshot": registry.declare("snapshot", _snapshot),
        "restore": registry.declare("restore", _restore),
    }
    """Inputs like all others, but about more than the account."""
