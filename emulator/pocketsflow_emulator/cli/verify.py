"""`verify`: is this body correctly signed and, if not, why not?"""

import os
import sys
from pathlib import Path

import click

from pocketsflow_emulator import cli
from pocketsflow_emulator.cli import console, flags, options
from pocketsflow_emulator.core import arguments
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.wire import request
from pocketsflow_emulator.wire.diagnosis import Diagnosis, diagnose

LARGEST = 64 * 1024 * 1024
"""Bytes of a file; more is not read."""


@click.command("verify", short_help=cli.COMMANDS["verify"])
@click.argument("file", metavar="FILE")
@flags.secret
@click.option("--signature", metavar="HEX", help=f"What {request.SIGNATURE} said.")
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar='"NAME: VALUE"',
    help=f"{request.SIGNATURE} or {request.TIMESTAMP}, as it came. {options.MANY}",
)
@click.option(
    "--candidate",
    "candidates",
    multiple=True,
    metavar="SECRET",
    help=f"Another secret that may have been used. {options.MANY}",
)
@console.form
def command(
    file: str,
    secret: str | None,
    signature: str | None,
    headers: tuple[str, ...],
    candidates: tuple[str, ...],
    form: str,
) -> int:
    """Check the signature of a body. Where it is not correct, the usual mistakes are tried out.

    FILE holds the body, byte for byte, or is - for standard input.
    """
    key, origin = options.secret(secret)
    given = _headers(headers)
    wanted = _signature(signature, given)
    others = [*map(arguments.secret, candidates), *filter(None, [os.environ.get(_VARIABLE)])]
    stamp = given.get(request.TIMESTAMP.lower(), "")
    found = diagnose(_body(file), wanted, key, candidates=others, timestamp=stamp)
    if form == "json":
        console.document(**_document(found))
    else:
        _tell(found, origin)
    return cli.OK if found.correct else cli.FAILED


_VARIABLE = options.SECRET_VARIABLE


def _headers(given: tuple[str, ...]) -> dict[str, str]:
    """Return the headers by lower-case name."""
    headers = {}
    for text in given:
        name, colon, value = text.partition(":")
        known = (request.SIGNATURE.lower(), request.TIMESTAMP.lower())
        if not colon or name.strip().lower() not in known:
            raise InvalidInput(
                f'--header {text!r}: write "{request.SIGNATURE}: ..." or "{request.TIMESTAMP}: ..."'
            )
        headers[name.strip().lower()] = value.removeprefix(" ")
    return headers


def _signature(given: str | None, headers: dict[str, str]) -> str:
    in_header = headers.get(request.SIGNATURE.lower())
    if (given is None) == (in_header is None):
        raise InvalidInput(f'give --signature HEX, or --header "{request.SIGNATURE}: ...", once')
    return given if given is not None else in_header or ""


def _body(file: str) -> bytes:
    try:
        if file == "-":
            body = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(file).open("rb") as opened:
                body = opened.read(LARGEST + 1)
    except OSError as error:
        raise InvalidInput(f"{file}: cannot be read: {error.strerror}") from None
    if len(body) > LARGEST:
        raise InvalidInput(f"{file} is larger than {LARGEST} bytes; that is no webhook")
    return body


def _tell(found: Diagnosis, origin: str) -> None:
    if found.correct:
        console.say(f"{console.styled('correct', 'good')}: the body is signed with {origin}")
        return
    console.say(f"{console.styled('not correct', 'bad')}: {found.reason}")
    console.say(f"What to change: {found.remedy}")


def _document(found: Diagnosis) -> dict[str, object]:
    return {
        "correct": found.correct,
        "explained": found.explained,
        "reason": found.reason,
        "remedy": found.remedy,
        "mistakes": [mistake._asdict() for mistake in found.mistakes],
    }
