"""`run --server`: scenarios played on a running server; and what a server is given."""

import json

import pytest

import receivers
from clients import serving
from pocketsflow_emulator import cli

MINE = """\
version: 1
name: mine
title: Mine
options: {price: {type: amount, default: "60.00"}}
given: {course: {create_product: {price: $price}}}
steps:
  - purchase: {product: $course}
    expect: {events: [customer.created, order.completed]}
"""


@pytest.fixture
def server():
    """A served world."""
    with serving(dialect="current") as client:
        yield client


@pytest.fixture
def run(server, capsys):
    """Call `run` against the server; returns (exit code, stdout, stderr)."""

    def call(*words):
        code = cli.outcome(["run", *words, "--server", server.url])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_file_is_played_there(run, receiver, tmp_path):
    """The file is handed over, and played in a world of its own against `--to`."""
    file = tmp_path / "mine.pocketsflow.yaml"
    file.write_text(MINE)

    words = ["--set", "price=75.00", "--to", receiver.url, "--email", "jane@example.com"]
    code, out, err = run(str(file), "refund", *words, "--wait", "5s")

    assert (code, err) == (0, "")
    assert "mine  Mine\n" in out
    assert "✓ order.completed   200  75.00 usd  jane@example.com" in out
    assert "2 of 2 scenarios passed" in out
    assert "--seed" not in out
    assert len(receiver.requests) == 5


def test_the_document_is_the_same(run, capsys, receiver):
    """A run there and a run here tell the same in the same words."""
    _, there, _ = run("refund", "--to", receiver.url, "--format", "json")
    cli.outcome(["run", "refund", "--to", receiver.url, "--format", "json"])
    here = capsys.readouterr().out

    there, here = json.loads(there), json.loads(here)
    assert there.keys() == here.keys()
    [one], [other] = there["scenarios"], here["scenarios"]
    assert one.keys() >= other.keys()
    assert one["steps"] == other["steps"]
    assert [d.keys() for d in one["deliveries"]] == [d.keys() for d in other["deliveries"]]


def test_a_miss_names_the_file_here(run, tmp_path):
    """What does not hold points at the line of the file, as if it had been played here."""
    file = tmp_path / "mine.pocketsflow.yaml"
    file.write_text(MINE.replace("customer.created, ", ""))

    code, out, _ = run(str(file))

    assert code == 1
    assert f"{file}:8: step 1 (purchase): expected exactly these events: order.completed" in out


def test_what_is_the_servers_own(run):
    """Seed, start and policies were chosen when it was started."""
    for flag in (["--seed", "7"], ["--policy", "retry-ladder"], ["--pace", "1s"]):
        code, _, err = run("refund", *flag)

        assert code == 2
        assert f"{flag[0]} is the server's own; leave it out with --server" in err


def test_a_server_that_a_variable_names(capsys, monkeypatch):
    """Inside `exec` nobody has typed --server: the refusal names the variable."""
    monkeypatch.setenv("POCKETSFLOW_EMULATOR_SERVER", "http://127.0.0.1:1")

    code = cli.outcome(["run", "refund", "--seed", "7"])

    assert code == 2
    expected = "--seed is the server's own; leave it out, or unset $POCKETSFLOW_EMULATOR_SERVER"
    assert expected in capsys.readouterr().err


def test_a_server_that_is_not_there(capsys):
    """Exit 3; with `--wait` after the time."""
    with receivers.refusing() as nobody:
        gone = cli.outcome(["run", "refund", "--server", nobody.url])
        late = cli.outcome(["run", "refund", "--server", nobody.url, "--wait", "200ms"])

    err = capsys.readouterr().err
    assert (gone, late) == (3, 3)
    assert "no emulator answers at" in err
    assert "--wait: nothing accepts connections" in err


def test_a_server_that_takes_too_long(capsys, server):
    """`--timeout` holds there too."""
    with receivers.deaf() as deaf:
        words = ["--server", server.url, "--to", deaf.url, "--timeout", "0.3"]
        code = cli.outcome(["run", "refund", *words])

    assert code == 124
    assert "not done after 0.3 s" in capsys.readouterr().err


# ---- PUT ---------------------------------------------------------------------------------------


def put(client, name, text, kind="application/yaml"):
    """Hand a scenario over."""
    return client.ask("PUT", f"/_emulator/scenarios/{name}", text, {"Content-Type": kind})


def test_a_scenario_is_kept_for_every_world(server):
    """201, then 200 where it is replaced; it is listed, shown, and played in any world."""
    statuses = [put(server, "mine", MINE).status, put(server, "mine", MINE + "tags: [a]\n").status]
    server.world = "other"

    listed = server.get("/_emulator/scenarios").json["result"]
    played = server.control("scenarios/mine/run", {"options": {"price": "1.00"}})["result"]
    acted = server.act("run_scenario", name="mine", price="2.00")

    assert statuses == [201, 200]
    assert {"name": "mine", "title": "Mine", "tags": ["a"]} in listed
    assert server.get("/_emulator/scenarios/mine").text == MINE + "tags: [a]\n"
    assert (played["ok"], acted["ok"]) == (True, True)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("yours", MINE, "the path says 'yours' and the file 'mine'"),
        ("mine", "version: 2", "mine.pocketsflow.yaml:1:1: a scenario needs 'name'"),
        ("mine", MINE.replace("purchase", "purchse"), "mine.pocketsflow.yaml:7:5: unknown verb"),
        ("mine", "", "the file is empty"),
    ],
)
def test_a_scenario_that_cannot_be_one_is_refused(server, name, text, said):
    """400 with line and column, and nothing is kept."""
    answer = put(server, name, text)

    assert answer.status == 400
    assert said in answer.json["message"]
    assert server.get("/_emulator/scenarios/mine").status == 404


def test_a_page_of_another_cannot_hand_one_over(server):
    """As for all that changes something, the body must be JSON or YAML."""
    assert put(server, "mine", MINE, "text/plain").status == 415


def test_a_report_is_asked_for_in_a_word(server):
    """`?report=` is true or false."""
    answer = server.post("/_emulator/scenarios/refund/run?report=yes", {})

    assert (answer.status, answer.json["code"]) == (400, "INVALID_INPUT")
