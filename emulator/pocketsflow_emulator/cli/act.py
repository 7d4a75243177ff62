"""`act`: a verb in a world of a running server."""

from collections.abc import Mapping
from typing import Any

import click

from pocketsflow_emulator import cli
from pocketsflow_emulator.cli import arguments, client, completion, console
from pocketsflow_emulator.cli.sent import listed, went_wrong


@click.command("act", short_help=cli.COMMANDS["act"])
@click.argument("verb", shell_complete=completion.verb_names)
@click.argument("typed", nargs=-1, metavar="[NAME=VALUE]...")
@client.server_option
@client.world_option
@console.form
def command(
    verb: str, typed: tuple[str, ...], server: str | None, world: str | None, form: str
) -> int:
    """Do VERB: what it gives, and the deliveries that it caused.

    A value is text, a whole number where the verb takes one, or JSON: metadata='{"user": "42"}'.
    Exit with 1 where a delivery went wrong, or a scenario did not hold.
    """
    given = arguments.read(verb, typed)
    answer = client.Client(server, world).post("actions", verb, body=given)
    if form == "json":
        console.document(**answer)
    else:
        _tell(answer)
    return cli.OK if _good(answer) else cli.FAILED


def _tell(answer: Mapping[str, Any]) -> None:
    for name, value in (answer["result"] or {}).items():
        console.say(f"{console.styled(name, 'dim')}: {_shown(value)}")
    for delivery in answer["deliveries"]:
        console.say(listed(delivery))
    waiting = answer["pending"]
    console.complain(
        f"{answer['now']}  world {answer['world']}" + f", {waiting} waiting" * bool(waiting)
    )


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else console.compact(value)


def _good(answer: Mapping[str, Any]) -> bool:
    result = answer["result"]
    held = not isinstance(result, dict) or result.get("ok", True)
    return held and not any(map(went_wrong, answer["deliveries"]))
