"""Drivers: they carry tries from the engine to the transports and back, and nothing else.

`Driver` calls and waits in the calling thread, `AsyncDriver` in a task. The world's one lock lives
here and is held for engine steps, never during a send.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from pocketsflow_emulator import inputs
from pocketsflow_emulator.core.models import Ref, Webhook
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.policy import DEADLINE
from pocketsflow_emulator.delivery.transports import Attempt
from pocketsflow_emulator.delivery.tries import Outcome, Try
from pocketsflow_emulator.errors import CalledDuringDelivery, NotFound
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.loops import KeptLoop, LoopThread
from pocketsflow_emulator.wire import signature

if TYPE_CHECKING:
    from pocketsflow_emulator.delivery.transports.http import HttpTransport
    from pocketsflow_emulator.delivery.transports.inprocess import InProcess

MOVES_TIME = frozenset(("advance", "settle", "restore", "snapshot"))
"""What waits for quiet, and therefore cannot be called by a receiver that is being waited for."""

_ABOUT_SIGNATURES = frozenset((400, 401, 403))
"""Statuses with which handlers say that they do not believe a signature."""

T = TypeVar("T")
Watch = Callable[[Try, Outcome], None]
Close = Callable[[], Coroutine[Any, Any, None]]


class Driving:
    """What both drivers share: inputs in, transports by webhook.

    `watch` is told every outcome; `begins` is called before a world's first input, `moved` with
    the instant whenever something is about to be sent, and at the end; where `wall` is given,
    stamps are made from the time it tells (ms). `pace` are seconds that an `AsyncDriver` waits
    before each try, for people who watch.
    """

    begins: Callable[[], None] | None = None
    moved: Callable[[int], None] | None = None

    def __init__(
        self,
        engine: Engine,
        *,
        deadline: float = DEADLINE,
        allow_public: bool = False,
        watch: Watch | None = None,
        wall: Callable[[], int] | None = None,
        pace: float = 0.0,
    ) -> None:
        self.engine = engine
        self.deadline = deadline
        self.allow_public = allow_public
        self.watch = watch
        self.wall = wall
        self.pace = pace
        self.targets: dict[str, InProcess] = {}
        self.lock = threading.RLock()
        self._busy = False
        self._retired: list[InProcess] = []
        self._http: HttpTransport | None = None

    @property
    def state(self) -> State:
        """The account as it stands."""
        return self.engine.world.state

    @property
    def idle(self) -> bool:
        """Whether no receiver is being waited for."""
        return not self._busy and not self.engine.outbox.out

    def handle(self, name: Ref) -> Handle:
        """Return the live handle of an object."""
        return Handle(lambda: self.state, name)

    def find(self, id: str) -> Handle:
        """Return the live handle of the object with this prefixed id; raises `NotFound`."""
        name = self.state.store.name_of(id)
        if name is None:
            raise NotFound(f"there is no object {id!r} in this world")
        return self.handle(name)

    def submit(self, verb: str, arguments: Mapping[str, Any]) -> Handle | None:
        """Apply a verb and leave what it causes waiting. Raises `CalledDuringDelivery` where it
        would have to wait for the receiver that calls.
        """
        if verb in MOVES_TIME and not self.idle:
            raise CalledDuringDelivery(
                f"{verb} was called by a receiver while its answer is being waited for;"
                " call it after the verb that caused the delivery has returned"
            )
        if self.begins is not None and self.engine.untouched:
            self.begins()
        with self.lock:
            resolved = inputs.resolve(self.state, verb, arguments)
            if verb == "settle":
                return None
            self._look_at_the_wall()
            name = self.engine.submit(verb, resolved)
        return self.handle(name) if name is not None else None

    def share_target(self, webhook: str) -> None:
        """Let a webhook with the address of one that is in this process be the same receiver."""
        hooks = self.state.store.table(Webhook)
        for known in list(self.targets):
            if known in hooks and hooks[known].url == hooks[webhook].url:
                self.targets.setdefault(webhook, self.targets[known])
                return

    def raises(self, webhook: str) -> bool:
        """Say whether what this webhook's receiver raises is raised again from the verb."""
        target = self.targets.get(webhook)
        return target is not None and target.raise_errors

    def retire(self) -> None:
        """Deliver to no receiver of this process any longer; they are closed with the driver."""
        self._retired += self.targets.values()
        self.targets.clear()

    async def _close_targets(self) -> None:
        """Close the receivers of this process, all of them; then raise what the first raised."""
        targets = [*self._retired, *self.targets.values()]
        self._retired.clear()
        ends = [await asyncio.gather(one.aclose(), return_exceptions=True) for one in targets]
        for error in (error for [error] in ends if error is not None):
            raise error

    def _take(self) -> Try | None:
        with self.lock:
            if not self.engine.quiet:
                self._look_at_the_wall()
            attempt = self.engine.take()
        if self.moved is not None:
            try:
                self.moved(self.engine.now)
            except BaseException:
                if attempt is not None:
                    self._release(attempt)
                raise
        return attempt

    def _look_at_the_wall(self) -> None:
        if self.wall is not None:
            self.engine.see_wall(self.wall())

    def _release(self, attempt: Try) -> None:
        with self.lock:
            self.engine.release(attempt)

    def _decide(self, attempt: Try, outcome: Outcome) -> None:
        with self.lock:
            if outcome.status in _ABOUT_SIGNATURES:
                outcome = self._with_secret(attempt, outcome)
            self.engine.record(attempt, outcome)
        if self.watch is not None:
            self.watch(attempt, outcome)

    def _with_secret(self, attempt: Try, outcome: Outcome) -> Outcome:
        """Say which secret was used, masked; the one that everybody knows is shown."""
        webhook = self.state.store.table(Webhook).get(attempt.webhook)
        secret = "" if webhook is None else webhook.signing_secret(attempt.at)
        if signature.sign(attempt.body, secret) != attempt.signature:
            return outcome  # it was signed badly on purpose, or the webhook is gone
        shown = secret if secret == signature.DEFAULT_SECRET else signature.masked(secret)
        return outcome._replace(detail=f"{outcome.detail}; signed with {shown}")

    def _record(self, attempt: Try, outcome: Outcome) -> None:
        self._decide(attempt, outcome)
        if outcome.error is not None and self.raises(attempt.webhook):
            raise outcome.error

    def _blocked(self, attempt: Try) -> Outcome | None:
        if self.allow_public or not addresses.is_public(attempt.url):
            return None
        return Outcome("blocked", detail=f"{addresses.masked(attempt.url)} is a public address")

    def _transport(self) -> "HttpTransport":
        if self._http is None:
            from pocketsflow_emulator.delivery.transports.http import HttpTransport

            self._http = HttpTransport(deadline=self.deadline)
        return self._http


class Driver(Driving):
    """Drives a world from the calling thread, one try at a time."""

    _loop: "LoopThread | None" = None

    @cached_property
    def _kept(self) -> KeptLoop:
        return KeptLoop()

    def do(self, verb: str, arguments: Mapping[str, Any]) -> Handle | None:
        """Apply a verb and return when the world is quiet. Called by a receiver while one of its
        answers is being waited for, it applies the verb and leaves the sending to that wait.
        """
        result = self.submit(verb, arguments)
        if not self._busy:
            self.drive()
        return result

    def drive(self) -> None:
        """Send until nothing is waiting and no advance is under way."""
        self._busy = True
        try:
            while (attempt := self._take()) is not None:
                try:
                    outcome = self._send(attempt)
                except BaseException:
                    self._release(attempt)
                    raise
                self._record(attempt, outcome)
        finally:
            self._busy = False

    def close(self) -> None:
        """Close connections and receivers, and end the loops that held them."""
        if self._loop is not None:
            if self._http is not None:
                self._loop.call(self._http.close())
            self._loop.stop()
        self._loop = self._http = None
        try:
            if self._kept.begun:
                self._kept.run(self._close_targets())
        finally:
            self._kept.close()

    def hand_over(self, target: "InProcess", attempt: Attempt) -> Outcome:
        """Hand a try to a receiver of this process, in the kept loop where it needs one."""
        if target.needs_loop:
            target.check()
            return self._kept.run(target.attend(attempt))
        return target.send(attempt)

    def _send(self, attempt: Try) -> Outcome:
        target = self.targets.get(attempt.webhook)
        if target is not None:
            return self.hand_over(target, attempt)
        blocked = self._blocked(attempt)
        if blocked is not None:
            return blocked
        if self._loop is None:
            self._loop = LoopThread()
        return self._loop.call(self._transport().send(attempt))


class AsyncDriver(Driving):
    """Drives a world from a task, with as many tries in flight as its engine allows. It may be
    awaited in one loop after the other.
    """

    _loop: asyncio.AbstractEventLoop | None = None
    _kept: AsyncGenerator[None, None] | None = None
    _opened: list[Close]

    async def do(self, verb: str, arguments: Mapping[str, Any]) -> Handle | None:
        """As `Driver.do`, awaited."""
        result = self.submit(verb, arguments)
        if not self._busy:
            await self.drive()
        return result

    async def drive(self) -> None:
        """Send until nothing is waiting and no advance is under way. Cancelling it puts what is
        out back, and a later call goes on from there.
        """
        self._busy = True
        try:
            if self.engine.cap == 1:
                await self._one_by_one()
            else:
                await self._side_by_side()
        finally:
            self._busy = False

    async def close(self) -> None:
        """Close connections and receivers."""
        kept, self._kept, self._loop, self._http = self._kept, None, None, None
        if kept is not None:
            await kept.aclose()

    def close_from_outside(self) -> None:
        """Close connections without a running loop: in the one that opened them, where that has
        not ended and closed them itself.
        """
        if self._loop is None or self._loop.is_closed():
            return
        if self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self.close(), self._loop)
        else:
            self._loop.run_until_complete(self.close())

    async def _enter(self) -> None:
        """Let the running loop, when it ends, close what is opened in it."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._loop is not None:
                self._http = None
            self._loop, self._opened = loop, [self._close_targets]
            self._kept = _until_the_loop_ends(self._opened)
            await anext(self._kept)

    async def _connections(self) -> "HttpTransport":
        """Return the transport of the running loop, which closes it when it ends."""
        await self._enter()
        http = self._transport()
        if http.close not in self._opened:
            self._opened.insert(0, http.close)
        return http

    async def _one_by_one(self) -> None:
        while (attempt := self._take()) is not None:
            try:
                outcome = await self._send(attempt)
            except BaseException:
                self._release(attempt)
                raise
            self._record(attempt, outcome)

    async def _side_by_side(self) -> None:
        running: dict[asyncio.Task[Outcome], Try] = {}
        ended: asyncio.Queue[asyncio.Task[Outcome]] = asyncio.Queue()
        try:
            while True:
                while (attempt := self._take()) is not None:
                    task = asyncio.ensure_future(self._send(attempt))
                    running[task] = attempt
                    task.add_done_callback(ended.put_nowait)
                if not running:
                    return
                task = await ended.get()
                outcome = task.result()
                self._record(running.pop(task), outcome)
        finally:
            await self._wind_up(running)

    async def _wind_up(self, running: Mapping["asyncio.Task[Outcome]", Try]) -> None:
        """Put back what is out; an answer that has come in all the same counts."""
        for task, attempt in running.items():
            if task.done() and not task.cancelled() and task.exception() is None:
                self._decide(attempt, task.result())
            else:
                task.cancel()
                self._release(attempt)
        await asyncio.gather(*running, return_exceptions=True)

    async def hand_over(self, target: "InProcess", attempt: Attempt) -> Outcome:
        """Hand a try to a receiver of this process, in the running loop."""
        if target.needs_loop:
            await self._enter()
        return await target.asend(attempt)

    async def _send(self, attempt: Try) -> Outcome:
        if self.pace:
            await asyncio.sleep(self.pace)
        target = self.targets.get(attempt.webhook)
        if target is not None:
            return await self.hand_over(target, attempt)
        return self._blocked(attempt) or await (await self._connections()).send(attempt)


async def _until_the_loop_ends(opened: list[Close]) -> AsyncGenerator[None, None]:
    """Close these when their loop ends: asyncio finishes generators before it closes a loop."""
    try:
        yield
    finally:
        for close in opened:
            await close()
