"""What is written where: streams that are full, closed, or of another encoding; colour; secrets."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import receivers
from pocketsflow_emulator import cli, timeline
from pocketsflow_emulator.cli import console

BOUND = 60.0
PROGRAM = [sys.executable, "-m", "pocketsflow_emulator"]
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")


def program(*words, stdout=subprocess.PIPE, **environment):
    """Run the program as a process of its own."""
    return subprocess.run(
        [*PROGRAM, *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=BOUND,
        env={**os.environ, **environment},
        check=False,
    )


@needs_full
@pytest.mark.parametrize(
    "words", [["run", "purchase"], ["scenarios", "list"], ["events", "show", "order.completed"]]
)
def test_a_full_disk_is_the_environment(words):
    """Output that cannot be written ends in exit 3 and a sentence."""
    with FULL.open("wb") as full:
        done = program(*words, stdout=full)

    assert (done.returncode, done.stderr.decode()) == (
        3,
        "error: cannot write to standard output: No space left on device\n",
    )


@needs_full
def test_a_help_that_cannot_be_written():
    """The help, too, can meet a full disk."""
    with FULL.open("wb") as full:
        done = program("--help", stdout=full)

    assert done.returncode == 3
    assert done.stderr == b"error: the system refused: No space left on device\n"


@needs_full
def test_a_journal_on_a_full_disk():
    """The run is told in full; then exit 3 says that its journal could not be written."""
    done = program("run", "purchase", "--journal", str(FULL))

    assert done.returncode == 3
    assert b"passed: 2 events" in done.stdout
    assert done.stderr == b"error: /dev/full: cannot be written: No space left on device\n"


@pytest.mark.skipif(os.name == "nt", reason="uses sh")
def test_a_closed_standard_output():
    """`>&-` is the environment."""
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *PROGRAM, "run", "purchase"],
        capture_output=True,
        timeout=BOUND,
        check=False,
    )

    assert (done.returncode, done.stderr) == (3, b"error: standard output is closed\n")


@pytest.mark.skipif(os.name == "nt", reason="uses sh")
@pytest.mark.parametrize("words", ["run --all", "scenarios list", "--help"])
def test_a_reader_who_has_seen_enough(words):
    """`| head -1` ends the program as SIGPIPE would: exit 141, and nothing on standard error."""
    done = subprocess.run(
        ["sh", "-c", f'{{ "$@" {words}; echo $? >&2; }} | true', "sh", *PROGRAM],
        capture_output=True,
        timeout=BOUND,
        check=False,
    )

    assert done.stderr == b"141\n"


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii"])
def test_another_encoding_has_other_marks(encoding):
    """Where a stream has no ✓, it gets a mark it has; what it cannot write becomes `?`."""
    done = program("run", "purchase", "--email", "日@example.com", PYTHONIOENCODING=encoding)

    out = done.stdout.decode("utf-8" if encoding == "ascii" else encoding)
    assert done.returncode == 0
    assert done.stderr == b""
    mark, name = ("✓", "日") if encoding == "ascii" else ("+", "?")  # click writes UTF-8 then
    assert f"{mark} order.completed                       200  60.00 usd  {name}@example.com" in out


def test_every_mark_has_a_plainer_one():
    """Whatever a timeline marks a line with can be written in ASCII."""
    marks = "".join(timeline.SYMBOLS.values()) + "✗·"

    plain = marks.encode("ascii", console.PLAINER).decode()

    assert "?" not in plain
    assert len(plain) == len(marks)


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_in_a_pipe(environment, coloured):
    """FORCE_COLOR colours a pipe too; NO_COLOR wins."""
    plain = {"FORCE_COLOR": "", "NO_COLOR": "", **environment}

    done = program("run", "purchase", **plain)

    assert (b"\x1b[32m" in done.stdout) == coloured


def test_control_characters_are_shown_as_escapes(tmp_path, capsys, monkeypatch):
    """Neither a name, nor a file, nor an answer can steer the terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    file = tmp_path / "a\x1b[31m.yaml"
    steps = 'steps: [{create_product: {name: "\\e[31mred\\x9b"}}]\n'
    file.write_text(f'version: 1\nname: n\ntitle: "\\e]0;t\\a"\n{steps}')

    with receivers.answering(500, b"\x1b[2J\x07") as receiver:
        code = cli.outcome(["run", str(file), "--to", receiver.url])

    said = capsys.readouterr()
    shown = "".join(said.out.split("\n"))
    for own in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m"):
        shown = shown.replace(own, "")
    assert code == 1
    assert shown.isprintable()
    assert r"\x1b[31mred\x9b" in shown
    assert r"the answer: \x1b[2J\x07" in shown


def test_secrets_are_masked(tmp_path, capsys):
    """No signing secret and no password of an address is printed, or written to the journal."""
    file = tmp_path / "journal.ndjson"

    with receivers.answering(200) as receiver:
        to = f"http://me:hunter2@127.0.0.1:{receiver.port}/"
        words = ["--to", to, "--secret", "whsec_mine", "--journal", str(file)]
        code = cli.outcome(["run", "purchase", "refund", *words])

    said, written = capsys.readouterr(), file.read_text()
    assert code == 0
    assert f"Sending to http://***@127.0.0.1:{receiver.port}/" in said.out
    for text in (said.out, said.err, written):
        assert "hunter2" not in text
        assert "whsec_mine" not in text
    lines = [json.loads(line) for line in written.splitlines()]
    assert [line["scenario"] for line in lines if line["kind"] == "world"] == ["purchase", "refund"]
    assert all(line["headers"] for line in lines if line["kind"] == "take")
