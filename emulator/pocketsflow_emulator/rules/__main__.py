"""Writes the pages of the manual that are made of the rules into a folder, `docs` by default."""

import sys
from pathlib import Path

from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.rules import pages

try:
    pages.write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
except InvalidInput as error:
    sys.exit(f"error: {error}")
