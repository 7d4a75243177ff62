"""The worlds of a server, made from one template when somebody first speaks to them."""

from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pocketsflow_emulator.api import keys
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.api.pulls import PatientDriver
from pocketsflow_emulator.api.served import ServedWorld, elapsed
from pocketsflow_emulator.api.world import ONCE, World
from pocketsflow_emulator.core import dunning
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.delivery import policy
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.journal import RING, Journal
from pocketsflow_emulator.delivery.policy import DEADLINE
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET

if TYPE_CHECKING:
    from pocketsflow_emulator.scenario.seed import Seed

MOST_WORLDS = 10_000


class Template(NamedTuple):
    """What a served world is made from. `start` is an instant (ms), `deadline` in seconds;
    `per_key` gives every API key a world of its own, `ring` is the size of the journals,
    `show_secrets` says how often the API shows a webhook's secret; `objects` are sown in their
    order, and `wall` tells the time (ms) of stamps where that is not the world's own.
    """

    seed: int
    start: int
    webhooks: tuple[str, ...] = ()
    secret: str = DEFAULT_SECRET
    dialect: str = DIALECTS[0]
    policy: str = policy.DEFAULT
    faults: tuple[str, ...] = ()
    dunning: str = dunning.DEFAULT
    concurrency: int = 1
    real_clock: bool = True
    allow_public: bool = False
    per_key: bool = False
    deadline: float = DEADLINE
    wall: Callable[[], int] | None = None
    ring: int = RING
    show_secrets: str = ONCE
    objects: "tuple[Seed, ...]" = ()


class AllWorlds(Protocol):
    """Where requests find their world."""

    def of_key(self, key: keys.Key) -> World:
        """Return the world that a key speaks to."""
        ...

    def named(self, name: str | None) -> World:
        """Return the world of this name or key, or of those who name none."""
        ...

    def save(self) -> None:
        """Keep what has happened. Raises `EnvironmentFailure` where that cannot be done."""
        ...

    async def close(self) -> None:
        """End what runs for the worlds."""
        ...


class Worlds:
    """Name -> world. A name is `test`, `live`, any other word, or an API key."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self._since = elapsed()
        self._worlds: dict[str, ServedWorld] = {}

    def of_key(self, key: keys.Key) -> ServedWorld:
        """Return the world that a key speaks to."""
        return self._get(key.text if self.template.per_key else key.mode, key.mode)

    def named(self, name: str | None) -> ServedWorld:
        """Return the world of this name or key; without one, the default test world."""
        key = keys.parse(name) if name else None
        if key is not None:
            return self.of_key(key)
        return self._get(name or keys.TEST, keys.LIVE if name == keys.LIVE else keys.TEST)

    def load(self) -> list[ServedWorld]:
        """Let worlds of an earlier server go on, and return them: there are none."""
        return []

    def starts(self, name: str, *, ended: bool) -> None:
        """Know that the start of a world is under way, or has come to its end."""

    def save(self) -> None:
        """Keep what has happened: in memory, where it is."""

    async def close(self) -> None:
        """End what runs for the worlds."""
        for world in self._worlds.values():
            await world.close()

    def _get(self, name: str, mode: str) -> ServedWorld:
        world = self._worlds.get(name)
        return self._make(name, mode) if world is None else world

    def _make(self, name: str, mode: str) -> ServedWorld:
        if len(self._worlds) >= MOST_WORLDS:
            raise Refused(507, "TOO_MANY_WORLDS", f"this server holds {MOST_WORLDS} worlds already")
        driver = self._driver(self._engine(name, livemode=mode == keys.LIVE))
        self._furnish(driver)
        return self._serve(name, driver, self._since)

    def _begin(self, driver: PatientDriver, *, name: str) -> None:
        """Give the driver of a world a fresh engine with all that the template has."""
        driver.engine = self._engine(name, livemode=driver.state.livemode)
        self._furnish(driver)

    def _driver(self, engine: Engine) -> PatientDriver:
        template = self.template
        return PatientDriver(
            engine,
            deadline=template.deadline,
            allow_public=template.allow_public,
            wall=template.wall,
        )

    def _engine(self, name: str, *, livemode: bool) -> Engine:
        template = self.template
        return Engine(
            template.seed if name == keys.TEST else _seed(template.seed, name),
            template.start,
            livemode=livemode,
            cap=template.concurrency,
            policy=template.policy,
            dunning=template.dunning,
            journal=self._journal(name),
        )

    def _journal(self, _name: str) -> Journal:
        return Journal(self.template.ring)

    def _furnish(self, driver: PatientDriver) -> None:
        for webhook in self._webhooks():
            driver.submit("create_webhook", webhook)
        for fault in self.template.faults:
            driver.submit("fault", {"fault": fault})
        for seed in self.template.objects:
            seed.sow(driver)

    def _webhooks(self) -> list[dict[str, str]]:
        """Return the webhooks of the template, as they are created."""
        about = {"secret": self.template.secret, "dialect": self.template.dialect}
        return [{"url": url, **about} for url in self.template.webhooks]

    def _serve(self, name: str, driver: PatientDriver, since: int) -> ServedWorld:
        """Let a world be driven, whose instant was the present at `since` (`elapsed` then)."""
        template = self.template
        world = self._worlds[name] = ServedWorld(
            name,
            driver,
            template.dialect,
            partial(self._begin, name=name),
            real=template.real_clock,
            show_secrets=template.show_secrets,
            since=since,
        )
        return world


def _seed(seed: int, name: str) -> int:
    """Return the seed of a further world: the same for the same server seed and name."""
    return int.from_bytes(blake2b(f"{seed}/world/{name}".encode(), digest_size=7).digest())
