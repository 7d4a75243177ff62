"""The worlds of a server, made from one template when somebody first speaks to them."""

import asyncio
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple

from pocketsflow_emulator.api import keys
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.api.world import ServedWorld
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.delivery import policy
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.driver import DEADLINE, AsyncDriver
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET

MOST_WORLDS = 10_000


class Template(NamedTuple):
    """What a served world is made from. `start` is an instant (ms), `deadline` in seconds;
    `per_key` gives every API key a world of its own.
    """

    seed: int
    start: int
    webhooks: tuple[str, ...] = ()
    secret: str = DEFAULT_SECRET
    dialect: str = DIALECTS[0]
    policy: str = policy.DEFAULT
    dunning: str = ""
    concurrency: int = 1
    real_clock: bool = True
    allow_public: bool = False
    per_key: bool = False
    deadline: float = DEADLINE


class Worlds:
    """Name -> world. A name is `test`, `live`, any other word, or an API key."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self._worlds: dict[str, ServedWorld] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def default(self) -> ServedWorld:
        """The world of those who name none: the default test world."""
        return self.named(keys.TEST)

    def of_key(self, key: keys.Key) -> ServedWorld:
        """Return the world that a key speaks to."""
        return self._get(key.text if self.template.per_key else key.mode, key.mode)

    def named(self, name: str) -> ServedWorld:
        """Return the world of this name, or of this key."""
        key = keys.parse(name)
        if key is not None:
            return self.of_key(key)
        return self._get(name, keys.LIVE if name == keys.LIVE else keys.TEST)

    def reset(self, world: ServedWorld) -> None:
        """Make a world anew: no objects, an empty journal, the template's webhooks."""
        world.renew(self._engine(world.name, livemode=world.livemode))
        self._add_webhooks(world)

    async def close(self) -> None:
        """End what runs for the worlds."""
        for task in self._tasks.values():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for world in self._worlds.values():
            await world.driver.close()

    def _get(self, name: str, mode: str) -> ServedWorld:
        world = self._worlds.get(name)
        return self._make(name, mode) if world is None else world

    def _make(self, name: str, mode: str) -> ServedWorld:
        if len(self._worlds) >= MOST_WORLDS:
            raise Refused(507, "TOO_MANY_WORLDS", f"this server holds {MOST_WORLDS} worlds already")
        template = self.template
        engine = self._engine(name, livemode=mode == keys.LIVE)
        driver = AsyncDriver(engine, deadline=template.deadline, allow_public=template.allow_public)
        world = ServedWorld(name, driver, real=template.real_clock, dialect=template.dialect)
        self._add_webhooks(world)
        self._worlds[name] = world
        self._tasks[name] = asyncio.create_task(world.run())
        return world

    def _engine(self, name: str, *, livemode: bool) -> Engine:
        template = self.template
        engine = Engine(
            template.seed if name == keys.TEST else _seed(template.seed, name),
            template.start,
            livemode=livemode,
            cap=template.concurrency,
            policy=template.policy,
        )
        if template.dunning:
            engine.submit("set_dunning", {"name": template.dunning})
        return engine

    def _add_webhooks(self, world: ServedWorld) -> None:
        template = self.template
        for url in template.webhooks:
            webhook = {"url": url, "secret": template.secret, "dialect": template.dialect}
            world.driver.submit("create_webhook", webhook)


def _seed(seed: int, name: str) -> int:
    """Return the seed of a further world: the same for the same server seed and name."""
    return int.from_bytes(blake2b(f"{seed}/world/{name}".encode(), digest_size=7).digest())
