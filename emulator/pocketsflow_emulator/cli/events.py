"""`events`: list and show the event types."""

import json

import click

from pocketsflow_emulator import cli, resources
from pocketsflow_emulator.cli import completion, console
from pocketsflow_emulator.core.events import CATALOGUE, DIALECTS, named


@click.group("events", short_help=cli.COMMANDS["events"], invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List and show the event types."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(listing)


@command.command("list")
@console.form
def listing(form: str = "text") -> int:
    """List every event type: its name, and when it is sent."""
    rows = list(CATALOGUE.values())
    if form == "json":
        names = [
            {"names": {d: row.in_dialect(d) for d in DIALECTS}, "when": row.when} for row in rows
        ]
        console.document(events=names)
        return cli.OK
    width = max(len(row.name) for row in rows)
    for row in rows:
        other = ""
        if row.documented is None:
            other = " (current dialect only)"
        elif row.current != row.documented:
            other = f" (current dialect: {row.current})"
        name = console.styled(f"{row.name:{width}}", "title")
        console.say(f"{name}  {row.when}{console.styled(other, 'dim')}")
    return cli.OK


@command.command("show")
@click.argument("name", shell_complete=completion.event_names)
@click.option("--schema", is_flag=True, help="The whole JSON Schema instead of the example.")
@click.option("--dialect", type=click.Choice(DIALECTS), default=DIALECTS[0], show_default=True)
def show(name: str, schema: bool, dialect: str) -> int:
    """Print an example of an event as it is sent, or its JSON Schema."""
    event = named(name)
    wire = event.in_dialect(dialect)
    if wire is None:  # only the other generation knows it
        dialect = next(other for other in DIALECTS if event.in_dialect(other))
        wire = event.in_dialect(dialect)
        console.complain(f"{event.name} is only in the dialect {dialect}; this is that one")
    text = resources.text("schemas", f"{dialect}/{wire}.json")
    if schema:
        console.write(text)
    else:
        console.say(json.dumps(json.loads(text)["examples"][0], indent=2, ensure_ascii=False))
    return cli.OK
