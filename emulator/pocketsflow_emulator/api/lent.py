"""Worlds that somebody else drives: those of `Emulator` and `AsyncEmulator`, lent to a server so
that an application under test can call the API while it is being delivered to."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pocketsflow_emulator.api import keys
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.api.world import Done, World
from pocketsflow_emulator.driver import Driving
from pocketsflow_emulator.errors import CalledDuringDelivery, IllegalMove

if TYPE_CHECKING:
    from pocketsflow_emulator.scenario.model import Scenario
    from pocketsflow_emulator.scenario.probes import Offered
    from pocketsflow_emulator.scenario.result import Result


class LentWorld(World):
    """A world whose owner does the sending, in the thread that calls its verbs. What is caused
    through the API waits for the verb that is running, else for the next one. `renew` begins it
    anew.
    """

    def __init__(self, name: str, driver: Driving, dialect: str, renew: Callable[[], None]) -> None:
        super().__init__(name, driver, dialect)
        self._renew = renew

    @property
    def waits(self) -> bool:
        """Never: what waits is the owner's."""
        return False

    def wake(self) -> None:
        """Leave it to the owner."""

    async def do(self, verb: str, arguments: Mapping[str, Any]) -> Done:
        """Apply a verb and let time move as far as it can before something must be sent."""
        with self.lock:
            done = self.submit(verb, arguments)
            if self.driver.idle:
                self.engine.pass_time()
            return done

    async def play(
        self, scenario: "Scenario", options: Mapping[str, Any], offered: "Offered"
    ) -> "tuple[Result, int]":
        """Refuse: the steps of a scenario wait for answers."""
        del options, offered
        raise IllegalMove(
            "world",
            self.name,
            "driven by the program that made it",
            "run a scenario in",
            f"call run_scenario({scenario.name!r}) there",
        )

    async def reset(self) -> None:
        """Begin anew, unless a receiver is being waited for."""
        with self.lock:
            self._refuse_when_busy("reset")
            self._renew()

    async def state(self) -> dict[str, Any]:
        """Read the account, unless a receiver is being waited for."""
        with self.lock:
            self._refuse_when_busy("state")
            return self.engine.world.state.plain()

    def _refuse_when_busy(self, what: str) -> None:
        if not self.driver.idle:
            raise CalledDuringDelivery(
                f"{what} was asked for while a receiver is being waited for; ask after the verb"
                " that caused the delivery has returned"
            )


class LentWorlds:
    """Key -> world, for as long as its owner is open."""

    def __init__(self) -> None:
        self._worlds: dict[str, LentWorld] = {}

    def lend(self, world: LentWorld) -> None:
        """Answer for a world under its name, which is a key."""
        self._worlds[world.name] = world

    def withdraw(self, name: str) -> None:
        """Answer for a world no longer."""
        self._worlds.pop(name, None)

    def of_key(self, key: keys.Key) -> World:
        """Return the world of a key. Raises `Refused` (401) where nobody has lent it."""
        try:
            return self._worlds[key.text]
        except KeyError:
            raise Refused(
                401,
                "UNAUTHORIZED",
                "no open emulator of this process has this key; send that of emulator.api_key",
            ) from None

    def named(self, name: str | None) -> World:
        """Return the world of a name. Raises `Refused` (404), also where none is named."""
        world = self._worlds.get(name or "")
        if world is None:
            raise Refused(
                404,
                "NOT_FOUND",
                "name the world: send X-Pocketsflow-World with emulator.api_key",
            )
        return world

    def save(self) -> None:
        """Leave it to the owners."""

    async def close(self) -> None:
        """Forget all."""
        self._worlds.clear()
