"""The pages of the manual that are made of the rules."""

import re
import runpy
import sys
from pathlib import Path

import pytest

from pocketsflow_emulator.core.lifecycle import EARLIER, NEW, TABLE
from pocketsflow_emulator.core.models import STATUSES
from pocketsflow_emulator.rules import RULES, diagram, pages
from pocketsflow_emulator.rules.sources import SOURCES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", pages.PAGES)
def test_the_manual_is_what_the_rules_say(name):
    """A page that was not made anew after a change of a rule is stale: say `make docs`."""
    expected = pages.PAGES[name]()

    assert expected == (DOCS / name).read_text(encoding="utf-8")


def test_every_rule_stands_in_the_manual_once():
    """The page of behaviour has one line for each rule."""
    lines = re.findall(r"^\| (.+) \| .+ \| `(.+)` \|$", pages.behaviour(), re.MULTILINE)

    expected = {rule.id: rule.sentence for rule in RULES.values()}
    assert expected == {id: sentence for sentence, id in lines}
    assert len(lines) == len(RULES)


def test_every_page_is_listed_in_the_manual_once():
    """The list of sources has one line for each page."""
    _, _, rest = pages.sources().partition("| cited as |")
    listed, _, _ = rest.partition("## Conflicts")

    keys = re.findall(r"^\| (.+?) \| [^|]+ \|$", listed, re.MULTILINE)
    assert list(SOURCES) == [key for key in keys if key != "---"]


def test_the_diagram_has_the_rows_that_lead_to_another_status():
    """Every change of status is drawn, and nothing else; the end of a subscription is one."""
    drawn = set()
    for left, right, labels in re.findall(r"(\S+) --> (\S+): (.+)", diagram.mermaid()):
        drawn |= {(left, right, label) for label in labels.split(" / ")}

    expected = {
        ("[*]" if status == NEW else status, to, happening.removesuffix(" of"))
        for (status, happening), move in TABLE.items()
        for to in (("trialing", "active") if move.to == EARLIER else (move.to,))
        if to != status
    }
    assert expected == drawn
    assert "canceled --> [*]" in diagram.mermaid()


def test_the_table_has_every_row():
    """The page of the lifecycle lists every row, and what falls due in every status."""
    page = pages.lifecycle()

    rows = re.findall(r"^\| `\w+` \| .+ \| `\w+` \|.*\|$", page, re.MULTILINE)
    assert len(rows) == len(TABLE)
    assert [status for status, _ in diagram.dues()] == list(STATUSES)


def test_pages_are_written_into_a_folder(tmp_path, monkeypatch):
    """`python -m pocketsflow_emulator.rules FOLDER` writes them."""
    monkeypatch.setattr(sys, "argv", ["rules", str(tmp_path)])

    runpy.run_module("pocketsflow_emulator.rules", run_name="__main__")

    written = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    assert {name: page() for name, page in pages.PAGES.items()} == written


def test_a_folder_that_is_not_there_is_named(tmp_path, monkeypatch):
    """Where there is no such folder, a sentence says so."""
    monkeypatch.setattr(sys, "argv", ["rules", str(tmp_path / "nowhere")])

    with pytest.raises(SystemExit, match=r"error: there is no folder .*nowhere; name the one"):
        runpy.run_module("pocketsflow_emulator.rules", run_name="__main__")
