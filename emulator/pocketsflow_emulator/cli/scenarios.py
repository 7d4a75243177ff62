"""`scenarios`: the ready-made ones, and one's own: begun and checked."""

import re
from pathlib import Path
from typing import Any

import click

from pocketsflow_emulator import cli
from pocketsflow_emulator.cli import completion, console, options, selection
from pocketsflow_emulator.errors import (
    EmulatorError,
    EnvironmentFailure,
    InvalidInput,
    ScenarioError,
)
from pocketsflow_emulator.scenario import library, load
from pocketsflow_emulator.scenario.model import COMMON, Scenario

_SKELETON = """\
# A scenario: what exists, what happens, what must be true afterwards. Run it with
#   pocketsflow-emulator run {file} --to localhost:3000/webhooks
# and let `--record` fill in the events that really happen.
version: 1
name: {name}
title: {title}
tags: [own]

options: # chosen with --set trial_days=7
  trial_days: {{type: integer, default: 14, min: 8, max: 90}}

given: # what is there before the first step; it sends nothing
  pro: {{create_offer: {{name: Pro, price: "29.00", frequency: monthly, trial_days: $trial_days}}}}

steps:
  - subscribe: {{offer: $pro, metadata: {{user: "42"}}}}
    as: sub
    expect:
      events: # exactly these, in this order
        - customer.created
        - customer.subscription.created: {{subscription.status: trialing}}

  - advance: {{to: $sub.trial_end}} # time is virtual: this takes no time
    expect:
      includes: [invoice.payment_succeeded] # these among others
      never: [invoice.payment_failed]
      answers: {{status: 2xx, under: 5s}} # what your handler must answer
      sub: {{status: active}} # how the subscription stands now
"""


@click.group("scenarios", short_help=cli.COMMANDS["scenarios"], invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List and show the ready-made scenarios; begin and check your own."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(listing)


@command.command("list")
@click.option("--tag", "tags", multiple=True, help=f"Only those with this tag. {options.MANY}")
@console.form
def listing(tags: tuple[str, ...] = (), form: str = "text") -> int:
    """List names, titles and tags."""
    chosen = library.tagged(tags) if tags else library.everything()
    if form == "json":
        console.document(scenarios=[_document(scenario) for scenario in chosen])
        return cli.OK
    width = max(len(scenario.name) for scenario in chosen)
    for scenario in chosen:
        name = console.styled(f"{scenario.name:{width}}", "title")
        tagged = console.styled(f"[{', '.join(scenario.tags)}]", "dim")
        console.say(f"{name}  {scenario.title} {tagged}")
    return cli.OK


@command.command("show")
@click.argument("name", shell_complete=completion.scenario_names)
def show(name: str) -> int:
    """Print the file of a scenario."""
    console.write(library.text(name))
    return cli.OK


@command.command("new")
@click.argument("name")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def new(name: str, force: bool) -> int:
    """Write NAME.pocketsflow.yaml: a scenario that holds, with comments, to be changed."""
    if not load.NAME.fullmatch(name):
        raise InvalidInput(f"cannot begin a scenario {name!r}: {load.NAMED}")
    title = re.sub("[._-]+", " ", name).strip().capitalize()
    file = f"{name}{library.ENDINGS[0]}"
    text = _SKELETON.format(name=name, title=title, file=file)
    try:
        with Path(file).open("w" if force else "x", encoding="utf-8", newline="\n") as written:
            written.write(text)
    except FileExistsError:
        raise InvalidInput(f"{file} is there already; --force writes over it") from None
    except OSError as error:
        raise EnvironmentFailure(f"{file}: cannot be written: {error.strerror}") from None
    console.say(file)
    console.complain(f"run it with: pocketsflow-emulator run {file}")
    return cli.OK


@command.command("check")
@click.argument("names", nargs=-1, required=True, metavar="FILE...")
@console.form
def check(names: tuple[str, ...], form: str) -> int:
    """Read scenarios without running them, and name the first problem of each. Folders are
    searched."""
    checked = [_checked(file) for name in names for file in selection.files(name)]
    bad = [one for one in checked if one["problem"]]
    if form == "json":
        console.document(ok=not bad, files=checked)
    else:
        for one in checked:
            if not one["problem"]:
                console.say(f"{console.styled('✓', 'good')} {one['file']}")
        for one in bad:
            console.complain(f"error: {one['problem']}")
    return cli.USAGE if bad else cli.OK


def _checked(file: str) -> dict[str, Any]:
    try:
        library.find(file)
    except ScenarioError as error:
        return {"file": file, "line": error.line, "column": error.column, "problem": str(error)}
    except EmulatorError as error:
        return {"file": file, "line": 0, "column": 0, "problem": str(error)}
    return {"file": file, "line": 0, "column": 0, "problem": ""}


def _document(scenario: Scenario) -> dict[str, Any]:
    options = [
        {
            "name": option.name,
            "type": option.type,
            "default": option.default,
            "min": option.least,
            "max": option.most,
            "values": list(option.values),
        }
        for option in scenario.options.values()
        if option.name not in COMMON
    ]
    return {
        "name": scenario.name,
        "title": scenario.title,
        "description": scenario.description,
        "tags": list(scenario.tags),
        "options": options,
    }
