"""Runs: ready-made scenarios and written ones, by the real runner against its own receiver."""

import json

import pytest

import receivers
from pocketsflow_emulator import Emulator, cli
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.core.models import Order
from pocketsflow_emulator.errors import InvalidInput, Missed, UnknownName
from pocketsflow_emulator.scenario import library
from pocketsflow_emulator.scenario.run import options_of, seed_of
from scenario.files import GIVEN, SEED, run, story

STARTS = {
    "the last of January": "2030-01-31",
    "a leap day": "2032-02-29",
    "the end of a year": "2029-12-31T23:59:59Z",
    "the end of a short month": "2030-04-30T12:00:00Z",
}


def told(run, event):
    """The bodies of one event, in order, each with the instant at which it was sent."""
    return [
        (clock.iso(delivery.fact.instant), json.loads(delivery.body))
        for delivery in run.deliveries
        if delivery.event == event
    ]


# ---- ready-made scenarios ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 2**48 - 1])
def test_ready_made_scenarios_hold_over_http(seed):
    """Every ready-made scenario holds against a real receiver, whatever the seed, and each of its
    signatures is right, but where one is to be refused.
    """
    scenarios = [library.ready_made(name) for name in library.names()]

    actual = run(*scenarios, seed=seed)

    statuses = [attempt.outcome.status for delivery in actual.sent for attempt in delivery.counted]
    assert actual.misses == []
    assert all(one.result.ok for one in actual.played)
    assert len(actual.played) >= 80
    assert (statuses.count(200), statuses.count(401)) == (actual.verified, actual.refused)
    assert actual.refused < 100


@pytest.mark.parametrize(
    "options", [{"price": "0.99", "currency": "eur"}, {"price": "5000", "currency": "jpy"}]
)
def test_ready_made_scenarios_hold_with_options(options):
    """A purchase holds in other currencies too."""
    actual = run(library.ready_made("purchase"), **options)

    assert actual.misses == []


def test_the_tries_of_a_failing_renewal_come_when_they_were_announced():
    """A failed renewal is tried again on the dates that each failure announced; it is past due
    from the first failure, and deleted with the last.
    """
    actual = run(library.ready_made("renewal-failure"))

    failures = told(actual, "invoice.payment_failed")
    came = [when for when, _ in failures]
    announced = [body["invoice"]["nextPaymentAttempt"] for _, body in failures]
    assert [*came[1:], None] == announced
    assert came == [
        "2030-02-28T00:00:00.000Z",
        "2030-03-02T00:00:00.000Z",
        "2030-03-05T00:00:00.000Z",
        "2030-03-09T00:00:00.000Z",
    ]
    assert [body["invoice"]["attemptCount"] for _, body in failures] == [1, 2, 3, 4]
    [(past_due, updated)] = told(actual, "customer.subscription.updated")
    [(deleted, _)] = told(actual, "customer.subscription.deleted")
    assert (came[0], "past_due", came[-1]) == (past_due, updated["subscription"]["status"], deleted)
    assert actual.deliveries[-1].event == "customer.subscription.deleted"


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_the_notice_of_a_trial_comes_three_days_before_its_end(start):
    """The notice is sent exactly three days before the trial's end, and says so."""
    actual = run(library.ready_made("trial-ends-in-three-days"), start=start)

    [(sent, body)] = told(actual, "customer.subscription.trial_will_end")
    end = clock.parse(body["subscription"]["trialEnd"])
    assert end - clock.parse(sent) == 3 * clock.DAY
    assert body["subscription"]["daysUntilTrialEnd"] == 3
    assert clock.parse(start) + 14 * clock.DAY == end
    assert clock.parse(sent) == actual.played[0].engine.now


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2030-01-31", ["2030-02-28", "2030-03-31", "2030-04-30"]),
        ("2032-01-31", ["2032-02-29", "2032-03-31", "2032-04-30"]),
        ("2029-12-31", ["2030-01-31", "2030-02-28", "2030-03-31"]),
    ],
)
def test_renewals_come_at_the_ends_of_months(start, expected):
    """A subscription of 31 January renews on 28 or 29 February, and on 31 March again."""
    steps = "  - subscribe: $pro\n    as: sub\n" + "  - advance: {to: $sub.period_end}\n" * 3

    actual = run(story(steps), start=start)

    assert expected == [when[:10] for when, _ in told(actual, "invoice.payment_succeeded")]


# ---- a run -------------------------------------------------------------------------------------


def test_the_same_seed_and_start_give_the_same_bytes():
    """A repeated run sends the same bytes; another seed sends other ids."""
    scenario = library.ready_made("renewal-failure-recovers")

    first, again, other = (run(scenario, seed=seed) for seed in (SEED, SEED, SEED + 1))

    bodies = [delivery.body for delivery in first.deliveries]
    assert bodies == [delivery.body for delivery in again.deliveries]
    assert not {*bodies} & {delivery.body for delivery in other.deliveries}


def test_each_scenario_of_a_run_has_a_world_of_its_own():
    """The same scenario twice in a run has two worlds, of which the first can be run alone."""
    scenario = library.ready_made("purchase")

    both, alone = run(scenario, scenario), run(scenario)

    first, second = both.played
    assert [alone.played[0].seed, seed_of(SEED, "purchase", 1)] == [first.seed, second.seed]
    assert first.result.order.id == alone.played[0].result.order.id != second.result.order.id
    assert first.result.order.email != second.result.order.email


def test_given_objects_are_silent():
    """What is given is there before the first step and sends nothing."""
    actual = run(story("  - settle:\n    expect: {course: {name: Product, price: 60}}\n"))

    assert actual.misses == []
    assert actual.deliveries == []


def test_options_say_who_buys_and_what_comes_back():
    """The common options name the buyer and add the merchant's own data to each purchase."""
    steps = """\
  - purchase: {product: $course, metadata: {plan: pro, user: "1"}}
  - purchase: {product: $course, email: other@example.com, client_reference_id: mine}
"""

    actual = run(
        story(steps),
        email="jane@example.com",
        name="Jane van Doe",
        metadata={"user": "42"},
        client_reference_id="ref-1",
    )

    bodies = [body for _, body in told(actual, "order.completed")]
    first, second = (body["customer"] for body in bodies)
    assert (
        first["email"],
        first["firstName"],
        first["lastName"],
    ) == ("jane@example.com", "Jane", "van Doe")
    assert second["email"] == "other@example.com"
    assert second["lastName"] != "van Doe"
    assert [body["metadata"] for body in bodies] == [{"plan": "pro", "user": "42"}, {"user": "42"}]
    references = [
        delivery.fact.get(Order).client_reference_id
        for delivery in actual.deliveries
        if delivery.event == "order.completed"
    ]
    expected = ["ref-1", "mine"]
    assert expected == references


def test_a_step_that_is_refused_ends_the_run():
    """A step that the world refuses is a miss with its reason, and nothing more is done."""
    steps = (
        "  - purchase: $course\n    as: order\n"
        + "  - refund: $order\n" * 2
        + "  - advance: 1 day\n"
    )

    actual = run(story(steps))

    [played], [miss] = actual.played, actual.misses
    assert miss.startswith("a.yaml:9: step 3 (refund): was refused: cannot refund order_")
    assert miss.endswith(": it is refunded")
    assert not played.result.finished
    assert clock.parse("2030-01-31") == played.engine.now


def test_given_objects_that_cannot_be_made():
    """Where a given object cannot be made, the file is wrong: nothing is sent."""
    head = "version: 1\nname: a\ntitle: b\ngiven: {pro: {create_offer: {price: $price}}}\n"
    scenario = story("steps: [subscribe: $pro]\n", head + "options: {price: {default: '1'}}\n")

    with pytest.raises(InvalidInput) as caught:
        run(scenario, price="cheap")

    expected = "a.yaml:4:15: price is 'cheap'; write an amount like \"29.00\""
    assert expected == str(caught.value)


def test_the_receiver_that_a_run_brings_refuses_other_signatures():
    """The receiver of a run answers 401 to what is not signed with its secret."""
    actual = run(library.ready_made("purchase"), secret="whsec_another")

    assert (actual.verified, actual.refused) == (0, 2)
    assert [delivery.outcome.status for delivery in actual.deliveries] == [401, 401]
    assert len(actual.misses) == 2


@pytest.mark.parametrize(
    ("given", "kind", "expected"),
    [
        (
            {"trial_day": 14},
            UnknownName,
            "unknown option of trial-converts 'trial_day'; did you mean",
        ),
        ({"trial_days": 7}, InvalidInput, "trial_days is 7; the least is 8"),
        ({"trial_days": "14"}, InvalidInput, "trial_days is '14'; it must be an integer"),
        ({"email": 5}, InvalidInput, "email is 5; it must be a text"),
        ({"metadata": "x"}, InvalidInput, "metadata is 'x'; write an object"),
    ],
)
def test_options_that_a_scenario_cannot_take(given, kind, expected):
    """An option that is unknown, or has a value it cannot have, is refused before anything."""
    with pytest.raises(kind) as caught:
        options_of(library.ready_made("trial-converts"), given)

    assert str(caught.value).startswith(expected)


# ---- in a world that is under way --------------------------------------------------------------


def test_other_peoples_events_are_not_counted():
    """In a world where others renew meanwhile, expectations speak of the run's own objects."""
    with Emulator(start="2030-01-31", seed=SEED) as emulator:
        offer = emulator.create_offer(frequency="weekly")
        emulator.subscribe(offer, email="other@example.com")

        result = emulator.run_scenario("renewal-succeeds")

        assert result.ok
        assert result.sub.status == "active"
        assert emulator.events.count("invoice.payment_succeeded") == 5


def test_a_miss_in_a_test_shows_what_happened(tmp_path):
    """Inside a test a scenario that does not hold raises, with every miss and the timeline."""
    file = tmp_path / "mine.yaml"
    file.write_text(GIVEN + "  - purchase: $course\n    expect: {events: []}\n")

    with Emulator(start="2030-01-31", seed=SEED) as emulator, pytest.raises(Missed) as caught:
        emulator.run_scenario(str(file))

    text = str(caught.value)
    assert "scenario story does not hold:" in text
    assert f"{file}:7: step 1 (purchase): expected exactly these events: none" in text
    assert "order.completed" in text.rpartition("none")[2]


def test_a_result_knows_its_objects_only():
    """The result of a run reaches the objects that the scenario named, and names them."""
    result = run(library.ready_made("purchase")).played[0].result

    with pytest.raises(AttributeError, match="the scenario has no 'sub'; it has course, order"):
        result.sub  # noqa: B018


# ---- files that are wrong ----------------------------------------------------------------------


def test_nothing_is_sent_when_one_of_the_files_is_malformed(tmp_path):
    """All files are read before the first step: one that is wrong stops the run with its place."""
    (tmp_path / "a.pocketsflow.yaml").write_text(GIVEN + "  - purchase: $course\n")
    wrong = tmp_path / "b.pocketsflow.yaml"
    wrong.write_text(GIVEN + "  - purchase: $course\n  - advanse: 1 day\n")

    with receivers.answering(200) as receiver:
        code = cli.outcome(["run", "purchase", str(tmp_path), "--to", receiver.url])

    assert code == cli.USAGE
    assert receiver.requests == []


def test_a_malformed_file_is_named_on_the_command_line(tmp_path, capsys):
    """The command line shows file, line, column and the nearest verb, and no traceback."""
    wrong = tmp_path / "b.yaml"
    wrong.write_text(GIVEN + "  - purchase: $course\n  - advanse: 1 day\n")

    code = cli.outcome(["run", str(wrong)])

    expected = f"error: {wrong}:7:5: unknown verb 'advanse'; did you mean 'advance'?\n"
    assert (cli.USAGE, expected) == (code, capsys.readouterr().err)


def test_a_fault_hits_a_share_that_is_written_as_a_number():
    """`probability` is a number of YAML as of any other file."""
    steps = """  - fault: {drop: "*", probability: 0.0}
  - fault: {drop: order.completed, probability: 0.999999}
  - purchase: $course
"""

    actual = run(story(steps))

    assert actual.misses == []
    outcomes = {each.event: each.outcome.kind for each in actual.deliveries}
    assert outcomes == {"customer.created": "delivered", "order.completed": "dropped"}
