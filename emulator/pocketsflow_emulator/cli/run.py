"""`run`: named scenarios, files or folders against a receiver."""

from pathlib import Path
from typing import Any

import click

from pocketsflow_emulator import cli
from pocketsflow_emulator.cli import client, completion, console, flags, options
from pocketsflow_emulator.cli.asked import Asked
from pocketsflow_emulator.cli.remote import Remote
from pocketsflow_emulator.cli.reports import KINDS, wanted
from pocketsflow_emulator.cli.running import Local


@click.command("run", short_help=cli.COMMANDS["run"])
@click.argument(
    "names", nargs=-1, metavar="[SCENARIO]...", shell_complete=completion.scenario_names
)
@click.option("--all", "everything", is_flag=True, help="Every ready-made scenario.")
@click.option(
    "--tag", "tags", multiple=True, help=f"Every ready-made scenario with this tag. {options.MANY}"
)
@click.option(
    "--to",
    "-f",
    "--forward-to",
    "to",
    metavar="ADDRESS",
    help="The receiver: 3000, localhost:3000/webhooks or a URL. Without it, an embedded receiver"
    " checks every signature.",
)
@flags.secret
@flags.dialect
@flags.policy
@flags.faults
@flags.dunning
@flags.concurrency
@flags.timestamps
@flags.seed
@flags.start
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help=f"A scenario's option. {options.MANY}",
)
@click.option(
    "--probe",
    "probes",
    type=options.a_probe,
    multiple=True,
    metavar="NAME=PATH",
    help="Where your application answers a probe: member=/test/members/{email}, or a URL."
    f" {options.MANY}",
)
@click.option(
    "--allow-commands", is_flag=True, help="Let probes run the commands of their scenario file."
)
@click.option("--email", help="The buyer's e-mail.")
@click.option(
    "--metadata",
    multiple=True,
    metavar="KEY=VALUE",
    help=f"Your own data, sent back in events. {options.MANY}",
)
@flags.allow_public
@console.form
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write everything that happened, as NDJSON, secrets masked.",
)
@click.option(
    "--report",
    "reports",
    callback=wanted,
    multiple=True,
    metavar="KIND=FILE",
    help=f"Write a report: {', '.join(KINDS)}. {options.MANY}",
)
@click.option(
    "--record",
    is_flag=True,
    help="Print the scenario with `events` as they happened, instead of the timeline.",
)
@click.option(
    "--server",
    metavar="URL",
    envvar=client.VARIABLE,
    help="Play it on a running server, every scenario in a world of its own.",
)
@click.option(
    "--wait",
    type=options.Span(),
    metavar="SPAN",
    help="How long to wait until the receiver (with --server: the server) is there: 30s.",
)
@click.option(
    "--pace", type=options.Span(), metavar="SPAN", help="Real time before each delivery: 500ms."
)
@flags.timeout
@click.pass_context
def command(ctx: click.Context, /, **asked: Any) -> int:
    """Run scenarios by name, file or folder, and say whether all held."""
    given = Asked.of(ctx, asked)
    return (Local if given.server is None else Remote)(given).run()
