"""`run`: named scenarios, files or folders against a receiver."""

import asyncio
import json
import shlex
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import click

from pocketsflow_emulator import cli, wall
from pocketsflow_emulator.cli import completion, console, options, selection
from pocketsflow_emulator.cli.interruption import Interruption
from pocketsflow_emulator.cli.journal import Journal
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.errors import EnvironmentFailure, InvalidInput
from pocketsflow_emulator.scenario import report
from pocketsflow_emulator.scenario.receiver import Receiver
from pocketsflow_emulator.scenario.session import Plan, Played, Session


class Asked(NamedTuple):
    """The options of one command line."""

    names: tuple[str, ...]
    everything: bool
    tags: tuple[str, ...]
    to: str | None
    secret: str | None
    dialect: str
    seed: int | None
    start: str | None
    settings: tuple[str, ...]
    email: str | None
    metadata: tuple[str, ...]
    allow_public: bool
    form: str
    journal: Path | None
    timeout: float | None


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
@click.option("--seed", type=click.IntRange(0), help="Repeats ids and people. Default: fresh.")
@click.option("--start", metavar="WHEN", help="ISO date, now, or -14d. Default: now.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help=f"A scenario's option. {options.MANY}",
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
    "--timeout",
    type=options.Seconds(0, min_open=True),
    metavar="SECONDS",
    help="How long all of it may take.",
)
def command(**asked: Any) -> int:
    """Run scenarios by name, file or folder, and say whether all held."""
    return _Run(Asked(**asked)).run()


class _Run:
    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        scenarios = selection.scenarios(asked.names, asked.everything, asked.tags)
        given = selection.Given(asked.settings, asked.email, asked.metadata)
        self.chosen = selection.with_options(scenarios, given)
        self.seed = wall.fresh_seed() if asked.seed is None else asked.seed
        self.start = options.start(asked.start)
        self.secret, self.origin = options.secret(asked.secret)
        self.url = "" if asked.to is None else addresses.url(asked.to)
        if self.url and addresses.is_public(self.url) and not asked.allow_public:
            shown = addresses.masked(self.url)
            raise InvalidInput(f"{shown} is a public address; add --allow-public-targets")
        self.session: Session | None = None
        self.text = report.Text(self.say, console.styled)
        self.interruption = Interruption()

    def say(self, line: str) -> None:
        if self.asked.form == "text":
            console.say(line)

    def run(self) -> int:
        with self.interruption, Journal(self.asked.journal) as journal:
            try:
                code, error = self._guarded()
                self._finish(error)
            finally:
                journal.write(self.played)
        return code

    @property
    def played(self) -> list[Played]:
        return self.session.played if self.session else []

    def _guarded(self) -> tuple[int, str | None]:
        """Run to the end, or to the point where it is broken off; return the exit code, and why
        the end was not reached.
        """
        try:
            done = self.interruption.run(self._within_the_time())
        except TimeoutError:
            return cli.TIMED_OUT, f"--timeout: not done after {self.asked.timeout:g} s"
        except EnvironmentFailure as error:
            return cli.ENVIRONMENT, str(error)
        if not done:
            return 128 + self.interruption.number, f"broken off by {self.interruption.name}"
        ok = all(one.result.ok for one in self.played)
        return cli.OK if ok else cli.FAILED, None

    async def _within_the_time(self) -> None:
        async with asyncio.timeout(self.asked.timeout):
            await self._run()

    async def _run(self) -> None:
        async with AsyncExitStack() as stack:
            receiver = None
            if not self.url:
                receiver = await stack.enter_async_context(Receiver(self.secret))
                self.url = receiver.url
            self._head(embedded=receiver is not None)
            plan = Plan(
                self.chosen,
                self.url,
                self.secret,
                self.seed,
                self.start,
                self.asked.allow_public,
                self.asked.dialect,
            )
            self.session = Session(plan, self.text.told, self.text.begin)
            async for played in self.session.run():
                self.text.end(played)
            if receiver is not None:
                self.say("")
                self.say(f"{receiver.verified} signatures verified, {receiver.refused} refused")

    def _head(self, *, embedded: bool) -> None:
        url, origin = addresses.masked(self.url), self.origin
        if embedded:
            self.say(f"No --to: an embedded receiver at {url} checks every signature ({origin}).")
        else:
            self.say(f"Sending to {url}, signed with {origin}.")

    def _finish(self, error: str | None) -> None:
        """Write the sum; where the run was broken off, also that of the scenario it stopped in."""
        if error is not None:
            for one in self.played[self.text.ended :]:
                self.text.end(one)
        repeat = _repeat(self.asked, self.seed, self.start)
        if self.asked.form == "json":
            document = report.document(
                self.played,
                seed=self.seed,
                start=self.start,
                to=addresses.masked(self.url),
                repeat=repeat,
                error=error,
            )
            console.write(f"{json.dumps(document, indent=2)}\n")
        elif len(self.chosen) > 1:
            self.say(report.verdict(self.played, len(self.chosen)))
        self.say(f"repeat with: {repeat}")
        if error is not None:
            console.complain(f"error: {error}")


def _repeat(asked: Asked, seed: int, start: int) -> str:
    """Return the one line that repeats the run, without its secrets."""
    words = ["pocketsflow-emulator", "run", *asked.names]
    words += ["--all"] * asked.everything
    many = {"--tag": asked.tags, "--set": asked.settings, "--metadata": asked.metadata}
    words += [word for flag, values in many.items() for value in values for word in (flag, value)]
    to = None if asked.to is None else addresses.masked(asked.to)
    for flag, value in (("--to", to), ("--email", asked.email)):
        words += [flag, value] if value is not None else []
    words += ["--allow-public-targets"] * asked.allow_public
    words += ["--dialect", asked.dialect] * (asked.dialect != DIALECTS[0])
    line = shlex.join(words + options.repeatable(seed, start))
    return f'{line} --secret "$SECRET"' if asked.secret else line
