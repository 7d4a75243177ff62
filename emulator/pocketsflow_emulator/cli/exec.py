"""`exec`: a server for the time that a command runs."""

import asyncio
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import click

from pocketsflow_emulator import cli, environment
from pocketsflow_emulator.cli import client, console, options, serve
from pocketsflow_emulator.errors import EnvironmentFailure, InvalidInput, UnknownName

KEY = "pk_test_emulator"
"""The API key that a command is given; any would do."""

NAMES = {
    environment.URL: "url",
    environment.KEY: "key",
    environment.SECRET: "secret",
    client.VARIABLE: "url",
}
"""Variable that a command always gets -> what is in it."""

_KINDS = ("url", "key", "secret")
_ADDRESS = ("host", "port")
"""Flags of `serve` that are not asked for: the port is a free one of the loopback."""


def command_of_exec(**asked: Any) -> int:
    """Start a server on a free port, run COMMAND, and return its exit code.

    COMMAND finds the server in POCKETSFLOW_BASE_URL and POCKETSFLOW_EMULATOR_SERVER, a key in
    POCKETSFLOW_API_KEY and the signing secret in POCKETSFLOW_WEBHOOK_SECRET. Nothing of it is left
    running. The other flags are those of `serve`.
    """
    more = _pairs(asked["names"])
    served = serve.Served.of(asked)
    return asyncio.run(_exec(served, asked["words"], {**NAMES, **more}, asked["timeout"]))


def _pairs(given: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, kind = text.partition("=")
        if not equals or not name:
            raise InvalidInput(f"--env {text!r}: write --env NAME=url, NAME=key or NAME=secret")
        if kind not in _KINDS:
            raise UnknownName("value of --env", kind, _KINDS)
        pairs[name] = kind
    return pairs


async def _exec(
    served: serve.Served,
    words: Sequence[str],
    names: Mapping[str, str],
    timeout: float | None,
) -> int:
    from pocketsflow_emulator.cli import child

    async with served.opened("127.0.0.1", 0) as server:
        await served.init.play(server.worlds.named(None))
        if problems := served.init.readiness.problems:
            raise InvalidInput("; ".join(problems))
        values = {"url": server.url, "key": KEY, "secret": served.template.secret}
        variables = {name: values[kind] for name, kind in names.items()}
        try:
            ended = await child.run(words, {**os.environ, **variables}, timeout)
        except FileNotFoundError:
            console.complain(f"error: there is no command {words[0]!r}")
            return child.NOT_FOUND
        except PermissionError:
            console.complain(f"error: {words[0]!r} cannot be executed")
            return child.NOT_EXECUTABLE
        except OSError as error:
            raise EnvironmentFailure(f"{words[0]}: {error.strerror}") from None
    if ended.late:
        console.complain(f"error: --timeout: {words[0]} has not ended after {timeout:g} s")
    if ended.code or ended.late:
        console.complain(f"repeat with: {served.repeat('exec')} -- {shlex.join(words)}")
    return cli.TIMED_OUT if ended.late else ended.code


command = click.Command(
    "exec",
    callback=command_of_exec,
    help=command_of_exec.__doc__,
    short_help=cli.COMMANDS["exec"],
    context_settings={"allow_interspersed_args": False},
    params=[
        click.Option(
            ["--timeout"],
            type=options.Seconds(0, min_open=True),
            metavar="SECONDS",
            help="How long COMMAND may take; then it is ended, with exit 124.",
        ),
        click.Option(
            ["--env", "names"],
            multiple=True,
            metavar="NAME=url|key|secret",
            help=f"A further variable for COMMAND. {options.MANY}",
        ),
        *(flag for flag in serve.command.params if flag.name not in _ADDRESS),
        click.Argument(["words"], nargs=-1, required=True, metavar="-- COMMAND..."),
    ],
)
"""The flags of `serve` are taken from there, so that there are no others."""
