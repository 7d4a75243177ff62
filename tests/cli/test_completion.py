"""`completion`: what shells are given, and what they get back."""

import shutil
import subprocess

import pytest

from cli.programs import program
from pocketsflow_emulator.cli.completion import SHELLS


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_can_read_its_script(shell, tmp_path):
    """The script is printed, and the shell that it is for takes it."""
    done = program("completion", shell)
    script = tmp_path / "script"
    script.write_text(done.stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert "_POCKETSFLOW_EMULATOR_COMPLETE" in done.stdout
    if found := shutil.which(shell):
        read = subprocess.run([found, "-n", str(script)], capture_output=True, timeout=60)
        assert (read.returncode, read.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ru", ["run"]),
        ("run trial-conv", ["trial-converts"]),
        ("run --rec", ["--record"]),
        ("act uncan", ["uncancel"]),
        ("trigger order.c", ["order.completed"]),
        ("events show review", ["review.created"]),
        ("completion z", ["zsh"]),
    ],
)
def test_names_are_completed(typed, expected):
    """Commands, flags, scenarios, verbs and events complete."""
    words = f"pocketsflow-emulator {typed}"

    done = program(
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
        _POCKETSFLOW_EMULATOR_COMPLETE="bash_complete",
    )

    assert done.returncode == 0
    assert expected == [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_another_shell_is_wrong_use():
    """Other shells are named as unknown, with those there are."""
    done = program("completion", "csh")

    assert done.returncode == 2
    assert "'csh' is not one of 'bash', 'zsh', 'fish'" in done.stderr


def test_no_shell_is_wrong_use():
    """Where none is named, those there are stand on one line."""
    done = program("completion")

    assert done.returncode == 2
    assert "Choose from: bash, zsh, fish\n" in done.stderr
