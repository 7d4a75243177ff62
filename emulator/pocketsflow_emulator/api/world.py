"""A world behind HTTP, whoever drives it: reading it, and doing verbs in it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from pocketsflow_emulator.api.bell import Bell
from pocketsflow_emulator.api.ledger import Ledger
from pocketsflow_emulator.api.pulls import Pulls
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.tries import Delivery, Outcome, Try
from pocketsflow_emulator.driver import Driving, Watch
from pocketsflow_emulator.handles import Handle

if TYPE_CHECKING:
    from pocketsflow_emulator.scenario.model import Scenario
    from pocketsflow_emulator.scenario.probes import Offered
    from pocketsflow_emulator.scenario.result import Result


ONCE, ALWAYS = "once", "always"
"""How often the API shows the secret of a webhook: in the answer to creating it, or wherever the
webhook is shown.
"""


class Done(NamedTuple):
    """What a verb gave, and how many facts there were before it."""

    handle: Handle | None
    before: int


class World(ABC):
    """One world. `dialect` is that of the webhooks which are made without one; `real` says whether
    its clock runs with the wall's, `continued` whether it goes on from a data file, `show_secrets`
    how often the API shows a secret. Those in `watching` are told of every try that is decided.
    """

    real = False
    continued = False
    show_secrets = ONCE

    def __init__(self, name: str, driver: Driving, dialect: str) -> None:
        self.name = name
        self.dialect = dialect
        self.driver = driver
        self.bell = Bell()
        self.watching: set[Watch] = set()
        self.pulls = Pulls(self)
        self._ledger: Ledger | None = None
        driver.watch = self.decided

    # ---- reading -------------------------------------------------------------------------------

    @property
    def engine(self) -> Engine:
        """The engine as it is since the last reset."""
        return self.driver.engine

    @property
    def lock(self) -> RLock:
        """The world's one lock, for reading and changing it; never held while something is sent."""
        return self.driver.lock

    @property
    def fact_count(self) -> int:
        """How many facts there are."""
        return self.engine.world.state.fact_count

    @property
    def ledger(self) -> Ledger:
        """Who has bought what."""
        store = self.engine.world.state.store
        if self._ledger is None or self._ledger.store is not store:
            self._ledger = Ledger(store)
        return self._ledger.caught_up()

    def made_since(self, before: int) -> list[Delivery]:
        """Return the deliveries of the facts numbered above `before`."""
        with self.lock:
            return self.engine.journal.since(before)

    def numbered_above(self, before: int) -> list[Delivery]:
        """Return the deliveries with a number above `before`, whenever their facts happened."""
        with self.lock:
            return [d for d in self.engine.journal.deliveries() if d.number > before]

    @property
    def unsent(self) -> list[Delivery]:
        """The deliveries that wait for their turn, and those that are out."""
        with self.lock:
            outbox = self.engine.outbox
            return [*outbox.out.values(), *outbox.waiting()]

    @property
    def pending(self) -> int:
        """How many deliveries wait for their turn or are out."""
        return len(self.engine.outbox)

    @property
    def pulling(self) -> bool:
        """Whether a webhook's receiver asks for its tries."""
        return bool(self.engine.listeners.pulling(self.engine.world.state.store))

    @property
    def now(self) -> str:
        """The instant, as ISO 8601."""
        return clock.iso(self.engine.now)

    # ---- doing ---------------------------------------------------------------------------------

    def submit(self, verb: str, arguments: Mapping[str, Any]) -> Done:
        """Apply a verb at once; what it causes is sent after `wake`, or by whoever drives."""
        with self.lock:
            before = self.fact_count
            done = Done(self.driver.submit(verb, arguments), before)
        self.bell.ring()
        return done

    def decided(self, attempt: Try, outcome: Outcome) -> None:
        """Tell those who watch and wait that a try has been decided, in whichever thread it is."""
        for watch in tuple(self.watching):
            watch(attempt, outcome)
        self.bell.ring()

    @property
    @abstractmethod
    def waits(self) -> bool:
        """Whether there is something that `wake` would let happen."""

    @abstractmethod
    def wake(self) -> None:
        """Let what waits be sent."""

    @abstractmethod
    async def do(self, verb: str, arguments: Mapping[str, Any]) -> Done:
        """Apply a verb and, where this side drives the world and no receiver is being waited for,
        wait until it is quiet. Raises `CalledDuringDelivery` for what moves time meanwhile.
        """

    @abstractmethod
    async def play(
        self, scenario: "Scenario", options: Mapping[str, Any], offered: "Offered"
    ) -> "tuple[Result, int]":
        """Run a scenario; returns what came of it and how many facts there were before it."""

    @abstractmethod
    async def reset(self) -> None:
        """Make the world anew."""

    @abstractmethod
    async def state(self) -> dict[str, Any]:
        """Return everything that decides what happens next, read while nothing is under way."""
