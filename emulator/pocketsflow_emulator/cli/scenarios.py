"""`scenarios`: list and show the ready-made ones."""

from typing import Any

import click

from pocketsflow_emulator import cli
from pocketsflow_emulator.cli import completion, console, options
from pocketsflow_emulator.scenario import library
from pocketsflow_emulator.scenario.model import COMMON, Scenario


@click.group("scenarios", short_help=cli.COMMANDS["scenarios"], invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List and show the ready-made scenarios."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(listing)


@command.command("list")
@click.option("--tag", "tags", multiple=True, help=f"Only those with this tag. {options.MANY}")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
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
