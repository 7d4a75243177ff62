"""Receivers that are an ASGI application: what they are given, and what their answers mean."""

import asyncio

import pytest
from asgiref.compatibility import guarantee_single_callable
from asgiref.wsgi import WsgiToAsgi

from pocketsflow_emulator.delivery.transports.asgi import AsgiTransport
from pocketsflow_emulator.delivery.transports.destination import Destination
from pocketsflow_emulator.delivery.transports.lifespan import Lifespan
from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE
from pocketsflow_emulator.errors import EnvironmentFailure
from receivers import Attempt

HEADERS = (("Content-Type", "application/json"), ("X-Pocketsflow-Event", "order.completed"))
TRY = Attempt("asgi:", "order.completed", HEADERS, b'{"amount":60}')


def post(app, to=None, *, close=True, **manner):
    """Post once, and close the transport."""

    async def main():
        transport = AsgiTransport(app, to or Destination(), **manner)
        try:
            return await transport.asend(TRY)
        finally:
            if close:
                await transport.aclose()

    return asyncio.run(main())


def start(status=200, headers=()):
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(data=b"", more=False):
    return {"type": "http.response.body", "body": data, "more_body": more}


def saying(*messages):
    """An application that reads the request, keeps it, and says these messages."""

    async def app(scope, receive, send):
        app.asked = dict(scope, body=(await receive())["body"])
        for message in messages:
            await send(message)

    return app


def test_an_application_is_posted_to():
    """It is asked as by a server: method, path, query, host, headers, and the exact bytes."""
    app = saying(start(), body())
    to = Destination.read("/h%C3%B6ren/ö?a=1&b=ü", "shop.test", "https")

    post(app, to, headers=(("Authorization", "Bearer 7"), ("Accept", "application/json")))

    asked = app.asked
    assert (asked["type"], asked["method"], asked["scheme"]) == ("http", "POST", "https")
    assert (asked["path"], asked["raw_path"]) == ("/hören/ö", b"/h%C3%B6ren/%C3%B6")
    assert (asked["query_string"], asked["root_path"]) == (b"a=1&b=%C3%BC", "")
    assert asked["server"] == ("shop.test", 443)
    assert asked["headers"] == [
        (b"host", b"shop.test"),
        (b"user-agent", b"pocketsflow-emulator"),
        (b"content-type", b"application/json"),
        (b"x-pocketsflow-event", b"order.completed"),
        (b"authorization", b"Bearer 7"),
        (b"accept", b"application/json"),
        (b"content-length", b"13"),
    ]
    assert asked["body"] == TRY.body


@pytest.mark.parametrize(
    ("status", "kind"), [(204, "delivered"), (307, "redirected"), (422, "rejected")]
)
def test_the_status_decides(status, kind):
    """An answer means what it means over HTTP."""
    outcome = post(saying(start(status, [(b"x-why", b"so")]), body(b"be", True), body(b"cause")))

    assert (outcome.kind, outcome.status, outcome.body) == (kind, status, b"because")
    assert outcome.headers == (("x-why", "so"),)


def test_the_driver_keeps_to_the_standard():
    """asgiref's own adapter, which asks for everything a scope must have, answers through it."""

    def wsgi(environ, start_response):
        assert environ["wsgi.input"].read() == TRY.body
        assert environ["HTTP_X_POCKETSFLOW_EVENT"] == "order.completed"
        start_response("201 Created", [("X-Path", environ["PATH_INFO"])])
        return [environ["SERVER_NAME"].encode()]

    outcome = post(WsgiToAsgi(wsgi), Destination("/webhooks"))

    assert (outcome.status, outcome.body) == (201, b"testserver")
    assert outcome.headers == (("x-path", "/webhooks"),)


def test_an_application_of_version_2():
    """The older form is called after asgiref has made it one callable."""

    class Old:
        def __init__(self, scope):
            self.path = scope["path"]

        async def __call__(self, receive, send):
            await send(start())
            await send(body(self.path.encode()))

    assert post(guarantee_single_callable(Old), Destination("/old")).body == b"/old"


def test_what_an_application_raises():
    """An exception is an answer of 500, and kept whole; also where the framework has answered."""
    error = KeyError("user")

    def raising(*messages):
        async def app(scope, receive, send):
            for message in messages:
                await send(message)
            raise error

        return post(app)

    silent, answered, background = raising(), raising(start(500), body()), raising(start(), body())

    assert (silent.kind, silent.status, silent.error) == ("rejected", 500, error)
    assert (answered.kind, answered.status, answered.error) == ("rejected", 500, error)
    assert (background.kind, background.status, background.error) == ("delivered", 200, error)


@pytest.mark.parametrize(
    ("messages", "kind", "said"),
    [
        ([], "bad_response", "without an answer"),
        ([start()], "bad_response", "without an answer"),
        ([body(b"x")], "rejected", "sent 'http.response.body' where that cannot be"),
        ([start(), start()], "rejected", "sent 'http.response.start' where that cannot be"),
        ([{"type": "websocket.accept"}], "rejected", "'websocket.accept'"),
    ],
)
def test_an_application_that_does_not_answer(messages, kind, said):
    """No head, or messages out of order: mistakes that are named."""
    outcome = post(saying(*messages))

    assert outcome.kind == kind
    assert said in outcome.detail


def test_an_application_that_cancels_itself():
    """A cancellation from within is an error of the application, not the end of the test."""

    async def app(scope, receive, send):
        raise asyncio.CancelledError

    outcome = post(app)

    assert (outcome.kind, outcome.status) == ("rejected", 500)
    assert "cancelled from within" in outcome.detail


def test_where_a_redirect_leads_is_told():
    """Pocketsflow does not follow; what it would have followed is in the outcome."""
    outcome = post(saying(start(301, [(b"location", b"/webhooks/")]), body()))

    assert (outcome.kind, outcome.detail) == ("redirected", "301 to /webhooks/")


def test_an_application_that_takes_too_long():
    """Without an answer at the deadline it is cancelled, as when a client goes away."""
    cancelled = []

    async def app(scope, receive, send):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    outcome = post(app, deadline=0.01)

    assert (outcome.kind, outcome.status, cancelled) == ("timeout_response", None, [True])
    assert outcome.duration >= 0.01


def test_background_work_is_waited_for_within_the_deadline():
    """What an application does after its answer is done when the delivery is; what takes longer
    goes on until the transport is closed.
    """
    done = []

    async def app(scope, receive, send):
        await send(start())
        await send(body(b"ok"))
        await asyncio.sleep(0)
        done.append("soon")
        try:
            await asyncio.Event().wait()
        finally:
            done.append("cancelled")

    async def main():
        transport = AsgiTransport(app, Destination(), deadline=0.02)
        outcome = await transport.asend(TRY)
        before = list(done)
        await transport.aclose()
        return outcome, before

    outcome, before = asyncio.run(main())

    assert (outcome.kind, outcome.truncated) == ("delivered", False)
    assert (before, done) == (["soon"], ["soon", "cancelled"])


def test_a_body_that_does_not_end():
    """The head decides; what has come of the body at the deadline is kept, and so flagged."""

    async def app(scope, receive, send):
        await send(start())
        await send(body(b"begun", True))
        await receive()
        assert (await receive())["type"] == "http.disconnect"

    outcome = post(app, deadline=0.02)

    assert (outcome.kind, outcome.body, outcome.truncated) == ("delivered", b"begun", True)
    assert outcome.detail == "the body was not complete within 0.02 s"


def test_long_answers_are_cut():
    """Of an endless body 64 kB are kept, then the application sees that nobody listens."""

    async def app(scope, receive, send):
        await receive()
        gone = asyncio.ensure_future(receive())
        await send(start())
        while not gone.done():
            await send(body(b"x" * 1000, True))
            await asyncio.sleep(0)

    outcome = post(app)

    assert (len(outcome.body), outcome.truncated) == (KEPT_RESPONSE, True)


def test_tasks_are_waited_for_where_the_loop_stands_still():
    """`attend` also waits for what a handler has started with create_task, within the deadline."""
    done, kept = [], []

    async def work(seconds):
        await asyncio.sleep(seconds)
        done.append(seconds)

    async def app(scope, receive, send):
        kept.extend(asyncio.create_task(work(seconds)) for seconds in (0.01, 30))
        await send(start())
        await send(body())

    async def main():
        outcome = await AsgiTransport(app, Destination(), deadline=0.05).attend(TRY)
        kept[1].cancel()
        return outcome

    assert asyncio.run(main()).kind == "delivered"
    assert done == [0.01]


def test_a_cancelled_send_cancels_the_application():
    """Cancelling the task that sends goes through to the application and to the caller."""
    seen = []

    async def main():
        started = asyncio.Event()

        async def app(scope, receive, send):
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                seen.append("end")

        task = asyncio.ensure_future(AsgiTransport(app, Destination()).asend(TRY))
        await started.wait()
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert seen == ["end"]


# ---- lifespan ----------------------------------------------------------------------------------


def living(log, *, fail="", raises=None, hang=False):
    """An application with a lifespan that writes what happens to it into a log."""

    async def app(scope, receive, send):
        if scope["type"] == "http":
            log.append(("request", dict(scope["state"])))
            await send(start())
            await send(body())
            return
        for step in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{step}"
            log.append(step)
            scope["state"]["pool"] = 7
            if fail == step:
                await send({"type": f"lifespan.{step}.failed", "message": "no database"})
                if raises:
                    raise raises
                return
            await send({"type": f"lifespan.{step}.complete"})
        if hang:
            await receive()

    return app


def test_an_application_is_started_once_and_shut_down():
    """With `lifespan` it is started before the first request; its state is in every scope."""
    log = []

    async def main():
        transport = AsgiTransport(living(log), Destination(), lifespan=True)
        await asyncio.gather(transport.asend(TRY), transport.asend(TRY))
        await transport.aclose()

    asyncio.run(main())

    assert log == ["startup", ("request", {"pool": 7}), ("request", {"pool": 7}), "shutdown"]


def test_a_new_loop_starts_it_anew():
    """What was bound to a loop that has ended is not used in the next one."""
    log = []
    transport = AsgiTransport(living(log), Destination(), lifespan=True)

    asyncio.run(transport.asend(TRY))
    asyncio.run(transport.asend(TRY))

    assert [entry for entry in log if isinstance(entry, str)] == ["startup", "startup"]


@pytest.mark.parametrize("raises", [None, KeyError("database")])
def test_an_application_that_does_not_start(raises):
    """Where nothing has started nothing listens: `refused`, with the application's own error."""
    log = []

    outcome = post(living(log, fail="startup", raises=raises), lifespan=True)

    assert (outcome.kind, log) == ("refused", ["startup"])
    assert outcome.detail.startswith("the application did not start: ")
    assert ("'database'" if raises else "no database") in outcome.detail
    assert outcome.error is raises or isinstance(outcome.error, EnvironmentFailure)


def test_an_application_that_knows_no_lifespan():
    """Asked for a lifespan it does not have, it says so in its own words."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise ValueError("only HTTP here")

    outcome = post(app, lifespan=True)

    assert (outcome.kind, str(outcome.error)) == ("refused", "only HTTP here")


@pytest.mark.parametrize("raises", [None, KeyError("disk")])
def test_a_shutdown_that_fails_is_told(raises):
    """What goes wrong at the end is raised when the receiver is closed."""
    with pytest.raises(EnvironmentFailure if raises is None else KeyError):
        post(living([], fail="shutdown", raises=raises), lifespan=True)


@pytest.mark.parametrize("step", ["startup", "shutdown"])
def test_a_lifespan_that_hangs(monkeypatch, step):
    """Both ends have a bound."""
    monkeypatch.setattr("pocketsflow_emulator.delivery.transports.lifespan.LONGEST", 0.02)

    async def app(scope, receive, send):
        if step == "shutdown":
            await send({"type": "lifespan.startup.complete"})
        await asyncio.Event().wait()

    async def main():
        lifespan = Lifespan(app)
        await lifespan.start()
        await lifespan.stop()

    word = "start" if step == "startup" else "shut down"
    with pytest.raises(EnvironmentFailure, match=f"did not {word} within 0.02 s"):
        asyncio.run(main())


def test_an_application_that_waits_for_more_after_its_shutdown():
    """Nothing comes after the shutdown; what still waits then is broken off with a word."""

    async def main():
        lifespan = Lifespan(living([]))
        await lifespan.start()
        await lifespan.stop()
        await lifespan.stop()

    asyncio.run(main())
