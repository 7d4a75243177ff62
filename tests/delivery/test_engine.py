"""The engine: however tries are carried out, what is remembered is the same."""

import json
import subprocess
import sys
from collections import Counter
from random import Random

import pytest

import runs
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.core.clock import DAY, HOUR, MINUTE
from pocketsflow_emulator.delivery import engine as engines
from pocketsflow_emulator.errors import (
    InvalidInput,
    InvariantError,
    NeverDue,
    NotFound,
    Runaway,
    UnknownName,
)
from pocketsflow_emulator.wire.signature import sign

SEEDS = (1, 2, 3, 20300131)
SIGNATURE = "X-Pocketsflow-Signature"
COURSE = {"product": "prod_course", "email": "jane@example.com"}


@pytest.fixture(scope="module")
def uninterrupted():
    """The long story, one in flight, nothing broken off."""
    return runs.told()


def shop(**options):
    """An engine with one webhook and one product."""
    made = runs.hooked(**options)
    runs.do(made, "create_product", id="prod_course", price="60.00", quiet=True)
    return made


def signature(attempt):
    return dict(attempt.headers)[SIGNATURE]


# ---- the property ------------------------------------------------------------------------------


def test_the_story_is_worth_telling(uninterrupted):
    """The story that the properties are checked with has retries, skips, declines and refunds."""
    kinds = Counter(entry.kind for entry in uninterrupted.journal.entries)
    tries = [len(delivery.tries) for delivery in uninterrupted.journal.deliveries()]

    assert kinds["take"] == kinds["record"] > 120
    assert kinds["skip"] > 0
    assert max(tries) >= 4
    assert {"invoice.payment_failed", "order.refunded"} <= set(runs.events(uninterrupted))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cap", [1, 4, 64])
def test_journals_do_not_depend_on_what_finishes_first(uninterrupted, cap, seed):
    """With 1, 4 or 64 in flight, finishing in any order, the canonical journal is the same."""
    expected = uninterrupted.journal.canonical()

    actual = runs.told(cap=cap, seed=seed)

    assert expected == actual.journal.canonical(), f"cap {cap}, seed {seed}"
    assert uninterrupted.world.digest() == actual.world.digest(), f"cap {cap}, seed {seed}"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cap", [1, 4, 64])
def test_journals_do_not_depend_on_cancelled_tries(uninterrupted, cap, seed):
    """Tries that are broken off at random are made again; the canonical journal is the same."""
    expected = uninterrupted.journal.canonical()

    actual = runs.told(cap=cap, seed=seed, releases=0.3)

    kinds = Counter(entry.kind for entry in actual.journal.entries)
    assert kinds["release"] > 10, f"cap {cap}, seed {seed}"
    assert expected == actual.journal.canonical(), f"cap {cap}, seed {seed}"
    assert uninterrupted.world.digest() == actual.world.digest(), f"cap {cap}, seed {seed}"


@pytest.mark.parametrize("cap", [1, 4, 64])
def test_a_run_can_be_broken_off_at_any_try(uninterrupted, cap):
    """A run that is cancelled at its n-th try and then goes on ends as if nothing had happened."""
    expected = uninterrupted.journal.canonical()

    n = 1
    while True:
        actual = runs.engine(cap=cap, policy="retry-ladder")
        if not runs.tell(actual, seed=n, cut_at=n):
            break
        assert expected == actual.journal.canonical(), f"cap {cap}, cut at take {n}"
        assert uninterrupted.world.digest() == actual.world.digest(), f"cap {cap}, take {n}"
        n += 1

    assert n > 120


def test_the_world_is_the_same_without_receivers(uninterrupted):
    """What happens in a world does not depend on whether anybody is told of it."""
    story = [step for step in runs.STORY if not {"webhook", "url"} & step[1].keys()]

    alone = runs.told(story)

    facts = [
        (record.fact.event, record.fact.instant, record.fact.stamp)
        for record in uninterrupted.journal.facts
    ]
    assert facts == [
        (record.fact.event, record.fact.instant, record.fact.stamp)
        for record in alone.journal.facts
    ]


HASHED = """
import hashlib, runs
made = runs.told(cap=4, seed=5)
print(hashlib.sha256("\\n".join(made.journal.canonical()).encode()).hexdigest())
print(made.world.digest())
"""


def test_journals_do_not_depend_on_python_s_hash_seed():
    """Two processes with different hash seeds write the same canonical journal."""
    tests = runs.__file__.rpartition("/")[0]

    said = {
        subprocess.run(
            [sys.executable, "-c", HASHED],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": tests},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "4242")
    }

    assert len(said) == 1


def test_the_log_begins_with_all_that_makes_a_world():
    """The first line of the log has what a world is made from: seed, start, mode, both policies."""
    made = runs.engine(seed=83412, livemode=True, policy="retry-ladder")

    first = json.loads(next(made.journal.log()))

    expected = {
        "kind": "world",
        "at": "2030-01-31T00:00:00.000Z",
        "seed": 83412,
        "start": "2030-01-31T00:00:00.000Z",
        "livemode": True,
        "policy": "retry-ladder",
        "dunning": "standard",
        "concurrency": 1,
        "journal": 1,
        "ring": 100_000,
        "letGo": 0,
    }
    assert expected == first


# ---- time --------------------------------------------------------------------------------------


def test_time_stands_still_while_a_try_is_out():
    """Time moves only when nothing is waiting or out: until then there is nothing to take."""
    made = shop(cap=64)
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "advance", days=3)
    before = made.now

    first = made.take()

    assert made.take() is None
    assert before == made.now
    made.record(first, runs.ok())
    second = made.take()
    assert (before, None) == (made.now, made.take())
    made.record(second, runs.ok())
    assert made.take() is None
    assert before + 3 * DAY == made.now
    assert made.quiet


def test_an_advance_that_was_broken_off_goes_on():
    """The goal of an advance is kept: after a cancelled try the next take goes on towards it."""
    made = shop()
    runs.do(made, "create_offer", id="prod_pro")
    runs.play(made, "subscribe", offer="prod_pro", email="jane@example.com")
    runs.do(made, "advance", to="2030-04-01")
    notice = made.take()
    made.release(notice)

    assert not made.quiet
    assert clock.parse("2030-02-21") == made.now

    again = made.take()
    made.record(again, runs.ok())
    runs.settle(made)

    assert (notice.delivery, notice.number) == (again.delivery, again.number)
    assert clock.parse("2030-04-01") == made.now
    assert made.quiet


def test_what_is_due_at_the_end_of_an_advance_happens():
    """The instant an advance goes to is part of it."""
    made = shop()
    runs.do(made, "create_offer", id="prod_pro")
    runs.play(made, "subscribe", offer="prod_pro", email="jane@example.com")

    runs.play(made, "advance", to="2030-02-28")

    assert runs.walk(made)[-1] == "2030-02-28 ic0 ps1 up3"


def test_what_falls_due_in_the_instant_of_a_verb_happens_with_it():
    """A notice that is due at once comes after the verb's own events, without an advance."""
    made = shop()
    runs.do(made, "create_offer", id="prod_week", frequency="weekly")

    runs.play(made, "subscribe", offer="prod_week", email="jane@example.com")

    assert runs.walk(made) == ["2030-01-31 cc0 ic1 pis2 cr3 iu4"]


@pytest.mark.parametrize("seed", SEEDS)
def test_how_often_one_advances_does_not_matter(seed):
    """Several advances that end at the same instant as one make the same canonical journal."""
    random = Random(seed)
    steps = runs.STORY[:13]
    once = runs.told((*steps, ("advance", {"days": 60})))
    cuts = sorted(random.randrange(60 * DAY) for _ in range(25))

    sliced = runs.told(steps)
    for cut in cuts:
        runs.do(sliced, "advance", to=clock.to_datetime(clock.parse("2030-01-31") + cut))
        runs.drive(sliced, random)
    runs.do(sliced, "advance", to="2030-04-01")
    runs.drive(sliced, random)

    assert once.journal.canonical() == sliced.journal.canonical(), f"seed {seed}, cuts {cuts}"


def test_time_only_goes_forward():
    """An advance to an earlier instant is refused, and the world stays where it is."""
    made = shop()
    before = made.world.digest()

    with pytest.raises(InvalidInput, match="time only goes forward"):
        made.submit("advance", {"to": made.now - 1})

    assert before == made.world.digest()
    assert made.quiet


def test_an_advance_to_now_is_allowed():
    """Advancing to the present instant does nothing."""
    made = shop()
    before = made.world.digest()

    made.submit("advance", {"to": made.now})

    assert made.take() is None
    assert before == made.world.digest()
    assert made.quiet


def test_a_hundred_years_is_the_most():
    """One advance goes at most 100 years ahead, so that a typing error does not run for ever."""
    made = runs.engine("2030-01-31")

    with pytest.raises(InvalidInput, match="100 years"):
        made.submit("advance", {"to": clock.parse("2130-01-31") + 1})
    made.submit("advance", {"to": clock.parse("2130-01-31")})

    assert made.take() is None
    assert clock.parse("2130-01-31") == made.now


def test_a_world_late_in_the_calendar_advances():
    """Near the year 8999 time still moves; only past its end it does not."""
    made = runs.engine("8999-12-01")

    with pytest.raises(InvalidInput, match="past the year 8999"):
        runs.do(made, "advance", days=31)
    runs.play(made, "advance", days=30)

    assert clock.parse("8999-12-31") == made.now


def test_an_advance_may_wait_for_an_event():
    """`until` stops right after the event has been answered, whatever else is due later."""
    made = shop()
    runs.do(made, "create_offer", id="prod_pro")
    runs.play(made, "subscribe", offer="prod_pro", email="jane@example.com")

    runs.play(made, "advance", until="invoice.payment_succeeded")

    assert runs.walk(made)[-1] == "2030-02-28 ic0 ps1 up3"
    assert clock.parse("2030-02-28") == made.now
    assert made.quiet


def test_an_event_that_is_waited_for_may_be_unheard():
    """`until` holds for events that no webhook listens to, and for names of any dialect."""
    made = runs.engine()
    runs.do(made, "create_offer", id="prod_pro")
    runs.play(made, "subscribe", offer="prod_pro", email="jane@example.com")

    runs.play(made, "advance", until="invoice.paid")

    assert clock.parse("2030-02-28") == made.now
    assert made.quiet


def test_the_event_is_answered_before_the_wait_is_over():
    """The advance is under way as long as the event it waits for has not been answered."""
    made = shop()
    runs.do(made, "create_offer", id="prod_pro")
    runs.play(made, "subscribe", offer="prod_pro", email="jane@example.com")
    runs.do(made, "advance", until="invoice.upcoming")

    notice = made.take()

    assert notice.event == "invoice.upcoming"
    assert made.goal is not None
    made.record(notice, runs.ok())
    assert made.take() is None
    assert made.goal is None
    assert clock.parse("2030-02-21") == made.now


def test_what_is_due_after_a_wait_that_was_broken_off():
    """A verb brings about what is due in its instant, also after an `until` that ended badly."""
    made = shop()
    runs.do(made, "create_offer", id="prod_pro")
    runs.do(made, "create_offer", id="prod_week", frequency="weekly")
    runs.play(made, "subscribe", offer="prod_pro", email="jane@example.com")
    runs.do(made, "advance", until="invoice.upcoming")
    made.record(made.take(), runs.ok())  # and then the driver stops: the receiver raised

    runs.play(made, "subscribe", offer="prod_week", email="tom@example.com")

    assert runs.walk(made)[-1] == "2030-02-21 iu0 cc0 ic1 pis2 cr3 iu4"


def test_a_refused_verb_does_not_end_a_wait():
    """A verb that is refused leaves an `until` as it is, too, which was broken off."""
    made = shop()
    runs.do(made, "create_offer", id="prod_pro")
    runs.play(made, "subscribe", offer="prod_pro", email="jane@example.com")
    runs.do(made, "advance", until="invoice.upcoming")
    made.record(made.take(), runs.ok())

    with pytest.raises(NotFound):
        runs.do(made, "refund", order="order_none")

    assert made.goal is not None
    runs.settle(made)
    assert made.goal is None


def test_an_event_that_never_comes_is_an_error_that_lists_what_is_due():
    """`until` looks two years ahead, then says that the event is not going to happen."""
    made = shop()
    runs.do(made, "create_offer", id="prod_year", frequency="yearly")
    runs.play(made, "subscribe", offer="prod_year", email="jane@example.com", id="sub_jane")
    runs.do(made, "advance", until="customer.subscription.deleted")

    with pytest.raises(NeverDue) as caught:
        runs.settle(made)

    expected = (
        "customer.subscription.deleted did not happen before 2032-01-31T00:00:00.000Z (now"
        " 2032-01-31T00:00:00.000Z); due are: 2033-01-24T00:00:00.000Z invoice notice of sub_jane"
    )
    assert expected == str(caught.value)
    assert made.goal is None
    assert made.take() is None


def test_when_everything_has_ended_nothing_is_due():
    """Where the agenda runs empty on the way, the error says so."""
    made = shop()
    runs.do(made, "create_offer", id="prod_pro")
    runs.play(made, "subscribe", offer="prod_pro", email="jane@example.com", id="sub_jane")
    runs.play(made, "cancel", subscription="sub_jane", at_period_end=True)
    runs.do(made, "advance", until="invoice.upcoming")

    with pytest.raises(NeverDue, match="due are: nothing"):
        runs.settle(made)


def test_a_wait_in_an_empty_world_is_refused_at_once():
    """Where nothing is due at all, `until` does not even begin."""
    made = shop()

    with pytest.raises(NeverDue, match="nothing is due at all"):
        made.submit("advance", {"until": "invoice.created"})

    assert made.quiet


def test_a_misspelt_event_is_named_with_the_nearest():
    """`until` takes names of the catalogue; a near miss is suggested."""
    made = shop()

    with pytest.raises(UnknownName, match=r"did you mean 'invoice\.created'"):
        made.submit("advance", {"until": "invoice.create"})


def test_an_advance_with_too_many_events_is_stopped():
    """An advance that causes too many events stops where it is; a smaller one goes on."""
    made = shop(most_events=20)
    runs.do(made, "create_offer", id="prod_week", frequency="weekly")
    runs.play(made, "subscribe", offer="prod_week", email="jane@example.com")
    runs.do(made, "advance", days=100)

    with pytest.raises(InvalidInput, match="more than 20 events and was stopped at 2030-03-07"):
        runs.settle(made)
    runs.settle(made)
    runs.play(made, "advance", to="2030-03-14")

    assert made.quiet
    assert runs.walk(made)[-1] == "2030-03-14 ic0 ps1 up3 iu4"


# ---- runaways ----------------------------------------------------------------------------------


def test_receivers_that_cause_events_for_ever_are_stopped(monkeypatch):
    """A receiver that buys again whenever something was bought ends in an error with the cycle."""
    monkeypatch.setattr(engines, "MOST_INPUTS_IN_AN_INSTANT", 50)
    made = shop()
    runs.do(made, "purchase", **COURSE)
    bought = 0

    with pytest.raises(Runaway) as caught:  # noqa: PT012 - which of them raises is the question
        while (attempt := made.take()) is not None:
            runs.do(made, "purchase", **COURSE)
            bought += 1
            made.record(attempt, runs.ok())

    cycle = " -> ".join(["purchase (inside order.completed)"] * 6)
    expected = (
        "receivers have caused more than 50 inputs at 2030-01-31T00:00:00.000Z;"
        f" the last were: {cycle}"
    )
    assert bought == 50
    assert expected == str(caught.value)


def test_a_new_instant_counts_anew(monkeypatch):
    """What receivers cause is counted within one instant; a moment later they may again."""
    monkeypatch.setattr(engines, "MOST_INPUTS_IN_AN_INSTANT", 2)
    made = shop()

    for _ in range(5):
        runs.do(made, "purchase", **COURSE)
        attempt = made.take()
        runs.do(made, "purchase", **COURSE)
        made.record(attempt, runs.ok())
        runs.settle(made)
        runs.play(made, "advance", minutes=1)

    assert runs.events(made).count("order.completed") == 10


# ---- inputs ------------------------------------------------------------------------------------


def test_a_refused_input_leaves_no_trace():
    """What cannot be applied is neither logged nor does it change the world."""
    made = shop()
    before = (made.world.digest(), list(made.journal.log()))

    with pytest.raises(InvalidInput, match="price"):
        made.submit("create_product", {"price": "cheap"})

    assert before == (made.world.digest(), list(made.journal.log()))


def test_inputs_return_the_name_of_what_they_made():
    """A verb answers with the name of its object, or with nothing where there is none."""
    made = shop()

    order = runs.do(made, "purchase", **COURSE, id="order_1")
    nothing = runs.do(made, "set_policy", name="retry-ladder")

    assert order == ("order", "order_1")
    assert nothing is None


@pytest.mark.parametrize("verb", ["advance", "set_policy", "snapshot", "restore"])
def test_misspelt_arguments_are_named(verb):
    """Also the engine's own verbs say which argument they do not know."""
    made = shop()

    with pytest.raises(UnknownName, match="nmae"):
        made.submit(verb, {"nmae": "x"})

    assert made.quiet


@pytest.mark.parametrize(
    ("verb", "name"), [("set_policy", "name"), ("trigger", "event"), ("replay", "delivery")]
)
def test_missing_arguments_are_named(verb, name):
    """Also the engine's own verbs say which argument they need."""
    made = shop()

    with pytest.raises(InvalidInput, match=f"{verb} needs {name}"):
        made.submit(verb, {})


def test_a_snapshot_without_a_name_has_one():
    """What nobody names is called `snapshot`."""
    made = shop()
    made.submit("snapshot", {})

    made.submit("restore", {"name": "snapshot"})
    made.submit("restore", {})

    assert list(made.snapshots) == ["snapshot"]


@pytest.mark.parametrize("value", ["2030-02-01", 1.5, True, None, [], {}, 10**50, "\ud800"])
@pytest.mark.parametrize("verb", ["advance", "set_policy", "snapshot", "restore"])
def test_strange_arguments_are_refused(verb, value):
    """Also the engine's own verbs refuse what is no instant and no name, and change nothing."""
    made = shop()
    before = made.world.digest()

    if verb == "snapshot" and isinstance(value, str):
        made.submit(verb, {"name": value})
    else:
        with pytest.raises(InvalidInput):
            made.submit(verb, {"to" if verb == "advance" else "name": value})

    assert made.quiet
    assert before == made.world.digest()


@pytest.mark.parametrize("cap", [0, 65, -1])
def test_concurrency_is_between_1_and_64(cap):
    """Fewer than one try in flight, or more than 64, is refused."""
    with pytest.raises(InvalidInput, match=f"concurrency is {cap}; choose 1 to 64"):
        runs.engine(cap=cap)


def test_unknown_policies_are_refused():
    """A policy is one of the known names, at the start and later."""
    made = shop()

    with pytest.raises(UnknownName, match="retry-ladder"):
        runs.engine(policy="retry-lader")
    with pytest.raises(UnknownName, match="retry-ladder"):
        runs.do(made, "set_policy", name="retry-lader")

    assert made.policy.name == "documented"


# ---- tries -------------------------------------------------------------------------------------


def test_the_ladder_counts_from_the_first_try():
    """With `retry-ladder` a delivery is tried 1 m, 5 m, 30 m, 2 h, 8 h, 24 h and 72 h after its
    first try, with the same bytes, and then no more.
    """
    made = shop(policy="retry-ladder")
    start = made.now
    runs.do(made, "create_offer", id="prod_year", frequency="yearly")
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "advance", days=30)

    sent = runs.settle(made, lambda attempt: runs.ok(503))

    spans = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 8 * HOUR, 24 * HOUR, 72 * HOUR]
    for delivery in made.journal.deliveries():
        assert [0, *spans] == [record.at - start for record in delivery.tries]
        assert [record.number for record in delivery.tries] == [1, 2, 3, 4, 5, 6, 7, 8]
        assert len({a.body for a in sent if a.delivery is delivery}) == 1
        assert len({a.headers for a in sent if a.delivery is delivery}) == 1
        assert delivery.state == "rejected"


def test_after_success_nothing_is_tried_again():
    """The ladder ends with the first answer that is a success."""
    made = shop(policy="retry-ladder")
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "advance", days=30)

    sent = runs.settle(made, lambda attempt: runs.ok(500 if attempt.number < 3 else 204))

    assert [attempt.number for attempt in sent] == [1, 1, 2, 2, 3, 3]
    assert {"delivered"} == {delivery.state for delivery in made.journal.deliveries()}


def test_one_try_is_the_default():
    """As documented, Pocketsflow tries once and lets it be."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "advance", days=30)

    sent = runs.settle(made, lambda attempt: runs.ok(500))

    assert [(attempt.delivery.number, attempt.number) for attempt in sent] == [(1, 1), (2, 1)]


def test_a_policy_chosen_later_holds_for_tries_that_end_later():
    """`set_policy` acts on what is decided from then on."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    runs.settle(made, lambda attempt: runs.ok(500))
    runs.do(made, "set_policy", name="retry-ladder")
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "advance", minutes=1)

    sent = runs.settle(made, lambda attempt: runs.ok(500))

    assert [(attempt.delivery.number, attempt.number) for attempt in sent] == [(3, 1), (3, 2)]


def test_cancelled_tries_do_not_count():
    """A try that was broken off has no number of its own: the next one is made in its stead."""
    made = shop(policy="retry-ladder")
    runs.do(made, "purchase", **COURSE)
    first = made.take()
    made.release(first)

    again = made.take()

    delivery = next(made.journal.deliveries())
    assert (first.number, first.body, first.headers) == (again.number, again.body, again.headers)
    assert delivery.state == "out"
    assert delivery.counted == ()
    assert [t.outcome.kind if t.outcome else None for t in delivery.tries] == ["cancelled", None]


def test_a_try_that_is_not_out_cannot_be_decided():
    """Deciding or releasing a try twice is a defect of a driver, and said to be one."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    attempt = made.take()

    with pytest.raises(
        InvariantError, match=r"try 2 of delivery 1, customer\.created.* is not out"
    ):
        made.record(attempt._replace(number=2), runs.ok())
    made.record(attempt, runs.ok())
    with pytest.raises(
        InvariantError, match=r"try 1 of delivery 1, customer\.created.* is not out"
    ):
        made.record(attempt, runs.ok())
    with pytest.raises(InvariantError, match="is not out"):
        made.release(attempt)


def test_a_try_is_written_down_before_it_is_handed_out():
    """The journal has the try before its first byte leaves."""
    made = shop()
    runs.do(made, "purchase", **COURSE)

    attempt = made.take()

    entry = made.journal.entries[-1]
    assert entry.kind == "take"
    assert (attempt.delivery.number, attempt.number, None) == (
        entry.what.delivery.number,
        entry.what.number,
        entry.what.outcome,
    )


# ---- webhooks ----------------------------------------------------------------------------------


def test_deliveries_are_numbered_by_fact_and_then_webhook():
    """Two webhooks hear of every event in the order of their creation."""
    made = shop()
    runs.do(made, "create_webhook", id="hook_0", url="http://localhost:4000/")

    runs.play(made, "purchase", **COURSE)

    found = [(d.number, d.fact.number, d.webhook) for d in made.journal.deliveries()]
    expected = [(1, 1, "hook_1"), (2, 1, "hook_0"), (3, 2, "hook_1"), (4, 2, "hook_0")]
    assert expected == found


def test_webhooks_hear_what_they_chose():
    """A filter selects events by name or pattern; an inactive webhook hears nothing."""
    made = runs.engine()
    runs.do(made, "create_webhook", id="hook_orders", url="3000", events=["order.*"])
    runs.do(made, "create_webhook", id="hook_off", url="3000", active=False)
    runs.do(made, "create_product", id="prod_course")

    runs.play(made, "purchase", **COURSE)

    found = [(d.webhook, d.event) for d in made.journal.deliveries()]
    assert found == [("hook_orders", "order.completed")]


def test_an_event_that_a_dialect_does_not_know_is_not_told():
    """`invoice.paid` exists in `current` only; a `documented` webhook has a gap there."""
    made = shop()
    runs.do(made, "create_webhook", id="hook_2", url="3000", events=["invoice.paid"])
    runs.do(made, "create_offer", id="prod_week", frequency="weekly")
    runs.play(made, "subscribe", offer="prod_week", email="jane@example.com")

    runs.play(made, "advance", weeks=1)

    facts = [record.fact.event.key for record in made.journal.facts]
    assert "invoice.paid" in facts
    assert {"hook_1"} == {delivery.webhook for delivery in made.journal.deliveries()}
    assert "invoice.paid" not in runs.events(made)


@pytest.mark.parametrize(
    ("verb", "change"),
    [("delete_webhook", {}), ("update_webhook", {"active": False})],
    ids=["deleted", "inactive"],
)
def test_what_is_queued_for_a_webhook_that_is_gone_is_skipped(verb, change):
    """A delivery whose webhook is deleted or inactive when its turn comes is closed, untried."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    runs.do(made, verb, webhook="hook_1", **change)

    sent = runs.settle(made)

    assert sent == []
    assert [d.state for d in made.journal.deliveries()] == ["skipped", "skipped"]
    assert [entry.kind for entry in made.journal.entries][-3:] == ["skip", "skip", "rest"]
    assert made.quiet


def test_a_retry_for_a_webhook_that_is_gone_is_skipped():
    """Also a delivery that has been tried before is closed when its webhook has gone."""
    made = shop(policy="retry-ladder")
    runs.do(made, "purchase", **COURSE)
    runs.settle(made, lambda attempt: runs.ok(500))
    runs.do(made, "delete_webhook", webhook="hook_1")

    runs.play(made, "advance", days=7)

    assert [(d.state, len(d.tries)) for d in made.journal.deliveries()] == [("skipped", 1)] * 2


def test_recipients_are_chosen_when_the_event_happens():
    """A webhook hears only what happens after it was added, and what happened before it went."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "create_webhook", id="hook_2", url="3000")
    runs.do(made, "update_webhook", webhook="hook_1", events=["invoice.*"])

    runs.settle(made)

    assert [d.webhook for d in made.journal.deliveries()] == ["hook_1", "hook_1"]
    assert {"delivered"} == {d.state for d in made.journal.deliveries()}


def test_the_body_is_written_when_the_event_happens():
    """What the body says is the world of that moment, whatever has changed until it is sent."""
    made = shop()
    runs.do(made, "create_offer", id="prod_pro", name="Pro", price="29.00")
    runs.do(made, "subscribe", offer="prod_pro", email="jane@example.com", id="sub_jane")
    runs.do(made, "update_offer", offer="prod_pro", name="Gold")
    runs.do(made, "cancel", subscription="sub_jane")

    sent = runs.settle(made)

    created = json.loads(sent[3].body)
    assert created["event"] == "customer.subscription.created"
    assert created["subscription"]["status"] == "active"
    assert created["product"]["name"] == "Pro"


def test_the_address_is_read_for_each_try():
    """A webhook that moved gets what is still waiting at its new address."""
    made = shop(policy="retry-ladder")
    runs.do(made, "purchase", **COURSE)
    first = runs.settle(made, lambda attempt: runs.ok(500))
    runs.do(made, "update_webhook", webhook="hook_1", url="http://localhost:4000/new")
    runs.do(made, "advance", minutes=1)

    second = runs.settle(made)

    assert {"http://localhost:3000/"} == {attempt.url for attempt in first}
    assert {"http://localhost:4000/new"} == {attempt.url for attempt in second}


def test_the_secret_is_read_for_each_try():
    """A secret that changed between an event and its try is the one that signs."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    first = made.take()
    made.record(first, runs.ok())
    runs.do(made, "rotate_secret", webhook="hook_1", secret="whsec_new")

    second = made.take()

    assert sign(first.body, runs.SECRET) == signature(first)
    assert sign(second.body, "whsec_new") == signature(second)


def test_the_old_secret_signs_until_the_overlap_is_over():
    """During the overlap of a rotation the old secret signs; then the new one, also retries."""
    made = shop(policy="retry-ladder")
    runs.do(made, "rotate_secret", webhook="hook_1", secret="whsec_new", overlap=300)
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "advance", minutes=5)

    sent = runs.settle(made, lambda attempt: runs.ok(500))

    secrets = {1: runs.SECRET, 2: runs.SECRET, 3: "whsec_new"}
    assert [attempt.number for attempt in sent] == [1, 1, 2, 2, 3, 3]
    for attempt in sent:
        assert sign(attempt.body, secrets[attempt.number]) == signature(attempt)


def test_events_of_one_buyer_are_not_overtaken():
    """With many in flight, one webhook hears of one buyer one event at a time, in order."""
    made = shop(cap=64)
    for email in ("jane@example.com", "tom@example.com", "ann@example.com"):
        runs.do(made, "purchase", product="prod_course", email=email)

    out = []
    while (attempt := made.take()) is not None:
        out.append(attempt)

    assert [attempt.event for attempt in out] == ["customer.created"] * 3
    made.record(out[1], runs.ok())
    after = made.take()
    assert (after.delivery.number, after.event) == (4, "order.completed")
    assert made.take() is None


def test_webhooks_share_what_may_be_in_flight():
    """With two webhooks and four in flight, each has at most two: a slow one cannot take all."""
    made = shop(cap=4)
    runs.do(made, "create_webhook", id="hook_2", url="3000")
    for n in range(8):
        runs.do(made, "purchase", product="prod_course", email=f"buyer{n}@example.com")

    out = []
    while (attempt := made.take()) is not None:
        out.append(attempt)

    assert Counter(attempt.webhook for attempt in out) == {"hook_1": 2, "hook_2": 2}


def test_a_broken_off_try_returns_to_its_place():
    """What was broken off is next again, before everything that was waiting behind it."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "purchase", product="prod_course", email="tom@example.com")
    first = made.take()
    runs.do(made, "refund", order=runs.do(made, "purchase", **COURSE).id)
    made.release(first)

    order = [attempt.delivery.number for attempt in runs.settle(made)]

    assert order == [1, 2, 3, 4, 5, 6]
