"""The examples work as they stand, and their tests find the bugs they are there to find."""

import subprocess
import sys

import pytest

from examples import mutants

EXAMPLES = sorted(mutants.OWN)
OTHERS = ("ci", "express", "go", "php", "python")
"""Those of `test_languages.py`."""


def test_every_example_is_tried():
    """No folder of examples is forgotten here."""
    folders = [path.name for path in mutants.EXAMPLES.iterdir() if path.is_dir()]

    assert sorted(folders) == sorted([*EXAMPLES, *OTHERS])


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_passes(example):
    """`pytest examples/flask` is green, as a reader would run it."""
    alone = [word for name in mutants.STRANGERS for word in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *alone]

    done = subprocess.run(
        [*command, str(mutants.EXAMPLES / example)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_bug_fails_a_test(example, tmp_path):
    """Put into an example, each bug makes at least one of its tests fail."""
    done = subprocess.run(
        [sys.executable, mutants.__file__, example, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == []
