"""`serve`: a world behind HTTP, until SIGTERM or Ctrl-C."""

import asyncio
import shlex
import signal
from collections.abc import Mapping
from typing import Any

import click

from pocketsflow_emulator import cli, wall
from pocketsflow_emulator.cli import options
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.server import Server, Template

PREFIX = "POCKETSFLOW_EMULATOR_"


def _variable(flag: str) -> str:
    return PREFIX + flag.upper().replace("-", "_")


@click.command("serve", short_help=cli.COMMANDS["serve"])
@click.option("--host", default="127.0.0.1", show_default=True, envvar=_variable("host"))
@click.option(
    "--port",
    default=6060,
    show_default=True,
    type=click.IntRange(0, 65535),
    envvar=_variable("port"),
    help="0 picks a free one.",
)
@click.option(
    "--webhook",
    "webhooks",
    multiple=True,
    metavar="ADDRESS",
    envvar=_variable("webhook"),
    help="A receiver of all events.",
)
@click.option("--secret", metavar="SECRET", help=options.SECRET_HELP, envvar=_variable("secret"))
@click.option(
    "--dialect",
    type=click.Choice(DIALECTS),
    default=DIALECTS[0],
    show_default=True,
    envvar=_variable("dialect"),
    help="Generation of the bodies.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    envvar=_variable("seed"),
    help="Repeats ids and people. Default: fresh.",
)
@click.option(
    "--start",
    metavar="WHEN",
    envvar=_variable("start"),
    help="ISO date, now, or -14d. Default: now.",
)
@click.option(
    "--clock",
    type=click.Choice(["real", "virtual"]),
    default="real",
    show_default=True,
    envvar=_variable("clock"),
    help="virtual stands still between advances.",
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    envvar=_variable("allowed-host"),
    help="A further host name of this server.",
)
@click.option(
    "--allow-public-targets",
    "allow_public",
    is_flag=True,
    envvar=_variable("allow-public-targets"),
    help="Send to public addresses too.",
)
def command(**asked: Any) -> int:
    """Serve one world. Every flag is also an environment variable, POCKETSFLOW_EMULATOR_<FLAG>."""
    secret, origin = options.secret(asked["secret"])
    template = Template(
        seed=wall.fresh_seed() if asked["seed"] is None else asked["seed"],
        start=options.start(asked["start"]),
        webhooks=tuple(map(addresses.url, asked["webhooks"])),
        secret=secret,
        dialect=asked["dialect"],
        real_clock=asked["clock"] == "real",
        allow_public=asked["allow_public"],
    )
    for url in template.webhooks:
        if addresses.is_public(url) and not template.allow_public:
            raise InvalidInput(f"{url} is a public address; add --allow-public-targets")
    server = Server(template, asked["host"], asked["port"], asked["allowed_hosts"])
    asyncio.run(_serve(server, template, origin, _repeat(asked, template)))
    return cli.OK


def _repeat(asked: Mapping[str, Any], template: Template) -> str:
    """Return the one line that serves the same world again, without its secret."""
    words = ["pocketsflow-emulator", "serve", "--host", asked["host"], "--port", str(asked["port"])]
    many = {"--webhook": template.webhooks, "--allowed-host": asked["allowed_hosts"]}
    words += [word for flag, values in many.items() for value in values for word in (flag, value)]
    words += ["--dialect", template.dialect, "--clock", asked["clock"]]
    words += ["--allow-public-targets"] * template.allow_public
    line = shlex.join(words + options.repeatable(template.seed, template.start))
    return f'{line} --secret "$SECRET"' if asked["secret"] else line


async def _serve(server: Server, template: Template, origin: str, again: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with server:
        click.echo(f"listening on {server.url}")
        for url in template.webhooks:
            click.echo(f"sending to {url}, signed with {origin}", err=True)
        click.echo(f"repeat with: {again}", err=True)
        await stop.wait()
