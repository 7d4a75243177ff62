"""`completion`: what a shell runs to complete commands, flags and names."""

import click
from click.shell_completion import CompletionItem, get_completion_class

from pocketsflow_emulator import cli
from pocketsflow_emulator.cli import console
from pocketsflow_emulator.errors import EnvironmentFailure

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", short_help=cli.COMMANDS["completion"])
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> int:
    """Print what completes commands in SHELL.

    \b
    bash:  eval "$(pocketsflow-emulator completion bash)"   in ~/.bashrc
    zsh:   eval "$(pocketsflow-emulator completion zsh)"    in ~/.zshrc
    fish:  pocketsflow-emulator completion fish | source    in ~/.config/fish/config.fish
    """
    found = get_completion_class(shell)
    if found is None:  # every shell of SHELLS is one of click's own
        raise EnvironmentFailure(f"click does not know {shell}")
    console.write(found(cli.program, {}, cli.NAME, cli.COMPLETING).source().rstrip("\n") + "\n")
    return cli.OK


def scenario_names(
    _ctx: click.Context, _parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Complete the name of a ready-made scenario, or a path."""
    from pocketsflow_emulator.scenario import library

    found = [CompletionItem(name) for name in library.names() if name.startswith(typed)]
    return found or [CompletionItem(typed, type="file")]


def event_names(
    _ctx: click.Context, _parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Complete the name of an event of any dialect."""
    from pocketsflow_emulator.core import events

    return [CompletionItem(name) for name in events.names() if name.startswith(typed)]


def verb_names(
    _ctx: click.Context, _parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Complete the name of a verb."""
    from pocketsflow_emulator.api import actions

    return [CompletionItem(name) for name in actions.names() if name.startswith(typed)]
