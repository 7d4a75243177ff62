"""Deliveries that are sent once more: as they were, changed, or to somebody else."""

import json

import pytest

import runs
from pocketsflow_emulator.delivery.journal import Journal
from pocketsflow_emulator.delivery.rebuilding import rebuilt
from pocketsflow_emulator.delivery.recorded import read
from pocketsflow_emulator.delivery.replays import Replay
from pocketsflow_emulator.errors import InvalidInput, NotFound, UnknownName
from pocketsflow_emulator.wire.signature import verify

OTHER = "whsec_other"


def sold(**options):
    """An engine whose two webhooks have heard of a purchase; deliveries 3 and 4 are the order."""
    made = runs.hooked(**options)
    runs.do(made, "create_webhook", id="hook_2", url="http://localhost:4000/", secret=OTHER)
    runs.do(made, "create_product", id="prod_course", quiet=True)
    metadata = {"user": "7", "tags": ["a", "b"]}
    runs.play(made, "purchase", product="prod_course", email="jane@example.com", metadata=metadata)
    return made


def replay(made, **arguments):
    """Replay delivery 3 and return the tries that were made."""
    runs.do(made, "replay", **{"delivery": 3, **arguments})
    return runs.settle(made)


def original(made):
    """The first try of delivery 3."""
    return next(d for d in made.journal.deliveries() if d.number == 3).tries[0]


def signature(attempt):
    """The signature header of a try."""
    return dict(attempt.headers)["X-Pocketsflow-Signature"]


def test_a_delivery_is_sent_again_byte_for_byte():
    """The same body, signature and timestamp go to the same webhook, under a number of its own."""
    made = sold()
    runs.play(made, "advance", days=3)

    (attempt,) = replay(made)

    first = original(made)
    assert (attempt.delivery.number, attempt.number) == (5, 1)
    assert (attempt.url, attempt.event) == (first.url, first.event)
    assert (attempt.body, attempt.headers) == (first.body, first.headers)


def test_an_event_stands_for_its_newest_delivery():
    """Instead of a number, the name of an event in any dialect: the newest delivery of it, of
    several webhooks that to the first; replays, changed or not, are not meant.
    """
    made = sold()
    runs.play(made, "purchase", product="prod_course", email="tom@example.com")
    newest = [d for d in made.journal.deliveries() if d.event == "order.completed"][-2]

    (once,) = replay(made, delivery="order.completed", edits={"amount": 5})
    (again,) = replay(made, delivery="order.completed")

    assert (again.webhook, again.body) == ("hook_1", newest.body)
    assert once.body != newest.body
    with pytest.raises(NotFound, match="there is no delivery of order"):
        replay(made, delivery="order.refunded")
    with pytest.raises(UnknownName, match="did you mean 'order"):
        replay(made, delivery="order.refund")


def test_a_replay_by_its_event_is_rebuilt():
    """A journal in which a delivery was named by its event gives the same world again."""
    made = sold()
    replay(made, delivery="order.completed")

    (run,) = read(made.journal.log(secrets=True), "a.ndjson")

    assert rebuilt(run).journal.canonical() == made.journal.canonical()


def test_the_recorded_signature_is_kept_after_a_rotation():
    """As it was means as it was: a secret that has changed since makes no difference."""
    made = sold()
    runs.do(made, "rotate_secret", webhook="hook_1", secret="whsec_new")

    (as_it_was,) = replay(made)
    (anew,) = replay(made, resign=True)

    assert signature(as_it_was) == signature(original(made))
    assert as_it_was.body == anew.body
    assert verify(anew.body, signature(anew), "whsec_new")


def test_edits_change_values_by_path_and_nothing_else():
    """What a path names is another value now; the rest of the body stays, and it is signed."""
    made = sold()
    edits = {"tax.amount": 5, "metadata.tags.1": "c", "metadata.plan": {"name": "Zoë"}}

    (attempt,) = replay(made, edits=edits)

    expected = json.loads(original(made).body)
    expected["tax"]["amount"] = 5
    expected["metadata"] |= {"tags": ["a", "c"], "plan": {"name": "Zoë"}}
    assert json.dumps(expected, ensure_ascii=False, separators=(",", ":")).encode() == attempt.body
    assert verify(attempt.body, signature(attempt), runs.SECRET)


def test_a_body_that_was_tampered_with():
    """Edited and not signed anew: what a handler must refuse."""
    made = sold()

    (attempt,) = replay(made, edits={"tax.amount": 5}, resign=False)

    assert signature(attempt) == signature(original(made))
    assert not verify(attempt.body, signature(attempt), runs.SECRET)


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("now", 1_896_307_200_000),
        (1_896_048_000_123, 1_896_048_000_123),
        ("2030-01-01", 1_893_456_000_000),
    ],
)
def test_another_timestamp(timestamp, expected):
    """The header and the body's own timestamp change together, and it is signed anew."""
    made = sold()
    runs.play(made, "advance", days=3)

    (attempt,) = replay(made, timestamp=timestamp)

    assert dict(attempt.headers)["X-Pocketsflow-Timestamp"] == str(expected)
    assert json.loads(attempt.body)["timestamp"] == expected
    assert verify(attempt.body, signature(attempt), runs.SECRET)


def test_a_timestamp_that_only_the_header_has():
    """`current` bodies have no timestamp: only the header changes, and the signature holds."""
    made = runs.engine()
    runs.do(made, "create_webhook", id="hook_1", url="3000", dialect="current", secret=runs.SECRET)
    runs.do(made, "create_product", id="prod_course", quiet=True)
    runs.play(made, "purchase", product="prod_course", email="jane@example.com")

    (attempt,) = replay(made, delivery=2, timestamp=7)

    first = next(d for d in made.journal.deliveries() if d.number == 2).tries[0]
    assert dict(attempt.headers)["X-Pocketsflow-Timestamp"] == "7"
    assert (attempt.body, signature(attempt)) == (first.body, signature(first))


def test_another_webhook_gets_it():
    """To another webhook go the same bytes with the same signature, or with its own."""
    made = sold()

    (as_it_was,) = replay(made, webhook="hook_2")
    (anew,) = replay(made, webhook="hook_2", resign=True)

    assert (as_it_was.webhook, as_it_was.url) == ("hook_2", "http://localhost:4000/")
    assert signature(as_it_was) == signature(original(made))
    assert verify(anew.body, signature(anew), OTHER)


def test_all_webhooks_get_it():
    """`all` are the webhooks that are active now, each with its own secret where it is signed."""
    made = sold()
    runs.do(made, "create_webhook", id="hook_3", url="5000", active=False)

    sent = replay(made, webhook="all", resign=True)

    assert [attempt.webhook for attempt in sent] == ["hook_1", "hook_2"]
    assert verify(sent[0].body, signature(sent[0]), runs.SECRET)
    assert verify(sent[1].body, signature(sent[1]), OTHER)


def test_the_policy_does_not_see_it():
    """A replay that fails is not tried again, and does not change what came of the first."""
    made = sold(policy="retry-ladder")
    runs.do(made, "replay", delivery=3)

    runs.settle(made, lambda attempt: runs.ok(500))
    runs.play(made, "advance", days=7)

    states = {d.number: (d.state, len(d.tries)) for d in made.journal.deliveries()}
    assert states[3] == ("delivered", 1)
    assert states[5] == ("rejected", 1)


def test_no_fault_hits_it():
    """Of a delivery that a fault has changed, the body goes as it was before, rightly signed."""
    made = sold()
    runs.do(made, "fault", fault="not-json=order.completed")
    runs.play(made, "purchase", product="prod_course", email="tom@example.com")
    bent = next(d for d in made.journal.deliveries() if d.trouble is not None)

    (attempt,) = replay(made, delivery=bent.number)

    assert bent.tries[0].body != bent.body == attempt.body
    assert verify(attempt.body, signature(attempt), runs.SECRET)


def test_it_stands_beside_its_fact():
    """The canonical journal has a replay among the deliveries of its fact, after the others."""
    made = sold()
    runs.play(made, "purchase", product="prod_course", email="tom@example.com")
    replay(made, delivery=1)

    numbers = [[d.number for d in record.deliveries] for record in made.journal.facts]

    assert numbers == [[1, 2, 9], [3, 4], [5, 6], [7, 8]]


def test_the_log_has_the_cause_before_it():
    """A replay is an input; the delivery that it makes comes after it."""
    made = sold()
    replay(made)

    lines = [json.loads(line) for line in made.journal.log()][-4:]

    assert [line["kind"] for line in lines] == ["input", "delivery", "take", "record"]
    assert (lines[0]["verb"], lines[0]["arguments"]) == ("replay", {"delivery": 3})


def test_a_replay_is_rebuilt():
    """Replays of every kind come again from the journal, also a replay of a replay."""
    made = sold()
    replay(made)
    replay(made, edits={"tax.amount": 5}, timestamp="now")
    replay(made, delivery=6, webhook="all", resign=False)
    runs.play(made, "advance", days=3)

    (run,) = read([f"{line}\n".encode() for line in made.journal.log(secrets=True)], "run.ndjson")

    assert made.journal.canonical() == rebuilt(run).journal.canonical()


def test_what_waits_is_kept_by_a_snapshot():
    """A replay that waited when a snapshot was taken waits again, with its own signature."""
    made = sold()
    runs.do(made, "rotate_secret", webhook="hook_1", secret="whsec_new")
    runs.do(made, "replay", delivery=3)
    runs.do(made, "snapshot", name="waiting")
    runs.settle(made)

    runs.do(made, "restore", name="waiting")
    (attempt,) = runs.settle(made)

    assert (attempt.delivery.number, type(attempt.delivery)) == (6, Replay)
    assert signature(attempt) == signature(original(made))


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"delivery": 9}, NotFound, "there is no delivery 9"),
        ({"delivery": True}, InvalidInput, "delivery is True; write a whole number"),
        ({"delivery": "third"}, UnknownName, "unknown event type 'third'"),
        ({"edits": {"tax.amuont": 5}}, UnknownName, "did you mean 'amount'?"),
        ({"edits": {"txa.amount": 5}}, UnknownName, "did you mean 'tax'?"),
        ({"edits": {"event.name": 5}}, UnknownName, "unknown key in the path event.name: 'name'"),
        (
            {"edits": {"metadata.tags.2": 5}},
            UnknownName,
            "unknown key in the path metadata.tags.2: '2'",
        ),
        ({"edits": [1]}, InvalidInput, "edits is [1]; write {"),
        ({"resign": "yes"}, InvalidInput, "resign is 'yes'; write true or false"),
        ({"timestamp": "soon"}, InvalidInput, "'soon'"),
        ({"timestamp": -1}, InvalidInput, "timestamp is -1"),
        ({"timestamp": True}, InvalidInput, "timestamp is True"),
        ({"webhook": "hook_9"}, NotFound, "there is no webhook 'hook_9'"),
        ({"webhoook": "all"}, UnknownName, "did you mean 'webhook'?"),
    ],
)
def test_what_cannot_be_replayed_is_refused(arguments, error, said):
    """A replay that cannot be is refused with a sentence, and nothing is sent or logged."""
    made = sold()
    before = list(made.journal.log())

    with pytest.raises(error) as caught:
        replay(made, **arguments)

    assert said in str(caught.value)
    assert before == list(made.journal.log())
    assert made.quiet


def test_edits_that_are_no_json_are_refused():
    """A value that JSON does not have is refused; nothing is sent."""
    made = sold()

    with pytest.raises(InvalidInput, match="edits cannot be written as JSON"):
        made.submit("replay", {"delivery": 3, "edits": {"amount": {5}}})

    assert made.quiet


def test_what_the_journal_has_let_go_cannot_be_replayed():
    """A delivery that is no longer kept is missed with its reason."""
    made = sold(journal=Journal(1))

    with pytest.raises(NotFound, match="there is no delivery 1; the journal has let go"):
        replay(made, delivery=1)
