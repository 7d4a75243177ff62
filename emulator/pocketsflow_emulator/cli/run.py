"""`run`: named scenarios, files or folders against a receiver."""

import asyncio
import json
import shlex
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import IO, Any, NamedTuple

import click

from pocketsflow_emulator import cli, wall
from pocketsflow_emulator.cli import options, style
from pocketsflow_emulator.core import arguments
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.errors import EnvironmentFailure, InvalidInput, UnknownName
from pocketsflow_emulator.scenario import library, report
from pocketsflow_emulator.scenario.model import COMMON, Scenario
from pocketsflow_emulator.scenario.options import from_text
from pocketsflow_emulator.scenario.receiver import Receiver
from pocketsflow_emulator.scenario.session import Plan, Session


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
@click.argument("names", nargs=-1, metavar="[SCENARIO]...")
@click.option("--all", "everything", is_flag=True, help="Every ready-made scenario.")
@click.option("--tag", "tags", multiple=True, help="Every ready-made scenario with this tag.")
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
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A scenario's option.")
@click.option("--email", help="The buyer's e-mail.")
@click.option(
    "--metadata", multiple=True, metavar="KEY=VALUE", help="Your own data, sent back in events."
)
@click.option(
    "--allow-public-targets", "allow_public", is_flag=True, help="Send to public addresses too."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--journal", type=click.Path(path_type=Path), help="Write everything that happened, as NDJSON."
)
@click.option("--timeout", type=click.FloatRange(0, min_open=True), help="Seconds for all of it.")
def command(**asked: Any) -> int:
    """Run scenarios by name, file or folder, and say whether all held."""
    return _Run(Asked(**asked)).run()


class _Run:
    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.scenarios = _selected(asked)
        self.options = _options(asked, self.scenarios)
        self.seed = wall.fresh_seed() if asked.seed is None else asked.seed
        self.start = options.start(asked.start)
        self.url = addresses.url(asked.to) if asked.to else ""
        if self.url and addresses.is_public(self.url) and not asked.allow_public:
            raise InvalidInput(f"{self.url} is a public address; add --allow-public-targets")
        self.session: Session | None = None
        self.text = report.Text(self.say, style.styled)

    def say(self, line: str) -> None:
        if self.asked.form == "text":
            click.echo(line)

    def run(self) -> int:
        journal = _opened(self.asked.journal)
        try:
            code = self._guarded()
            self._finish(journal)
        finally:
            if journal is not None:
                journal.close()
        return code

    def _guarded(self) -> int:
        """Run to the end, or to the point where it is broken off; then too say what was done."""
        try:
            asyncio.run(self._within_the_time())
        except TimeoutError:
            click.echo(f"--timeout: not done after {self.asked.timeout} s", err=True)
            return cli.TIMED_OUT
        except KeyboardInterrupt:
            click.echo("broken off by Ctrl-C; what was done is shown above", err=True)
            return cli.INTERRUPTED
        except EnvironmentFailure as error:
            click.echo(f"error: {error}", err=True)
            return cli.ENVIRONMENT
        played = self.session.played if self.session else []
        return cli.OK if all(one.result.ok for one in played) else cli.FAILED

    async def _within_the_time(self) -> None:
        async with asyncio.timeout(self.asked.timeout):
            await self._run()

    async def _run(self) -> None:
        secret, origin = options.secret(self.asked.secret)
        async with AsyncExitStack() as stack:
            url, receiver = self.url, None
            if not url:
                receiver = await stack.enter_async_context(Receiver(secret))
                url = receiver.url
            self._head(url, origin, embedded=receiver is not None)
            plan = Plan(
                self.scenarios,
                self.options,
                url,
                secret,
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

    def _head(self, url: str, origin: str, *, embedded: bool) -> None:
        if embedded:
            self.say(f"No --to: an embedded receiver at {url} checks every signature ({origin}).")
        else:
            self.say(f"Sending to {url}, signed with {origin}.")

    def _finish(self, journal: IO[str] | None) -> None:
        played = self.session.played if self.session else []
        if journal is not None:
            for one in played:
                journal.writelines(f"{line}\n" for line in one.journal.log())
        repeat = _repeat(self.asked, self.seed, self.start)
        if self.asked.form == "json":
            document = report.document(
                played, seed=self.seed, start=self.start, to=self.url, repeat=repeat
            )
            click.echo(json.dumps(document, indent=2))
            return
        if len(played) > 1:
            failed = [one.scenario.name for one in played if not one.result.ok]
            tail = f"; failed: {', '.join(failed)}" if failed else ""
            self.say(f"{len(played) - len(failed)} of {len(played)} scenarios passed{tail}")
        self.say(f"repeat with: {repeat}")


# ---- reading the options -----------------------------------------------------------------------


def _selected(asked: Asked) -> list[Scenario]:
    chosen = [scenario for name in asked.names for scenario in library.find(name)]
    if asked.everything or asked.tags:
        ready_made = [library.ready_made(name) for name in library.names()]
        for tag in asked.tags:
            if not any(tag in scenario.tags for scenario in ready_made):
                known = {known for scenario in ready_made for known in scenario.tags}
                raise UnknownName("tag", tag, known)
        chosen += [s for s in ready_made if asked.everything or set(asked.tags) & set(s.tags)]
    if not chosen:
        raise InvalidInput("name a scenario, or --all; `pocketsflow-emulator scenarios` lists them")
    return chosen


def _options(asked: Asked, scenarios: Sequence[Scenario]) -> dict[str, dict[str, Any]]:
    """Return the options per scenario; one that no scenario has is refused."""
    texts = _pairs("--set", asked.settings)
    known = {name for scenario in scenarios for name in scenario.options}
    for name in texts:
        if name not in known:
            raise UnknownName("option of these scenarios", name, known - set(COMMON) or known)
    chosen: dict[str, dict[str, Any]] = {}
    for scenario in scenarios:
        known_here = scenario.options
        mine: dict[str, Any] = {
            name: from_text(known_here[name], text)
            for name, text in texts.items()
            if name in known_here
        }
        if asked.email is not None:
            mine["email"] = arguments.email(asked.email)
        if asked.metadata:
            mine["metadata"] = _pairs("--metadata", asked.metadata)
        chosen[scenario.name] = mine
    return chosen


def _pairs(flag: str, given: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidInput(f"{flag} {text!r}: write {flag} name=value")
        pairs[name] = value
    return pairs


def _opened(path: Path | None) -> IO[str] | None:
    """Open the journal before anything is sent: a file that cannot be written stops the run."""
    try:
        return path.open("w", encoding="utf-8") if path else None
    except OSError as error:
        raise EnvironmentFailure(f"{path}: cannot be written: {error.strerror}") from None


def _repeat(asked: Asked, seed: int, start: int) -> str:
    """Return the one line that repeats the run, without its secret."""
    words = ["pocketsflow-emulator", "run", *asked.names]
    words += ["--all"] * asked.everything
    many: Mapping[str, Sequence[str]] = {
        "--tag": asked.tags,
        "--set": asked.settings,
        "--metadata": asked.metadata,
    }
    words += [word for flag, values in many.items() for value in values for word in (flag, value)]
    for flag, value in (("--to", asked.to), ("--email", asked.email)):
        words += [flag, value] if value is not None else []
    words += ["--allow-public-targets"] * asked.allow_public
    words += ["--dialect", asked.dialect] * (asked.dialect != DIALECTS[0])
    line = shlex.join(words + options.repeatable(seed, start))
    return f'{line} --secret "$SECRET"' if asked.secret else line
