"""`run --record`: a scenario with the events that really happened."""

import pytest

from pocketsflow_emulator import cli
from pocketsflow_emulator.cli import record

HEAD = "version: 1\nname: mine\ntitle: Mine # a title\n"
SHOP = 'given:\n  course: {create_product: {price: "60.00"}}\n'


@pytest.fixture
def recorded(capsys, tmp_path):
    """Write a file of these steps and record it; returns (exit code, text, stderr)."""

    def call(steps, *words):
        file = tmp_path / "mine.pocketsflow.yaml"
        file.write_text(f"{HEAD}{SHOP}{steps}")
        code = cli.outcome(["run", str(file), "--record", *words])
        said = capsys.readouterr()
        return code, said.out.removeprefix(HEAD + SHOP), said.err

    return call


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "steps:\n  - purchase: $course # the first\n    as: order\n  # then\n"
            "  - refund: $order\n",
            "steps:\n  - purchase: $course # the first\n    as: order\n    expect:\n"
            "      events: [customer.created, order.completed]\n  # then\n  - refund: $order\n"
            "    expect:\n      events: [order.refunded]\n",
            id="nothing was expected",
        ),
        pytest.param(
            "steps: [{purchase: $course, as: order}, {refund: $order, expect: {events: []}}]\n",
            "steps: [{purchase: $course, as: order, expect: {events: [customer.created,"
            " order.completed]}}, {refund: $order, expect: {events: [order.refunded]}}]\n",
            id="all on one line",
        ),
        pytest.param(
            "steps:\n  - purchase: $course\n    expect:\n      events: # all\n"
            "        - order.completed:\n            amount: 60\n      never: [order.refunded]\n",
            "steps:\n  - purchase: $course\n    expect:\n      events:\n"
            "        - customer.created\n        - order.completed:\n            amount: 60\n"
            "      never: [order.refunded]\n",
            id="an event keeps its values",
        ),
        pytest.param(
            "steps:\n  - purchase: $course\n    expect: {includes: [order.completed]}\n",
            "steps:\n  - purchase: $course\n    expect: {includes: [order.completed]}\n",
            id="includes is a choice",
        ),
        pytest.param(
            "steps:\n  - advance: 2 days\n  - purchase: $course\n    expect: {}\n",
            "steps:\n  - advance: 2 days\n  - purchase: $course\n"
            "    expect: {events: [customer.created, order.completed]}\n",
            id="nothing happened",
        ),
        pytest.param(
            "steps:\n  - purchase: $course\n    expect:\n      answers: {status: 2xx} # ok\n",
            "steps:\n  - purchase: $course\n    expect:\n      answers: {status: 2xx} # ok\n"
            "      events: [customer.created, order.completed]\n",
            id="something else was expected",
        ),
        pytest.param(
            "steps:\n- purchase: $course",
            "steps:\n- purchase: $course\n  expect:\n"
            "    events: [customer.created, order.completed]",
            id="no line ends the file",
        ),
    ],
)
def test_events_are_filled_in_where_they_belong(recorded, capsys, tmp_path, before, after):
    """Form, order and comments stay; what is printed holds, and is recorded as it is."""
    _, first, _ = recorded(before)
    code, again, err = recorded(first)

    assert after == first
    assert (code, again, err) == (0, first, "")


def test_what_does_not_hold_is_said(recorded):
    """Where the code is 1, standard error says why, and the scenario is recorded all the same."""
    steps = "steps:\n  - purchase: $course\n    expect: {events: [], answers: {count: 1}}\n"

    code, text, err = recorded(steps)

    assert code == 1
    assert "events: [customer.created, order.completed]" in text
    assert [line.partition(" (purchase): ")[2] for line in err.splitlines()] == [
        "expected exactly these events: none; these happened: customer.created, order.completed",
        "answers: count: expected 1, found 2",
    ]


def test_a_ready_made_scenario_stays_as_it_is(capsys):
    """A scenario that says all its events is printed unchanged, comments and all."""
    code = cli.outcome(["run", "refund", "--record"])
    cli.outcome(["scenarios", "show", "refund"])

    recorded, _, shown = (
        capsys.readouterr()
        .out.partition("# yaml-language-server")[2]
        .partition("# yaml-language-server")
    )
    assert code == 0
    assert "".join(recorded.split()) == "".join(shown.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["refund", "purchase"], "--record takes one scenario; these are 2"),
        (["refund", "--format", "json"], "leave --format json out"),
        (["mine.json"], "write the scenario as YAML"),
    ],
)
def test_what_cannot_be_recorded(tmp_path, monkeypatch, capsys, words, said):
    """One scenario, written as YAML."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.json").write_text(
        '{"version": 1, "name": "mine", "title": "T", "steps": [{"settle": {}}]}'
    )

    code = cli.outcome(["run", "--record", *words])

    assert code == 2
    assert said in capsys.readouterr().err


def test_a_step_that_was_not_reached_stays():
    """What has not been done has no events to fill in."""
    text = f"{HEAD}steps:\n  - settle: {{}}\n"

    assert text == record.filled(text, [{"done": False, "events": ["order.completed"]}])
