"""Colour: on terminals, and as NO_COLOR and FORCE_COLOR say."""

import os
import sys

import click

_ROLES = {
    "title": {"bold": True},
    "good": {"fg": "green"},
    "bad": {"fg": "red", "bold": True},
    "dim": {"dim": True},
}


def wanted() -> bool:
    """Say whether to write in colour."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def styled(text: str, role: str) -> str:
    """Return a text in the colour of its role, where colour is wanted."""
    return click.style(text, **_ROLES[role]) if wanted() else text  # type: ignore[arg-type]
