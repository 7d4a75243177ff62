"""The programs of the end-to-end tests, each a process of its own: the emulator and receivers."""

import json
import os
import selectors
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pocketsflow_emulator.scenario import library

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BOUND = 60.0
"""Seconds after which a program that does not end is a failure of the test."""

SECRET = "whsec_Zoë_&_Søn 7"
"""Not ASCII, with a space: the key is the secret's UTF-8."""

SIGNED = [
    each.name
    for each in library.everything()
    if not {"signature", "dialect", "load", "fault"} & {*each.tags}
]
"""The ready-made scenarios that send one dialect, signed as it should be, and no crowd."""

NODE = shutil.which("node")
OPENSSL = shutil.which("openssl")

needs_node = pytest.mark.skipif(NODE is None, reason="node is not on PATH")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not on PATH")

RECEIVERS = [
    pytest.param([sys.executable, "-I", str(HERE / "receiver.py")], id="python"),
    pytest.param([NODE, str(HERE / "receiver.mjs")], id="node", marks=needs_node),
]


class Run(NamedTuple):
    """What a run of the command line did: its exit code, what it printed, and its journal."""

    code: int
    text: str
    journal: list[dict[str, Any]]

    @property
    def tries(self) -> list[dict[str, Any]]:
        """The journal's line for each request that went out."""
        return [line for line in self.journal if line["kind"] == "take"]

    @property
    def signatures(self) -> list[str]:
        """The signature of each request that went out."""
        return [dict(line["headers"])["X-Pocketsflow-Signature"] for line in self.tries]


def run(folder: Path, *words: str) -> Run:
    """Call `pocketsflow-emulator run` with these words, its journal in `folder`."""
    journal = folder / "journal.ndjson"
    done = subprocess.run(
        [sys.executable, "-m", "pocketsflow_emulator", "run", *words, "--journal", str(journal)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
        timeout=BOUND,
        check=False,
    )
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    return Run(done.returncode, done.stdout, [json.loads(line) for line in lines])


class Listening:
    """A receiver that runs: where it listens, and its `report` once the context is left."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/webhooks"
        self.report: dict[str, Any] = {}


@contextmanager
def listening(command: list[str], secret: str) -> Iterator[Listening]:
    """Run a receiver; leaving the context ends it and fills in its report."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "SECRET": secret},
    ) as process:
        try:
            receiver = Listening(int(_first_line(process)))
            yield receiver
            said, _ = process.communicate(timeout=BOUND)
            receiver.report = json.loads(said)
        finally:
            process.kill()


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        assert selector.select(BOUND), "the receiver has not named its port"
    return process.stdout.readline()
