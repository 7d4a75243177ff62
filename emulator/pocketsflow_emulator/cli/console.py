"""What people see: standard output and standard error, in colour where that is wanted.

What somebody else wrote (names, answers, files) reaches a terminal without control characters.
"""

import codecs
import json
import os
import re
import sys
from typing import Any

import click

from pocketsflow_emulator.errors import EnvironmentFailure, printable

VERSION = 1
"""Of the JSON documents; it changes when a reader of the old ones would misread the new."""

form = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
"""The flag of what can be read by people or by programs."""

_ROLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True},
    "good": {"fg": "green"},
    "bad": {"fg": "red", "bold": True},
    "dim": {"dim": True},
}
_OWN = re.compile("(\x1b\\[[0-9]{1,2}m)")
"""The escape sequences that `styled` writes."""

PLAINER = "plainer"
"""How a stream writes what its encoding does not have: the name of an error handler."""

_MARKS = {"✓": "+", "✗": "x", "…": ".", "↻": "~", "·": "-", "‖": "="}
"""What the marks of a timeline become there; all else is a question mark."""


def prepare() -> None:
    """Let standard streams write every character, if need be as another one."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors=PLAINER)  # type: ignore[union-attr]


def _plainer(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    return "".join(_MARKS.get(character, "?") for character in found), error.end


codecs.register_error(PLAINER, _plainer)


def coloured() -> bool:
    """Say whether to write in colour: on terminals, and as NO_COLOR and FORCE_COLOR say."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return terminal and os.environ.get("TERM") != "dumb"


def styled(text: str, role: str) -> str:
    """Return a text in the colour of its role, where colour is wanted."""
    return click.style(printable(text), **_ROLES[role]) if coloured() else text


def say(text: str) -> None:
    """Write a line for people; line breaks are kept."""
    write(f"{_shown(text)}\n")


def write(text: str) -> None:
    """Write to standard output as it is. Raises `BrokenPipeError` where its reader has gone, and
    `EnvironmentFailure` where it cannot be written.
    """
    if sys.stdout is None:
        raise EnvironmentFailure("standard output is closed")
    try:
        click.echo(text, nl=False, color=coloured())
    except BrokenPipeError:
        raise
    except OSError as error:
        forget()
        raise EnvironmentFailure(f"cannot write to standard output: {error.strerror}") from None


def document(**parts: Any) -> None:
    """Write one JSON document and nothing else; `version` comes first in it."""
    write(f"{json.dumps({'version': VERSION, **parts}, indent=2)}\n")


def compact(value: Any) -> str:
    """Return a value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def complain(text: str) -> None:
    """Write a line to standard error; where that is gone too, there is nobody to tell."""
    try:
        click.echo(_shown(text), err=True)
    except OSError:
        return


def _shown(text: str) -> str:
    return "\n".join(map(_line, text.split("\n")))


def _line(text: str) -> str:
    if not coloured():
        return printable(text)
    parts = enumerate(_OWN.split(text))
    return "".join(part if place % 2 else printable(part) for place, part in parts)


def forget() -> None:
    """Give up standard output: what is left in it must not be written when Python ends."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # not a file, or closed
        return
