"""From a file to a scenario: what is read, and what is refused with its place."""

from decimal import Decimal

import pytest

from pocketsflow_emulator.core import clock
from pocketsflow_emulator.errors import InvalidInput, ScenarioError
from pocketsflow_emulator.scenario.load import read
from pocketsflow_emulator.scenario.model import (
    COMMON,
    Answers,
    EventExpectation,
    Expectation,
    Option,
    Place,
    Scenario,
    Step,
    Where,
)
from pocketsflow_emulator.scenario.options import from_text
from scenario.files import GIVEN, HEAD, run, story

WHOLE = """\
version: 1
name: whole.story-2
title: Everything in one file
description: What it shows.
tags: [one, two]
options:
  days: {type: integer, default: 3, min: 1, max: 9}
  plan: {default: pro, values: [pro, max]}
given:
  pro: {create_offer: {name: $plan, price: 29.00}}
steps:
  - subscribe: {offer: $pro, metadata: {user: "42"}}
    as: sub
    expect:
      events: [customer.created, {customer.subscription.created: {subscription.status: active}}]
      includes: [invoice.created]
      never: [order.refunded]
      answers: {status: [200, 3xx], under: 200ms}
      sub: {status: active}
  - pause: $sub
  - advance: 2 weeks
  - settle:
"""


def refused(text):
    """What a file is refused with."""
    with pytest.raises(ScenarioError) as caught:
        read(text, "a.yaml")
    return str(caught.value)


def option(type, default="", least=None, most=None, values=()):
    return Option("o", type, default, least, most, values)


NOTHING = Where({}, {})


def test_a_whole_file():
    """A scenario keeps everything its file says, and where each step and expectation stands."""
    actual = read(WHOLE, "a.yaml")

    expected = Scenario(
        name="whole.story-2",
        title="Everything in one file",
        description="What it shows.",
        catches="",
        tags=("one", "two"),
        options=COMMON
        | {
            "days": Option("days", "integer", 3, 1, 9, ()),
            "plan": Option("plan", "text", "pro", None, None, ("pro", "max")),
        },
        given=(
            Step(
                "create_offer",
                {"name": "$plan", "price": Decimal("29.00")},
                "pro",
                None,
                Place(10, 9),
            ),
        ),
        steps=(
            Step(
                "subscribe",
                {"offer": "$pro", "metadata": {"user": "42"}},
                "sub",
                Expectation(
                    events=(
                        EventExpectation("customer.created", NOTHING, Place(15, 16)),
                        EventExpectation(
                            "customer.subscription.created",
                            Where(
                                {"subscription.status": "active"},
                                {"subscription.status": Place(15, 67)},
                            ),
                            Place(15, 35),
                        ),
                    ),
                    includes=(EventExpectation("invoice.created", NOTHING, Place(16, 18)),),
                    never=(EventExpectation("order.refunded", NOTHING, Place(17, 15)),),
                    counts=NOTHING,
                    answers=Answers(("200", "3xx"), 0.2, (), None, Place(18, 16)),
                    bodies={},
                    refused=None,
                    handles={"sub": Where({"status": "active"}, {"status": Place(19, 13)})},
                    probes={},
                    place=Place(15, 7),
                ),
                Place(12, 5),
            ),
            Step("pause", {"subscription": "$sub"}, "", None, Place(20, 5)),
            Step("advance", {"weeks": 2}, "", None, Place(21, 5)),
            Step("settle", {}, "", None, Place(22, 5)),
        ),
        probes={},
        file="a.yaml",
    )
    assert expected == actual


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n", "1:1: a scenario must be a mapping"),
        ("name: a\n", "1:1: a scenario needs 'version'"),
        (HEAD, "1:1: a scenario needs 'steps'"),
        (HEAD + "stepps: []\n", "4:1: unknown key 'stepps'; did you mean 'steps'?"),
        ("version: 2\nname: a\ntitle: b\nsteps: []\n", "1:10: version must be 1"),
        (
            "version: 1\nname: No Name\ntitle: b\nsteps: []\n",
            "2:7: name must be lower-case letters, digits, '.', '_' and '-'",
        ),
        (HEAD + "steps: {}\n", "4:8: steps must be a list"),
        (HEAD + "steps: []\n", "4:8: steps must not be empty"),
        (HEAD + "tags: [1]\nsteps: [settle: ]\n", "4:8: a tag must be a text"),
    ],
)
def test_what_is_wrong_at_the_top(text, expected):
    """A file that is no scenario is refused with what is missing or unknown."""
    actual = refused(text)

    assert f"a.yaml:{expected}" == actual


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("5", "4:14: option o must be a mapping"),
        ("{typ: text}", "4:15: unknown key of an option 'typ'; did you mean 'type'?"),
        ("{type: int, default: 1}", "4:14: type 'int' is unknown; did you mean 'integer'?"),
        ("{type: integer}", "4:14: option o needs a default"),
        ("{type: integer, default: 1.5}", "4:39: o is Decimal('1.5'); it must be an integer"),
        ("{type: boolean, default: 1}", "4:39: o is 1; it must be a boolean"),
        ("{type: integer, default: true}", "4:39: o is True; it must be an integer"),
        ("{type: integer, default: 0, min: 1}", "4:39: o is 0; the least is 1"),
        ("{type: amount, default: 9, max: '8.99'}", "4:38: o is 9; the most is 8.99"),
        ("{type: amount, default: ten}", "4:38: o is 'ten'; write an amount like \"29.00\""),
        ("{default: c, values: [a, b]}", "4:24: o is 'c'; it may be a, b"),
        (
            "{type: integer, default: 1, min: low}",
            "4:47: a limit of o is 'low'; it must be an integer",
        ),
        ("{default: a, max: 1}", "4:32: min and max are for integer and amount"),
        ("{default: a, values: 7}", "4:35: values must be a list"),
    ],
)
def test_options_that_cannot_be(spec, expected):
    """An option whose default or limits are not of its type is refused at the wrong value."""
    actual = refused(HEAD + f"options: {{o: {spec}}}\nsteps: [settle: ]\n")

    assert f"a.yaml:{expected}" == actual


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "options: {email: {default: a}}",
            "4:18: 'email' is an option of every scenario; leave it out",
        ),
        ("options: {Days: {default: a}}", "4:17: 'Days' cannot be the name of an option"),
        (
            "given: {o: {create_ofer: {}}}",
            "4:13: given makes objects; 'create_ofer' does not; did you mean 'create_offer'?",
        ),
        ("given: {o: {}}", "4:12: given o must have exactly one entry"),
        (
            "given: {O: {create_offer: {}}}",
            "4:9: 'O' cannot be a name; use letters, digits and '_'",
        ),
        ("given: {name: {create_offer: {}}}", "4:9: the name 'name' is taken already"),
        (
            "given: {v: {create_variant: {product: $cours, price: 1}}}",
            "4:39: $cours is not known here; did you mean",
        ),
    ],
)
def test_what_is_wrong_before_the_steps(text, expected):
    """Options and given objects need names that are free, and given makes objects only."""
    actual = refused(HEAD + text + "\nsteps: [settle: ]\n")

    assert actual.startswith(f"a.yaml:{expected.removesuffix('; did you mean')}")


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("- pause\n", "6:3: a step must be a mapping, like 'settle: {}'"),
        ("- as: sub\n", "6:3: a step has one verb, and perhaps 'as', 'repeat' and 'expect'"),
        (
            "- {settle: , advance: 1 day}\n",
            "6:3: a step has one verb, and perhaps 'as', 'repeat' and 'expect'",
        ),
        ("- purchas: $course\n", "6:3: unknown verb 'purchas'; did you mean 'purchase'?"),
        (
            "- purchase: {prodct: $course}\n",
            "6:14: purchase has no argument 'prodct'; did you mean 'product'?",
        ),
        ("- purchase: {card: ok}\n", "6:13: purchase needs 'product'"),
        ("- purchase:\n", "6:12: purchase needs 'product'"),
        ("- extend_trial: $pro\n", "6:17: extend_trial needs 'days'"),
        ("- set_dunning: {}\n", "6:16: set_dunning needs 'name'"),
        ("- set_policy:\n", "6:14: set_policy needs 'name'"),
        ("- create_product: {price: -4}\n", "6:27: price is -4; write 0 or more"),
        ("- pause: [a, b]\n", "6:10: pause takes no list; name its arguments: pause: {...}"),
        ("- set_policy: [soon]\n", "6:"),
        ("- settle: now\n", "6:11: settle takes nothing; write 'settle: {}'"),
        (
            "- advance: soon\n",
            "6:12: advance takes a span like '3 days', or to, until, days ...",
        ),
        (
            "- advance: {days: 1, to: 2031-01-01}\n",
            "6:12: advance takes a span like '3 days', or to, until, days ...",
        ),
        ("- purchase: $cours\n", "6:13: $cours is not known here; did you mean 'course'?"),
        (
            "- purchase: {product: $course, metadata: {a: [x, 'b $sub.id']}}\n",
            "6:50: $sub is not known here; known are",
        ),
        ("- {purchase: $course, as: pro}\n", "6:27: the name 'pro' is taken already"),
        ("- {advance: 1 day, as: day}\n", "6:20: advance gives nothing that could be named"),
        ("- {purchase: $course, as: events}\n", "6:27: 'events' cannot be a name; it has a"),
        ("- {purchase: $course, as: never}\n", "6:27: 'never' cannot be a name; it has a"),
        ("- refund: $course.idd\n", "6:11: $course.idd: course has no 'idd'; did you mean 'id'?"),
        ("- refund: $email.x\n", "6:11: $email.x: email is an option, which has no fields"),
        (
            "- {purchase: {product: $course, card: visa}}\n",
            '6:39: card is \'visa\'; write "ok", "declines", a decline code',
        ),
        (
            "- {decline_next: {payer: a@b.c, code: expired}}\n",
            "6:39: unknown decline code 'expired'; did you mean 'expired_card'?",
        ),
        ("- set_dunning: strickt\n", "6:16: unknown dunning policy 'strickt'; did you mean 'str"),
        ("- set_policy: {name: laddr}\n", "6:22: unknown delivery policy 'laddr'"),
        ("- create_offer: {frequency: daily}\n", "6:29: unknown frequency 'daily'"),
        ("- create_product: {price: ten}\n", "6:27: price is 'ten'; write an amount"),
        ("- create_webhook: {url: ftp://x}\n", "6:25: 'ftp://x' is not an address"),
        ("- create_webhook: {url: 3, events: x}\n", "6:25: url is 3; write an address"),
        ("- advance: {to: tomorrow}\n", "6:17: 'tomorrow' is not a date"),
        ("- advance: {until: invoice.upcomin}\n", "6:20: unknown event type 'invoice.upcomin'"),
        (
            "- {decline_next: a@b.c, as: x}\n",
            "6:25: decline_next gives nothing that could be named",
        ),
    ],
)
def test_steps_that_cannot_be(step, expected):
    """A step is refused with the nearest verb, argument or name, and what it takes."""
    actual = refused(GIVEN + step)

    assert actual.startswith(f"a.yaml:{expected}")


@pytest.mark.parametrize(
    ("expect", "expected"),
    [
        ("[]", "7:11: expect must be a mapping"),
        ("{event: []}", "7:12: cannot expect 'event'; did you mean 'events'?"),
        ("{curse: {}}", "7:12: cannot expect 'curse'; did you mean 'course'?"),
        ("{email: {}}", "7:12: cannot expect 'email'"),
        (
            "{course: {prise: 1}}",
            "7:21: course has no 'prise'; did you mean 'price'?",
        ),
        (
            "{events: [{order.completed: {order.idd: 3}}]}",
            "7:40: there is no 'idd' in 'order.idd'; did you mean 'id'?",
        ),
        (
            "{includes: [{order.completed: {amount.x: 3}}]}",
            "7:42: there is no 'x' in 'amount.x'; there are none",
        ),
        (
            "{includes: [{invoice.paid: {amount: 3}}]}",
            "7:39: invoice.paid is in no documented body; expect it without values",
        ),
        (
            "{events: [{order.completed: {amount: $course.prise}}]}",
            "7:48: $course.prise: course has no 'prise'; did you mean 'price'?",
        ),
        ("{course: paid}", "7:20: course must be a mapping"),
        ("{events: order.completed}", "7:20: write a list of events, like [order.completed]"),
        (
            "{events: [order.complete]}",
            "7:21: unknown event type 'order.complete'; did you mean 'order.completed'?",
        ),
        (
            "{includes: [{order.complete: {}}]}",
            "7:24: unknown event type 'order.complete'; did you mean 'order.completed'?",
        ),
        (
            "{includes: [{order.completed: 60}]}",
            "7:41: the values of order.completed must be a mapping",
        ),
        ("{never: [{order.completed: []}]}", "7:38: the values of order.completed must be a"),
        ("{body: {newest: []}}", "7:19: unknown dialect 'newest'; known are current, documented"),
        (
            "{body: {current: [{order.completed: {timestamp: 1}}]}}",
            "7:48: there is no 'timestamp' in 'timestamp'; known are amount,",
        ),
        (
            "{body: {documented: [{invoice.paid: {amount: 1}}]}}",
            "7:48: invoice.paid is in no documented body; expect it without values",
        ),
        ("{counts: {order.complete: 1}}", "7:21: unknown event type 'order.complete'; did you"),
        ("{counts: {order.completed: many}}", "7:38: write how many: a whole number"),
        ("{refused: true}", "7:21: refused: the words of the error must be a text"),
        ("{events: [{order.completed: {amount: $prize}}]}", "7:48: $prize is not known here"),
        ("{answers: {statuses: 2xx}}", "7:22: unknown key of answers 'statuses'; did you mean"),
        ("{answers: {status: ok}}", "7:30: status is 'ok'; write 200, 2xx or a list of them"),
        ("{answers: {under: 5}}", "7:29: a time is written like 5s or 200ms"),
    ],
)
def test_expectations_that_cannot_be(expect, expected):
    """An expectation that nothing could meet is refused before anything is sent."""
    actual = refused(GIVEN + f"- settle:\n  expect: {expect}\n")

    assert actual.startswith(f"a.yaml:{expected}")


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("1 second", {"seconds": 1}),
        ("90 minutes", {"minutes": 90}),
        ("2months", {"months": 2}),
        ("1 year", {"years": 1}),
    ],
)
def test_spans(span, expected):
    """An advance takes a number and a unit, in the singular or the plural."""
    scenario = story(f"- advance: {span}\n")

    assert expected == scenario.steps[0].arguments


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("replay: 3", "6:11: delivery is 3; numbers differ from run to run: write the name of an"),
        ("replay: order.complete", "6:11: unknown event type 'order.complete'; did you mean"),
        (
            "replay: {delivery: order.refunded, edits: {refund.amuont: 5}}",
            "6:46: there is no 'amuont' in 'refund.amuont'; did you mean 'amount'?",
        ),
        ("replay: {delivery: order.refunded, edits: 5}", "6:45: edits must be a mapping"),
        (
            "replay: {delivery: order.refunded, timestamp: soon}",
            "6:49: 'soon' is not a date; write it like",
        ),
        (
            "trigger: {event: order.refunded, overrides: {refund.amuont: 5}}",
            "6:48: there is no 'amuont' in 'refund.amuont'; did you mean 'amount'?",
        ),
        (
            "trigger: {event: invoice.paid, overrides: {x: 5}}",
            "6:46: there is no 'x' in 'x'; known",
        ),
        ("trigger:", "6:11: trigger needs 'event'"),
        ("branch: soon", "6:11: seed is 'soon'; write a whole number from 0"),
        ("snapshot: ''", "6:13: name is empty; write a text"),
        ("restore: [sold]", "6:12: restore takes no list; name its arguments"),
        ("reset:", "6:3: reset is no step: reset takes the world away, receiver and all"),
        ("run_scenario: refund", "6:3: run_scenario is no step: a scenario plays no other one"),
        ("{snapshot: sold, as: before}", "6:20: snapshot gives nothing that could be named"),
    ],
)
def test_steps_about_history_that_cannot_be(step, expected):
    """A single event, a replay and a way back are checked before anything is sent; what a run
    cannot do to its own world is refused with what to do instead.
    """
    actual = refused(GIVEN + f"- {step}\n")

    assert actual.startswith(f"a.yaml:{expected}")


def test_what_may_break_a_schema_is_not_checked():
    """Paths that no body has go with `unchecked`; those of one dialect are enough without it."""
    steps = """- trigger: {event: order.refunded, overrides: {refund.new: 5}, unchecked: true}
- trigger: {event: invoice.payment_succeeded, overrides: {subscriptionCustomerId: x}}
- trigger: {event: order.refunded, overrides: $metadata}
- trigger: {event: order.refunded, overrides: null}
"""

    scenario = story(steps)

    assert [step.verb for step in scenario.steps] == ["trigger"] * 4


def test_what_is_free_is_not_checked():
    """One's own data may have any path; null is as if it were not there."""
    steps = """- purchase: {product: $course, card: null, metadata: {a: {b: 1}}}
  as: order
  expect:
    includes: [{order.completed: {metadata.a.b: 1}}]
    order: {client_reference_id: $order.metadata.a.b}
"""

    scenario = story(steps)

    assert scenario.steps[0].binding == "order"


@pytest.mark.parametrize(
    "options", ["{n: {type: integer, default: 3}}", "{n: {type: text, default: '3'}}"]
)
def test_a_span_may_refer_to_an_option(options):
    """`$name` works inside the text of a span, too."""
    text = HEAD + f"options: {options}\nsteps: [advance: $n days]\n"

    played = run(read(text, "a.yaml"), n=5 if "integer" in options else "5").played[0]

    assert played.result.ok
    assert clock.iso(played.engine.now) == "2030-02-05T00:00:00.000Z"


@pytest.mark.parametrize(
    ("default", "span", "expected"),
    [
        (
            "soon",
            "$n",
            "advance takes a span like '3 days', or to, until, days ...; this is 'soon'",
        ),
        ("3", "$n dais", "this is '3 dais'"),
        ("3", "$m days", "$m is not known here"),
    ],
)
def test_a_span_that_an_option_makes_impossible(default, span, expected):
    """A span that is none with the defaults is refused when the file is read."""
    actual = refused(HEAD + f"options: {{n: {{default: '{default}'}}}}\nsteps: [advance: {span}]\n")

    assert expected in actual


@pytest.mark.parametrize(
    ("chosen", "text", "expected"),
    [
        (option("integer"), "-3", -3),
        (option("boolean"), "true", True),
        (option("text"), "3", "3"),
        (option("amount"), "29.00", "29.00"),
        (option("amount", least=Decimal("1.50"), values=("2", 3)), "3.00", "3.00"),
    ],
)
def test_options_on_the_command_line(chosen, text, expected):
    """`--set name=value` is read as the option's type says; amounts are compared as numbers."""
    actual = from_text(chosen, text)

    assert expected == actual
    assert type(expected) is type(actual)


@pytest.mark.parametrize(
    ("chosen", "text", "expected"),
    [
        (option("integer"), "3.5", "o is '3.5'; it must be an integer"),
        (option("boolean"), "yes", "o is 'yes'; it must be a boolean"),
        (option("integer", least=8), "7", "o is 7; the least is 8"),
        (option("amount", most=20), "20.01", "o is 20.01; the most is 20"),
        (option("amount"), "free", "o is 'free'; write an amount like \"29.00\""),
        (option("text", values=("a", "b")), "c", "o is 'c'; it may be a, b"),
    ],
)
def test_options_on_the_command_line_that_cannot_be(chosen, text, expected):
    """`--set` with a value that the option cannot have says what it may be."""
    with pytest.raises(InvalidInput) as caught:
        from_text(chosen, text)

    assert expected == str(caught.value)
