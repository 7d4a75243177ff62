"""A story played in an engine: receivers that answer by rule, in any order, some broken off."""

import json
from collections import Counter
from hashlib import blake2b
from random import Random

import runs
from pocketsflow_emulator import inputs
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.delivery import ndjson, recorded
from pocketsflow_emulator.delivery.rebuilding import rebuilt
from pocketsflow_emulator.delivery.tries import HELD, OUT, SCHEDULED, SKIPPED, WAITING, Outcome
from pocketsflow_emulator.errors import EmulatorError
from trouble.story import SECRETS, Step


class Play:
    """One engine while a story is told in it. `releases` is the share of tries that are broken off;
    a `wild` one is also left in the middle and acted on while tries are out.
    """

    def __init__(self, seed, *, cap=1, releases=0.0, wild=False, answers=None):
        self.engine = runs.engine(seed=seed, cap=cap, policy=["1m", "1h", "1d"])
        self.order = Random(f"order {seed} {cap} {releases} {wild}")
        self.releases, self.wild, self.answers = releases, wild, answers or verdict
        self.refused, self.counts = [], Counter()
        self.bodies = {}

    def tell(self, story):
        """Do the steps, one after the other; what is refused changes nothing."""
        for step in story:
            self.do(step)
            if step.driven:
                self.drive()
        return self

    def do(self, step):
        """Submit a step as a driver does."""
        arguments = dict(step.arguments)
        if step.verb == "replay":
            living = list(self.engine.journal.deliveries())
            at = arguments["delivery"] % max(1, len(living))
            arguments["delivery"] = living[at].number if living else 1
        before = self.state() if self.wild and not self.engine.outbox.out else None
        try:
            arguments = inputs.resolve(self.engine.world.state, step.verb, arguments)
            self.engine.submit(step.verb, arguments)
            self.counts[step.verb] += 1
        except EmulatorError as error:
            self.refused.append((step.verb, str(error)))
            self.counts[f"{step.verb} refused"] += 1
            assert before in (None, self.state()), f"{step.verb} was refused and changed something"

    def drive(self):
        """Send until the world is quiet, or with `wild` until it is left."""
        out = []
        while True:
            attempt = self._take() if not out or self.order.random() < 0.7 else None
            if attempt is not None:
                self._check(attempt)
                out.append(attempt)
                continue
            if not out:
                return
            self._lanes(out)
            self._decide(out.pop(self.order.randrange(len(out))))
            if self.wild and self.order.random() < 0.02:
                self._leave(out)
                return

    def _leave(self, out):
        """Go away in the middle: what is out is put back."""
        for attempt in out:
            self.engine.release(attempt)

    def _decide(self, attempt):
        if self.wild and self.order.random() < 0.03:
            email = self.order.choice(("inner@example.com", "ada@example.com"))
            self.do(Step("purchase", {"product": "course", "email": email}))
        if self.order.random() < self.releases:
            self.counts["released"] += 1
            self.engine.release(attempt)
        else:
            outcome = self.answers(attempt)
            self.counts[outcome.kind] += 1
            self.engine.record(attempt, outcome)

    def _take(self):
        """Ask for a try in one of the two ways and in the other, until nothing moves any more."""
        ways = [False, True]
        self.order.shuffle(ways)
        if self.wild and self.order.random() < 0.05:
            self._guarded(self.engine.pass_time)
        if self.wild and self.order.random() < 0.02:
            self.engine.see_wall(2_000_000_000_000 + len(self.engine.journal))
        before = None
        while before != (noted := (self.engine.now, self.engine.journal.noted)):
            before = noted
            for pull in ways:
                attempt = self._guarded(lambda pull=pull: self.engine.take(pull=pull))
                if attempt is not None:
                    return attempt
        return None

    def _guarded(self, go):
        try:
            return go()
        except EmulatorError as error:
            self.refused.append(("advance", str(error)))
            self.counts["advance without an end"] += 1
            return go()

    # ---- what must hold while it is told ---------------------------------------------------------

    def _check(self, attempt):
        """A try sends the body that its delivery had when queued, unless a fault bends it."""
        delivery = attempt.delivery
        known = self.bodies.setdefault(id(delivery), (delivery, delivery.body))
        assert known[1] == delivery.body
        if attempt.bent is None:
            assert attempt.body == delivery.body
        else:
            self.counts["bent"] += 1
            of = getattr(delivery, "of", delivery)
            assert of.trouble.firings, f"{attempt!r} is bent by nothing"
            if {firing.name for firing in of.trouble.firings} == {"corrupt-body"}:
                assert json.loads(attempt.body) != json.loads(delivery.body)
        if delivery.extra:
            self.counts[f"extra: {delivery.extra}"] += 1
            assert attempt.delivery.of.body == delivery.body

    def _lanes(self, out):
        taken = list(self.engine.outbox.out.values())
        assert {id(one.delivery) for one in out} == set(map(id, taken))
        assert len(taken) <= self.engine.cap
        assert max(Counter((d.webhook, d.fact.buyer) for d in taken).values()) == 1
        if not self.wild:
            webhooks = len(self.engine.world.state.store.table(Webhook))
            share = max(1, self.engine.cap // max(1, webhooks))
            assert max(Counter(d.webhook for d in taken).values()) <= share

    # ---- what has come of it ---------------------------------------------------------------------

    def state(self):
        """Return what two runs that are the same have in common."""
        made = self.engine
        return {
            "canonical": made.journal.canonical(),
            "digest": made.world.digest(),
            "now": made.now,
            "agenda": [(due.when, due.kind, due.subject) for due in made.world.state.agenda],
            "scheduled": sorted(made.scheduled),
            "held": [(d.fact.number, d.webhook) for d in made.held],
            "failing": dict(sorted(made.failing.items())),
            "policy": made.policy,
            "faults": list(made.faults),
        }

    def end(self):
        """Let go what is held, and time pass until everything is decided."""
        for step in (
            Step("clear_faults", {}),
            Step("set_policy", {"name": "documented"}),
            Step("release_held", {}),
            Step("advance", {"days": 40}),
        ):
            self.do(step)
            self.drive()


def verdict(attempt):
    """Return an outcome that depends on nothing but what is sent and when; 3 of 8 fail. The copies
    that a fault makes are answered each in its own way.
    """
    delivery = attempt.delivery
    which = list(delivery.of.extras).index(delivery) if delivery.extra else ""
    about = (delivery.fact.number, delivery.webhook, delivery.extra, which, attempt.number)
    text = f"{about} {attempt.at} {attempt.signature}"
    match blake2b(text.encode(), digest_size=1).digest()[0] % 8:
        case 0:
            return Outcome("rejected", 500, body=b"boom \xff")
        case 1:
            return Outcome("timeout_response", duration=5.0)
        case 2:
            return Outcome("redirected", 302)
        case _:
            return Outcome("delivered", 200, body=b"{}")


# ---- books that know no rules ------------------------------------------------------------------


def check_all_there(made):
    """Every delivery that holds is decided or stands where it waits; none is lost or invented."""
    queued = Counter(e.what.number for e in made.journal.entries if e.kind == "delivery")
    living = list(made.journal.deliveries())
    every = [one for delivery in living for one in (delivery, *delivery.extras)]
    assert max(queued.values(), default=0) <= 1
    waiting, held = set(made.outbox.waiting()), set(made.held)
    places = {WAITING: waiting, HELD: held, SCHEDULED: set(made.scheduled.values()), OUT: set()}
    for one in every:
        if one.state in places:
            assert one in places[one.state], f"{one.state} {one.event} is nowhere"
        else:
            assert one.state == SKIPPED or one.outcome is not None, f"{one.state} without outcome"
    for state, standing in places.items():
        strays = [one for one in standing if one not in every or one.state != state]
        assert not strays, f"{len(strays)} {state} that do not hold: {strays[0].event}"
    due = {due.subject for due in made.world.state.agenda if due.kind == "redelivery"}
    assert due == made.scheduled.keys()
    facts = [record.fact.number for record in made.journal.living()]
    assert facts == sorted(set(facts))
    _check_extras(living)


def _check_extras(living):
    """What faults have asked for again is there, once each."""
    wanted = Counter()
    for delivery in living:
        trouble = delivery.trouble
        if trouble is None or trouble.plan.dropped or delivery.state == HELD:
            continue
        wanted.update(id(later.of or delivery) for later in trouble.plan.again)
    for delivery in living:
        found = len(list(delivery.extras))
        asked = wanted[id(delivery)]
        assert found >= asked, f"{asked} extra tries were asked for, and {found} are there"


def check_rebuilding(made):
    """The exported log makes the same world again."""
    lines = [line.encode() + b"\n" for line in made.journal.log(secrets=True)]
    (run,) = recorded.read(lines, "log")
    again = rebuilt(run)
    assert made.journal.canonical() == again.journal.canonical()
    assert made.world.digest() == again.world.digest()
    assert made.now == again.now
    assert [ndjson.entry(*e) for e in made.journal.entries] == [
        ndjson.entry(*e) for e in again.journal.entries
    ]


def check_secrets(made):
    """The log that is shown has no secret and no password in it."""
    secrets = {*SECRETS, "hunter2"}
    for entry in made.journal.entries:
        if entry.kind == "input" and entry.what[0] in ("create_webhook", "rotate_secret"):
            secrets.add(entry.what[1].get("secret") or SECRETS[0])
    for webhook in made.world.state.store.table(Webhook).values():
        secrets.update((webhook.secret, webhook.next_secret or webhook.secret))
    for line in made.journal.log():
        found = [secret for secret in secrets if secret in line]
        assert not found, f"{found[0]} stands in {line[:300]}"


def facts(made):
    """Return what became true, without what was sent of it."""
    return [json.dumps(ndjson.fact(record.fact)) for record in made.journal.living()]
