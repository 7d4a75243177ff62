"""Flags that several verbs have: the same words, defaults and bounds everywhere."""

import click

from pocketsflow_emulator import wall
from pocketsflow_emulator.cli import options
from pocketsflow_emulator.core import dunning as charges
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.delivery import policy as tries
from pocketsflow_emulator.delivery.engine import MOST_IN_FLIGHT

secret = click.option("--secret", metavar="SECRET", help=options.SECRET_HELP)

dialect = click.option(
    "--dialect",
    type=click.Choice(DIALECTS),
    default=DIALECTS[0],
    show_default=True,
    help="Generation of the bodies.",
)

policy = click.option(
    "--policy",
    type=options.a_policy,
    metavar="POLICY",
    default=tries.DEFAULT,
    show_default=True,
    help=f"When a delivery is tried again: {', '.join(tries.POLICIES)}, or spans after the first"
    " try: 1m,5m,2h.",
)

faults = click.option(
    "--fault",
    "faults",
    type=options.a_fault,
    multiple=True,
    metavar="FAULT",
    help=f"A delivery that goes wrong: duplicate=invoice.*,after=30s. {options.MANY}",
)

dunning = click.option(
    "--dunning",
    type=click.Choice(list(charges.POLICIES)),
    default=charges.DEFAULT,
    show_default=True,
    help="When a failed charge is tried again.",
)

concurrency = click.option(
    "--concurrency",
    default=1,
    show_default=True,
    type=click.IntRange(1, MOST_IN_FLIGHT),
    help="How many deliveries may be in flight.",
)

timestamps = click.option(
    "--timestamps",
    type=click.Choice(wall.STAMPS),
    default=wall.STAMPS[0],
    show_default=True,
    help="wall: `timestamp` is the real time, so no two runs are the same.",
)

seed = click.option(
    "--seed", type=click.IntRange(0), help="Repeats ids and people. Default: fresh."
)

start = click.option("--start", metavar="WHEN", help="ISO date, now, or -14d. Default: now.")

allow_public = click.option(
    "--allow-public-targets", "allow_public", is_flag=True, help="Send to public addresses too."
)

timeout = click.option(
    "--timeout",
    type=options.Seconds(0, min_open=True),
    metavar="SECONDS",
    help="How long all of it may take.",
)
