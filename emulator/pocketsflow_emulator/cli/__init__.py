"""The program: one module per verb, loaded only when that verb is used."""

import gc
import os
from importlib import import_module
from typing import Any

import click

from pocketsflow_emulator.cli import console
from pocketsflow_emulator.errors import (
    EmulatorError,
    EnvironmentFailure,
    InvariantError,
    NothingSelected,
    suggestion,
)

OK, FAILED, USAGE, ENVIRONMENT, INTERNAL, NOTHING = 0, 1, 2, 3, 4, 5
TIMED_OUT, INTERRUPTED, READER_GONE = 124, 130, 141
"""Exit codes; a signal is 128 and its number, and so is a reader who has gone (SIGPIPE, 13)."""

NAME = "pocketsflow-emulator"
COMPLETING = "_POCKETSFLOW_EMULATOR_COMPLETE"
"""Set by a shell that asks for completions; click's own protocol is in it."""

COMMANDS = {
    "run": "Run scenarios against a receiver.",
    "serve": "Serve the merchant API and the control API over HTTP.",
    "exec": "Serve while a command runs, and return its exit code.",
    "act": "Do a verb in a world of a running server.",
    "trigger": "Send one event.",
    "deliveries": "List what a running server has sent, or show one delivery.",
    "replay": "Send a recorded run again, byte for byte.",
    "verify": "Say whether a body is correctly signed and, if not, why.",
    "scenarios": "List, show, check and begin scenarios.",
    "events": "List and show the event types.",
    "explain": "Say what Pocketsflow does, and how sure that is.",
    "ready": "Ask a server whether it is ready.",
    "completion": "Print what completes commands in bash, zsh or fish.",
}
"""Verb -> its line in the help. Its command is `command` in the module of the same name."""


class Program(click.Group):
    """Knows the verbs without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a verb."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"pocketsflow_emulator.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest verb when there is none of that name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}{suggestion(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        from pocketsflow_emulator.resources import version

        console.say(f"pocketsflow-emulator {version()}")
        ctx.exit()


@click.command(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "Exit codes: 0 all held, 1 an expectation or delivery failed, 2 wrong use, 3 the"
        " environment (a receiver that cannot be reached, a port taken), 4 an error of the"
        " emulator, 5 nothing selected, 124 --timeout, 130 Ctrl-C, 141 the reader of the output"
        " has gone, 143 SIGTERM."
    ),
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def program() -> None:
    """Make Pocketsflow happen: trials end, renewals fail and refunds arrive, as signed webhooks."""


def collect_less_often() -> None:
    """Look for cyclic garbage less often: there is next to none, and a journal of a hundred
    thousand facts takes long to look through.
    """
    gc.set_threshold(50_000, 20, 50)


def outcome(arguments: list[str]) -> int:
    """Run a command line and return its exit code."""
    try:
        return _result(arguments)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        return _refused(error)
    except (click.Abort, KeyboardInterrupt):
        console.complain("broken off")
        return INTERRUPTED
    except BrokenPipeError:
        console.forget()
        return READER_GONE
    except OSError as error:
        console.forget()
        console.complain(f"error: the system refused: {error.strerror or error}")
        return ENVIRONMENT
    except InvariantError as error:
        return _internal(error)
    except EmulatorError as error:
        console.complain(f"error: {error}")
        return next(code for kind, code in _CODES if isinstance(error, kind))
    except Exception as error:
        return _internal(error)


_CODES = (
    (EnvironmentFailure, ENVIRONMENT),
    (NothingSelected, NOTHING),
    (EmulatorError, USAGE),
)
"""What a command raises -> its exit code; the first that fits."""


def _result(arguments: list[str]) -> int:
    if asked := os.environ.get(COMPLETING):
        from click.shell_completion import shell_complete

        return shell_complete(program, {}, NAME, COMPLETING, asked)
    with program.make_context(NAME, arguments) as context:
        result: Any = program.invoke(context)
    return result if isinstance(result, int) else OK


def _refused(error: click.ClickException) -> int:
    """Say what is wrong with a command line, and where to look."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        console.say(error.format_message())
        return USAGE
    said = error.format_message().replace("\n\t", " ")  # a list of choices, one a line
    console.complain(f"error: {said}")
    context = getattr(error, "ctx", None)
    if context is not None:
        console.complain(f"see: {context.command_path} --help")
    return USAGE


def _internal(error: Exception) -> int:
    if os.environ.get("POCKETSFLOW_EMULATOR_TRACEBACK"):
        raise error
    console.complain(
        f"internal error: {type(error).__name__}: {error}\n"
        "This is a defect of the emulator. Please report it with the output of the same command"
        " under POCKETSFLOW_EMULATOR_TRACEBACK=1."
    )
    return INTERNAL
