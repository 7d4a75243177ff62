"""`Emulator` and `AsyncEmulator`: the public faces of one world."""

from abc import abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from pocketsflow_emulator import reads, timeline, wall
from pocketsflow_emulator.core import arguments, clock
from pocketsflow_emulator.core.dunning import DEFAULT as DEFAULT_DUNNING
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.delivery import addresses, policy
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.policy import DEADLINE
from pocketsflow_emulator.delivery.transports.handler import Handler, HandlerTransport
from pocketsflow_emulator.driver import AsyncDriver, Driver, Driving
from pocketsflow_emulator.errors import CalledDuringDelivery, InvalidInput, InvariantError
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.reads import Deliveries, Delivery
from pocketsflow_emulator.verbs import Verbs, When
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET

if TYPE_CHECKING:
    from pocketsflow_emulator.scenario.run import Result

START = "2030-01-01T00:00:00Z"
"""Where a world starts that nobody gave a start: ahead of the wall clock, so that a period end an
application has stored is not already past."""


LARGEST_SEED = 2**63 - 1

R = TypeVar("R", bound=Driving)
"""The driver of a face."""


class Clock:
    """The world's clock, to read."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine

    @property
    def now(self) -> Any:
        """The instant, an aware datetime."""
        return clock.to_datetime(self._engine().now)


class _Face(Generic[R]):
    """What both faces share: the world's template, its receivers, and reading it."""

    def __init__(
        self,
        *,
        start: When | None = None,
        seed: int | None = None,
        dialect: str = "documented",
        secret: str = DEFAULT_SECRET,
        policy: str = policy.DEFAULT,
        dunning: str = DEFAULT_DUNNING,
        concurrency: int = 1,
        deadline: float = DEADLINE,
        livemode: bool = False,
        allow_public: bool = False,
    ) -> None:
        self._chosen = start is not None or seed is not None
        self._start = _instant(START if start is None else start)
        self._seed = arguments.whole("seed", seed or 0, 0, LARGEST_SEED)
        self._dialect = arguments.choice("dialect", dialect, DIALECTS)
        self.secret = arguments.secret(secret)
        if not deadline > 0:
            raise InvalidInput(f"deadline is {deadline}; write the seconds a receiver has")
        self._policy, self._dunning, self._cap = policy, dunning, concurrency
        self._livemode = livemode
        self._driver = self._make_driver(self._make_engine(), deadline, allow_public)
        self.clock = Clock(lambda: self._driver.engine)

    @abstractmethod
    def _make_driver(self, engine: Engine, deadline: float, allow_public: bool) -> R:
        """Return the driver of this face."""

    def _make_engine(self) -> Engine:
        return Engine(
            self._seed,
            self._start,
            livemode=self._livemode,
            cap=self._cap,
            policy=self._policy,
            dunning=self._dunning,
        )

    # ---- the world -----------------------------------------------------------------------------

    @property
    def seed(self) -> int:
        """The seed; with `start` it repeats every id, date and byte."""
        return self._seed

    @property
    def start(self) -> str:
        """The instant the world began, as ISO 8601."""
        return clock.iso(self._start)

    def reseed(self, seed: int) -> None:
        """Give a world that has not begun another default seed; a first receiver that is a URL
        still gets a fresh one.
        """
        if not self._driver.engine.untouched:
            raise InvalidInput("this world has begun already; give the seed when it is made")
        self._seed = seed
        self._driver.engine = self._make_engine()

    def reset(self) -> None:
        """Begin anew: same seed and start, no objects, no receivers, an empty journal."""
        if not self._driver.engine.quiet:
            raise CalledDuringDelivery("reset was called while deliveries are under way")
        self._driver.engine = self._make_engine()
        self._driver.targets.clear()

    def handle(self, id: str) -> Handle:
        """Return the live handle of an object by its prefixed id; raises `NotFound`."""
        return self._driver.find(id)

    # ---- receivers -----------------------------------------------------------------------------

    def deliver_to(
        self,
        target: Handler | str | None = None,
        *,
        handler: Handler | None = None,
        url: str | None = None,
        events: Any = ("*",),
        secret: str | None = None,
        dialect: str | None = None,
        raise_errors: bool | None = None,
    ) -> Handle:
        """Add a receiver: a URL (`3000`, `localhost:3000/webhooks`, `http://...`), or a function
        `handler(request) -> status | (status, body) | None`. Returns the webhook.

        What a function raises is recorded as an answer of 500 and then raised from the verb that
        caused the delivery; `raise_errors=False` keeps it to the record.
        """
        given = [value for value in (target, handler, url) if value is not None]
        if len(given) != 1:
            raise InvalidInput("deliver_to takes one receiver: a URL, or handler=a function")
        if raise_errors is not None:
            self._driver.raise_errors = raise_errors
        receiver = given[0]
        settings = {
            "events": events,
            "secret": secret or self.secret,
            "dialect": dialect or self._dialect,
        }
        if isinstance(receiver, str):
            return self._deliver_to_url(addresses.url(receiver), settings)
        if not callable(receiver):
            raise InvalidInput(
                f"{receiver!r} is no receiver; give a URL, or handler=a function of one request"
            )
        webhook = self._webhook("handler:", settings)
        transport = HandlerTransport(receiver, deadline=self._driver.deadline)
        self._driver.targets[webhook.id] = transport
        return webhook

    def _deliver_to_url(self, url: str, settings: dict[str, Any]) -> Handle:
        """A living application has a clock of its own: a world that has not begun starts now."""
        if not self._chosen and self._driver.engine.untouched:
            self._start, self._seed = wall.now(), wall.fresh_seed()
            self._driver.engine = self._make_engine()
        return self._webhook(url, settings)

    def _webhook(self, url: str, settings: dict[str, Any]) -> Handle:
        webhook = self._driver.submit("create_webhook", {"url": url, **settings})
        if webhook is None:
            raise InvariantError("create_webhook returned nothing")
        return webhook

    # ---- reading -------------------------------------------------------------------------------

    def _events(self) -> list[str]:
        facts = (record.fact for record in self._driver.engine.journal.living())
        return [fact.event.documented for fact in facts if fact.event.documented]

    def _deliveries(self) -> Deliveries:
        return Deliveries.kept(self._driver.engine.journal.deliveries())

    def timeline(self) -> str:
        """Return what has happened so far, as text."""
        return timeline.text(self._driver.engine.journal.living())

    def journal(self) -> list[str]:
        """Return the canonical journal, one JSON document a line: what "identical" means."""
        return self._driver.engine.journal.canonical()


class Emulator(_Face[Driver], Verbs[Handle, Deliveries, None]):
    """One world, driven from the calling thread. A context manager; `close` ends it.

    `start` and `seed` decide every date, id and byte (default 2030-01-01 and 0; a world whose
    first receiver is a URL starts now, with a fresh seed); `deadline` is in seconds.
    """

    def _make_driver(self, engine: Engine, deadline: float, allow_public: bool) -> Driver:
        return Driver(engine, deadline=deadline, allow_public=allow_public)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close connections."""
        self._driver.close()

    def _do(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        before = self._driver.engine.delivery_count
        result = self._driver.do(verb, arguments)
        return self._since(before) if verb == "advance" else result

    def _since(self, before: int) -> Deliveries:
        return Deliveries(d for d in self._deliveries() if d.id > before)

    def run_scenario(self, name: str, **options: Any) -> "Result":
        """Run a scenario, by name or file, in this world and against its receivers; raises
        `Missed` where an expectation does not hold. The result has the scenario's handles as
        attributes (`result.sub`).
        """
        from pocketsflow_emulator.scenario.run import run_in

        __tracebackhide__ = True
        return run_in(self._driver, name, options)

    def _settled(self) -> Deliveries:
        if self._driver.idle:
            self._driver.drive()
        return self._deliveries()

    @property
    def events(self) -> list[str]:
        """The documented names of everything that happened, once each, in order."""
        self._settled()
        return self._events()

    @property
    def deliveries(self) -> Deliveries:
        """Every delivery so far, by event and receiver."""
        return self._settled()

    def assert_delivered(
        self,
        event: str,
        where: Mapping[str, Any] | None = None,
        *,
        times: int | None = None,
        outcome: str = "delivered",
    ) -> Delivery:
        """Return the last delivery of `event` whose body has these values by path; exactly
        `times` of them where given. Raises `Missed` with what was sent and the nearest miss.
        """
        __tracebackhide__ = True
        sent = self._settled()
        return reads.expect_delivered(sent, event, where, times, outcome, self.timeline())

    def assert_not_delivered(self, event: str, where: Mapping[str, Any] | None = None) -> None:
        """Raise `Missed` where `event` was sent with these values."""
        __tracebackhide__ = True
        reads.expect_not_delivered(self._settled(), event, where, self.timeline())

    def assert_sequence(self, *sequence: str) -> None:
        """Raise `Missed` unless these events were sent in this order, others in between or not."""
        __tracebackhide__ = True
        reads.expect_sequence(self._settled(), sequence, self.timeline())


class AsyncEmulator(
    _Face[AsyncDriver],
    Verbs[Coroutine[Any, Any, Handle], Coroutine[Any, Any, Deliveries], Coroutine[Any, Any, None]],
):
    """The same names, awaited: one world, driven from the running loop. `deliver_to` is a plain
    call; handlers may be coroutine functions; `concurrency` is how many tries may be in flight.
    """

    def _make_driver(self, engine: Engine, deadline: float, allow_public: bool) -> AsyncDriver:
        return AsyncDriver(engine, deadline=deadline, allow_public=allow_public)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close connections."""
        await self._driver.close()

    async def _do(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        before = self._driver.engine.delivery_count
        result = await self._driver.do(verb, arguments)
        if verb == "advance":
            return Deliveries(d for d in self._deliveries() if d.id > before)
        return result

    async def run_scenario(self, name: str, **options: Any) -> "Result":
        """As `Emulator.run_scenario`, awaited."""
        from pocketsflow_emulator.scenario.run import arun_in

        __tracebackhide__ = True
        return await arun_in(self._driver, name, options)

    async def _settled(self) -> Deliveries:
        if self._driver.idle:
            await self._driver.drive()
        return self._deliveries()

    async def events(self) -> list[str]:
        """As `Emulator.events`, awaited."""
        await self._settled()
        return self._events()

    async def deliveries(self) -> Deliveries:
        """As `Emulator.deliveries`, awaited."""
        return await self._settled()

    async def assert_delivered(
        self,
        event: str,
        where: Mapping[str, Any] | None = None,
        *,
        times: int | None = None,
        outcome: str = "delivered",
    ) -> Delivery:
        """As `Emulator.assert_delivered`, awaited."""
        __tracebackhide__ = True
        sent = await self._settled()
        return reads.expect_delivered(sent, event, where, times, outcome, self.timeline())

    async def assert_not_delivered(
        self, event: str, where: Mapping[str, Any] | None = None
    ) -> None:
        """As `Emulator.assert_not_delivered`, awaited."""
        __tracebackhide__ = True
        reads.expect_not_delivered(await self._settled(), event, where, self.timeline())

    async def assert_sequence(self, *sequence: str) -> None:
        """As `Emulator.assert_sequence`, awaited."""
        __tracebackhide__ = True
        reads.expect_sequence(await self._settled(), sequence, self.timeline())


def _instant(value: When) -> int:
    if isinstance(value, str):
        return clock.parse(value)
    return clock.parse(value.isoformat())
