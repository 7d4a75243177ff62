"""`run`: exit codes, options, and what people see."""

import json
import os
import socket
import subprocess
import sys
from time import monotonic

import pytest

import receivers
from pocketsflow_emulator import cli, wall
from pocketsflow_emulator.scenario import library

BOUND = 60.0
REPEATABLE = ["--seed", "7", "--start", "2030-01-31"]

MALFORMED = """\
version: 1
name: mine
title: Mine
steps:
  - purchase: {prodct: $course}
"""


@pytest.fixture
def run(capsys):
    """Call `run` in this process; returns (exit code, stdout, stderr)."""

    def call(*words):
        code = cli.outcome(["run", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def program(*words, **options):
    """Run the program as a process of its own."""
    command = [sys.executable, "-m", "pocketsflow_emulator", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=BOUND, **options)


def records(path):
    """The journal's lines about what came of each try."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["kind"] == "record"]


# ---- it holds ----------------------------------------------------------------------------------


def test_without_a_receiver_an_embedded_one_checks_every_signature(run):
    """No application is needed to see what happens: exit 0, and a timeline."""
    code, out, err = run("refund", *REPEATABLE)

    assert (code, err) == (0, "")
    assert "order.refunded" in out
    assert "3 signatures verified, 0 refused" in out


def test_several_scenarios_run_in_worlds_of_their_own(run):
    """The same scenario twice has two buyers; one scenario alone repeats as it was."""
    _, out, _ = run("purchase", "purchase", *REPEATABLE, "--format", "json")
    _, alone, _ = run("purchase", *REPEATABLE, "--format", "json")

    first, second = json.loads(out)["scenarios"]
    [again] = json.loads(alone)["scenarios"]
    assert first["seed"] == again["seed"]
    assert first["seed"] != second["seed"]


def test_everything_or_a_tag(run):
    """`--all` runs every ready-made scenario, `--tag` those that have it."""
    _, everything, _ = run("--all", *REPEATABLE, "--format", "json")
    _, tagged, _ = run("--tag", "trial", *REPEATABLE, "--format", "json")

    assert len(json.loads(everything)["scenarios"]) == len(library.names())
    names = [scenario["name"] for scenario in json.loads(tagged)["scenarios"]]
    assert [scenario.name for scenario in library.tagged(["trial"])] == names


@pytest.mark.parametrize("form", ["{port}", "localhost:{port}/hooks", "http://127.0.0.1:{port}/x"])
def test_the_receiver_may_be_a_port_a_host_or_a_url(run, form):
    """`--to` takes what one would type."""
    with receivers.answering(204) as receiver:
        code, _, _ = run("purchase", "--to", form.format(port=receiver.port), *REPEATABLE)

    assert code == 0
    assert len(receiver.requests) == 2


def test_the_buyer_and_the_data_are_the_callers(run):
    """`--email`, `--metadata`, `--set` and `--secret` reach what is sent."""
    words = ["--email", "zoe@example.com", "--metadata", "user=42", "--set", "price=75.00"]

    with receivers.answering(200) as receiver:
        code, out, _ = run("purchase", *words, "--to", str(receiver.port), "--secret", "s3cret")

    body = json.loads(receiver.requests[-1].partition(b"\r\n\r\n")[2])
    assert code == 0
    assert body["customer"]["email"] == "zoe@example.com"
    assert body["metadata"] == {"user": "42"}
    assert body["amountBeforeTax"] == 75
    assert "s3cret" not in out


def test_the_current_dialect(run):
    """`--dialect current` sends the newest generation's bodies; the repeat line says so."""
    code, out, _ = run("pause-and-resume", "--dialect", "current", *REPEATABLE)

    assert code == 0
    assert "customer.subscription.pause " in out
    assert "--dialect current" in out


def test_the_same_seed_and_start_give_the_same_bytes(tmp_path):
    """Two processes with different hash seeds: identical journals, bodies and headers."""
    journals = []
    for hashes in ("1", "2"):
        file = tmp_path / f"{hashes}.ndjson"
        environment = {**os.environ, "PYTHONHASHSEED": hashes}
        with receivers.answering(200) as receiver:
            done = program(
                *("run", "renewal-failure", *REPEATABLE, "--to", str(receiver.port)),
                *("--journal", str(file)),
                env=environment,
            )
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        taken = [(line["headers"], line["body"]) for line in lines if line["kind"] == "take"]
        journals.append((done.returncode, taken))

    assert journals[0] == journals[1]
    assert journals[0][0] == 0
    assert len(journals[0][1]) > 8


def test_without_a_seed_ids_are_fresh_and_the_last_line_repeats_them(run):
    """Two runs differ; the line that each prints repeats it."""
    _, first, _ = run("purchase")
    _, second, _ = run("purchase")
    repeat = first.splitlines()[-1].partition("repeat with: pocketsflow-emulator run ")[2]

    _, again, _ = run(*repeat.split())

    def what(text):
        return [line.partition("  passed")[0] for line in text.splitlines()[2:-3]]

    assert what(first) == what(again)
    assert what(first) != what(second)


# ---- it does not hold --------------------------------------------------------------------------


def test_a_rejected_delivery_is_named(run):
    """A receiver that answers 500 makes the run fail, and the delivery is shown."""
    with receivers.answering(500) as receiver:
        code, out, _ = run("purchase", "--to", str(receiver.port), *REPEATABLE)

    assert code == 1
    assert "✗ order.completed" in out
    assert "500" in out


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (receivers.redirect_loop, "redirected"),
        (receivers.ssh_banner, "not_http"),
        (receivers.closing, "disconnected"),
        (receivers.huge_body, "delivered"),
        (receivers.deaf, "timeout_response"),
    ],
)
def test_whatever_answers_the_run_ends_and_the_journal_says_what(run, tmp_path, behaviour, outcome):
    """A redirect, garbage, a hang-up, ten gigabytes, silence: one outcome each."""
    file = tmp_path / "journal.ndjson"

    with behaviour() as receiver:
        code, _, _ = run(
            *("purchase-declined", "--to", receiver.url, *REPEATABLE, "--journal", str(file))
        )

    assert {outcome} == {record["outcome"] for record in records(file)}
    assert code == (0 if outcome == "delivered" else 1)


def test_an_unreachable_receiver_stops_the_run(run):
    """After the first failed connect: exit 3, the cause and the remedy in a sentence."""
    with receivers.refusing() as receiver:
        code, _, err = run("purchase", "--to", receiver.url, *REPEATABLE)

    assert code == 3
    assert f"cannot reach {receiver.url} (refused" in err
    assert "Traceback" not in err


def test_the_time_is_bounded(run):
    """`--timeout` ends the run with exit 124, also while a receiver is silent."""
    with receivers.deaf() as receiver:
        code, out, err = run("purchase", "--to", receiver.url, "--timeout", "0.3")

    assert code == 124
    assert "not done after 0.3 s" in err
    assert "broken off: 2 events, 0 of 2 delivered, 2 waiting" in out
    assert "repeat with: " in out


def test_a_run_that_is_broken_off_says_so_in_its_document(run):
    """`--format json` gives its one document on every way out, with the reason."""
    with receivers.refusing() as receiver:
        code, out, _ = run("refund", "purchase", "--to", receiver.url, "--format", "json")

    document = json.loads(out)
    assert code == 3
    assert document["error"].startswith(f"cannot reach {receiver.url} (refused")
    assert not document["ok"]
    assert [scenario["name"] for scenario in document["scenarios"]] == ["refund"]


def test_the_document_names_the_receiver(run):
    """`to` is the address that was sent to, also that of the embedded receiver."""
    _, out, _ = run("purchase", *REPEATABLE, "--format", "json")

    assert json.loads(out)["to"].startswith("http://127.0.0.1:")


# ---- wrong use ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["purchse"], "did you mean 'purchase'?"),
        (["--tag", "trail"], "did you mean 'trial'?"),
        (["purchase", "--set", "prize=1"], "did you mean 'price'?"),
        (["purchase", "--set", "price"], "write --set name=value"),
        (["purchase", "--set", "price=cheap"], "write an amount"),
        (["purchase", "--metadata", "=x"], "write --metadata name=value"),
        (["purchase", "--start", "yesterday"], "is not a date"),
        (["purchase", "--start", "-99999999d"], "is not a date"),
        (["purchase", "--seed", "-1"], "--seed"),
        (["purchase", "--to", "ftp://x"], "is not an address"),
        (["purchase", "--to", "https://example.org/hooks"], "--allow-public-targets"),
        (["purchase", "--email", "nobody"], "write an address like jane@example.com"),
        (["purchase", "--dialect", "old"], "--dialect"),
        (["purchase", "--timeout", "0"], "--timeout"),
        (["purchase", "--fromat", "json"], "--format"),
        (["trial-cancelled", "--probe", "member"], "'member' is no probe; write member=/test"),
        (["trial-cancelled", "--probe", "member=/m/{email}"], "add --to, or write a whole URL"),
        (["trial-cancelled", "--probe", "membr=http://127.0.0.1:1/"], "did you mean 'member'?"),
        (["purchase", "--server", "http://127.0.0.1:1", "--allow-commands"], "for runs from here"),
        (["nowhere/mine.yaml"], "cannot be read"),
        ([""], "the name of a scenario is empty"),
        (["purchase", "--to", ""], "'' is not an address"),
        (["purchase", "--secret", ""], "--secret is empty"),
        (["purchase", "--timeout", "nan"], "'nan' is not a number of seconds"),
        (["purchase", "--timeout", "inf"], "'inf' is not a number of seconds"),
        (["purchase", "--start", "tomorrow"], "now and -14d (14 days ago) do too"),
        (["purchase", "--journal", "-"], "standard output is for the report"),
        (["purchase", "--to", "http://me:pw@"], "'http://***@' is not an address"),
        (["purchase", "--journal", "/nowhere/at/all.ndjson"], "cannot be written"),
        ([], "name a scenario, or --all"),
    ],
)
def test_wrong_use_is_a_sentence(run, words, said):
    """Whatever is misspelt or impossible is named, with what to write; never a traceback."""
    code, out, err = run(*words)

    assert code in (2, 3, 5)
    assert said in err
    assert "Traceback" not in out + err
    assert "internal error" not in err


PROBED = """\
version: 1
name: probed
title: An application is asked
catches: A shop that forgets
given: {course: {create_product: {name: Course}}}
probes:
  member: {get: "/members/$email", within: 0s}
  shell: {command: [echo, $email], within: 5s}
steps:
  - purchase: {product: $course}
    expect: {member: {json.access: true}, shell: {status: 0}}
"""


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ([], "probed.yaml:11: step 1 (purchase): member: json.access: expected True"),
        (["--probe", "member={url}/{email}"], "the answer is no JSON, but 200 'ok'"),
    ],
)
def test_an_application_is_asked_what_came_of_it(run, tmp_path, offered, expected):
    """A file's path is asked at the receiver's address, or where --probe says; the miss says what
    was answered.
    """
    file = tmp_path / "probed.yaml"
    file.write_text(PROBED, encoding="utf-8")

    with receivers.answering(200) as receiver:
        words = [word.replace("{url}", receiver.url) for word in offered]
        code, out, err = run(str(file), "--to", receiver.url, "--allow-commands", *words)

    assert (code, err) == (1, "")
    assert expected in out
    assert "This scenario catches: A shop that forgets" in out


def test_without_an_application_only_commands_are_asked(run, tmp_path):
    """An embedded receiver is no application: a file's paths are not asked of it."""
    file = tmp_path / "probed.yaml"
    file.write_text(PROBED, encoding="utf-8")

    refused = run(str(file))
    allowed = run(str(file), "--allow-commands")

    assert refused[0] == 2
    assert "the probe shell runs a command, 'echo $email'" in refused[2]
    assert "run --allow-commands" in refused[2]
    assert allowed[0] == 0
    assert "run " in allowed[1]
    assert "--allow-commands" in allowed[1].splitlines()[-1]


def test_a_malformed_file_is_located_and_nothing_is_sent(run, tmp_path):
    """File, line, column, what was found and the nearest name; no request goes out."""
    file = tmp_path / "mine.yaml"
    file.write_text(MALFORMED, encoding="utf-8")

    with receivers.answering(200) as receiver:
        code, _, err = run("purchase", str(file), "--to", receiver.url)

    assert code == 2
    assert f"{file}:5:16: purchase has no argument 'prodct'; did you mean 'product'?" in err
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--tag", "nope"], "no scenario has the tag 'nope'; known are calendar, cancel,"),
        (["--tag", "trail"], "no scenario has the tag 'trail'; did you mean 'trial'?"),
    ],
)
def test_a_tag_that_no_scenario_has_selects_nothing(run, words, expected):
    """A selection that is empty is exit 5, and says what there is."""
    code, _, err = run(*words)

    assert code == 5
    assert expected in err


def test_what_is_named_and_selected_runs_once(run):
    """`run purchase --all` runs every scenario once, the named one first."""
    _, out, _ = run("refund", "--all", *REPEATABLE, "--format", "json")

    names = [scenario["name"] for scenario in json.loads(out)["scenarios"]]
    assert names[0] == "refund"
    assert sorted(names) == library.names()


def test_two_files_of_one_name_both_get_their_options(run, tmp_path):
    """`--set` reaches every scenario that has the option, also where two are called the same."""
    files = []
    for number, options in enumerate(("{price: {type: amount, default: 1}}", "{}")):
        file = tmp_path / f"{number}.yaml"
        file.write_text(
            f"version: 1\nname: same\ntitle: T\noptions: {options}\n"
            f"steps: [{{create_product: {{price: {'$price' if number == 0 else 3}}}}}]\n"
        )
        files.append(str(file))

    _, out, _ = run(*files, "--set", "price=7", "--format", "json")

    first, second = json.loads(out)["scenarios"]
    prices = [one["deliveries"][0]["body"]["product"]["price"] for one in (first, second)]
    assert prices == [7, 3]


def test_an_empty_variable_is_an_unset_one(run, monkeypatch):
    """`$POCKETSFLOW_WEBHOOK_SECRET` counts where it is not empty; the help says so."""
    monkeypatch.setenv("POCKETSFLOW_WEBHOOK_SECRET", "")
    _, empty, _ = run("purchase", *REPEATABLE)
    monkeypatch.setenv("POCKETSFLOW_WEBHOOK_SECRET", "whsec_mine")
    _, full, _ = run("purchase", *REPEATABLE)

    assert "(the secret whsec_pocketsflow_emulator)" in empty
    assert "(the secret of $POCKETSFLOW_WEBHOOK_SECRET)" in full
    assert "(unset and empty are the same)" in " ".join(run("--help")[1].split())


def test_a_folder_without_scenarios_selects_nothing(run, tmp_path):
    """An empty folder is exit 5, so that CI notices."""
    code, _, err = run(str(tmp_path))

    assert code == 5
    assert ".pocketsflow.yaml" in err


# ---- policies, waiting, pace -------------------------------------------------------------------


def test_a_policy_tries_again(run, receiver):
    """`--policy`, `--dunning` and `--concurrency` hold for every world, and are repeated."""
    words = ["--policy", "retry-ladder", "--dunning", "strict", "--concurrency", "4"]

    code, out, _ = run("renewal-failure-recovers", "--to", receiver.url, *words)

    assert code == 0
    assert f"--to {receiver.url} --policy retry-ladder --dunning strict --concurrency 4" in out


def test_a_receiver_that_is_still_starting_is_waited_for(run):
    """`--wait` ends as soon as somebody accepts connections, and with exit 3 if nobody does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        late, _, err = run("purchase", "--to", url, "--wait", "150ms")
    with receivers.answering(200) as receiver:
        code, _, _ = run("purchase", "--to", receiver.url, "--wait", "20s")

    assert (late, code) == (3, 0)
    assert f"--wait: nothing accepts connections at {url} after 0.15 s (" in err


def test_people_may_watch(run, receiver):
    """`--pace` is real time before each delivery."""
    began = monotonic()

    code, _, _ = run("purchase", "--to", receiver.url, "--pace", "200ms")

    assert code == 0
    assert monotonic() - began > 0.4


@pytest.mark.parametrize("flag", ["--wait", "--pace"])
def test_spans_are_written_with_their_unit(run, flag):
    """What is no span is named."""
    code, _, err = run("purchase", flag, "soon")

    assert code == 2
    assert f"{flag} is 'soon'; write a span like 30s" in err


def test_a_fault_goes_wrong_on_purpose(run, receiver):
    """`--fault` holds in every world of the run, and is in the line that repeats it."""
    code, out, _ = run("purchase", "--to", receiver.url, "--fault", "drop=order.completed")

    assert code == 0
    assert len(receiver.requests) == 1
    assert "--fault drop=order.completed" in out


def test_timestamps_of_the_wall(run, receiver):
    """`--timestamps wall` stamps with the real time, whatever the world's clock says."""
    code, out, _ = run("purchase", "--to", receiver.url, *REPEATABLE, "--timestamps", "wall")

    body = json.loads(receiver.requests[-1].partition(b"\r\n\r\n")[2])
    assert code == 0
    assert abs(body["timestamp"] - wall.now_exactly()) < 60_000
    assert "--timestamps wall" in out


ASKED = """\
version: 1
name: {name}
title: An order
probes: {{member: {{}}}}
steps:
  - create_product: {{id: prod_course, price: "60.00"}}
  - purchase: {{product: prod_course, email: jane@example.com}}
    expect: {{member: {{status: 200, json.access: true}}}}
"""


def shop(access):
    """An application that takes webhooks and says of everybody the same."""
    return receivers.answering(200, b'{"access": %s}' % access)


@pytest.mark.parametrize(("access", "code"), [(b"true", 0), (b"false", 1)])
def test_probes_of_the_command_line(run, tmp_path, access, code):
    """`--probe` says where the application tells what came of it; a scenario without it is not
    asked.
    """
    probed, plain = tmp_path / "probed.yaml", tmp_path / "plain.yaml"
    probed.write_text(ASKED.format(name="probed"))
    plain.write_text("version: 1\nname: plain\ntitle: Plain\nsteps: [create_product: {}]\n")

    with shop(access) as receiver:
        words = ["--probe", "member=/members/{email}", "--to", receiver.url, *REPEATABLE]
        done = run(str(probed), str(plain), *words)

    assert code == done[0], done
    assert "--probe 'member=/members/{email}'" in done[1]
    assert ("json.access" in done[1]) == bool(code)
