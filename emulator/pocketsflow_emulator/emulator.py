"""`Emulator` and `AsyncEmulator`: the public faces of one world."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pocketsflow_emulator import reads
from pocketsflow_emulator.assertions import Assertions
from pocketsflow_emulator.awaiting import Calls, noted
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.transports import Attempt
from pocketsflow_emulator.delivery.tries import Outcome
from pocketsflow_emulator.driver import AsyncDriver, Driver
from pocketsflow_emulator.face import Face
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.patience import Patience
from pocketsflow_emulator.reads import Deliveries, Delivery
from pocketsflow_emulator.verbs import Verbs, When
from pocketsflow_emulator.verbs.doing import GIVES_DELIVERIES, Thing, given

if TYPE_CHECKING:
    from pocketsflow_emulator.scenario.probes import Way
    from pocketsflow_emulator.scenario.result import Result

T = TypeVar("T")


def replayed(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `replay` from its `locals()`: a delivery by its number or event."""
    delivery = arguments["delivery"]
    number = delivery.id if isinstance(delivery, Delivery) else delivery
    return {**given(arguments), "delivery": number}


class Emulator(Face[Driver], Assertions, Verbs[Handle, Deliveries, None]):
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
        """Close connections; the API answers for this world no longer."""
        self._withdraw()
        self._driver.close()

    def close_from_outside(self) -> None:
        """As `close`; `AsyncEmulator` needs it where no loop is running."""
        self.close()

    def _do(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        before = self._driver.engine.delivery_count
        result = self._driver.do(verb, arguments)
        return self._since(before) if verb in GIVES_DELIVERIES else result

    def _since(self, before: int) -> Deliveries:
        return Deliveries(d for d in self._deliveries() if d.id > before)

    def hand_over(self, webhook: Handle, attempt: Attempt) -> Outcome:
        """Hand a try to a receiver of this process, for whoever drives deliveries themselves."""
        return self._driver.hand_over(self._driver.targets[webhook.id], attempt)

    def replay(
        self,
        delivery: Delivery | int | str,
        *,
        edits: Mapping[str, Any] | None = None,
        resign: bool | None = None,
        timestamp: When | int | None = None,
        webhook: Thing | None = None,
    ) -> Deliveries:
        """Send a delivery again, the same bytes with the same signature; returns what was made. It
        is one of `deliveries`, its number, or the name of an event: the newest delivery of that.

        `edits` are values by path of the body, `timestamp` is a date, an instant in ms or `now`;
        a body that has changed is signed anew, unless `resign` says otherwise. `webhook` is another
        receiver, or `all`.
        """
        sent: Deliveries = self._do("replay", replayed(locals()))
        return sent

    def run_scenario(
        self, name: str, *, probes: Mapping[str, "Way"] | None = None, **options: Any
    ) -> "Result":
        """Run a scenario, by name or file, in this world and against its receivers; raises
        `Missed` where an expectation does not hold. The result has the scenario's handles as
        attributes (`result.sub`).

        `probes` say how to ask what the scenario wants to know of the application: a function of
        the names it needs (`{"member": lambda email: {"access": email in members}}`), a path at
        the receiver's address, or a URL.
        """
        from pocketsflow_emulator.scenario.probes import Offered
        from pocketsflow_emulator.scenario.run import run_in

        before = self._driver.engine.delivery_count
        try:
            return run_in(self._driver, name, options, Offered(probes or {}))
        finally:
            self._look_since(before)

    def _settled(self) -> Deliveries:
        if self._driver.idle:
            self._driver.drive()
        return self._deliveries()

    @property
    def events(self) -> list[str]:
        """The documented names of everything that happened, once each, in order."""
        self._settled()
        return self._events()


class AsyncEmulator(
    Face[AsyncDriver],
    Verbs[Coroutine[Any, Any, Handle], Coroutine[Any, Any, Deliveries], Coroutine[Any, Any, None]],
):
    """The same names, awaited: one world, driven from the running loop. `deliver_to` is a plain
    call; handlers may be coroutine functions; `concurrency` is how many tries may be in flight.
    """

    _calls: Calls | None = None
    """Where calls are remembered until they are awaited, for whoever wants to know."""

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
        """Close connections; the API answers for this world no longer."""
        self._withdraw()
        await self._driver.close()

    def close_from_outside(self) -> None:
        """Close connections where no loop is running, as at the end of a test."""
        self._withdraw()
        self._driver.close_from_outside()

    def _do(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        return self._noted(verb, self._done(verb, arguments))

    def _noted(self, name: str, call: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        return call if self._calls is None else self._calls.note(name, call)

    async def _done(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        before = self._driver.engine.delivery_count
        result = await self._driver.do(verb, arguments)
        if verb in GIVES_DELIVERIES:
            return Deliveries(d for d in self._deliveries() if d.id > before)
        return result

    @noted
    async def hand_over(self, webhook: Handle, attempt: Attempt) -> Outcome:
        """As `Emulator.hand_over`, awaited."""
        return await self._driver.hand_over(self._driver.targets[webhook.id], attempt)

    @noted
    async def replay(
        self,
        delivery: Delivery | int | str,
        *,
        edits: Mapping[str, Any] | None = None,
        resign: bool | None = None,
        timestamp: When | int | None = None,
        webhook: Thing | None = None,
    ) -> Deliveries:
        """As `Emulator.replay`, awaited."""
        sent: Deliveries = await self._done("replay", replayed(locals()))
        return sent

    def run_scenario(
        self, name: str, *, probes: Mapping[str, "Way"] | None = None, **options: Any
    ) -> "Coroutine[Any, Any, Result]":
        """As `Emulator.run_scenario`, awaited; probes may be coroutine functions."""
        return self._noted("run_scenario", self._run_scenario(name, probes or {}, options))

    async def _run_scenario(
        self, name: str, probes: Mapping[str, "Way"], options: Mapping[str, Any]
    ) -> "Result":
        from pocketsflow_emulator.scenario.probes import Offered
        from pocketsflow_emulator.scenario.run import arun_in

        before = self._driver.engine.delivery_count
        try:
            return await arun_in(self._driver, name, options, Offered(probes))
        finally:
            self._look_since(before)

    async def _settled(self) -> Deliveries:
        if self._driver.idle:
            await self._driver.drive()
        return self._deliveries()

    @noted
    async def events(self) -> list[str]:
        """As `Emulator.events`, awaited."""
        await self._settled()
        return self._events()

    @noted
    async def deliveries(self) -> Deliveries:
        """As `Emulator.deliveries`, awaited."""
        return await self._settled()

    @noted
    async def assert_delivered(
        self,
        event: str,
        where: Mapping[str, Any] | None = None,
        *,
        times: int | None = None,
        outcome: str = "delivered",
    ) -> Delivery:
        """As `Emulator.assert_delivered`, awaited."""
        sent = await self._settled()
        return reads.expect_delivered(sent, event, where, times, outcome, self._story())

    @noted
    async def assert_not_delivered(
        self, event: str, where: Mapping[str, Any] | None = None
    ) -> None:
        """As `Emulator.assert_not_delivered`, awaited."""
        reads.expect_not_delivered(await self._settled(), event, where, self._story())

    @noted
    async def assert_sequence(self, *sequence: str) -> None:
        """As `Emulator.assert_sequence`, awaited."""
        reads.expect_sequence(await self._settled(), sequence, self._story())

    @noted
    async def eventually(self, check: Callable[[], Awaitable[T] | T], timeout: float = 5) -> T:
        """As `Emulator.eventually`, awaited; `check` may be a coroutine function."""
        patience = Patience(check, timeout)
        for pause in patience:
            await self._settled()
            try:
                found: Any = check()
                if inspect.isawaitable(found):
                    found = await found
            except AssertionError as error:
                patience.holds(error)
            else:
                if patience.holds(found):
                    return found  # type: ignore[no-any-return]
            await asyncio.sleep(pause)
        raise patience.missed(self._story())
