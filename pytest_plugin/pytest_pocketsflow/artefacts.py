"""What a test leaves behind where that is asked for: its journal and its timeline, in a folder."""

import re
from hashlib import blake2b
from pathlib import Path

import pytest

from pytest_pocketsflow import plugin
from pytest_pocketsflow.worlds import Pocketsflow, PocketsflowAsync

FOLDER = "pocketsflow-artefacts"
_LONGEST = 80


def keep(
    world: Pocketsflow | PocketsflowAsync, node: pytest.Item, when: str, *, failed: bool
) -> None:
    """Write `journal.ndjson` (secrets masked) and `timeline.txt` into the folder of a test, always
    or where it has failed.
    """
    if when == "off" or (when == "retain-on-failure" and not failed):
        return
    output = node.config.rootpath / (plugin.option(node.config, "output") or FOLDER)
    folder = output / named(node.nodeid)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "journal.ndjson", "\n".join(world.log(test=node.nodeid)))
        _write(folder / "timeline.txt", world.timeline())
    except OSError as error:
        plugin.give_up("--pocketsflow-output", error)


def named(test: str) -> str:
    """Return the folder of a test: its id in letters that every file system has, cut where it is
    long, and a number that no other test has.
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", test).strip("-.")[-_LONGEST:]
    return f"{plain}-{blake2b(test.encode(), digest_size=4).hexdigest()}"


def _write(file: Path, text: str) -> None:
    file.write_text(f"{text}\n" if text else "", encoding="utf-8")
