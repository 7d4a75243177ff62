"""Receivers that are a function: what they are given, and what their answers mean."""

import asyncio

import pytest

from pocketsflow_emulator.delivery.transports.handler import HandlerTransport
from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE
from pocketsflow_emulator.errors import InvalidInput
from receivers import Attempt

HEADERS = (("Content-Type", "application/json"), ("X-Pocketsflow-Event", "order.completed"))
TRY = Attempt("http://localhost/", "order.completed", HEADERS, b'{"amount":60}')

ANSWERS = [
    pytest.param(None, "delivered", 200, b"", id="nothing"),
    pytest.param(200, "delivered", 200, b"", id="a status"),
    pytest.param(204, "delivered", 204, b"", id="another 2xx"),
    pytest.param(302, "redirected", 302, b"", id="a redirect"),
    pytest.param(500, "rejected", 500, b"", id="an error"),
    pytest.param((401, b"who?"), "rejected", 401, b"who?", id="status and body"),
    pytest.param((200, b""), "delivered", 200, b"", id="status and no body"),
]

NO_ANSWERS = [
    pytest.param(True, id="True"),
    pytest.param(False, id="False"),
    pytest.param("ok", id="text"),
    pytest.param(b"ok", id="bytes"),
    pytest.param(0, id="no status"),
    pytest.param(99, id="too small"),
    pytest.param(600, id="too large"),
    pytest.param(200.0, id="a float"),
    pytest.param((200, "ok"), id="a text body"),
    pytest.param((600, b""), id="a body and no status"),
    pytest.param((200, b"", {}), id="three things"),
    pytest.param({"status": 200}, id="a dict"),
]


class Awaitable:
    """Something that can be awaited and is no coroutine."""

    def __init__(self, answer):
        self._answer = answer

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return self._answer


def sync(function, **options):
    return HandlerTransport(function, **options).send(TRY)


def plain(function, **options):
    return asyncio.run(HandlerTransport(function, **options).asend(TRY))


def coroutine(function, **options):
    async def handler(request):
        await asyncio.sleep(0)
        return function(request)

    return asyncio.run(HandlerTransport(handler, **options).asend(TRY))


every_way = pytest.mark.parametrize("send", [sync, plain, coroutine])


@every_way
def test_a_handler_gets_the_same_bytes_and_headers_as_a_server(send):
    """A handler is called with event, headers and body, and can read the body as JSON."""
    seen = []

    send(seen.append)

    (request,) = seen
    assert request.event == "order.completed"
    assert dict(HEADERS) == request.headers
    assert TRY.body == request.body
    assert request.json() == {"amount": 60}


@every_way
@pytest.mark.parametrize(("answer", "kind", "status", "body"), ANSWERS)
def test_what_a_handler_may_return(send, answer, kind, status, body):
    """A status, (status, body bytes), or None for 200."""
    outcome = send(lambda request: answer)

    assert (kind, status, body) == (outcome.kind, outcome.status, outcome.body)
    assert outcome.error is None
    assert f"status {status}" == outcome.detail


@every_way
@pytest.mark.parametrize("answer", NO_ANSWERS)
def test_what_a_handler_may_not_return(send, answer):
    """Anything else is a mistake of the test, and said to be one."""
    with pytest.raises(InvalidInput, match="return a status") as caught:
        send(lambda request: answer)

    assert repr(answer) in str(caught.value)


@every_way
def test_a_handler_that_raises_answers_500(send):
    """What a handler raises is an answer of 500; the error itself is kept."""
    error = KeyError("user")

    def handler(request):
        raise error

    outcome = send(handler)

    assert (outcome.kind, outcome.status, outcome.body) == ("rejected", 500, b"")
    assert outcome.detail == "KeyError: 'user'"
    assert error is outcome.error


@pytest.mark.parametrize("send", [sync, plain])
def test_interrupts_are_not_answers(send):
    """Ctrl-C inside a handler breaks the sending off."""

    def handler(request):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(handler)


@every_way
def test_long_answers_are_cut(send):
    """Of a long answer the first 64 kB are kept, and the cut is flagged."""
    whole = send(lambda request: (200, b"x" * KEPT_RESPONSE))
    cut = send(lambda request: (200, b"x" * (KEPT_RESPONSE + 1)))

    assert (len(whole.body), whole.truncated) == (KEPT_RESPONSE, False)
    assert (len(cut.body), cut.truncated) == (KEPT_RESPONSE, True)


@every_way
def test_a_handler_that_returns_late_did_not_answer(send, clock):
    """A function cannot be interrupted: one that returns late is a timeout, with its duration."""

    def handler(request):
        clock.now += 7.5
        return 200

    outcome = send(handler, deadline=5.0)

    assert (outcome.kind, outcome.status, outcome.duration) == ("timeout_response", None, 7.5)
    assert outcome.detail == "returned after 7.5 s"


@every_way
def test_a_handler_that_returns_in_time_answered(send, clock):
    """At the deadline an answer still counts."""

    def handler(request):
        clock.now += 5.0

    outcome = send(handler, deadline=5.0)

    assert (outcome.kind, outcome.duration) == ("delivered", 5.0)


def test_a_coroutine_that_takes_too_long_is_broken_off():
    """A coroutine is cancelled at the deadline."""
    cancelled = []

    async def handler(request):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    outcome = asyncio.run(HandlerTransport(handler, deadline=0.01).asend(TRY))

    assert outcome.kind == "timeout_response"
    assert outcome.duration >= 0.01
    assert cancelled == [True]


@pytest.mark.parametrize("send", [plain, coroutine])
def test_a_timeout_of_the_handler_s_own_is_an_error(send):
    """A TimeoutError that a handler raises before the deadline is an exception like any other."""

    def handler(request):
        raise TimeoutError("the database")

    outcome = send(handler)

    assert (outcome.kind, outcome.detail) == ("rejected", "TimeoutError: the database")


def test_a_cancelled_send_is_not_an_answer():
    """Cancelling the task that sends goes through to the caller."""

    async def main():
        started = asyncio.Event()

        async def handler(request):
            started.set()
            await asyncio.Event().wait()

        task = asyncio.ensure_future(HandlerTransport(handler).asend(TRY))
        await started.wait()
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())


def test_an_awaitable_is_awaited():
    """A handler may return anything that can be awaited."""
    outcome = plain(lambda request: Awaitable(202))

    assert (outcome.kind, outcome.status) == ("delivered", 202)


@pytest.mark.parametrize("awaitable", [False, True])
def test_the_sync_face_refuses_async_handlers(awaitable):
    """A coroutine needs the asynchronous face; nothing is left un-awaited."""

    async def handler(request):
        return 200

    function = (lambda request: Awaitable(200)) if awaitable else handler

    with pytest.raises(InvalidInput, match="use AsyncEmulator"):
        sync(function)
