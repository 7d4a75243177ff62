"""Expectations: each kind where it holds, and what it says where it does not."""

import pytest

import receivers
from scenario.files import run, story

HOLDING = {
    "exactly these events": "events: [customer.created, order.completed]",
    "with values": "events: [customer.created, {order.completed: {amount: 60, order.id: $order}}]",
    "values by reference": "includes: [{order.completed: {customer.email: $email}}]",
    "values inside a text": "includes: [{customer.created: {event: customer.created}}]",
    "one of several": "includes: [order.completed]",
    "in this order": "includes: [customer.created, order.completed]",
    "none of these": "never: [order.refunded, invoice.created]",
    "the fields of an object": "order: {status: paid, amount: 60, email: $email}",
    "the kind of an object": "order: {kind: order}",
    "another object": "course: {price: $order.amount}",
    "a status": "answers: {status: 200}",
    "a class of statuses": "answers: {status: [404, 2xx]}",
    "a time": "answers: {under: 30s}",
    "how often": "counts: {customer.created: 1, order.refunded: 0}",
    "how often, by reference": "counts: {order.completed: $once}",
    "not with these values": "never: [{order.completed: {amount: 60, currency: eur}}]",
    "what is on the wire": "body: {documented: [{order.completed: {testMode: true}}]}",
    "a dialect that nobody hears": "body: {current: [order.refunded]}",
    "a text of the answers": "answers: {contains: verified}",
    "texts of the answers": "answers: {contains: [veri, fied], count: 2}",
    "nothing at all": "{}",
}

MISSING = {
    "exactly these events, and one more": (
        "events: [order.completed]",
        [
            (
                "expected exactly these events: order.completed;"
                " these happened: customer.created, order.completed"
            ),
        ],
    ),
    "exactly these events, in another order": (
        "events: [order.completed, customer.created]",
        [
            (
                "expected exactly these events: order.completed, customer.created;"
                " these happened: customer.created, order.completed"
            ),
        ],
    ),
    "nothing": (
        "events: []",
        [
            (
                "expected exactly these events: none;"
                " these happened: customer.created, order.completed"
            ),
        ],
    ),
    "other values": (
        "events: [customer.created, {order.completed: {amount: 59, currency: eur}}]",
        [
            "order.completed: amount: expected 59, found 60",
            "order.completed: currency: expected 'eur', found 'usd'",
        ],
    ),
    "a path into one's own data that is not there": (
        "events: [customer.created, {order.completed: {metadata.user: 1}}]",
        ["order.completed: there is no 'user' in 'metadata.user'"],
    ),
    "a reference into one's own data that leads nowhere": (
        "includes: [{order.completed: {amount: $order.metadata.price}}]",
        ["order.completed: $order.metadata.price: there is no 'price'"],
    ),
    "an event that did not come": (
        "includes: [order.refunded]",
        ["expected order.refunded; these happened: customer.created, order.completed"],
    ),
    "the wrong order": (
        "includes: [order.completed, customer.created]",
        ["expected customer.created; these happened: customer.created, order.completed"],
    ),
    "the event with other values": (
        "includes: [{order.completed: {amount: 20}}]",
        ["order.completed: amount: expected 20, found 60"],
    ),
    "an event that must not come": (
        "never: [order.completed]",
        ["expected no order.completed, but it happened"],
    ),
    "another field": (
        "order: {status: refunded, amount: 0}",
        [
            "order.status: expected 'refunded', found 'paid'",
            "order.amount: expected 0, found 60.00",
        ],
    ),
    "a field of a payment, where an order was made": (
        "order: {error_code: card_declined}",
        ["order_"],
    ),
    "another status": (
        "answers: {status: [201, 4xx]}",
        [
            "expected an answer of 201 or 4xx: customer.created: delivered 200",
            "expected an answer of 201 or 4xx: order.completed: delivered 200",
        ],
    ),
    "another number": (
        "counts: {order.completed: 2}",
        ["counts: order.completed: expected 2, found 1"],
    ),
    "an event that must not come like this": (
        "never: [{order.completed: {amount: 60, currency: usd}}]",
        ["expected no order.completed with amount: 60, currency: usd, but it happened"],
    ),
    "another body": (
        "body: {documented: [{order.completed: {testMode: false}}]}",
        ["body.documented: order.completed: testMode: expected False, found True"],
    ),
    "a body that was not sent": (
        "body: {documented: [order.refunded]}",
        [
            (
                "body.documented: expected order.refunded; these happened: customer.created,"
                " order.completed"
            ),
        ],
    ),
    "another text": (
        "answers: {contains: [verified, thanks]}",
        [
            "customer.created: expected an answer with 'thanks', found 'verified'",
            "order.completed: expected an answer with 'thanks', found 'verified'",
        ],
    ),
    "another number of answers": (
        "answers: {count: 3}",
        ["answers: count: expected 3, found 2"],
    ),
    "too late": (
        "answers: {under: 0ms}",
        ["customer.created: answered after 0.0", "order.completed: answered after 0.0"],
    ),
}

HEAD = """version: 1
name: story
title: A story
options: {n: {type: integer, default: 3}, once: {type: integer, default: 1}}
given: {course: {create_product: {price: '60.00'}}}
steps:
"""


EXPECTING = "  - purchase: {product: $course}\n    as: order\n    expect:\n      "
"""Somebody buys, and what is expected stands in line 10."""


@pytest.mark.parametrize("expect", HOLDING.values(), ids=HOLDING)
def test_expectations_that_hold(expect):
    """What is true after a step is no miss."""
    scenario = story(EXPECTING + expect + "\n", HEAD)

    actual = run(scenario)

    assert actual.misses == []
    assert actual.played[0].result.ok


@pytest.mark.parametrize(("expect", "expected"), MISSING.values(), ids=MISSING)
def test_expectations_that_do_not_hold(expect, expected):
    """What is not true is a miss that names file, line and step, and says what was the case."""
    scenario = story(EXPECTING + expect + "\n", HEAD)

    actual = run(scenario)

    beginnings = [f"a.yaml:10: step 1 (purchase): {line}" for line in expected]
    begun = zip(actual.misses, beginnings, strict=True)
    assert [miss for miss, beginning in begun if not miss.startswith(beginning)] == []
    assert not actual.played[0].result.ok


def test_every_miss_points_at_its_own_line_and_shows_what_to_paste():
    """A miss names the line of what it missed, and gives the line that would have held."""
    steps = """  - purchase: {product: $course}
    as: order
    expect:
      events:
        - customer.created
        - order.completed:
            currency: usd
            amount: 59
            metadata: {user: "42"}
      includes:
        - order.refunded
      never:
        - customer.created
      order:
        status: refunded
        email: nobody@example.com
      answers:
        status: 201
"""

    actual = run(story(steps), email="jane@example.com")

    told = [(miss.line, miss.paste) for miss in actual.played[0].result.misses]
    assert told == [
        (13, ("amount: 60",)),
        (14, ("metadata: {}",)),
        (16, ("includes:", "  - customer.created", "  - order.completed")),
        (18, ("includes:", "  - customer.created")),
        (20, ("status: paid",)),
        (21, ("email: jane@example.com",)),
        (23, ("answers: {status: 200}",)),
        (23, ("answers: {status: 200}",)),
    ]


def test_what_happened_can_be_pasted():
    """The lines under a miss of `events` are the list that holds."""
    steps = "  - purchase: $course\n    expect:\n      "
    [miss] = run(story(f"{steps}events: []\n")).played[0].result.misses

    pasted = "\n      ".join(miss.paste)

    assert run(story(f"{steps}{pasted}\n")).misses == []


def test_an_event_of_the_newest_generation_can_be_expected():
    """`invoice.paid` is in no documented body, but where it is named it counts."""
    steps = """  - subscribe: {offer: $pro}
    as: sub
  - advance: {to: $sub.period_end}
    expect:
      includes: [invoice.payment_succeeded, invoice.paid]
  - advance: {to: $sub.period_end}
    expect:
      never: [invoice.paid]
"""

    actual = run(story(steps))

    expected = ["a.yaml:13: step 3 (advance): expected no invoice.paid, but it happened"]
    assert expected == actual.misses


def test_an_object_that_is_gone_is_a_miss():
    """What is expected of a deleted object is missed with a sentence, and the run goes on."""
    steps = """  - create_webhook: {url: "http://localhost/", id: hook, events: [review.created]}
    as: hook
  - delete_webhook: $hook
    expect: {hook: {active: true}}
  - settle:
    expect: {events: []}
"""

    actual = run(story(steps))

    expected = ["a.yaml:9: step 2 (delete_webhook): webhook hook is gone"]
    assert expected == actual.misses
    assert actual.played[0].result.finished


def test_without_answers_everything_must_be_accepted():
    """Where nothing is said of answers, one that is not 2xx is a miss with cause and remedy."""
    with receivers.answering(500) as receiver:
        actual = run(story("  - purchase: $course\n"), url=receiver.url)

    [first, second] = actual.played[0].result.misses
    assert str(first) == (
        "a.yaml:6: step 1 (purchase): customer.created: rejected 500"
        " (answered 500 Status); the answer: ok"
    )
    assert str(second).startswith("a.yaml:6: step 1 (purchase): order.completed: rejected 500")
    assert "Likely: " in first.advice


def test_another_answer_can_be_expected():
    """A step may expect the receiver to refuse."""
    step = "  - purchase: $course\n    expect: {answers: {status: [500, 4xx]}}\n"

    with receivers.answering(500) as receiver:
        actual = run(story(step), url=receiver.url)

    assert actual.misses == []


def test_answers_to_nothing():
    """Answers are missed where nothing was sent: the expectation would say nothing."""
    step = "  - settle:\n    expect: {answers: {status: 2xx}}\n"

    actual = run(story(step))

    expected = [
        "a.yaml:7: step 1 (settle): expected answers, but nothing was delivered",
    ]
    assert expected == actual.misses


# ---- refusals, repetitions, the run's receiver --------------------------------------------------


def test_a_step_that_must_be_refused():
    """A step that is refused with the expected words is no miss, and the run goes on."""
    steps = """  - purchase: $course
    as: order
  - refund: $order
  - refund: $order
    expect: {refused: it is refunded, events: [], answers: {count: 0}, order: {status: refunded}}
"""

    actual = run(story(steps))

    assert actual.misses == []
    assert actual.played[0].result.ok


def test_a_step_that_is_refused_for_another_reason():
    """Other words than the expected ones are a miss, with the line to paste, and end the run."""
    steps = """  - purchase: $course
    as: order
  - refund: {order: $order, amount: "70.00"}
    expect: {refused: it is refunded}
  - settle:
"""

    actual = run(story(steps))

    [miss] = actual.played[0].result.misses
    assert str(miss).startswith(
        "a.yaml:9: step 2 (refund): expected to be refused with 'it is refunded'; was refused: "
    )
    assert miss.paste[0].startswith("refused: ")
    assert not actual.played[0].result.finished


def test_a_step_that_must_be_refused_and_is_done():
    """A step that is done although it must be refused is a miss."""
    actual = run(story("  - purchase: $course\n    expect: {refused: sold out}\n"))

    expected = "a.yaml:7: step 1 (purchase): expected to be refused with 'sold out', but was done"
    assert [expected] == actual.misses


def test_a_step_is_repeated():
    """A step is done as often as it says, and `$number` counts; what is expected is of all."""
    steps = """  - purchase: {product: $course, email: buyer-$number@example.com}
    repeat: 12
    expect: {counts: {customer.created: 12, order.completed: 12}, answers: {count: 24}}
"""

    actual = run(story(steps))

    emails = [made.fact.buyer for made in actual.deliveries if made.event == "order.completed"]
    assert actual.misses == []
    assert emails == [f"buyer-{number}@example.com" for number in range(1, 13)]


def test_a_repeated_step_that_is_refused_stops_there():
    """The first turn that is refused ends the run."""
    actual = run(story("  - pause: sub_1\n    repeat: 3\n"))

    [miss] = actual.misses
    assert miss.startswith("a.yaml:6: step 1 (pause): was refused: ")


def test_the_receiver_of_the_run_has_a_name():
    """`$webhook` is the receiver that a run was given: it can be edited, and have a double."""
    steps = """  - update_webhook: {webhook: $webhook, events: [order.*]}
  - create_webhook: {url: $webhook.url, secret: $webhook.secret, dialect: current}
  - purchase: $course
    expect:
      events: [customer.created, order.completed]
      answers: {count: 1}
      body: {current: [customer.created, {order.completed: {amount: 6000}}]}
"""

    actual = run(story(steps))

    assert actual.misses == []
    assert [each.event for each in actual.deliveries if each.dialect == "documented"] == [
        "order.completed"
    ]


def test_what_is_answered_later_is_judged_then():
    """A delivery that a fault has held back is judged by the step in which it is answered."""
    steps = """  - fault: {delay: order.completed, by: 1h}
  - purchase: $course
    expect: {answers: {count: 1}}
  - advance: 2 hours
"""
    with receivers.answering_in_turn(receivers.OK, receivers.answer(500)) as receiver:
        actual = run(story(steps), url=receiver.url)

    [miss] = actual.misses
    assert miss.startswith("a.yaml:9: step 3 (advance): order.completed: rejected 500")
