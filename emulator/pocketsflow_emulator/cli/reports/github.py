"""What GitHub Actions shows of a run: annotations in the files, and the summary of the job."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pocketsflow_emulator.cli import console
from pocketsflow_emulator.cli.reports import md

Json = Mapping[str, Any]

MOST = 10
"""How many annotations of a step are shown."""


def tell(document: Json) -> None:
    """Annotate and add to the summary, where this runs in Actions."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    for line in annotations(document):
        console.complain(line)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(md.text(document))
        except OSError as error:
            console.complain(f"the summary of the step cannot be written: {error.strerror}")


def annotations(document: Json) -> Iterator[str]:
    """Yield the commands that annotate; what would be one too many is counted."""
    misses = [miss for scenario in document["scenarios"] for miss in scenario["misses"]]
    errors = [document["error"]] if document["error"] else []
    shown = misses if len(misses) + len(errors) <= MOST else misses[: MOST - 1 - len(errors)]
    for error in errors:
        yield f"::error title=Pocketsflow::{_value(error)}"
    for miss in shown:
        place = f"file={_property(miss['file'])},line={miss['line']}"
        yield f"::error {place},title={_property(miss['step'])}::{_value(miss['message'])}"
    if len(shown) < len(misses):
        yield f"::error title=Pocketsflow::and {len(misses) - len(shown)} more that did not hold"


def _value(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return re.sub("[:,]", lambda found: f"%{ord(found[0]):02X}", _value(text))
