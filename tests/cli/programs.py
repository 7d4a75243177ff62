"""The program as a process of its own, and programs for it to run."""

import os
import subprocess
import sys
from contextlib import contextmanager

BOUND = 60.0
PROGRAM = [sys.executable, "-m", "pocketsflow_emulator"]


def program(*words, stdin=subprocess.DEVNULL, cwd=None, **environment):
    """Run it to its end; output as text."""
    return subprocess.run(
        [*PROGRAM, *words],
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=BOUND,
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
    )


@contextmanager
def begun(*words, **environment):
    """Start it; gives the process, which is killed at the end if it has not ended."""
    process = subprocess.Popen(
        [*PROGRAM, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def serving(*words, **environment):
    """A server on a free port; gives the process and its URL."""
    with begun("serve", "--port", "0", *words, **environment) as process:
        yield process, process.stdout.readline().removeprefix("listening on ").strip()
