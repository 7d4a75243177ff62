"""What receivers in this process share: how a call is timed, wrapped, watched and told.

A receiver is called in the calling thread or task, so that what a test has set up there (a database
transaction, an application context) is what the receiver finds.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent import futures
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from contextvars import copy_context
from time import monotonic
from typing import Any, ClassVar, TypedDict

from pocketsflow_emulator.delivery.policy import DEADLINE
from pocketsflow_emulator.delivery.transports import Attempt, frameworks
from pocketsflow_emulator.delivery.transports.results import late, named, raised
from pocketsflow_emulator.delivery.tries import Headers, Outcome
from pocketsflow_emulator.errors import InvalidInput, InvariantError

Around = Callable[[], AbstractContextManager[Any] | AbstractAsyncContextManager[Any]]
"""Makes the context manager that a delivery is wrapped in."""


class Manner(TypedDict, total=False):
    """How a receiver is called: what every transport of this kind takes."""

    deadline: float
    around: Around | None
    thread: bool
    raise_errors: bool
    headers: Headers


class Overdue(Exception):
    """The receiver was broken off at its deadline."""


_NOTHING = object()


class InProcess(ABC):
    """A receiver in this process.

    `deadline` is in seconds; `around` makes a context manager for each delivery; `thread` calls it
    in a thread of its own, which alone can enforce the deadline of what blocks; `headers` go with
    every request. Whether what it raises is raised again is for the driver: `raise_errors`.
    """

    needs_loop: ClassVar[bool] = False
    """Whether it can be called in an event loop only."""

    def __init__(
        self,
        *,
        deadline: float = DEADLINE,
        around: Around | None = None,
        thread: bool = False,
        raise_errors: bool = True,
        headers: Headers = (),
    ) -> None:
        self.deadline, self.raise_errors = deadline, raise_errors
        self._around, self._thread, self._headers = around, thread, headers
        self.elsewhere = thread
        """Whether its code runs in other threads than the caller's."""

    # ---- what a kind of receiver says ----------------------------------------------------------

    def _call(self, attempt: Attempt) -> Any:
        """Call the receiver and return its answer; what it raises counts as its answer."""
        raise InvariantError(f"{self!r} was called without a loop, for {attempt!r}")

    async def _acall(self, attempt: Attempt) -> Any:
        """As `_call`, in a task. Raises `Overdue` where it broke the receiver off."""
        return self._call(attempt)

    @abstractmethod
    def _outcome(self, answer: Any, duration: float, /) -> Outcome:
        """Return what came of a call that took so many seconds. Raises `InvalidInput` where the
        answer is none.
        """

    async def _start(self) -> None:  # noqa: B027  (most have nothing to start)
        """Make ready, in the running loop, what has to run before the first call."""

    async def aclose(self) -> None:  # noqa: B027  (nor to end)
        """End what the receiver has running in the loop it was called in."""

    # ---- what drivers call ---------------------------------------------------------------------

    def check(self, begun: Sequence[str] = ()) -> None:
        """Raise `InvalidInput` where what the test has set up cannot reach the receiver: what this
        thread, or before its loop ran (`begun`), has not committed in Django's databases.
        """
        if self.elsewhere and (begun or frameworks.transactions()):
            raise InvalidInput(
                "the receiver runs in another thread, whose database connection does not see the"
                " transaction of this test; mark the test django_db(transaction=True), or deliver"
                " to the WSGI application without thread="
            )

    def send(self, attempt: Attempt) -> Outcome:
        """Call the receiver once and return what came of it. Raises `InvalidInput` where it was
        written in a way that cannot be an answer.
        """
        self.check()
        if not self._thread:
            return self._sent(attempt)
        future = self._spawned(attempt)
        futures.wait((future,), self.deadline)
        return future.result() if future.done() else self._unreturned()

    async def asend(self, attempt: Attempt) -> Outcome:
        """As `send`, in a task; a coroutine is broken off at the deadline."""
        if not self._thread:
            return await self._asent(attempt)
        future = asyncio.wrap_future(self._spawned(attempt))
        await asyncio.wait((future,), timeout=self.deadline)
        return future.result() if future.done() else self._unreturned()

    async def attend(self, attempt: Attempt) -> Outcome:
        """As `asend`, in a loop that stands still between deliveries: also wait, until the
        deadline, for the tasks that the receiver has started.
        """
        return await self.asend(attempt)

    # ---- the call ------------------------------------------------------------------------------

    def _sent(self, attempt: Attempt) -> Outcome:
        begun, answer = monotonic(), _NOTHING
        with frameworks.watching() as heard:
            try:
                if self._around is None and not frameworks.transactions():
                    answer = self._call(attempt)
                else:
                    with _surrounded(self._around):
                        answer = self._call(attempt)
            except Exception as error:
                return raised(error, monotonic() - begun)
        return self._told(answer, monotonic() - begun, heard)

    async def _asent(self, attempt: Attempt) -> Outcome:
        try:
            await self._start()
        except InvalidInput:
            raise
        except Exception as error:  # where nothing has started, nothing listens
            detail = f"the application did not start: {named(error)}"
            return Outcome("refused", detail=detail, error=error)
        begun, answer = monotonic(), _NOTHING
        with frameworks.watching() as heard:
            try:
                if self._around is None and not frameworks.transactions():
                    answer = await self._acall(attempt)
                else:
                    async with _asurrounded(self._around):
                        answer = await self._acall(attempt)
            except Overdue:
                return late(monotonic() - begun, "broken off")
            except Exception as error:
                return raised(error, monotonic() - begun)
        return self._told(answer, monotonic() - begun, heard)

    def _told(self, answer: Any, duration: float, heard: list[Exception]) -> Outcome:
        if answer is _NOTHING:
            raise InvalidInput("around= swallowed what the receiver raised; let it pass")
        outcome = self._outcome(answer, duration)
        if not heard or outcome.error is not None or outcome.kind == "delivered":
            return outcome
        return outcome._replace(error=heard[-1], detail=named(heard[-1]))

    # ---- threads -------------------------------------------------------------------------------

    def _spawned(self, attempt: Attempt) -> "futures.Future[Outcome]":
        """Call the receiver in a thread that dies with the process, whatever it waits for."""
        future: futures.Future[Outcome] = futures.Future()
        context = copy_context()

        def run() -> None:
            try:
                future.set_result(context.run(self._sent, attempt))
            except BaseException as error:  # as a thread of an executor does
                future.set_exception(error)

        threading.Thread(target=run, name="pocketsflow-receiver", daemon=True).start()
        return future

    def _unreturned(self) -> Outcome:
        return late(self.deadline, "its thread goes on")


@contextmanager
def _surrounded(around: Around | None) -> Iterator[None]:
    """Wrap a call in what the test asks for, and in what Django's databases need."""
    manager = nullcontext() if around is None else around()
    if not isinstance(manager, AbstractContextManager):
        raise InvalidInput(_no_manager(manager))
    with manager, frameworks.committing():
        yield


@asynccontextmanager
async def _asurrounded(around: Around | None) -> AsyncIterator[None]:
    """As `_surrounded`, in a task, where a context manager may be asynchronous."""
    manager = None if around is None else around()
    if not isinstance(manager, AbstractAsyncContextManager):
        with _surrounded(None if manager is None else lambda: manager):
            yield
        return
    async with manager:
        with frameworks.committing():
            yield


def _no_manager(manager: object) -> str:
    return (
        f"around= made {manager!r}, which is no context manager for this face; give a function that"
        " returns one, such as app.app_context"
    )
