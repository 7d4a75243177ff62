"""`trigger`: one event, to the receivers of a running server or to one address."""

import asyncio
import shlex
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import click

from pocketsflow_emulator import cli, wall
from pocketsflow_emulator.cli import arguments, client, completion, console, flags, options
from pocketsflow_emulator.cli.background import in_background
from pocketsflow_emulator.cli.sent import listed, went_wrong
from pocketsflow_emulator.core.events import DIALECTS

_NOWHERE = "http://127.0.0.1:3000/webhooks"
"""The address in a curl command, where nobody hears the event yet."""


@click.command("trigger", short_help=cli.COMMANDS["trigger"])
@click.argument("event", shell_complete=completion.event_names)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help=f"A value of the body: customer.email=jane@example.com. {options.MANY}",
)
@click.option("--unchecked", is_flag=True, help="Also values that the event's schema forbids.")
@click.option("--to", "-f", "to", metavar="ADDRESS", help="Send it there; needs no server.")
@click.option("--secret", metavar="SECRET", help=f"With --to. {options.SECRET_HELP}")
@click.option(
    "--dialect",
    type=click.Choice(DIALECTS),
    default=DIALECTS[0],
    show_default=True,
    help="With --to: generation of the body.",
)
@click.option("--seed", type=click.IntRange(0), help="With --to: repeats ids and people.")
@click.option("--start", metavar="WHEN", help="With --to: ISO date, now, or -14d. Default: now.")
@flags.allow_public
@click.option(
    "--print", "printed", type=click.Choice(["curl"]), help="Send nothing; print the command."
)
@client.server_option
@client.world_option
@console.form
def command(**asked: Any) -> int:
    """Send one EVENT, about objects that are in nobody's account.

    A value is JSON where it looks like it, else text. Exit with 1 where a delivery went wrong.
    """
    body = {"overrides": arguments.paths(asked["settings"]), "unchecked": asked["unchecked"]}
    query = "?deliver=false" if asked["printed"] else ""
    answer = asyncio.run(_ask(asked, body, query))
    if asked["form"] == "json":
        console.document(**answer)
    elif asked["printed"]:
        console.say(curl(answer["result"]))
    else:
        for delivery in answer["deliveries"]:
            console.say(listed(delivery))
    return cli.FAILED if any(map(went_wrong, answer["deliveries"])) else cli.OK


async def _ask(asked: Mapping[str, Any], body: Mapping[str, Any], query: str) -> dict[str, Any]:
    async with _client(asked) as speaking:
        ask = partial(speaking.post, "events", asked["event"], body=body, query=query)
        answer: dict[str, Any] = await in_background(ask)
        return answer


@asynccontextmanager
async def _client(asked: Mapping[str, Any]) -> AsyncIterator[client.Client]:
    """Give a client of the server that is meant: a running one, or with `--to` one that lives as
    long as the block.
    """
    if asked["to"] is None and (asked["server"] is not None or not asked["printed"]):
        yield client.Client(asked["server"], asked["world"])
        return
    from pocketsflow_emulator.server import Server, Template, Worlds

    url = options.target(asked["to"] or _NOWHERE, allow_public=asked["allow_public"])
    template = Template(
        seed=wall.fresh_seed() if asked["seed"] is None else asked["seed"],
        start=options.start(asked["start"]),
        webhooks=(url,),
        secret=options.secret(asked["secret"])[0],
        dialect=asked["dialect"],
        allow_public=asked["allow_public"],
        real_clock=False,
    )
    async with Server(Worlds(template)) as server:
        yield client.Client(server.url)


def curl(request: Mapping[str, Any]) -> str:
    """Return the command that sends a signed request."""
    words: Sequence[str] = ["curl", "-i", "-X", "POST", request["url"] or _NOWHERE]
    headers = (f"{name}: {value}" for name, value in request["headers"].items())
    flags = [f"-H {shlex.quote(header)}" for header in headers]
    return " \\\n  ".join([shlex.join(words), *flags, f"--data-raw {shlex.quote(request['body'])}"])
