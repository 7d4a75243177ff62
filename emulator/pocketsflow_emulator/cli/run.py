"""`run`: named scenarios, files or folders against a receiver."""

from pathlib import Path
from typing import Any

import click

from pocketsflow_emulator import cli, wall
from pocketsflow_emulator.cli import client, completion, options
from pocketsflow_emulator.cli.asked import Asked
from pocketsflow_emulator.cli.remote import Remote
from pocketsflow_emulator.cli.reports import KINDS, wanted
from pocketsflow_emulator.cli.running import Local
from pocketsflow_emulator.core import dunning
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.delivery import policy
from pocketsflow_emulator.delivery.engine import MOST_IN_FLIGHT


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
@click.option(
    "--secret",
    metavar="SECRET",
    help=options.SECRET_HELP,
)
@click.option(
    "--dialect",
    type=click.Choice(DIALECTS),
    default=DIALECTS[0],
    show_default=True,
    help="Generation of the bodies.",
)
@click.option(
    "--policy",
    type=options.a_policy,
    metavar="POLICY",
    default=policy.DEFAULT,
    show_default=True,
    help=options.POLICY_HELP,
)
@click.option(
    "--fault",
    "faults",
    type=options.a_fault,
    multiple=True,
    metavar="FAULT",
    help=options.FAULT_HELP,
)
@click.option(
    "--dunning",
    type=click.Choice(list(dunning.POLICIES)),
    default=dunning.DEFAULT,
    show_default=True,
    help="When a failed charge is tried again.",
)
@click.option(
    "--concurrency",
    default=1,
    show_default=True,
    type=click.IntRange(1, MOST_IN_FLIGHT),
    help="How many deliveries may be in flight.",
)
@click.option(
    "--timestamps",
    type=click.Choice(wall.STAMPS),
    default=wall.STAMPS[0],
    show_default=True,
    help="wall: `timestamp` is the real time, so no two runs are the same.",
)
@click.option("--seed", type=click.IntRange(0), help="Repeats ids and people. Default: fresh.")
@click.option("--start", metavar="WHEN", help="ISO date, now, or -14d. Default: now.")
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
@click.option(
    "--allow-public-targets", "allow_public", is_flag=True, help="Send to public addresses too."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
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
@click.option(
    "--timeout",
    type=options.Seconds(0, min_open=True),
    metavar="SECONDS",
    help="How long all of it may take.",
)
@click.pass_context
def command(ctx: click.Context, /, **asked: Any) -> int:
    """Run scenarios by name, file or folder, and say whether all held."""
    given = Asked.of(ctx, asked)
    return (Local if given.server is None else Remote)(given).run()
