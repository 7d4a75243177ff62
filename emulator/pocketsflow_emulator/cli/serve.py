"""`serve`: worlds behind HTTP, until SIGTERM or Ctrl-C."""

import asyncio
import gc
import shlex
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import click

from pocketsflow_emulator import cli, wall
from pocketsflow_emulator.api.served import ServedWorld
from pocketsflow_emulator.api.shelf import Shelf
from pocketsflow_emulator.api.world import ALWAYS, ONCE
from pocketsflow_emulator.cli import console, flags, options
from pocketsflow_emulator.cli.init import Init
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.delivery.journal import LARGEST_RING, RING
from pocketsflow_emulator.server import Server, Site, Template, Worlds

if TYPE_CHECKING:
    from pocketsflow_emulator.scenario.seed import Seed

PREFIX = "POCKETSFLOW_EMULATOR_"


@click.command("serve", short_help=cli.COMMANDS["serve"])
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port",
    default=6060,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0 picks a free one.",
)
@click.option(
    "--webhook",
    "webhooks",
    multiple=True,
    metavar="ADDRESS",
    help="A receiver of all events.",
)
@flags.secret
@flags.dialect
@flags.seed
@flags.start
@click.option(
    "--clock",
    type=click.Choice(["real", "virtual"]),
    default="real",
    show_default=True,
    help="virtual stands still between advances.",
)
@flags.timestamps
@click.option(
    "--worlds",
    type=click.Choice(["shared", "per-key"]),
    default="shared",
    show_default=True,
    help="per-key: every API key has a world of its own.",
)
@click.option(
    "--seed-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Objects that every world begins with, YAML or JSON.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the worlds in a file, and go on from there after a restart.",
)
@click.option(
    "--init",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Seed files and scenarios of the start; one that fails makes the server unready.",
)
@click.option(
    "--scenarios",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Scenarios that may be run by their names.",
)
@flags.policy
@flags.faults
@flags.dunning
@flags.concurrency
@click.option(
    "--rate-limit",
    default=0,
    type=click.IntRange(0),
    metavar="N",
    help="Answer 429 to more than N requests a minute and key.",
)
@click.option(
    "--public-url",
    default="",
    metavar="URL",
    help="Address in links. Default: the caller's.",
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    help="A further host name of this server.",
)
@click.option(
    "--show-secrets",
    type=click.Choice([ONCE, ALWAYS]),
    default=ONCE,
    show_default=True,
    help="Where the API shows a webhook's secret: when it is made, or in every answer.",
)
@click.option(
    "--journal-ring",
    "ring",
    default=RING,
    show_default=True,
    type=click.IntRange(1, LARGEST_RING),
    metavar="N",
    help="How many facts, and how many lines, a journal keeps.",
)
@flags.allow_public
def command(**asked: Any) -> int:
    """Serve the merchant API and the control API. Every flag is also an environment variable,
    POCKETSFLOW_EMULATOR_<FLAG>.
    """
    served = Served.of(asked)
    again = served.repeat("serve", "--host", asked["host"], "--port", str(asked["port"]))
    asyncio.run(_serve(served, asked["host"], asked["port"], again))
    return cli.OK


for _flag in command.params:
    _flag.envvar = PREFIX + _flag.opts[0].strip("-").upper().replace("-", "_")


class Served(NamedTuple):
    """What the flags ask for: the worlds, the scenarios that can be run by name, the server, and
    what is done at its start. `origin` says where the secret comes from.
    """

    asked: Mapping[str, Any]
    template: Template
    origin: str
    shelf: Shelf
    site: Site
    init: Init

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Self:
        """Read them. Raises `InvalidInput` for what cannot be served."""
        template, origin = _template(asked)
        init = Init(asked["init"], template)
        shelf = Shelf()
        if asked["scenarios"] is not None:
            shelf.add_folder(asked["scenarios"])
        public = addresses.url(asked["public_url"]).rstrip("/") if asked["public_url"] else ""
        site = Site(asked["allowed_hosts"], public, asked["rate_limit"], shelf, init.readiness)
        return cls(asked, init.template, origin, shelf, site, init)

    @asynccontextmanager
    async def opened(self, host: str, port: int) -> AsyncIterator[Server]:
        """Serve, as long as the block lasts. A seed file or a data file that cannot be used ends it
        at once.
        """
        with ExitStack() as opened:
            worlds = self._worlds(opened)
            async with Server(worlds, host, port, self.site) as server:
                self._tell(worlds.load())
                gc.freeze()  # what is loaded by now stays; looking through it is a tenth of a read
                world = worlds.named(None)
                if self.init.readiness.starting and not world.continued:
                    worlds.starts(world.name, ended=False)
                    self.init.over = partial(worlds.starts, world.name, ended=True)
                worlds.save()
                yield server

    def _worlds(self, opened: ExitStack) -> Worlds:
        path = self.asked["data"]
        if path is None:
            return Worlds(self.template)
        from pocketsflow_emulator.api.datafile import DataFile  # SQLite is loaded when it is needed
        from pocketsflow_emulator.api.kept import KeptWorlds

        data = opened.enter_context(closing(DataFile(path)))
        for name, text in data.scenarios().items():
            self.shelf.put(name, text)
        self.shelf.keep = data.keep_scenario
        return KeptWorlds(self.template, data)

    def _tell(self, worlds: Sequence[ServedWorld]) -> None:
        """Say which worlds go on from the data file, and where their deliveries go."""
        for world in worlds[:_SHOWN]:
            hooks = world.engine.world.state.store.table(Webhook).values()
            to = ", ".join(addresses.masked(hook.url) for hook in hooks) or "nobody"
            events = f"{world.fact_count} event{'s' * (world.fact_count != 1)}"
            where = f"{self.asked['data']}: the world {world.name}"
            console.complain(f"{where} goes on at {world.now}, after {events}; it sends to {to}")
            for hook in hooks:
                if hook.url in self.template.webhooks and hook.secret != self.template.secret:
                    url = addresses.masked(hook.url)
                    console.complain(f"{where} signs for {url} with the secret it was made with")
        if len(worlds) > _SHOWN:
            console.complain(f"{self.asked['data']}: {len(worlds) - _SHOWN} more worlds go on")

    def repeat(self, *words: str) -> str:
        """Return the one line that serves the same world again, without its secret."""
        line = shlex.join(["pocketsflow-emulator", *words, *_flags(self.asked, self.template)])
        return f'{line} --secret "$SECRET"' if self.asked["secret"] else line


_SHOWN = 5
"""How many worlds are named that go on."""


def _template(asked: Mapping[str, Any]) -> tuple[Template, str]:
    secret, origin = options.secret(asked["secret"])
    template = Template(
        seed=wall.fresh_seed() if asked["seed"] is None else asked["seed"],
        start=options.start(asked["start"]),
        webhooks=tuple(
            address
            if addresses.is_pulled(address)
            else options.target(address, allow_public=asked["allow_public"])
            for address in asked["webhooks"]
        ),
        secret=secret,
        dialect=asked["dialect"],
        policy=asked["policy"],
        faults=asked["faults"],
        dunning=asked["dunning"],
        concurrency=asked["concurrency"],
        real_clock=asked["clock"] == "real",
        wall=wall.of(asked["timestamps"]),
        allow_public=asked["allow_public"],
        per_key=asked["worlds"] == "per-key",
        ring=asked["ring"],
        show_secrets=asked["show_secrets"],
        objects=_objects(asked["seed_file"]),
    )
    return template, origin


def _objects(path: Path | None) -> "tuple[Seed, ...]":
    if path is None:
        return ()
    from pocketsflow_emulator.scenario.seed import Seed  # YAML is loaded only where it is needed

    return (Seed.from_file(path),)


def _flags(asked: Mapping[str, Any], template: Template) -> list[str]:
    """Return the flags that make the same world again."""
    webhooks = tuple(map(addresses.masked, template.webhooks))
    many = {
        "--webhook": webhooks,
        "--fault": asked["faults"],
        "--allowed-host": asked["allowed_hosts"],
    }
    words = [word for flag, values in many.items() for value in values for word in (flag, value)]
    for flag in ("dialect", "clock", "worlds", "policy", "dunning", "concurrency"):
        words += [f"--{flag}", str(asked[flag])]
    for flag in ("data", "seed_file", "init", "scenarios", "rate_limit", "public_url"):
        if asked[flag]:
            words += [f"--{flag.replace('_', '-')}", str(asked[flag])]
    words += ["--timestamps", asked["timestamps"]] * (template.wall is not None)
    words += ["--show-secrets", ALWAYS] * (template.show_secrets == ALWAYS)
    words += ["--journal-ring", str(template.ring)] * (template.ring != RING)
    words += ["--allow-public-targets"] * template.allow_public
    return words + options.repeatable(template.seed, template.start)


async def _serve(served: Served, host: str, port: int, again: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with served.opened(host, port) as server:
        console.say(f"listening on {server.url}")
        if not server.worlds.named(None).continued:
            for url in served.template.webhooks:
                console.complain(f"sending to {addresses.masked(url)}, signed with {served.origin}")
        console.complain(f"repeat with: {again}")
        beginning = asyncio.create_task(_begin(served.init, server))
        try:
            await stop.wait()
        finally:
            beginning.cancel()


async def _begin(init: Init, server: Server) -> None:
    """Play what the start is to be, and say what cannot be used."""
    await init.play(server.worlds.named(None))
    for problem in init.readiness.problems:
        console.complain(f"not ready: {problem}")
