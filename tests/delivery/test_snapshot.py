"""Going back: snapshots, what they hold, and the branches that are left behind."""

from random import Random

import pytest

import runs
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.delivery.journal import LEFT_BEHIND, Journal
from pocketsflow_emulator.errors import InvalidInput, UnknownName

SEEDS = (1, 2, 3, 4, 5)
COURSE = {"product": "prod_course", "email": "jane@example.com"}


def shop(**options):
    """An engine with one webhook, one product, and the ladder."""
    made = runs.hooked(policy="retry-ladder", **options)
    runs.do(made, "create_product", id="prod_course", quiet=True)
    return made


def failing(attempt):
    return runs.ok(500)


def numbers(made):
    return [delivery.number for delivery in made.journal.deliveries()]


def test_what_was_waiting_waits_again():
    """Deliveries that waited at the snapshot wait again, with new numbers and in their order."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "snapshot", name="bought")
    runs.settle(made)

    runs.do(made, "restore", name="bought")
    again = runs.settle(made)

    assert [attempt.event for attempt in again] == ["customer.created", "order.completed"]
    assert [3, 4] == [attempt.delivery.number for attempt in again] == numbers(made)
    kept = [delivery for record in made.journal.facts for delivery in record.deliveries]
    assert {d.number: d.abandoned for d in kept} == {1: True, 2: True, 3: False, 4: False}


def test_what_was_to_be_tried_again_is_tried_again():
    """A retry that was due later at the snapshot is due again, with the tries it had had."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    runs.settle(made, failing)
    runs.do(made, "snapshot", name="failed")
    runs.play(made, "advance", minutes=10)
    before = made.journal.canonical()

    runs.do(made, "restore", name="failed")
    runs.play(made, "advance", minutes=10)

    found = [(d.number, d.state, len(d.tries)) for d in made.journal.deliveries()]
    assert found == [(3, "delivered", 2), (4, "delivered", 2)]
    assert before == made.journal.canonical()


def test_what_comes_back_is_in_the_state_it_was_in():
    """A delivery that is due to be tried again is `scheduled`, also after going back."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    runs.settle(made, failing)
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "snapshot", name="failed")
    before = [delivery.state for delivery in made.journal.deliveries()]

    runs.do(made, "restore", name="failed")

    after = [delivery.state for delivery in made.journal.deliveries()]
    assert ["scheduled", "scheduled", "waiting"] == before == after


def test_a_retry_planned_after_going_back_has_a_rung_of_its_own():
    """A delivery that came back climbs on where it was on the ladder."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    runs.settle(made, failing)
    runs.do(made, "snapshot", name="failed")
    runs.do(made, "restore", name="failed")
    runs.do(made, "advance", days=30)

    sent = runs.settle(made, failing)

    assert [attempt.number for attempt in sent] == [2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8]


def test_what_was_decided_stays_decided():
    """Deliveries that had been decided before the snapshot keep their number and outcome."""
    made = shop()
    runs.play(made, "purchase", **COURSE)
    runs.play(made, "snapshot", name="bought")
    runs.play(made, "refund", order=next(iter(made.world.state.store.plain()["order"])))

    runs.play(made, "restore", name="bought")

    assert numbers(made) == [1, 2]
    assert runs.walk(made) == ["2030-01-31 cc0 oc1"]


def test_going_back_twice():
    """A snapshot can be restored as often as one likes: it is always the same world."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    runs.settle(made, failing)
    runs.do(made, "snapshot", name="failed")
    canonical, digest = made.journal.canonical(), made.world.digest()

    for minutes in (0, 1, 10, 60):
        runs.do(made, "restore", name="failed")
        assert canonical == made.journal.canonical()
        assert digest == made.world.digest()
        runs.play(made, "advance", minutes=minutes)


def test_going_back_twice_while_something_waits():
    """What waited at the snapshot waits once, however often one goes back to it."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "snapshot", name="bought")

    runs.do(made, "restore", name="bought")
    runs.do(made, "restore", name="bought")
    sent = runs.settle(made)

    assert [5, 6] == [attempt.delivery.number for attempt in sent] == numbers(made)


def test_going_forward_to_another_branch():
    """A later snapshot can be restored after an earlier one: its branch holds again."""
    made = shop()
    runs.play(made, "purchase", **COURSE)
    runs.do(made, "snapshot", name="early")
    runs.play(made, "purchase", **COURSE)
    runs.play(made, "purchase", **COURSE)
    runs.do(made, "snapshot", name="late")
    canonical, digest = made.journal.canonical(), made.world.digest()
    runs.do(made, "restore", name="early")
    runs.play(made, "purchase", product="prod_course", email="tom@example.com")

    runs.do(made, "restore", name="late")

    assert canonical == made.journal.canonical()
    assert digest == made.world.digest()


@pytest.mark.parametrize("seed", SEEDS)
def test_any_walk_between_snapshots(seed):
    """Whatever one does between snapshots, restoring one brings back its journal and its world."""
    random = Random(seed)
    made = runs.told(runs.STORY[:13])
    kept = {}
    for step in range(40):
        name = f"snapshot {step}"
        match random.randrange(5):
            case 0:
                runs.do(made, "snapshot", name=name)
                kept[name] = (made.journal.canonical(), made.world.digest())
            case 1 if kept:
                name = random.choice(sorted(kept))
                runs.do(made, "restore", name=name)
                found = (made.journal.canonical(), made.world.digest())
                assert kept[name] == found, f"seed {seed}, step {step}"
            case 2:
                runs.do(made, "purchase", **COURSE)
                runs.drive(made, random, releases=0.2)
            case _:
                runs.do(made, "advance", hours=random.randrange(200))
                runs.drive(made, random)


def test_webhooks_keep_their_order():
    """Where one webhook's delivery comes back and another's was done, the order stays."""
    made = shop()
    runs.do(made, "create_webhook", id="hook_2", url="3000")
    runs.do(made, "purchase", **COURSE)
    runs.settle(made, lambda attempt: runs.ok(500 if attempt.webhook == "hook_1" else 200))
    runs.do(made, "snapshot", name="half")
    before = made.journal.canonical()

    runs.do(made, "restore", name="half")

    expected = ["hook_1", "hook_2", "hook_1", "hook_2"]
    assert expected == [delivery.webhook for delivery in made.journal.deliveries()]
    assert before == made.journal.canonical()


def test_a_failure_just_before_the_snapshot_is_part_of_it():
    """Where the receiver raised and the verb with it, the retry that follows is kept too."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    made.record(made.take(), runs.ok())
    made.record(made.take(), runs.ok(500))  # and then the driver stops
    runs.do(made, "snapshot", name="failed")

    runs.do(made, "restore", name="failed")
    runs.do(made, "advance", minutes=1)

    assert [attempt.event for attempt in runs.settle(made)] == ["order.completed"]


def test_a_wait_left_behind_is_forgotten():
    """Going back also ends an advance that was under way, to an instant or for an event."""
    made = shop()
    runs.do(made, "create_offer", id="prod_week", frequency="weekly")
    runs.play(made, "snapshot", name="start")
    runs.play(made, "purchase", **COURSE)
    runs.do(made, "advance", days=3)
    runs.do(made, "purchase", **COURSE)

    runs.do(made, "restore", name="start")

    assert made.quiet
    assert made.take() is None
    assert clock.parse("2030-01-31") == made.now


def test_an_event_waited_for_on_another_branch_does_not_end_the_next_verb():
    """An `until` that was reached but not finished leaves nothing behind after going back."""
    made = shop()
    runs.do(made, "create_offer", id="prod_week", frequency="weekly")
    runs.do(made, "create_offer", id="prod_pro")
    runs.play(made, "subscribe", offer="prod_pro", email="tom@example.com")
    runs.do(made, "snapshot", name="start")
    runs.do(made, "advance", until="invoice.upcoming")
    made.record(made.take(), runs.ok(500))  # and then the driver stops
    runs.do(made, "restore", name="start")

    runs.play(made, "subscribe", offer="prod_week", email="jane@example.com")

    assert runs.walk(made)[-1] == "2030-01-31 cc0 ic1 pis2 cr3 cc0 ic1 pis2 cr3 iu4"


def test_snapshots_are_independent_of_the_world():
    """What happens after a snapshot, or after a restore, does not change the snapshot."""
    made = shop()
    runs.do(made, "snapshot", name="empty")
    before = made.world.digest()
    runs.play(made, "purchase", **COURSE)
    runs.do(made, "restore", name="empty")
    runs.play(made, "purchase", **COURSE)
    first = made.world.digest()

    runs.do(made, "restore", name="empty")

    assert before == made.world.digest()
    runs.play(made, "purchase", **COURSE)
    assert first == made.world.digest()


def test_neither_is_possible_while_a_try_is_out():
    """Snapshot and restore are refused while a receiver is answering."""
    made = shop()
    runs.do(made, "snapshot", name="empty")
    runs.do(made, "purchase", **COURSE)
    attempt = made.take()
    before = made.world.digest()

    with pytest.raises(InvalidInput, match="take a snapshot while a try is out"):
        runs.do(made, "snapshot", name="other")
    with pytest.raises(InvalidInput, match="restore a snapshot while a try is out"):
        runs.do(made, "restore", name="empty")

    assert before == made.world.digest()
    made.record(attempt, runs.ok())
    assert [attempt.event for attempt in runs.settle(made)] == ["order.completed"]


def test_unknown_snapshots_are_named_with_the_nearest():
    """A misspelt snapshot is an error that suggests the one that was meant."""
    made = shop()
    runs.do(made, "snapshot", name="before the refund")

    with pytest.raises(UnknownName, match="did you mean 'before the refund'"):
        runs.do(made, "restore", name="before te refund")


def test_going_back_when_the_ring_has_let_go():
    """A delivery whose event the ring has let go still comes back and is sent."""
    made = shop(journal=Journal(ring=8))
    runs.do(made, "purchase", **COURSE)
    runs.settle(made, failing)
    for _ in range(20):
        runs.play(made, "purchase", product="prod_course", email="tom@example.com")
    runs.do(made, "snapshot", name="full")

    runs.do(made, "restore", name="full")
    runs.do(made, "advance", minutes=1)

    sent = [attempt.event for attempt in runs.settle(made)]
    assert sent == ["customer.created", "order.completed"]


def copies(*faults_set):
    """An engine with a webhook that has heard of a purchase while these faults were set."""
    made = shop()
    for fault in faults_set:
        runs.do(made, "fault", fault=fault)
    runs.do(made, "purchase", **COURSE)
    return made


def test_extra_tries_of_a_branch_come_back_with_it():
    """Whoever goes back further, and then to the later snapshot, finds its extra tries again."""
    made = shop()
    runs.do(made, "snapshot", name="before")
    runs.do(made, "fault", fault="duplicate=order.completed")
    runs.play(made, "purchase", **COURSE)
    runs.do(made, "snapshot", name="after")
    told = made.journal.canonical()

    runs.do(made, "restore", name="before")
    runs.do(made, "restore", name="after")

    assert told == made.journal.canonical()


def test_copies_keep_their_order():
    """Copies that wait at the snapshot come again in their order, among those that were sent."""
    made = copies(
        "duplicate=order.completed,copies=3,after=1m", "duplicate=order.completed,after=1h"
    )
    runs.settle(made)
    runs.play(made, "advance", minutes=5)
    runs.do(made, "snapshot", name="some")
    before = [(extra.state, len(extra.own)) for extra in list(made.journal.deliveries())[1].extras]

    runs.do(made, "restore", name="some")

    after = [(extra.state, len(extra.own)) for extra in list(made.journal.deliveries())[1].extras]
    assert before == after == [("delivered", 1)] * 3 + [("scheduled", 0)]


def test_going_back_again_and_again_keeps_no_more():
    """Of what restores leave behind beside one fact, the newest deliveries are kept."""
    made = copies("duplicate=order.completed,after=1h")
    runs.do(made, "snapshot", name="bought")

    for _ in range(3 * LEFT_BEHIND):
        runs.settle(made)
        runs.do(made, "restore", name="bought")

    for _, deliveries, _ in made.journal.facts:
        assert [False, *[True] * LEFT_BEHIND] == [d.abandoned for d in deliveries]
    assert len(runs.settle(made)) == 2
