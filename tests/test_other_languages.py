"""The loops of docs/other-languages.md, run as they stand there."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from clients import serving

PAGE = Path(__file__).parents[1] / "docs" / "other-languages.md"
BOUND = 120
RUN = {
    "node": ("node", "--test", "--test-reporter=tap"),
    "php": ("php", "-d", "allow_url_fopen=1", "test.php"),
    "gofmt": ("gofmt", "-l", "."),
    "go": ("go", "test", "./..."),
}
"""Program -> how it runs the files of its language; Go is compiled where a campaign asks for it."""


def write(folder):
    """Write every block that names its file."""
    found = re.findall(
        r"^```\w+\n((?:<\?php )?// (\S+)\n.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    for text, name in found:
        (folder / name).write_text(text)
    (folder / "go.mod").write_text("module shop\n\ngo 1.18\n")
    return {name for _, name in found}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files of the page."""
    made = tmp_path_factory.mktemp("languages")
    assert write(made) == {
        *("emulator.mjs", "app.mjs", "app.test.mjs"),
        *("emulator.php", "test.php", "emulator_test.go"),
    }
    return made


def run(program, folder, url):
    """Run a program in the folder; skipped where it is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    return subprocess.run(
        RUN[program],
        cwd=folder,
        env={**os.environ, "POCKETSFLOW_EMULATOR_SERVER": url},
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )


def test_a_node_suite_needs_no_port(folder):
    """`node --test` calls its own http handler with what it pulls; only the server listens."""
    with serving(key=None) as api:
        done = run("node", folder, api.url)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 1" in done.stdout
    assert "# fail 0" in done.stdout


def test_a_php_suite_needs_no_port(folder):
    """The same in PHP."""
    with serving(key=None) as api:
        done = run("php", folder, api.url)

    assert (done.returncode, done.stdout) == (0, "ok\n"), done.stdout + done.stderr


def test_the_go_files_are_formatted(folder):
    """`gofmt` can read them, and has nothing to change."""
    done = run("gofmt", folder, "")

    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.skipif("POCKETSFLOW_GO" not in os.environ, reason="compiling takes a while")
def test_a_go_suite_needs_no_port(folder):
    """The same in Go, with `httptest`."""
    with serving(key=None) as api:
        done = run("go", folder, api.url)

    assert done.returncode == 0, done.stdout + done.stderr
