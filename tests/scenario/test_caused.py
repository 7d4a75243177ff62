"""Steps about history: single events, deliveries once more, going back; and what is a run's own."""

import asyncio
import json

import pytest

from pocketsflow_emulator import AsyncEmulator, Emulator
from pocketsflow_emulator.core import clock, events
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.transports.handler import HandlerTransport
from pocketsflow_emulator.driver import Driver
from pocketsflow_emulator.errors import NotFound
from pocketsflow_emulator.scenario.run import run_with
from scenario.files import GIVEN, SECRET, SEED, START, story

JANE = "jane@example.com"

each_dialect = pytest.mark.parametrize("dialect", events.DIALECTS)


class Played:
    """A run of these steps against a handler, which is told the requests one after the other."""

    def __init__(self, steps, *, answers=(), dialect=events.DIALECTS[0], policy="documented"):
        self.requests, answers = [], iter(answers)

        def handler(request):
            self.requests.append(request)
            return next(answers, 200)

        driver = Driver(Engine(SEED, clock.parse(START), policy=policy))
        settings = {"url": "handler:", "secret": SECRET, "dialect": dialect}
        webhook = driver.do("create_webhook", settings)
        driver.targets[webhook.id] = HandlerTransport(handler)
        self.engine = driver.engine
        self.result = run_with(driver, story(steps), {"email": JANE})
        self.misses = [miss.message for miss in self.result.misses]


# ---- single events -----------------------------------------------------------------------------


@each_dialect
def test_a_triggered_event_is_the_runs_own(dialect):
    """`trigger` is a step: its event can be expected, with the values it was given, in whatever
    dialect it is sent; the account is as it was.
    """
    played = Played(
        "  - purchase: $course\n    as: order\n"
        "  - trigger: {event: order.refunded, overrides: {customer.email: $email}}\n"
        "    expect:\n"
        "      events: [{order.refunded: {customer.email: $email}}]\n"
        "      never: [{order.refunded: {customer.email: customer@example.com}}]\n"
        "      answers: {count: 1}\n"
        "      order: {status: paid}\n",
        dialect=dialect,
    )

    assert played.misses == []
    assert json.loads(played.requests[-1].body)["customer"]["email"] == JANE


def test_values_that_only_another_dialect_can_have():
    """What the documented body cannot be given is left out of what is expected of it."""
    played = Played(
        "  - trigger:\n      event: order.refunded\n      unchecked: true\n"
        "      overrides: {timestamp.unit: ms, customer.email: $email}\n"
        "    expect: {events: [{order.refunded: {customer.email: $email}}]}\n",
        dialect="current",
    )

    assert played.misses == []
    assert json.loads(played.requests[0].body)["timestamp"] == {"unit": "ms"}


def test_triggers_can_be_repeated_each_with_its_values():
    """`$number` counts their turns, too; each event has the values of its own turn."""
    played = Played(
        "  - trigger: {event: review.created, overrides: {review.rating: $number}}\n"
        "    repeat: 3\n"
        "    expect:\n"
        "      events:\n"
        "        - review.created: {review.rating: 1}\n"
        "        - review.created: {review.rating: 2}\n"
        "        - review.created: {review.rating: 3}\n"
    )

    assert played.misses == []


def test_instants_and_objects_are_written_as_bodies_have_them():
    """A date of an object can stand in the place of a body's, and an object for its id."""
    played = Played(
        "  - subscribe: $pro\n    as: sub\n"
        "  - trigger:\n      event: customer.subscription.updated\n      overrides:\n"
        "        subscription.id: $sub\n        subscription.currentPeriodEnd: $sub.period_end\n"
    )

    body = json.loads(played.requests[-1].body)["subscription"]
    assert played.misses == []
    assert (played.result.sub.id, "2030-02-28T00:00:00.000Z") == (
        body["id"],
        body["currentPeriodEnd"],
    )


def test_an_event_that_others_trigger_is_not_the_runs_own(tmp_path):
    """In a world that others use too, what they trigger is theirs; so is what they have bought."""
    mine = tmp_path / "mine.yaml"
    mine.write_text(GIVEN + "  - settle:\n    expect: {events: []}\n  - replay: order.completed\n")

    with Emulator(seed=SEED) as emulator:
        emulator.deliver_to(lambda _: 200)
        emulator.purchase(emulator.create_product(), email="tom@example.com")
        emulator.trigger("order.completed")
        with pytest.raises(AssertionError, match="there is no delivery of order"):
            emulator.run_scenario(str(mine))


def test_a_test_of_a_webhook():
    """`test_webhook` sends what the account's own button sends: a sample of nobody's order."""
    played = Played(
        "  - test_webhook: $webhook\n    expect: {events: [order.completed], answers: {count: 1}}\n"
    )

    assert played.misses == []
    assert json.loads(played.requests[0].body)["customer"]["email"] == "customer@example.com"


# ---- once more ---------------------------------------------------------------------------------


def test_the_newest_delivery_of_an_event_comes_again():
    """`replay` takes the name of an event: its newest delivery in this run, byte for byte with the
    same signature. Nothing happens in the account.
    """
    played = Played(
        "  - purchase: $course\n  - purchase: $course\n  - refund: $webhook\n"
        "    expect: {refused: there is no}\n"
        "  - replay: order.completed\n    expect: {events: [], answers: {count: 1}}\n"
    )

    _, first, newest, again = played.requests
    assert played.misses == []
    assert newest == again
    assert newest.body != first.body


def test_a_replay_that_was_changed():
    """A body with other values is signed anew; the next replay is of the original again."""
    played = Played(
        "  - purchase: $course\n"
        "  - replay: {delivery: order.completed, edits: {amount: 5}, timestamp: now}\n"
        "    expect: {body: {documented: [{order.completed: {amount: 5}}]}}\n"
        "  - replay: order.completed\n"
        "    expect: {body: {documented: [{order.completed: {amount: 60}}]}}\n"
    )

    assert played.misses == []


def test_a_lost_delivery_can_be_sent_by_hand():
    """What a fault has dropped can be replayed, as support would send it."""
    played = Played(
        "  - fault: {drop: order.completed}\n"
        "  - purchase: $course\n    expect: {answers: {count: 1}}\n"
        "  - replay: order.completed\n    expect: {answers: {count: 1}}\n"
    )

    assert played.misses == []
    assert [sent.event for sent in played.requests] == ["customer.created", "order.completed"]


def test_a_replay_of_nothing_is_refused():
    """Before an event has happened there is nothing to send again."""
    played = Played("  - replay: order.completed\n")

    [message] = played.misses
    assert message == "was refused: there is no delivery of order.completed to send again"


# ---- going back --------------------------------------------------------------------------------


def test_going_back_within_a_run():
    """After `restore` objects, ids and dates are those of the snapshot; what is expected afterwards
    is what has happened since, in the branch that holds.
    """
    played = Played(
        "  - purchase: $course\n    as: order\n"
        "  - snapshot: sold\n    expect: {events: [], answers: {count: 0}}\n"
        "  - refund: $order\n    as: refund\n    expect: {events: [order.refunded]}\n"
        "  - advance: 3 days\n"
        "  - restore: sold\n"
        "    expect: {events: [], answers: {count: 0}, order: {status: paid}}\n"
        "  - refund: $order\n"
        "    expect: {events: [{order.refunded: {refund.id: $refund.id}}], answers: {count: 1}}\n"
        "  - restore: sold\n"
        "  - replay: order.refunded\n    expect: {refused: there is no delivery of}\n"
    )

    assert played.misses == []
    assert clock.iso(played.engine.now)[:10] == START
    assert played.requests[2].body == played.requests[3].body


def test_what_was_made_since_is_gone():
    """An object that the branch which was left had made is missed by name, not by a crash."""
    played = Played(
        "  - snapshot:\n  - purchase: $course\n    as: order\n  - restore:\n"
        "  - settle:\n    expect: {order: {status: paid}}\n"
    )

    [message] = played.misses
    assert message.endswith(" is gone")


def test_what_was_open_is_judged_once():
    """A try that was judged before the snapshot is not judged again when its delivery comes back;
    the tries that follow from it are.
    """
    played = Played(
        "  - purchase: $course\n    expect: {answers: {status: [200, 500]}}\n"
        "  - snapshot:\n"
        "  - advance: 1 minute\n    expect: {answers: {count: 1, status: 500}}\n"
        "  - restore:\n    expect: {answers: {count: 0}}\n"
        "  - advance: 1 minute\n    expect: {answers: {count: 1, status: 200}}\n",
        answers=[200, 500, 500, 200],
        policy="retry-ladder",
    )

    assert played.misses == []
    assert len(played.requests) == 4


def test_an_event_that_was_triggered_before_the_snapshot_can_be_sent_again():
    """What a run has triggered stays its own; the numbers of a branch that was left do not."""
    played = Played(
        "  - trigger: {event: review.created, overrides: {review.rating: 1}}\n"
        "  - snapshot:\n"
        "  - trigger: {event: review.created, overrides: {review.rating: 2}}\n"
        "  - restore:\n"
        "  - replay: review.created\n"
        "    expect: {body: {documented: [{review.created: {review.rating: 1}}]}}\n"
        "  - purchase: $course\n"
        "    expect: {events: [customer.created, order.completed]}\n"
    )

    assert played.misses == []


def test_fresh_ids_after_going_back():
    """`branch` gives what is made from then on other ids, for receivers that remember."""
    played = Played(
        "  - snapshot: {name: empty}\n"
        "  - purchase: $course\n    as: first\n"
        "  - restore: {name: empty}\n"
        "  - branch: 8\n"
        "  - purchase: $course\n    as: other\n"
        "    expect: {events: [customer.created, order.completed]}\n"
    )

    assert played.misses == []
    assert played.result.other.status == "paid"
    assert played.result.first.id != played.result.other.id
    with pytest.raises(NotFound):
        played.result.first.status  # noqa: B018 - reading it is the point


def test_going_back_in_a_loop():
    """`AsyncEmulator` plays the same steps and keeps the same journal, awaited."""

    async def awaited():
        async with AsyncEmulator(seed=SEED, start=START) as emulator:
            emulator.deliver_to(lambda _: 200)
            await emulator.run_scenario("history-sent-again", email=JANE)
            return emulator.journal()

    with Emulator(seed=SEED, start=START) as emulator:
        emulator.deliver_to(lambda _: 200)
        emulator.run_scenario("history-sent-again", email=JANE)
        expected = emulator.journal()

    actual = asyncio.run(awaited())

    assert expected == actual


def test_a_snapshot_that_was_not_taken():
    """The nearest name is suggested."""
    played = Played("  - snapshot: sold\n  - restore: sodl\n")

    [message] = played.misses
    assert "unknown snapshot 'sodl'; did you mean 'sold'?" in message
