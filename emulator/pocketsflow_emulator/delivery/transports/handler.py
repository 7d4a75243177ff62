"""Receivers that are a function in this process: called in the calling thread or task."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Unpack

from pocketsflow_emulator.delivery.transports import Attempt
from pocketsflow_emulator.delivery.transports.inprocess import InProcess, Manner, Overdue
from pocketsflow_emulator.delivery.transports.results import late
from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE, Outcome, of_status
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.wire.request import SignedRequest

Answer = int | tuple[int, bytes] | None
Handler = Callable[[SignedRequest], Answer | Awaitable[Answer]]


class HandlerTransport(InProcess):
    """Calls `handler(request)`; it returns a status, (status, body bytes), or None for 200.

    A plain function cannot be interrupted: one that returns after the deadline is a
    `timeout_response` with its real duration. What it raises is an answer of 500; the error is
    kept in the outcome.
    """

    def __init__(self, handler: Handler, **manner: Unpack[Manner]) -> None:
        super().__init__(**manner)
        self._handler = handler

    def _call(self, attempt: Attempt) -> object:
        headers = dict((*attempt.headers, *self._headers))
        return self._handler(SignedRequest(attempt.event, headers, attempt.body))

    async def _acall(self, attempt: Attempt) -> object:
        answer = self._call(attempt)
        if not inspect.isawaitable(answer):
            return answer
        try:
            async with asyncio.timeout(self.deadline) as limit:
                return await answer
        except TimeoutError:
            if limit.expired():
                raise Overdue from None
            raise

    def _outcome(self, answer: Any, duration: float, /) -> Outcome:
        if inspect.isawaitable(answer):
            if inspect.iscoroutine(answer):
                answer.close()
            raise InvalidInput(
                "the handler is async; use AsyncEmulator, or in pytest the fixture"
                " pocketsflow_async"
            )
        if duration > self.deadline:
            return late(duration)
        status, body = _answer(answer)
        kept = body[:KEPT_RESPONSE]
        return Outcome(
            of_status(status), status, (), kept, len(body) > len(kept), duration, f"status {status}"
        )


def _answer(answer: object) -> tuple[int, bytes]:
    match answer:
        case None:
            return 200, b""
        case bool():
            pass
        case int() if 100 <= answer <= 599:
            return answer, b""
        case (int() as status, bytes() as body) if 100 <= status <= 599:
            return status, body
    raise InvalidInput(
        f"the handler returned {answer!r}; return a status (200), (status, body bytes) or None"
    )
