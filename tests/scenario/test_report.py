"""What a run looks like: the timeline and the JSON document."""

import json
import re

import pytest

import receivers
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.errors import EnvironmentFailure
from pocketsflow_emulator.scenario import library, report
from scenario.files import SEED, START, run, story

STEPS = """\
  - purchase: {product: $course, email: jane@example.com, id: order_1}
    as: order
  - advance: 12 hours
  - refund: $order
    expect: {events: []}
"""


def written(*scenarios, style=report.plain, **where):
    """The lines of a run, with the seconds it took taken out, and the run."""
    lines = []
    text = report.Text(lines.append, style)
    done = run(*scenarios, told=text.told, begun=text.begin, **where)
    for played in done.played:
        text.end(played)
    return [re.sub(r"\d+\.\d\d s$", "N s", line) for line in lines], done


def document(done):
    """The JSON document of a run, as a reader gets it."""
    made = report.document(
        report.entries(done.played),
        seed=SEED,
        start=clock.parse(START),
        to="http://x/",
        repeat="again",
    )
    return json.loads(json.dumps(made))


def test_the_timeline():
    """A run is a timeline: a date where it changes, event, answer and what it was about; then the
    misses and a sum.
    """
    lines, _ = written(story(STEPS))

    expected = """

story  A story
  2030-01-31            ✓ customer.created                      200  jane@example.com
                        ✓ order.completed                       200  60.00 usd  jane@example.com
  2030-01-31 12:00:00Z  ✓ order.refunded                        200  60.00 usd of order_1
  ✗ a.yaml:10: step 3 (refund): expected exactly these events: none; these happened: order.refunded
    to expect what happened, write:
      events:
        - order.refunded
  failed: 3 events, 3 of 3 delivered, 12 h passed in N s"""
    assert expected.splitlines()[1:] == lines


def test_the_timeline_of_a_refusing_receiver():
    """What was not accepted has a cross and the answer, and is a miss that explains itself."""
    with receivers.answering(500) as receiver:
        lines, _ = written(library.ready_made("purchase-declined"), url=receiver.url)

    [sent] = [line for line in lines if "payment_intent.payment_failed  " in line]
    assert "✗ payment_intent.payment_failed" in sent
    assert "500 rejected" in sent
    assert lines[-3].startswith("  ✗ purchase-declined.yaml:12: step 1 (purchase): payment_intent")
    assert lines[-2].startswith("    The receiver answered, but not with a 2xx status. Likely: ")
    assert lines[-1] == "  failed: 1 event, 0 of 1 delivered, no time passed in N s"


def test_advice_is_given_once():
    """The same cause and remedy are not said again for every delivery of a run."""
    with receivers.answering(500) as receiver:
        lines, _ = written(
            library.ready_made("refund"), library.ready_made("purchase"), url=receiver.url
        )

    assert sum(": rejected 500" in line for line in lines) == 5
    assert sum("Likely: " in line for line in lines) == 1


def test_control_characters_do_not_reach_the_terminal():
    """What a file or a buyer calls itself is shown with escapes."""
    scenario = story(STEPS)._replace(title="A \x1b[31mred\x9b story")

    lines, _ = written(scenario, name="Zoë", email="zoë\x1b]0;x\x07@example.com")

    text = "\n".join(lines)
    assert r"A \x1b[31mred\x9b story" in text
    assert text.replace("\n", "").isprintable()


def test_the_roles_of_the_colours():
    """Titles, good and bad marks are styled by their role; the text is the same without."""
    styled, _ = written(story(STEPS), style=lambda text, role: f"<{role}>{text}</>")

    plain, _ = written(story(STEPS))
    assert styled[1] == "<title>story</>  A story"
    assert {"title", "good", "bad", "dim"} == set(re.findall(r"<(\w+)>", "\n".join(styled)))
    assert plain == [re.sub(r"<\w*>|</>", "", line).rstrip() for line in styled]


@pytest.mark.parametrize(
    ("span", "expected"),
    [("47 hours", "47 h"), ("48 hours", "2 days"), ("1 year", "365 days")],
)
def test_how_much_time_went_by(span, expected):
    """The sum says how much virtual time went by, in hours up to two days."""
    lines, _ = written(story(f"  - advance: {span}\n"))

    assert f"  passed: 0 events, 0 of 0 delivered, {expected} passed in N s" == lines[-1]


def test_the_document():
    """The JSON document says what was asked, what was missed, and what was sent and answered."""
    _, done = written(story(STEPS))

    actual = document(done)

    [told] = actual.pop("scenarios")
    assert actual == {
        "ok": False,
        "error": None,
        "seed": SEED,
        "start": "2030-01-31T00:00:00.000Z",
        "to": "http://x/",
        "repeat": "again",
    }
    assert tuple(told[key] for key in ("name", "ok", "finished", "now")) == (
        "story",
        False,
        True,
        "2030-01-31T12:00:00.000Z",
    )
    assert told["misses"][0] == {
        "file": "a.yaml",
        "line": 10,
        "step": "step 3 (refund)",
        "message": "expected exactly these events: none; these happened: order.refunded",
        "advice": "",
        "paste": ["events:", "  - order.refunded"],
    }
    last = told["deliveries"][-1]
    assert tuple(last[key] for key in ("id", "event", "at", "outcome", "status", "tries")) == (
        3,
        "order.refunded",
        "2030-01-31T12:00:00.000Z",
        "delivered",
        200,
        1,
    )
    assert (last["timestamp"], 60) == (last["body"]["timestamp"], last["body"]["refund"]["amount"])


def test_the_digest_tells_runs_apart():
    """Equal digests are equal runs: the same for a repeated run, another for another seed."""
    scenario = library.ready_made("refund")

    first, again, other = (
        document(run(scenario, seed=seed))["scenarios"][0]["digest"] for seed in (1, 1, 2)
    )

    assert re.fullmatch("[0-9a-f]{64}", first)
    assert first == again
    assert first != other


def test_a_run_that_reaches_nobody_ends_at_once():
    """Where the very first try cannot connect, the run ends with the address and the remedy."""
    with receivers.refusing() as nobody, pytest.raises(EnvironmentFailure) as caught:
        run(library.ready_made("purchase"), url=nobody.url)

    assert str(caught.value).startswith(f"cannot reach {nobody.url} (refused: ")
