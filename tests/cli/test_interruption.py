"""Ctrl-C and SIGTERM, whenever they come."""

import json
import os
import signal
import subprocess
import sys

import pytest

import receivers
from cli.programs import BOUND, begun

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")

SIGNALS = [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")]


@pytest.mark.parametrize(("number", "expected", "name"), SIGNALS)
def test_a_run_that_is_broken_off_says_what_was_done(tmp_path, number, expected, name):
    """While a receiver is silent: the sum so far, the line that repeats it, and the journal."""
    file = tmp_path / "journal.ndjson"

    with receivers.silent() as receiver:
        words = ["--to", receiver.url, "--journal", str(file)]
        with begun("run", "purchase", "refund", *words) as process:
            assert receiver.asked.wait(BOUND)
            process.send_signal(number)
            out, err = process.communicate(timeout=BOUND)

    assert process.returncode == expected
    assert err == f"error: broken off by {name}\n"
    assert "broken off: 2 events, 0 of 2 delivered, 2 waiting" in out
    assert "0 of 2 scenarios passed; failed: purchase; 1 not begun" in out
    assert "repeat with: pocketsflow-emulator run purchase refund" in out
    kinds = [json.loads(line)["kind"] for line in file.read_text().splitlines()]
    assert kinds[-2:] == ["take", "release"]


@pytest.mark.parametrize(("number", "expected", "_name"), SIGNALS)
def test_a_signal_while_modules_load(number, expected, _name):
    """A signal before the program has loaded ends it with its code and no traceback."""
    code = (
        "import os, signal, sys, builtins\n"
        "real = builtins.__import__\n"
        "def importing(name, *rest, **more):\n"
        "    if name == 'click':\n"
        f"        os.kill(os.getpid(), {int(number)})\n"
        "    return real(name, *rest, **more)\n"
        "builtins.__import__ = importing\n"
        "from pocketsflow_emulator.__main__ import main\n"
        "main()\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=BOUND, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (expected, "", "broken off\n")


def test_a_second_signal_ends_it_at_once():
    """Whoever presses Ctrl-C twice does not wait for anything."""
    code = (
        "import os, signal, time\n"
        "from pocketsflow_emulator.cli.interruption import Interruption\n"
        "async def stubborn():\n"
        "    for _ in range(2):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    raise AssertionError('went on')\n"
        "with Interruption() as interruption:\n"
        "    interruption.run(stubborn())\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=BOUND, check=False
    )

    assert (done.returncode, done.stderr) == (130, "")


def test_an_ignored_signal_stays_ignored():
    """Under `nohup`, and in the background of a script, Ctrl-C is not for this program."""
    code = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "sys.argv[1:] = ['--version']\n"
        "from pocketsflow_emulator.__main__ import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=BOUND, check=False
    )

    assert done.stdout.splitlines()[-1] == "True"
