"""The manual as a site: it builds without a complaint, knows every name, and works offline."""

import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from pocketsflow_emulator import Emulator, cli
from pocketsflow_emulator.core import events, verbs
from pocketsflow_emulator.delivery import faults, outcomes
from pocketsflow_emulator.scenario import library
from pocketsflow_emulator.scenario.model import PSEUDO_VERBS

ROOT = Path(__file__).parents[1]
BOUND = 180
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
"""Element -> the attribute whose address a browser fetches by itself."""


class Page(HTMLParser):
    """What a page links to, what it loads, and which anchors it has."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.anchors = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "id" in given:
            self.anchors.add(given["id"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if given.get(LOADED.get(tag, "")):
            self.loads.append(given[LOADED[tag]])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as `make site` does: path -> text."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*command, "-d", str(folder / "trees"), str(ROOT / "docs"), str(folder / "html")],
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    home = folder / "html"
    return {
        str(file.relative_to(home)): file.read_text(encoding="utf-8")
        for file in sorted(home.rglob("*.html"))
    }


def test_every_page_of_the_manual_is_there(site):
    """Each page in docs/ is a page of the site."""
    pages = {f"{page.stem}.html" for page in (ROOT / "docs").glob("*.md")}

    assert pages <= set(site)


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("events", [row.name for row in events.CATALOGUE.values()]),
        ("verbs", [*verbs.VERBS, *PSEUDO_VERBS]),
        ("steps", [*verbs.VERBS, *PSEUDO_VERBS]),
        ("faults", [*faults.KINDS]),
        ("outcomes", [*outcomes.OUTCOMES]),
        ("scenarios", library.names()),
        ("commands", [*cli.COMMANDS]),
        ("emulator", [name for name in dir(Emulator) if name in ("deliver_to", "timeline")]),
        ("http", ["POST /refunds", "GET /_emulator/deliveries"]),
    ],
)
def test_the_reference_knows_every_name(site, page, names):
    """What has a name in the code has a heading in the reference."""
    text = unescape(re.sub(r"<[^>]+>", "", site[f"made/{page}.html"]))

    assert [name for name in names if name not in text] == []


def test_nothing_is_fetched_from_elsewhere(site):
    """A browser that opens a page asks no other host for anything."""
    foreign = {
        (path, address)
        for path, text in site.items()
        for address in Page(text).loads
        if urlsplit(address).netloc
    }

    assert set() == foreign


def test_links_lead_somewhere(site):
    """Every link within the site leads to a page that is there, and to a place in it."""
    pages = {path: Page(text) for path, text in site.items()}

    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = path
            if parts.path:
                target = str((Path("/") / path).parent.joinpath(unquote(parts.path)).resolve())[1:]
            found = pages.get(target)
            if found is None or (parts.fragment and unquote(parts.fragment) not in found.anchors):
                broken.append((path, link))

    assert [one for one in broken if not one[1].startswith("_sources")] == []
