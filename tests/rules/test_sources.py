"""The list of pages: each once, and nothing cited that is not on it."""

import re
from pathlib import Path

import pytest

from pocketsflow_emulator import resources
from pocketsflow_emulator.core import events
from pocketsflow_emulator.rules import sources
from pocketsflow_emulator.rules.sources import CONFLICTS, SOURCES, TAGS

ROOT = Path(__file__).parents[2]
CITED = re.compile(r"\b(?:G3-EX|SDK|CON-\d+|(?:G1|GEN|G2|G3) /[\w./-]*\w)")
NUMBERED = re.compile(r"\bC\d+\b")
COMMENTS = [
    (f"{dialect}/{name}", resources.text("schemas", f"{dialect}/{name}.json"))
    for dialect in events.DIALECTS
    for name in resources.names(f"schemas/{dialect}", ".json")
]
MODULES = sorted((ROOT / "emulator").rglob("*.py"))


@pytest.mark.parametrize(("name", "text"), COMMENTS)
def test_every_schema_cites_known_pages(name, text):
    """The comment of a schema names at least one page, and none that is not listed."""
    comment = re.search(r'"\$comment": "(.*)"', text)[1]

    cited = set(CITED.findall(comment))
    assert cited
    assert cited <= set(SOURCES)
    assert set(NUMBERED.findall(comment)) <= set(CONFLICTS)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_every_module_cites_known_pages(module):
    """A comment of the code names no page that is not listed."""
    cited = set(CITED.findall(module.read_text(encoding="utf-8")))

    assert cited <= set(SOURCES)


def test_citations_are_recognised():
    """What these tests look for is what comments write."""
    comment = "# G2 /api-webhooks/events, the example; SDK 1.2.1, CON-1 and G3-EX (C7)."

    expected = ["G2 /api-webhooks/events", "SDK", "CON-1", "G3-EX"]
    assert expected == CITED.findall(comment)


def test_a_page_is_listed_once():
    """A second page of the same key is refused."""
    with pytest.raises(ValueError, match="source G2 /api-webhooks/events is listed twice"):
        sources._source("G2", "/api-webhooks/events", "https://docs.pocketsflow.com/elsewhere")


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.key)
def test_a_page_has_a_tag_and_leads_somewhere(source):
    """Every page belongs to a generation and has an address, or says what was seen there."""
    assert source.tag in TAGS
    assert bool(source.address) != bool(source.shows)
