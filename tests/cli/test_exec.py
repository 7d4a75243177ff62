"""`exec`: a server for the time that a command runs, and nothing left afterwards."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest

from cli.programs import BOUND, PROGRAM, begun, program

pytestmark = pytest.mark.skipif(os.name == "nt", reason="process groups as POSIX has them")

STUBBORN = """\
import os, signal, subprocess, sys
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
below = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(os.getpid(), below.pid, flush=True)
while True:
    signal.pause()
"""
"""A command that will not end, with a process below it; prints both ids."""


def python(code, *flags):
    """The words that run a program in `exec`."""
    return ["exec", *flags, "--", sys.executable, "-c", code]


def is_running(process):
    """Say whether there is such a process, and not only its end to be noticed."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def test_the_command_finds_the_server():
    """Address, key and secret are in its environment, under these names and those of `--env`."""
    code = (
        "import json, os\n"
        "from urllib.request import Request, urlopen\n"
        "key = os.environ['POCKETSFLOW_API_KEY']\n"
        "url = os.environ['POCKETSFLOW_BASE_URL'] + '/users/me'\n"
        "me = urlopen(Request(url, headers={'Authorization': f'Bearer {key}'}))\n"
        "names = ('POCKETSFLOW_EMULATOR_SERVER', 'POCKETSFLOW_WEBHOOK_SECRET', 'MY_URL', 'HOOK')\n"
        "print(json.dumps([me.status, *(os.environ[name] for name in names)]))\n"
    )

    done = program(*python(code, "--env", "MY_URL=url", "--env", "HOOK=secret", "--secret", "s1"))

    status, server, secret, own, hook = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert status == 200
    assert server == own
    assert server.startswith("http://127.0.0.1:")
    assert (secret, hook) == ("s1", "s1")


def test_it_returns_the_code_of_the_command():
    """What the command says, `exec` says; the line that repeats it goes to standard error."""
    done = program(*python("raise SystemExit(7)", "--seed", "9"))

    assert (done.returncode, done.stdout) == (7, "")
    assert done.stderr.startswith("repeat with: pocketsflow-emulator exec --dialect documented")
    assert "--seed 9 --start " in done.stderr


def test_a_command_that_dies_of_a_signal():
    """128 and the number, as in a shell."""
    done = program(*python("import os; os.kill(os.getpid(), 9)"))

    assert done.returncode == 137


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["exec", "no-such-command"], 127, "error: there is no command 'no-such-command'\n"),
        (["exec", "/"], 126, "error: '/' cannot be executed\n"),
        (["exec"], 2, "error: Missing argument"),
        (["exec", "--env", "X=uri", "true"], 2, "did you mean 'url'?"),
        (["exec", "--env", "X", "true"], 2, "write --env NAME=url, NAME=key or NAME=secret"),
        (["exec", "--port", "1", "true"], 2, "No such option"),
    ],
)
def test_what_cannot_be_run(words, code, said):
    """Nothing is there, or it is wrong use: a sentence and a code of its own."""
    done = program(*words)

    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_that_hangs_is_ended():
    """`--timeout` is exit 124; the command and all below it are gone, however stubborn."""
    done = program(*python(STUBBORN, "--timeout", "1"))

    ids = done.stdout.split()
    assert done.returncode == 124
    assert "error: --timeout: " in done.stderr
    assert "has not ended after 1 s" in done.stderr
    assert len(ids) == 2
    assert [id for id in ids if is_running(id)] == []


def test_what_a_command_leaves_behind_is_ended():
    """A server that a script has started in the background does not outlive it."""
    code = (
        "import subprocess, sys\n"
        "print(subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']).pid)\n"
    )

    done = program(*python(code))

    assert done.returncode == 0
    assert not is_running(done.stdout.strip())


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_reaches_the_command(number, expected):
    """Ctrl-C, SIGTERM and a closed terminal are passed on, and waited for."""
    code = (
        "import signal\n"
        "def end(number, _frame):\n"
        "    print('ended in order', flush=True)\n"
        "    raise SystemExit(3)\n"
        "for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):\n"
        "    signal.signal(number, end)\n"
        "print('ready', flush=True)\n"
        "signal.pause()\n"
    )

    with begun(*python(code)) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=BOUND)

    assert (process.returncode, out) == (expected, "ended in order\n")
    assert "Traceback" not in err


def test_a_second_signal_does_not_wait():
    """Whoever presses Ctrl-C twice is rid of a stubborn command at once."""
    with begun(*python(STUBBORN)) as process:
        ids = process.stdout.readline().split()
        began = monotonic()
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=BOUND)

    assert process.returncode in (130, 143)
    assert monotonic() - began < 2.5
    assert [id for id in ids if is_running(id)] == []


def test_ctrl_c_on_a_terminal_goes_to_the_command():
    """The command has the terminal: it can read from it, and gets what is pressed there."""
    code = (
        "import sys\n"
        "print('name?', flush=True)\n"
        "print('hello', sys.stdin.readline().strip(), flush=True)\n"
        "sys.stdin.readline()\n"
    )
    mine, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _SESSION, *PROGRAM, *python(code)],
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)

    try:
        _until(mine, b"name?")
        os.write(mine, b"jane\n")
        _until(mine, b"hello jane")
        os.write(mine, b"\x03")
        code = process.wait(BOUND)
    finally:
        process.kill()
        os.close(mine)

    assert code == 130


_SESSION = """\
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes the terminal that of a new session, as a terminal window does."""


def _until(terminal, wanted):
    """Read from a terminal until something has come."""
    found, until = b"", monotonic() + BOUND
    while wanted not in found:
        ready, _, _ = select.select([terminal], [], [], until - monotonic())
        assert ready, found
        found += os.read(terminal, 4096)


def test_a_start_that_fails_runs_nothing(tmp_path):
    """A file of `--init` that cannot be used is named, and the command is not run."""
    (tmp_path / "a.yaml").write_text("products: [{prise: 1}]")

    done = program("exec", "--init", str(tmp_path), "--", sys.executable, "-c", "print('ran')")

    assert (done.returncode, done.stdout) == (2, "")
    assert "a.yaml:1:13: create_product has no argument 'prise'" in done.stderr


def test_the_start_is_over_when_the_command_begins(tmp_path):
    """The command finds what the files of `--init` have made and played."""
    (tmp_path / "1-shop.yaml").write_text('products: [{id: prod_course, price: "60.00"}]')
    (tmp_path / "2-sale.yaml").write_text(
        "version: 1\nname: sale\ntitle: T\nsteps: [{purchase: {product: prod_course}}]\n"
    )
    code = (
        "import json, os\n"
        "from urllib.request import urlopen\n"
        "url = os.environ['POCKETSFLOW_BASE_URL'] + '/_emulator/state'\n"
        "print(len(json.load(urlopen(url))['result']['objects']['order']))\n"
    )

    done = program(*python(code, "--init", str(tmp_path)))

    assert (done.returncode, done.stdout) == (0, "1\n")
