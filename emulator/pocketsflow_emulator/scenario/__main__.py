"""Writes the pages of the manual made of the scenarios into a folder, `docs` by default."""

import sys
from pathlib import Path

from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.rules import pages
from pocketsflow_emulator.scenario.pages import PAGES

try:
    pages.write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"), PAGES)
except InvalidInput as error:
    sys.exit(f"error: {error}")
