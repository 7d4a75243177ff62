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


def test_a_receiver_that_the_server_cannot_reach_stops_the_run(run):
    """As for a run from here: exit 3 after the first scenario, and why."""
    code, out, err = run("refund", "purchase", "--to", "1")

    assert code == 3
    assert err.startswith("error: cannot reach http://127.0.0.1:1/ (refused: Connection refused")
    assert "0 of 2 scenarios passed; failed: refund; 1 not begun" in out


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
    assert "\n    to expect what happened, write:\n      events:\n" in out


def test_events_of_one_instant_are_counted_apart(run, receiver, tmp_path):
    """Two buyers may have the same stamps; a run there counts their events as one here does."""
    file = tmp_path / "mine.pocketsflow.yaml"
    purchases = "{product: $course, email: $number-$email}\n    repeat: 2\n    expect: {counts: {"
    steps = MINE.partition("{product: $course}")[0]
    file.write_text(f"{steps}{purchases}order.completed: 2}}}}\n")

    code, out, _ = run(str(file), "--to", receiver.url)

    assert code == 0
    assert "passed: 4 events, 4 of 4 delivered" in out


ASKING = MINE.replace(
    "steps:",
    "catches: A shop that forgets.\nprobes: {member: {within: 0s}, known: {get: /known}}\nsteps:",
).replace(
    "order.completed]}",
    "order.completed], member: {json.access: true}, known: {status: 200}}",
)


@pytest.fixture
def shop():
    """An application that takes webhooks, and answers probes."""
    with receivers.answering(200, b'{"access": true}', (("Connection", "close"),)) as shop:
        yield shop


def asked(shop):
    """The paths that were asked for, without the webhooks."""
    words = [request.decode().split()[:2] for request in shop.requests]
    return [path for method, path in words if method == "GET"]


def test_probes_are_asked_there(run, shop, tmp_path):
    """`--probe` is handed over, and asked by the server at the address of `--to`, as are the paths
    of the file.
    """
    file = tmp_path / "mine.pocketsflow.yaml"
    file.write_text(ASKING)
    words = ["--to", shop.url, "--email", "jane@example.com", "--probe", "member=/of/{email}"]

    code, out, err = run(str(file), "renewal-succeeds", *words)

    assert (code, err) == (0, "")
    assert "2 of 2 scenarios passed" in out
    assert "--probe 'member=/of/{email}'" in out
    assert asked(shop)[:2] == ["/of/jane%40example.com", "/known"]


def test_probes_are_asked_of_the_receiver_that_was_named(capsys, shop, tmp_path):
    """A server that has a receiver of its own delivers to both; a run with `--to` means that one,
    and a run without it the server's.
    """
    file = tmp_path / "mine.pocketsflow.yaml"
    file.write_text(ASKING.replace("member: {json", "answers: {count: 2}, member: {json"))
    words = ["run", str(file), "--probe", "member=/of/{email}"]

    own_one = receivers.answering(200, b'{"access": true}', (("Connection", "close"),))
    with own_one as own, serving(webhooks=(own.url,)) as client:
        there = cli.outcome([*words, "--server", client.url, "--to", shop.url])
        before = asked(own)
        here = cli.outcome([*words, "--server", client.url])

    assert (there, here) == (0, 0), capsys.readouterr()
    assert (len(asked(shop)), before, len(asked(own))) == (2, [], 2)


def test_a_probe_that_does_not_hold_there(run, tmp_path):
    """A miss names the file's line and the mistake, as a run from here would."""
    file = tmp_path / "mine.pocketsflow.yaml"
    file.write_text(
        ASKING.replace(", known: {get: /known}", "").replace(", known: {status: 200}", "")
    )

    with receivers.answering(200, b'{"access": false}', (("Connection", "close"),)) as shop:
        code, out, _ = run(str(file), "--to", shop.url, "--probe", "member=/x")

    assert code == 1
    assert f"{file}:10: step 1 (purchase): member: json.access: expected True, found False" in out
    assert "This scenario catches: A shop that forgets." in out


def test_a_server_runs_no_commands(run, tmp_path):
    """Commands are for runs from here: the flag is refused, and so is a file that has one."""
    file = tmp_path / "mine.pocketsflow.yaml"
    file.write_text(ASKING.replace("{get: /known}", "{command: [ls]}"))

    flagged, _, flag = run(str(file), "--allow-commands")
    refused, _, why = run(str(file))

    assert (flagged, refused) == (2, 2)
    assert "--allow-commands is for runs from here; leave it out with --server" in flag
    assert "the probe known runs a command, 'ls'; if you trust the file, play it with: run" in why


def test_what_is_the_servers_own(run):
    """Seed, start and policies were chosen when it was started; a journal and a pace are for runs
    from here.
    """
    for why, *flag in (
        ("is the server's own", "--seed", "7"),
        ("is the server's own", "--policy", "retry-ladder"),
        ("is for runs from here", "--pace", "1s"),
        ("is for runs from here", "--journal", "run.ndjson"),
    ):
        code, _, err = run("refund", *flag)

        assert code == 2
        assert f"{flag[0]} {why}; leave it out with --server" in err


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
