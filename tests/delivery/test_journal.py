"""The journal: what is remembered, in full and in canonical form."""

import gc
import json

import pytest

import runs
from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.delivery.journal import Journal
from pocketsflow_emulator.delivery.tries import Delivery, Outcome

COURSE = {"product": "prod_course", "email": "jane@example.com"}


def shop(**options):
    """An engine with one webhook and one product."""
    made = runs.hooked(**options)
    runs.do(made, "create_product", id="prod_course", quiet=True)
    return made


def log(made):
    """The log, parsed."""
    return [json.loads(line) for line in made.journal.log()]


def canonical(made):
    """The canonical form, parsed."""
    return [json.loads(line) for line in made.journal.canonical()]


def fact(number, buyer="jane@example.com"):
    return Fact(number, events.ORDER_COMPLETED, 0, number, buyer, "purchase", ())


# ---- the log -----------------------------------------------------------------------------------


def test_the_log_is_in_the_order_of_what_happened():
    """Input, facts, take, record: every line of the log is JSON, and causes come before effects."""
    made = shop()
    runs.play(made, "purchase", **COURSE)

    kinds = [line["kind"] for line in log(made)]

    expected = ["world", "input", "input", "input", "fact", "delivery", "fact", "delivery"]
    assert [*expected, "take", "record", "take", "record"] == kinds


def test_the_log_has_the_whole_request():
    """A take has the address, the headers and the exact body that leave."""
    made = shop()
    runs.do(made, "purchase", **COURSE)

    attempt = made.take()

    expected = {
        "kind": "take",
        "at": "2030-01-31T00:00:00.000Z",
        "delivery": 1,
        "fact": 1,
        "webhook": "hook_1",
        "event": "customer.created",
        "try": 1,
        "url": "http://localhost:3000/",
        "headers": [list(header) for header in attempt.headers],
        "body": attempt.body.decode(),
    }
    assert expected == log(made)[-1]


def test_the_log_has_the_whole_answer():
    """A record has outcome, status, headers, body, duration and detail."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    outcome = Outcome("rejected", 500, (("Server", "x"),), b"no \xff", True, 0.12345, "status 500")

    made.record(made.take(), outcome)

    expected = {
        "kind": "record",
        "at": "2030-01-31T00:00:00.000Z",
        "delivery": 1,
        "fact": 1,
        "webhook": "hook_1",
        "event": "customer.created",
        "try": 1,
        "outcome": "rejected",
        "status": 500,
        "responseHeaders": [["Server", "x"]],
        "answerBase64": "bm8g/w==",
        "truncated": True,
        "durationMs": 123.45,
        "detail": "status 500",
    }
    line = log(made)[-1]
    assert line.pop("explanation").startswith("The receiver answered, but not with a 2xx status.")
    assert expected == line


def test_the_log_has_releases_and_skips():
    """A try that was broken off and a delivery that was closed untried are lines of the log."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    made.release(made.take())
    runs.do(made, "delete_webhook", webhook="hook_1")

    runs.settle(made)

    lines = [line for line in log(made) if line["kind"] in ("release", "skip")]
    assert [(e["kind"], e["delivery"]) for e in lines] == [("release", 1), ("skip", 1), ("skip", 2)]
    assert {"fact", "webhook", "at"} <= set(lines[1])


def test_the_log_has_inputs_as_they_were_given():
    """An input is its verb and its resolved arguments, whatever the caller does to them later."""
    made = shop()
    arguments = {"id": "hook_2", "url": "3000"}

    made.submit("create_webhook", arguments)
    arguments["url"] = "4000"

    line = log(made)[-1]
    assert (line["verb"], line["arguments"]) == ("create_webhook", {"id": "hook_2", "url": "3000"})


def test_the_log_is_ascii():
    """Whatever people write, a line of the log is a line of ASCII."""
    made = shop()

    runs.play(made, "purchase", **COURSE, metadata={"näme\u2028": "Zoë\n"})

    assert all(line.isascii() and "\n" not in line for line in made.journal.log())


def test_a_line_that_was_written_stays_as_it_was():
    """The log is append-only: going back does not change the lines before it."""
    made = shop()
    runs.do(made, "snapshot", name="start")
    runs.play(made, "purchase", **COURSE)
    before = list(made.journal.log())

    runs.do(made, "restore", name="start")

    assert before == list(made.journal.log())[: len(before)]


# ---- the canonical form ------------------------------------------------------------------------


def test_the_canonical_form_is_fact_delivery_try():
    """Each fact is followed by its deliveries, each delivery by its tries."""
    made = shop()
    runs.play(made, "purchase", **COURSE)

    first, delivery, attempt, *rest = canonical(made)

    assert len(rest) == 3
    assert {
        "fact": 1,
        "event": "customer.created",
        "instant": "2030-01-31T00:00:00.000Z",
        "stamp": made.now,
        "buyer": "jane@example.com",
        "cause": "purchase",
    } == {name: value for name, value in first.items() if name != "objects"}
    assert [kind for kind, *_ in first["objects"]] == ["customer", "product"]
    assert {"fact", "webhook", "dialect", "event", "body"} == set(delivery)
    assert {
        "fact",
        "webhook",
        "try",
        "at",
        "headers",
        "outcome",
        "status",
        "answer",
        "truncated",
    } == (set(attempt))


def test_the_canonical_form_leaves_out_what_differs_between_equal_runs():
    """Durations, addresses, response headers, details and delivery numbers make no difference."""
    one, other = shop(), shop()
    runs.do(one, "purchase", **COURSE)
    runs.settle(one)
    runs.do(other, "update_webhook", webhook="hook_1", url="http://localhost:4000/")
    runs.do(other, "purchase", **COURSE)

    noisy = Outcome("delivered", 200, (("Date", "today"),), b"", duration=3.2, detail="slow")
    runs.settle(other, lambda attempt: noisy)

    assert one.journal.canonical() == other.journal.canonical()


@pytest.mark.parametrize(
    "outcome",
    [
        runs.ok(201),
        runs.ok(500),
        runs.ok(200, b"body"),
        Outcome("delivered", 200, truncated=True),
        Outcome("refused"),
    ],
    ids=["status", "failure", "answer", "truncated", "refused"],
)
def test_the_canonical_form_keeps_what_came_of_a_try(outcome):
    """Outcome, status, the answer's body and whether it was cut do make a difference."""
    one, other = shop(), shop()
    runs.play(one, "purchase", **COURSE)
    runs.do(other, "purchase", **COURSE)

    runs.settle(other, lambda attempt: outcome)

    assert one.journal.canonical() != other.journal.canonical()


def test_the_canonical_form_leaves_out_cancelled_tries():
    """What was broken off and made again looks as if it had been made once."""
    one, other = shop(), shop()
    runs.play(one, "purchase", **COURSE)
    runs.do(other, "purchase", **COURSE)
    other.release(other.take())

    runs.settle(other)

    assert one.journal.canonical() == other.journal.canonical()


def test_the_canonical_form_says_what_was_skipped():
    """A delivery that was closed untried is marked."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "delete_webhook", webhook="hook_1")

    runs.settle(made)

    found = [line.get("skipped") for line in canonical(made) if "body" in line]
    assert found == [True, True]


def test_a_try_that_is_out_is_not_counted_yet():
    """While a try is out it has no outcome, and the canonical form leaves it out."""
    made = shop()
    runs.do(made, "purchase", **COURSE)
    made.take()

    delivery = next(made.journal.deliveries())

    assert delivery.state == "out"
    assert delivery.outcome is None
    assert not any("try" in line for line in canonical(made))


def test_a_try_without_an_outcome_is_unknown():
    """Where a log ends with a crash, what came of the last try is `unknown`."""
    journal = Journal()
    happened = fact(1)
    journal.fact(happened)
    delivery = Delivery(1, happened, "hook_1", "documented", "order.completed", b"{}")
    delivery.begin(0, "http://localhost/", "")
    journal.note_try("record", 0, delivery)

    line = json.loads(list(journal.log())[-1])

    assert line["outcome"] == "unknown"


# ---- deliveries --------------------------------------------------------------------------------


def test_the_outcome_of_a_delivery_is_that_of_its_last_try():
    """A delivery that was refused and then taken is delivered."""
    made = shop(policy="retry-ladder")
    runs.do(made, "purchase", **COURSE)
    runs.do(made, "advance", minutes=1)

    runs.settle(made, lambda attempt: runs.ok(500 if attempt.number == 1 else 200))

    delivery = next(made.journal.deliveries())
    assert (
        delivery.outcome.kind,
        delivery.outcome.status,
        len(delivery.counted),
    ) == ("delivered", 200, 2)


def test_what_does_not_hold_is_abandoned():
    """After going back, the facts that held then hold again; all others are marked."""
    journal = Journal()
    first, lost = fact(1), fact(2)
    journal.fact(first)
    journal.fact(lost)

    journal.hold({id(first): []})

    assert [(first, False), (lost, True)] == [(r.fact, r.abandoned) for r in journal.facts]
    assert [first] == [record.fact for record in journal.living()]


# ---- the ring ----------------------------------------------------------------------------------


def test_the_ring_lets_go_and_counts():
    """Only so many facts and lines are kept; how many were let go is known and said."""
    journal = Journal(ring=3)

    for number in range(1, 6):
        journal.fact(fact(number))

    assert [record.fact.number for record in journal.facts] == [3, 4, 5]
    assert len(journal.entries) == 3
    assert journal.let_go == 2
    assert json.loads(journal.canonical()[0]) == {"letGo": 2}
    assert len(journal.canonical()) == 4


def test_nothing_is_let_go_before_the_ring_is_full():
    """A journal that is just full says nothing of letting go."""
    journal = Journal(ring=3)

    for number in range(1, 4):
        journal.fact(fact(number))

    assert journal.let_go == 0
    assert len(journal.canonical()) == 3


def test_lines_that_were_let_go_do_not_make_runs_differ():
    """The canonical form speaks of facts: cancelled tries do not show in it, whatever the ring."""
    one, other = shop(journal=Journal(ring=10)), shop(journal=Journal(ring=10))
    runs.play(one, "purchase", **COURSE)
    runs.do(other, "purchase", **COURSE)
    for _ in range(10):
        other.release(other.take())

    runs.settle(other)

    assert [record.fact for record in one.journal.facts] == [
        record.fact for record in other.journal.facts
    ]
    assert one.journal.canonical() == other.journal.canonical()


def test_what_the_ring_lets_go_is_gone():
    """Memory does not grow with time: what is let go needs no garbage collector to go."""
    gc.collect()
    before = alive()
    gc.disable()
    try:
        made = runs.hooked(journal=Journal(20), policy="retry-ladder")
        runs.do(made, "create_offer", id="prod_week", frequency="weekly")
        runs.play(made, "subscribe", offer="prod_week", email="jane@example.com")
        runs.do(made, "advance", years=2)
        runs.settle(made, lambda attempt: runs.ok(500 if attempt.number == 1 else 200))
        after = alive()
    finally:
        gc.enable()

    assert made.journal.let_go > 300
    assert after - before < 120


def alive():
    """How many facts and deliveries there are in this process."""
    return sum(type(item) in (Delivery, Fact) for item in gc.get_objects())
