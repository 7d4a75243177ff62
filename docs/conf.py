"""The site of the manual: `make site` builds it, from these pages and from the code."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import manual
from sphinx.application import Sphinx

project = "Pocketsflow emulator"
author = "the Pocketsflow emulator's authors"
project_copyright = author
extensions = ["myst_parser"]
exclude_patterns = ["_build", "conf.py", "manual.py"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = project
html_copy_source = False
html_show_sphinx = False
html_static_path: list[str] = []
html_theme_options = {"top_of_page_buttons": []}
suppress_warnings = ["myst.xref_missing", "misc.highlighting_failure"]
nitpicky = False

manual.write(Path(__file__).parent / "made")


_ELSEWHERE = re.compile(r"\[([^\]]*)\]\(\.\./[^)]*\)")


def _for_the_site(_app: object, _name: str, source: list[str]) -> None:
    """Show a diagram as text, because the program that draws it would come from another host, and
    do not link to files that are not pages.
    """
    text = source[0].replace("```mermaid", "```text").replace("```console", "```shell")
    source[0] = _ELSEWHERE.sub(r"\1", text)


def setup(app: Sphinx) -> None:
    """Hook in."""
    app.connect("source-read", _for_the_site)
