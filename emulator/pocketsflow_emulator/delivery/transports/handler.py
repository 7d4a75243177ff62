"""Receivers that are a function in this process: called in the calling thread or task."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from time import monotonic

from pocketsflow_emulator.delivery.policy import DEADLINE
from pocketsflow_emulator.delivery.transports import Attempt
from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE, Outcome, of_status
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.wire.request import SignedRequest

Answer = int | tuple[int, bytes] | None
Handler = Callable[[SignedRequest], Answer | Awaitable[Answer]]


class HandlerTransport:
    """Calls `handler(request)`; it returns a status, (status, body bytes), or None for 200.

    A plain function cannot be interrupted: one that returns after `deadline` seconds is a
    `timeout_response` with its real duration. What it raises is an answer of 500; the error is
    kept in the outcome. Raises `InvalidInput` for what cannot be called with one request.
    """

    def __init__(self, handler: Handler, *, deadline: float = DEADLINE) -> None:
        _check(handler)
        self._handler = handler
        self._deadline = deadline

    def send(self, attempt: Attempt) -> Outcome:
        """Call a plain function. Raises `InvalidInput` where the handler is a coroutine."""
        started = monotonic()
        try:
            answer = self._handler(_request(attempt))
        except Exception as error:
            return _raised(error, monotonic() - started)
        if inspect.isawaitable(answer):
            if inspect.iscoroutine(answer):
                answer.close()
            raise InvalidInput(
                "the handler is async; use AsyncEmulator, or in pytest the fixture"
                " pocketsflow_async"
            )
        return self._outcome(answer, monotonic() - started)

    async def asend(self, attempt: Attempt) -> Outcome:
        """Call a plain or a coroutine function; the latter is broken off at the deadline."""
        started = monotonic()
        try:
            answer = self._handler(_request(attempt))
            if inspect.isawaitable(answer):
                async with asyncio.timeout(self._deadline):
                    answer = await answer
        except TimeoutError as error:
            if monotonic() - started < self._deadline:
                return _raised(error, monotonic() - started)
            return _late(monotonic() - started)
        except Exception as error:
            return _raised(error, monotonic() - started)
        return self._outcome(answer, monotonic() - started)

    def _outcome(self, answer: object, duration: float) -> Outcome:
        if duration > self._deadline:
            return _late(duration)
        status, body = _answer(answer)
        kept = body[:KEPT_RESPONSE]
        return Outcome(
            of_status(status), status, (), kept, len(body) > len(kept), duration, f"status {status}"
        )


def _request(attempt: Attempt) -> SignedRequest:
    return SignedRequest(attempt.event, dict(attempt.headers), attempt.body)


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


def _late(duration: float) -> Outcome:
    return Outcome("timeout_response", duration=duration, detail=f"returned after {duration:.1f} s")


def _raised(error: Exception, duration: float) -> Outcome:
    detail = f"{type(error).__name__}: {error}"
    return Outcome("rejected", 500, (), b"", False, duration, detail, error)


def _check(receiver: object) -> None:
    """Refuse what cannot be called with one request, and name what it looks like."""
    if not callable(receiver):
        raise InvalidInput(
            f"{receiver!r} is no receiver; give a URL, or handler=a function of one request"
        )
    try:
        parameters = inspect.signature(receiver)
    except (TypeError, ValueError):  # a builtin does not say
        return
    try:
        parameters.bind(None)
    except TypeError:
        needed = [p for p in parameters.parameters.values() if p.default is p.empty]
        names = ", ".join(parameter.name for parameter in needed) or "no arguments"
        kind = _APPLICATIONS.get(len(needed), f"takes {names}")
        raise InvalidInput(
            f"{receiver!r} {kind}; deliver_to takes a function of one request, or the URL at which"
            " an application is served"
        ) from None


_APPLICATIONS = {
    2: "looks like a WSGI application (Flask, Django: environ, start_response)",
    3: "looks like an ASGI application (FastAPI, Starlette: scope, receive, send)",
}
"""How many arguments something takes -> what it probably is."""
