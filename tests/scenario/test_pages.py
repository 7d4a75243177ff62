"""The pages of the manual that are made of the scenarios."""

import runpy
import sys
from pathlib import Path

import pytest

from pocketsflow_emulator.scenario import library, pages

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", pages.PAGES)
def test_the_manual_is_what_the_scenarios_do(name):
    """A page that was not made anew after a change of a scenario is stale: say `make docs`."""
    expected = pages.PAGES[name]()

    assert expected == (DOCS / name).read_text(encoding="utf-8")


def test_every_page_is_of_a_scenario():
    """There is a page for each ready-made scenario, and for nothing else."""
    written = sorted(file.stem for file in (DOCS / "scenarios").glob("*.md"))

    assert library.names() == written


def test_a_page_shows_every_delivery():
    """The table of a page has a row for each delivery, and its picture every day of them."""
    rows = pages.played(library.ready_made("trial-converts"))

    page = pages.page("trial-converts")

    assert len(rows) == 7
    assert page.count("| 200 |") == len(rows)
    assert page.count("    2030-") == len({row.at for row in rows})


def test_pages_are_written_into_a_folder(tmp_path, monkeypatch):
    """`python -m pocketsflow_emulator.scenario FOLDER` writes them, and names one that is not."""
    monkeypatch.setattr(sys, "argv", ["scenario", str(tmp_path)])
    runpy.run_module("pocketsflow_emulator.scenario", run_name="__main__")

    monkeypatch.setattr(sys, "argv", ["scenario", str(tmp_path / "nowhere")])
    with pytest.raises(SystemExit, match="error: there is no folder"):
        runpy.run_module("pocketsflow_emulator.scenario", run_name="__main__")

    assert len(list(tmp_path.rglob("*.md"))) == len(pages.PAGES)
