"""Journals that are read back, and worlds that are made again from them."""

import json
from contextlib import suppress
from random import Random

import pytest

import runs
from campaign import moves
from campaign.walk import begin
from pocketsflow_emulator import Emulator
from pocketsflow_emulator.core.clock import iso
from pocketsflow_emulator.delivery import faults
from pocketsflow_emulator.delivery.journal import Journal
from pocketsflow_emulator.delivery.rebuilding import rebuilt
from pocketsflow_emulator.delivery.recorded import read, read_journal
from pocketsflow_emulator.delivery.tries import Outcome
from pocketsflow_emulator.errors import InvalidInput, JournalError, Missed, NeverDue
from pocketsflow_emulator.scenario import library

COURSE = {"product": "prod_course", "email": "jane@example.com"}


def lines(made, **options):
    """The log as a file has it."""
    return [f"{line}\n".encode() for line in made.journal.log(**options)]


def recorded(made, **options):
    """The one run that a log tells of."""
    (run,) = read(lines(made, **options), "run.ndjson")
    return run


def sold(answer=None, **options):
    """An engine whose one webhook has heard of a purchase."""
    made = runs.hooked(**options)
    runs.do(made, "create_product", id="prod_course", quiet=True)
    runs.do(made, "purchase", **COURSE)
    runs.settle(made, answer)
    return made


# ---- reading -----------------------------------------------------------------------------------


def test_a_journal_is_read_back_whole():
    """Seed, start, inputs, facts, deliveries and tries come back as they were."""
    made = sold()

    run = recorded(made, scenario="purchase")

    assert (run.name, run.seed, run.start) == ("purchase", runs.SEED, made.journal.began)
    assert [given.verb for given in run.inputs] == ["create_webhook", "create_product", "purchase"]
    assert [fact.event for fact in run.facts] == ["customer.created", "order.completed"]
    assert [queued.webhook for queued in run.deliveries] == ["hook_1", "hook_1"]
    expected = [attempt for kept in made.journal.deliveries() for attempt in kept.tries]
    for attempt, again in zip(expected, run.tries, strict=True):
        assert attempt.delivery.number == again.delivery
        for name in ("number", "at", "url", "webhook", "event", "headers", "body", "outcome"):
            assert getattr(attempt, name) == getattr(again, name)
    assert not run.cut


@pytest.mark.parametrize(
    "body", [b"", b"ok", "Zoë \u2028".encode(), b"\xff\x00\xfe", b"\xed\xa0\x80"]
)
def test_answers_come_back_byte_for_byte(body):
    """Whatever a receiver answers, text or not, is kept and read back exactly."""
    made = sold(lambda attempt: Outcome("rejected", 500, (("X", "é"),), body, True, 0.25, "why"))

    run = recorded(made)

    expected = Outcome("rejected", 500, (("X", "é"),), body, True, 0.25, "why")
    assert [expected, expected] == [attempt.outcome for attempt in run.tries]


def test_a_file_may_hold_several_runs(tmp_path):
    """`run --journal` writes one world after the other; each is read as a run of its own."""
    file = tmp_path / "journal.ndjson"
    file.write_bytes(b"".join([*lines(sold(), scenario="a"), *lines(sold(), scenario="b")]))

    found = read_journal(str(file))

    assert [(run.name, len(run.tries)) for run in found] == [("a", 2), ("b", 2)]


def test_the_last_line_may_be_cut_off():
    """A process that was killed leaves half a line: it is left out, and that is told."""
    whole = b"".join(lines(sold()))

    for end in range(len(whole) - 1, whole.rindex(b"\n", 0, -1), -97):
        (run,) = read(whole[:end].splitlines(keepends=True), "run.ndjson")

        assert run.cut == (end != len(whole) - 1)
        assert len(run.tries) == 2
        assert run.cut == (run.tries[-1].outcome is None)


def changed(**values):
    """A change of a line: these values instead, None for none at all."""

    def change(line):
        line |= values
        for name in [name for name, value in values.items() if value is None]:
            del line[name]

    return change


@pytest.mark.parametrize(
    ("number", "change", "said"),
    [
        (1, changed(journal=2), "the journal has version 2; this program reads 1"),
        (1, changed(journal=None), "the journal has version None"),
        (1, changed(kind="input"), "a journal begins with a line of the kind world"),
        (1, changed(seed="7"), "world: seed is '7'; it should be a whole number"),
        (1, changed(seed=True), "world: seed is True; it should be a whole number"),
        (1, changed(start="soon"), "'soon'"),
        (1, changed(concurrency=[]), "world: concurrency is []; it should be a whole number"),
        (10, changed(durationMs=10**400), "; it should be a number of ms"),
        (10, changed(durationMs="1"), "durationMs is '1'; it should be a number of ms"),
        (2, changed(kind="inptu"), "unknown kind 'inptu'; did you mean 'input'?"),
        (2, changed(kind=None), "the line has no kind"),
        (2, changed(arguments=[]), "input: arguments is []; it should be an object"),
        (5, changed(stamp=None), "fact: stamp is missing; it should be a whole number"),
        (9, changed(headers=[["a"]]), "headers has ['a']; it should be a list of name and value"),
        (9, changed(body=None), "take: body is missing; it should be a text"),
        (9, changed(bodyBase64="=?"), "body cannot be read as bytes"),
        (9, changed(bodyBase64=7), "body cannot be read as bytes"),
        (9, changed(body="\ud800"), "body cannot be read as bytes"),
        (10, changed(outcome="deliverd"), "unknown outcome 'deliverd'; did you mean 'delivered'?"),
        (10, changed(delivery=9), "no try of delivery 9 is out; a line before is missing"),
    ],
)
def test_what_is_wrong_with_a_journal_is_named_by_file_and_line(number, change, said):
    """A line that cannot be is refused with its place, what it says and what it should say."""
    written = lines(sold())
    line = json.loads(written[number - 1])
    change(line)
    written[number - 1] = json.dumps(line).encode() + b"\n"

    with pytest.raises(JournalError) as caught:
        read(written, "run.ndjson")

    assert str(caught.value).startswith(f"run.ndjson:{number}: ")
    assert said in str(caught.value)
    assert (caught.value.file, caught.value.line) == ("run.ndjson", number)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ([], "run.ndjson: is empty"),
        ([b"{\n"], "run.ndjson:1: b'{\\n' is not a line of JSON"),
        ([b"{"], "run.ndjson:1: b'{' is not a line of JSON"),
        ([b"\xff\n"], "run.ndjson:1: b'\\xff\\n' is not a line of JSON"),
        ([b"[" * 200_000], "is not a line of JSON"),
        ([b"[]\n"], "run.ndjson:1: the line has no kind"),
    ],
)
def test_what_is_no_journal_is_refused(written, said):
    """Anything else than a journal is refused with a sentence, never with a traceback."""
    with pytest.raises(JournalError, match=r"run\.ndjson") as caught:
        read(written, "run.ndjson")

    assert said in str(caught.value)


def test_a_journal_without_its_beginning_can_be_read():
    """Where the ring has let lines go, the tries that are left are there, and the count is told."""
    made = sold(journal=Journal(3))

    run = recorded(made)

    assert (run.let_go, len(run.log), len(run.tries)) == (8, 3, 1)
    with pytest.raises(InvalidInput, match="8 lines were let go before it was written"):
        rebuilt(run)


# ---- rebuilding --------------------------------------------------------------------------------


def check(made):
    """Rebuild a world from its own log: account, clock and canonical journal come again."""
    again = rebuilt(recorded(made, secrets=True))

    assert made.journal.canonical() == again.journal.canonical()
    assert iso(made.now) == iso(again.now)
    assert made.world.digest() == again.world.digest()
    assert lines(made) == lines(again)[: len(lines(made))]
    return again


@pytest.mark.parametrize(
    "options",
    [{}, {"cap": 64, "seed": 2}, {"cap": 64, "seed": 3, "releases": 0.2}],
    ids=["one by one", "64 in flight", "64 in flight, some cancelled"],
)
def test_the_log_rebuilds_the_world(options):
    """Feeding a log back gives the same world again, whatever was in flight."""
    check(runs.told(**options))


@pytest.mark.parametrize("name", library.names())
def test_a_scenario_is_rebuilt_from_its_journal(name):
    """Every ready-made scenario, with a receiver that is not always well, comes again."""
    with Emulator(start="2030-01-31", seed=7, policy="retry-ladder") as emulator:
        emulator.deliver_to(lambda request: 500 if b"invoice" in request.body else 200)
        with suppress(Missed):  # what it expects of the answers
            emulator.run_scenario(name)

        check(emulator._driver.engine)


@pytest.mark.parametrize("number", range(6))
def test_a_random_life_is_rebuilt_from_its_journal(number):
    """Lives of an account at random, with refusals, receivers that act and tries put back."""
    random = Random(f"rebuilt/{number}")
    run = begin(random, number)
    for _ in range(40):
        moves.act(random, run)

    check(run.sight.engine)


@pytest.mark.parametrize("kind", sorted(faults.KINDS))
def test_what_a_fault_did_is_read_back_and_rebuilt(kind):
    """The bytes that a fault made are in the journal, whatever they are, and they come again."""
    made = runs.hooked(policy="retry-ladder", cap=4)
    runs.do(made, "create_webhook", id="hook_2", url="4000", secret="whsec_other")
    runs.do(made, "fault", fault=f"{kind}=*,probability=0.6")
    runs.do(made, "create_offer", id="prod_week", frequency="weekly")
    runs.tell(made, [("subscribe", {"offer": "prod_week", "email": "jane@example.com"})])
    runs.tell(made, [("advance", {"days": 15}), ("release_held", {}), ("advance", {"days": 5})])

    run = recorded(made)
    check(made)

    kept = [entry.what for entry in made.journal.entries if entry.kind == "take"]
    assert len(kept) > 20
    for attempt, again in zip(kept, run.tries, strict=True):
        for name in ("headers", "body", "behaviour", "event"):
            expected = attempt.delivery.event if name == "event" else getattr(attempt, name)
            assert expected == getattr(again, name)


def test_time_that_passed_with_nothing_to_send_passes_again():
    """The clock of a rebuilt world stands where it stood, also after the last event."""
    made = sold()
    runs.play(made, "advance", days=3)

    again = check(made)

    assert iso(again.now) == "2030-02-03T00:00:00.000Z"


def test_what_waits_in_a_lent_world_waits_again():
    """Time that passed until something waits passes again as far, and hands nothing out."""
    made = runs.hooked()
    runs.do(made, "create_offer", id="prod_week", frequency="weekly")
    runs.play(made, "subscribe", offer="prod_week", email="jane@example.com")
    runs.do(made, "advance", days=10)
    made.pass_time()

    again = check(made)

    assert len(again.outbox) == len(made.outbox) == 3
    assert len(runs.settle(made)) == len(runs.settle(again))
    assert made.journal.canonical() == again.journal.canonical()


def test_what_was_out_when_the_journal_ends_waits_again():
    """A try without an outcome is put back: the rebuilt world goes on with it."""
    made = sold()
    runs.do(made, "purchase", product="prod_course", email="tom@example.com")
    made.take()

    again = rebuilt(recorded(made, secrets=True))

    assert [attempt.delivery.number for attempt in runs.settle(again)] == [3, 4]


def test_an_advance_that_came_to_nothing_does_so_again():
    """An event that was waited for in vain has let time pass; so it does once more."""
    made = sold()
    runs.do(made, "create_offer", id="prod_pro")
    runs.do(made, "subscribe", offer="prod_pro", email="tom@example.com", id="sub_tom")
    runs.do(made, "cancel", subscription="sub_tom", at_period_end=True)
    runs.settle(made)
    runs.do(made, "advance", until="review.created")
    with pytest.raises(NeverDue):
        runs.settle(made)

    check(made)


def test_going_back_is_rebuilt_too():
    """A snapshot, what came after it, and the way back to it come again."""
    made = sold()
    runs.play(made, "snapshot", name="sold")
    runs.play(made, "advance", days=3)
    runs.play(made, "purchase", product="prod_course", email="tom@example.com")
    runs.play(made, "restore", name="sold")
    runs.play(made, "purchase", product="prod_course", email="ann@example.com")

    check(made)


def test_a_masked_journal_is_rebuilt_with_the_secret():
    """A journal does not carry secrets; who knows the secret gives it."""
    made = sold()

    again = rebuilt(recorded(made), secret=runs.SECRET)

    assert made.journal.canonical() == again.journal.canonical()
    with pytest.raises(JournalError, match=r"run\.ndjson:2: .* its secret is masked"):
        rebuilt(recorded(made))
    with pytest.raises(JournalError, match="has another body or other headers"):
        rebuilt(recorded(made), secret="whsec_another")


@pytest.mark.parametrize(
    ("number", "old", "new", "said"),
    [
        (9, "jane@", "john@", "<try 1 of delivery 1, customer.created> has another body or other"),
        (4, "jane@", "john@", "another fact follows, or none"),
        (5, '"stamp":1', '"stamp":2', "another fact follows, or none"),
        (8, '"webhook":"hook_1"', '"webhook":"hook_2"', "another delivery follows, or none"),
        (9, '"try":1', '"try":2', "<try 1 of delivery 1, customer.created> is sent, and it was"),
        (4, '"purchase"', '"purchse"', "unknown verb 'purchse'; did you mean 'purchase'?"),
        (1, '"policy":"documented"', '"policy":"ladder"', "unknown delivery policy 'ladder'"),
    ],
)
def test_a_journal_that_no_world_can_have_written_is_refused(number, old, new, said):
    """Where the world does not come again as recorded, the first line that differs is named."""
    written = lines(sold(), secrets=True, emulator="0.0.1")
    assert old.encode() in written[number - 1]
    written[number - 1] = written[number - 1].replace(old.encode(), new.encode(), 1)

    with pytest.raises(JournalError) as caught:
        rebuilt(read(written, "run.ndjson")[0])

    assert said in str(caught.value)
    if number > 1:
        told = "this does not come again as it was recorded (recorded by version 0.0.1): "
        assert told in str(caught.value)


def test_inputs_that_came_when_nothing_was_to_be_sent():
    """A journal that says that nothing was to be sent, where something is, is refused."""
    written = lines(sold(), secrets=True)
    written[8:] = [b'{"kind":"rest","at":"2030-01-31T00:00:00.000Z"}\n']

    with pytest.raises(JournalError, match="is sent, and nothing was"):
        rebuilt(read(written, "run.ndjson")[0])


def test_a_try_that_does_not_come_again_is_missed():
    """A journal with a try too many is refused."""
    written = lines(sold(), secrets=True)

    with pytest.raises(JournalError, match="nothing is to be sent, and it was delivery 1"):
        rebuilt(read([*written, written[8]], "run.ndjson")[0])


def test_a_world_that_is_asked_for_its_tries_is_rebuilt():
    """What a receiver has asked for is asked for again, also where it was told that there was
    nothing, and where its webhook had been switched off.
    """
    made = runs.hooked()
    runs.do(made, "create_webhook", id="hook_asks", url="pull:")
    runs.do(made, "create_product", id="prod_course", quiet=True)
    runs.do(made, "purchase", **COURSE)
    made.record(made.take(pull=True), runs.ok())
    runs.do(made, "update_webhook", webhook="hook_asks", active=False)

    assert made.take(pull=True) is None
    runs.settle(made)

    check(made)


def test_stamps_of_the_wall_are_rebuilt():
    """What the wall's clock said is read back, and makes the same stamps."""
    made = runs.hooked()
    made.see_wall(1_900_000_000_123)
    runs.do(made, "create_product", id="prod_course")
    runs.settle(made)

    again = check(made)

    (delivery,) = again.journal.deliveries()
    assert delivery.fact.stamp == 1_900_000_000_123
