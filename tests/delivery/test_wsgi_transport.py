"""Receivers that are a WSGI application: what they are given, and what their answers mean."""

import asyncio
import threading
from wsgiref.validate import validator

import pytest

from pocketsflow_emulator.delivery.transports.destination import Destination
from pocketsflow_emulator.delivery.transports.wsgi import WsgiTransport
from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE
from receivers import Attempt

HEADERS = (("Content-Type", "application/json"), ("X-Pocketsflow-Event", "order.completed"))
TRY = Attempt("wsgi:", "order.completed", HEADERS, b'{"amount":60}')


def sync(app, to=None, **manner):
    return WsgiTransport(app, to or Destination(), **manner).send(TRY)


def task(app, to=None, **manner):
    return asyncio.run(WsgiTransport(app, to or Destination(), **manner).asend(TRY))


def thread(app, to=None, **manner):
    return sync(app, to, thread=True, **manner)


every_way = pytest.mark.parametrize("send", [sync, task, thread])


def answering(status, *chunks, headers=()):
    """An application that gives one answer, and keeps what it was asked in `asked`."""

    def app(environ, start_response):
        app.asked = dict(environ, body=environ["wsgi.input"].read(13))
        start_response(status, list(headers))
        return list(chunks)

    return app


@every_way
def test_an_application_is_posted_to(send):
    """It is asked as by a server: method, path, query, host, headers, and the exact bytes."""
    app = answering("200 OK")
    to = Destination.read("/h%C3%B6ren/ö?a=1&b=ü", "shop.test:8000", "https")

    send(app, to, headers=(("Authorization", "Bearer 7"), ("User-Agent", "mine")))

    asked = app.asked
    assert asked["REQUEST_METHOD"] == "POST"
    assert asked["PATH_INFO"].encode("latin-1").decode() == "/hören/ö"
    assert asked["QUERY_STRING"] == "a=1&b=%C3%BC"
    assert (asked["SERVER_NAME"], asked["SERVER_PORT"]) == ("shop.test", "8000")
    assert (asked["HTTP_HOST"], asked["wsgi.url_scheme"]) == ("shop.test:8000", "https")
    assert (asked["CONTENT_TYPE"], asked["CONTENT_LENGTH"]) == ("application/json", "13")
    assert asked["HTTP_X_POCKETSFLOW_EVENT"] == "order.completed"
    assert (asked["HTTP_AUTHORIZATION"], asked["HTTP_USER_AGENT"]) == ("Bearer 7", "mine")
    assert asked["body"] == TRY.body


@every_way
@pytest.mark.parametrize("path", ["/", "/webhooks", "/a/b?c=d"])
def test_the_driver_keeps_to_the_standard(send, path):
    """wsgiref's validator, around the application, finds nothing to complain about."""
    app = validator(answering("200 OK", b"ok", headers=[("Content-Type", "text/plain")]))

    outcome = send(app, Destination.read(path, "testserver", "http"))

    assert (outcome.kind, outcome.body, outcome.error) == ("delivered", b"ok", None)


@every_way
@pytest.mark.parametrize(
    ("status", "kind"),
    [("204 No Content", "delivered"), ("302 Found", "redirected"), ("401 No", "rejected")],
)
def test_the_status_decides(send, status, kind):
    """An answer means what it means over HTTP."""
    outcome = send(answering(status, b"because", headers=[("X-Why", "so")]))

    assert (outcome.kind, outcome.status, outcome.body) == (kind, int(status[:3]), b"because")
    assert outcome.headers == (("X-Why", "so"),)


@every_way
def test_what_an_application_raises(send):
    """An exception is an answer of 500, and kept whole."""
    error = KeyError("user")

    def app(environ, start_response):
        raise error

    outcome = send(app)

    assert (outcome.kind, outcome.status) == ("rejected", 500)
    assert outcome.error is error


@every_way
def test_an_error_after_the_head(send):
    """What is raised after the head does not undo the answer; it is kept all the same."""

    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"first"
        raise KeyError("late")

    outcome = send(app)

    assert (outcome.kind, outcome.status, outcome.body) == ("delivered", 200, b"first")
    assert outcome.detail == "KeyError: 'late'"
    assert isinstance(outcome.error, KeyError)


@every_way
def test_an_answer_may_be_replaced_before_it_is_sent(send):
    """`start_response` with exc_info takes an answer back, as error pages do."""

    def app(environ, start_response):
        start_response("200 OK", [])
        try:
            raise KeyError("user")
        except KeyError as error:
            start_response("500 Oops", [], (KeyError, error, error.__traceback__))
        return [b"sorry"]

    outcome = send(app)

    assert (outcome.status, outcome.body, outcome.error) == (500, b"sorry", None)


@pytest.mark.parametrize("sent", [b"", b"x"])
def test_an_answer_that_is_sent_cannot_be_replaced(sent):
    """Once the head is out, `start_response` raises what it is given; before, an answer stands."""

    def app(environ, start_response):
        start_response("200 OK", [])
        yield sent
        error = KeyError("user")
        start_response("500 Oops", [], (KeyError, error, None))

    outcome = sync(app)

    assert (outcome.status, outcome.error is None) == ((200, False) if sent else (500, True))


@every_way
@pytest.mark.parametrize("start", [False, True])
def test_an_application_that_does_not_answer(send, start):
    """No head, or two of them: a mistake that is named."""

    def app(environ, start_response):
        if start:
            start_response("200 OK", [])
            start_response("200 OK", [])
        return []

    outcome = send(app)

    assert outcome.kind == ("rejected" if start else "bad_response")
    assert ("again" if start else "without an answer") in outcome.detail


def test_a_body_without_a_head():
    """A body cannot come before `start_response`."""
    outcome = sync(lambda environ, start_response: [b"x"])

    assert "before it called start_response" in outcome.detail


@every_way
def test_the_write_of_old(send):
    """`start_response` returns the callable that older applications write with."""

    def app(environ, start_response):
        start_response("200 OK", [])(b"o")
        return [b"k"]

    assert send(app).body == b"ok"


@every_way
def test_long_answers_are_cut(send):
    """Of an endless body 64 kB are kept, then it is closed."""
    closed = []

    def app(environ, start_response):
        start_response("200 OK", [])
        try:
            while True:
                yield b"x" * 1000
        finally:
            closed.append(True)

    outcome = send(app)

    assert (len(outcome.body), outcome.truncated, closed) == (KEPT_RESPONSE, True, [True])


@pytest.mark.parametrize("send", [sync, task])
def test_an_application_that_answers_late(send, clock):
    """It cannot be interrupted: a late answer is a timeout, with its real duration."""

    def app(environ, start_response):
        clock.now += 7.5
        start_response("200 OK", [])
        return []

    outcome = send(app, deadline=5.0)

    assert (outcome.kind, outcome.status, outcome.duration) == ("timeout_response", None, 7.5)


@pytest.mark.parametrize("send", [sync, task])
def test_a_body_that_takes_too_long(send, clock):
    """The head decides; of a body that comes too slowly no more is read after the deadline."""

    def app(environ, start_response):
        start_response("200 OK", [])
        while True:
            yield b"x"
            clock.now += 2

    outcome = send(app, deadline=5.0)

    assert (outcome.kind, outcome.duration, outcome.body) == ("delivered", 0.0, b"xxxx")
    assert outcome.detail == "the body was not complete within 5 s"


@pytest.mark.parametrize("send", [thread, lambda *a, **m: task(*a, thread=True, **m)])
def test_a_thread_of_its_own_enforces_the_deadline(send):
    """With `thread` an application that hangs is a timeout when the deadline is over."""
    over = threading.Event()

    def app(environ, start_response):
        over.wait(10)
        start_response("200 OK", [])
        return []

    outcome = send(app, deadline=0.02)

    over.set()
    assert (outcome.kind, outcome.detail) == ("timeout_response", "its thread goes on after 0.0 s")


def test_it_is_called_in_the_calling_thread():
    """What a test has set up in its thread is what the application finds."""
    seen = []

    def app(environ, start_response):
        seen.append(threading.current_thread())
        start_response("200 OK", [])
        return []

    sync(app)
    thread(app)

    assert seen[0] is threading.current_thread()
    assert seen[1].name == "pocketsflow-receiver"
