"""What people are told when a delivery goes wrong, provoked by the servers that do it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel

import receivers
from pocketsflow_emulator import Emulator
from pocketsflow_emulator.delivery.causes import likely
from pocketsflow_emulator.delivery.outcomes import OUTCOMES
from pocketsflow_emulator.delivery.transports import surroundings
from pocketsflow_emulator.delivery.tries import Outcome
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET


def explained(url: str, **options) -> str:
    """Send one event to a URL; return the explanation of what came of it."""
    with Emulator(seed=1, start="2030-01-01", deadline=2) as world:
        world.deliver_to(url, **options)
        world.create_product(price="60.00")
        return world.deliveries.last.explanation


# --- Django ------------------------------------------------------------------------------------


@contextmanager
def django(*arguments: str) -> Iterator[str]:
    """A Django application in a process of its own; gives its address."""
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("django_app.py"), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.communicate(timeout=receivers.BOUND)


@pytest.fixture(scope="module")
def applications() -> Iterator[tuple[str, str]]:
    """Django as it runs in production, and with DEBUG."""
    with django() as production, django("DEBUG") as debug:
        yield production, debug


@pytest.fixture
def production(applications) -> str:
    return applications[0]


@pytest.fixture
def debug(applications) -> str:
    return applications[1]


def test_django_redirects_to_the_slash(production):
    """The missing slash is named, with the address to use."""
    told = explained(f"{production}/fine")

    assert "rejected" not in told
    assert "The path /fine lacks the slash at its end (Django's APPEND_SLASH" in told
    assert told.endswith(f"Register {production}/fine/ instead.")


def test_django_cannot_redirect_a_post_in_debug(debug):
    """With DEBUG the same mistake is an error 500, whose page tells."""
    told = explained(f"{debug}/fine")

    assert "rejected 500" in told
    assert "Django's APPEND_SLASH wants to redirect" in told
    assert told.endswith(f"Register {debug}/fine/ instead.")


def test_django_protects_against_forged_forms(applications):
    """CSRF protection is told from a signature that is not believed."""
    for address in applications:
        told = explained(f"{address}/protected/")

        assert "rejected 403" in told
        assert "CSRF protection stands before the handler" in told
        assert "@csrf_exempt" in told


def test_a_handler_that_does_not_believe_the_signature(production):
    """The secret that was used is named: the constant whole, any other masked."""
    known = explained(f"{production}/unbelieving/")
    own = explained(f"{production}/unbelieving/", secret="whsec_0123456789abcdef")

    assert f"signed with {DEFAULT_SECRET})" in known
    assert "signed with whsec_...cdef)" in own
    assert "0123456789" not in own
    assert "The handler checks with another secret" in own
    assert "Compare its secret with the one named above" in own


def test_django_raises(applications):
    """An error in the handler is named as one, whatever the page says."""
    for url in (f"{address}/{path}" for address in applications for path in ("raising/", "raises")):
        told = explained(url)

        assert "rejected 500" in told
        assert "The handler raised an error" in told


def test_django_has_no_such_route(applications):
    """A wrong path is shown."""
    for address in applications:
        told = explained(f"{address}/webhooks/")

        assert "rejected 404" in told
        assert "The application has no route /webhooks/" in told


def test_django_takes_no_post(production):
    """A route that takes other methods says which."""
    told = explained(f"{production}/page/")

    assert "rejected 405" in told
    assert "There is something at /page/, but not for POST; it takes GET." in told


# --- FastAPI -----------------------------------------------------------------------------------


class Order(BaseModel):
    """A model that no event fits."""

    order_number: int


app = FastAPI()


@app.post("/model")
def model(order: Order):
    return order


@app.get("/page")
def page():
    return {}


@app.post("/slash/")
def slash():
    return {}


@app.post("/signed")
def signed(x_pocketsflow_signature: str = Header()):
    raise HTTPException(401, "signature mismatch")


@app.post("/locked")
def locked():
    raise HTTPException(401, "Not authenticated")


@app.post("/plain")
def plain(content_type: str = Header()):
    raise HTTPException(415, f"{content_type} is not supported")


@app.post("/small")
def small():
    raise HTTPException(413)


@app.post("/busy")
def busy():
    raise HTTPException(429)


@app.post("/raising")
def raising():
    return Response("Internal Server Error", 500)


@pytest.fixture(scope="module")
def fastapi() -> Iterator[str]:
    """The application above, served by uvicorn in a thread."""
    ready = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets)
            ready.set()

    server = Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ready.wait(receivers.BOUND)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(receivers.BOUND)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("path", "status", "cause"),
    [
        ("/model", 422, "does not fit the body (body.order_number: Field required)"),
        ("/page", 405, "There is something at /page, but not for POST; it takes GET"),
        ("/slash", 307, "The path /slash lacks the slash at its end"),
        ("/signed", 401, "The handler checks with another secret"),
        ("/locked", 401, "Something before the handler wants a login"),
        ("/plain", 415, "does not take application/json"),
        ("/small", 413, "The body is larger than the server"),
        ("/busy", 429, "A limit of requests"),
        ("/raising", 500, "The handler raised an error"),
        ("/webhook", 404, "The application has no route /webhook"),
    ],
)
def test_fastapi(fastapi, path, status, cause):
    """Each answer of FastAPI has its cause."""
    told = explained(f"{fastapi}{path}")

    assert f" {status} " in told
    assert cause in told


# --- what stands before an application, and where this runs -------------------------------------


@pytest.mark.parametrize(
    ("status", "cause"),
    [(502, "not running, or broke off"), (503, "not ready"), (504, "too slow for it")],
)
def test_a_proxy_answers_instead(status, cause):
    """A proxy's answer speaks of the application behind it."""
    with receivers.answering(status, b"<h1>Bad Gateway</h1><hr>nginx") as receiver:
        told = explained(receiver.url)

    assert (
        f"A proxy before the application answered in its place: the application is {cause}" in told
    )


def test_localhost_inside_a_container(monkeypatch):
    """In a container a refused localhost is explained, with the address to use instead."""
    with receivers.refusing() as receiver:
        monkeypatch.setattr(surroundings, "in_container", lambda: True)
        inside = explained(f"localhost:{receiver.port}/hooks")
        monkeypatch.setattr(surroundings, "in_container", lambda: False)
        outside = explained(f"localhost:{receiver.port}/hooks")

    assert "The emulator runs in a container, where localhost is that container" in inside
    assert f"http://host.docker.internal:{receiver.port}/hooks" in inside
    assert "the name of its service" in inside
    assert "container" not in outside


def test_a_container_is_recognised(monkeypatch, tmp_path):
    """By the file that Docker or Podman puts into it, or by what Kubernetes sets."""
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr(surroundings, "_MARKS", (str(tmp_path / "mark"),))
    ask = surroundings.in_container.__wrapped__

    nothing = ask()
    (tmp_path / "mark").touch()
    marked = ask()
    (tmp_path / "mark").unlink()
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")

    assert (nothing, marked, ask()) == (False, True, True)


# --- from the answer alone ---------------------------------------------------------------------

URL = "http://jane:secret@localhost:3000/hooks?x=1"


def redirected(location: str) -> Outcome:
    return Outcome("redirected", 302, (("location", location),) if location else ())


@pytest.mark.parametrize(
    ("outcome", "cause", "remedy"),
    [
        (redirected("/hooks/?x=1"), "lacks the slash", "***@localhost:3000/hooks/?x=1"),
        (redirected("https://localhost:3000/hooks?x=1"), "wants https", "Register https://"),
        (redirected("/accounts/login/?next=/hooks"), "wants a login", "Exempt this path"),
        (redirected("/elsewhere"), "slash", "Register http://***@localhost:3000/elsewhere"),
        (redirected(""), "slash", "Register the address"),
        (redirected("/" + "x" * 500), "slash", "…"),
        (Outcome("dns"), "misspelt", "Check the name"),
        (Outcome("rejected", 419, detail="answered 419 Page Expired"), "CSRF", "Exempt the view"),
        (Outcome("rejected", 422, body=b"InvalidAuthenticityToken"), "CSRF", "Exempt the view"),
        (Outcome("rejected", 422, body=b'{"detail": []}'), "does not fit the body.", "raw body"),
        (Outcome("rejected", 422, body=b'{"detail": "no"}'), "does not fit the body.", "raw body"),
        (Outcome("rejected", 400), "did not understand", "compare the secret"),
        (Outcome("rejected", 405), "but not for POST.", "Let the route take POST"),
        (Outcome("rejected", 418), "usually", "Read the answer's body"),
        (Outcome("reset", detail="broken off from this side after 3"), "fault", "goes on"),
        (Outcome("reset"), "crashed", "log"),
        (Outcome("refused", detail="x, inside a container"), "in a container", "host.docker"),
    ],
)
def test_causes_from_the_answer(outcome, cause, remedy):
    """The sentence is the outcome's; cause and next step are as particular as they can be."""
    told = likely(outcome, URL)

    assert told.sentence == OUTCOMES[outcome.kind].sentence
    assert cause in told.cause
    assert remedy in told.remedy
    assert "secret@" not in " ".join(told)
    assert len(" ".join(told)) < 700


def test_the_name_of_the_host():
    """`host.docker.internal` is explained where it does not resolve."""
    told = likely(Outcome("dns"), "http://host.docker.internal:3000/")

    assert "only containers have" in told.cause
    assert "outside, use localhost" in told.remedy


def test_a_slash_too_many():
    """The opposite mistake is told apart."""
    told = likely(redirected("/hooks"), "http://localhost:3000/hooks/")

    assert told.cause == "The path /hooks/ has a slash too many at its end."
