"""`deliveries`: what a running server has sent."""

from collections.abc import Mapping
from typing import Any

import click

from pocketsflow_emulator import cli
from pocketsflow_emulator.cli import client, completion, console
from pocketsflow_emulator.cli.sent import listed


@click.command("deliveries", short_help=cli.COMMANDS["deliveries"])
@click.argument("id", required=False)
@click.option(
    "--event",
    metavar="PATTERN",
    shell_complete=completion.event_names,
    help="Only those of an event, or of invoice.*.",
)
@client.server_option
@client.world_option
@console.form
def command(
    id: str | None, event: str | None, server: str | None, world: str | None, form: str
) -> int:
    """List the deliveries of a world, or show the one with this ID whole: the request, every try
    and what came of it.
    """
    speaking = client.Client(server, world)
    if id is None:
        answer = speaking.get("deliveries", event=event)
    else:
        answer = speaking.get("deliveries", id)
    if form == "json":
        console.document(**answer)
    elif id is None:
        for delivery in answer["result"]:
            console.say(listed(delivery))
    else:
        _show(answer["result"])
    return cli.OK


def _show(delivery: Mapping[str, Any]) -> None:
    console.say(listed(delivery))
    console.say(f"{delivery['at']}  {delivery['about']}  to {delivery['webhook']}")
    console.say(delivery["explanation"])
    for one in delivery["tries"]:
        console.say(f"\ntry {one['try']} at {one['at']}: {one['outcome']}")
        for name, value in one["headers"].items():
            console.say(f"  {console.styled(name, 'dim')}: {value}")
        if one["answer"]:
            console.say(f"  answered: {one['answer']}")
    console.say(f"\n{delivery['body']}")
