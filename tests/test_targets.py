"""What `deliver_to` recognises, and what it says about what it does not."""

import asyncio
import functools
import sys
import types
from unittest.mock import Mock

import flask
import httpx
import pytest
import quart
import starlette.testclient
from aiohttp import test_utils, web
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint

from pocketsflow_emulator import AsyncEmulator, Emulator
from pocketsflow_emulator.errors import InvalidInput


class Wsgi:
    def __call__(self, environ, start_response):
        start_response("200 OK", [])
        return []


class Odd:
    """An application whose author had other names for the arguments."""

    def __call__(self, a, b):
        b("200 OK", [])
        return []


class OddAsgi:
    def __call__(self, a, b, c):
        raise NotImplementedError


async def asgi(scope, receive, send):
    raise NotImplementedError


async def own_names(one, two, three):
    raise NotImplementedError


async def ahandler(request):
    return 200


TARGETS = [
    (flask.Flask("shop"), "wsgi:"),
    (flask.Flask("shop").wsgi_app, "wsgi:"),
    (flask.Flask("shop").test_client(), "wsgi:"),
    (Wsgi(), "wsgi:"),
    (Wsgi().__call__, "wsgi:"),
    (Odd(), "wsgi:"),
    (httpx.Client(transport=httpx.WSGITransport(app=Wsgi())), "wsgi:"),
    (FastAPI(), "asgi:"),
    (APIRouter(), "asgi:"),
    (Starlette(), "asgi:"),
    (HTTPEndpoint, "asgi:"),
    (starlette.testclient.TestClient(FastAPI()), "asgi:"),
    (quart.Quart("shop"), "asgi:"),
    (quart.Quart("shop").test_client(), "asgi:"),
    (asgi, "asgi:"),
    (own_names, "asgi:"),
    (OddAsgi(), "asgi:"),
    (functools.partial(asgi), "asgi:"),
    (httpx.AsyncClient(transport=httpx.ASGITransport(app=asgi)), "asgi:"),
    (web.Application(), "aiohttp:"),
    (lambda request: 200, "handler:"),
    (lambda *everything: 200, "handler:"),
    (lambda request, more=1: 200, "handler:"),
    (ahandler, "handler:"),
    (functools.partial(lambda shop, request: 200, "shop"), "handler:"),
    (dict.fromkeys, "handler:"),
    (Mock(), "handler:"),
    ("localhost:3000/hooks", "http://localhost:3000/hooks"),
]


def _id(value):
    return getattr(value, "__qualname__", type(value).__name__)


@pytest.mark.parametrize(("target", "url"), TARGETS, ids=_id)
def test_receivers_are_recognised_by_what_they_can_be_called_with(target, url):
    """Frameworks, their test clients, bare applications, functions and addresses."""
    with Emulator() as emulator:
        assert emulator.deliver_to(target).url == url


@pytest.mark.parametrize(
    "make", [test_utils.TestServer, lambda app: test_utils.TestClient(test_utils.TestServer(app))]
)
def test_test_helpers_of_aiohttp(make):
    """One that does not run yet stands for its application; one that runs has an address."""

    async def play():
        app = web.Application()
        helper = make(app)
        async with AsyncEmulator() as emulator:
            assert emulator.deliver_to(helper).url == "aiohttp:"
            async with helper:
                with pytest.raises(
                    InvalidInput, match=r"is running already; give its address: str"
                ):
                    emulator.deliver_to(helper)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("keyword", "app", "url"),
    [
        ("wsgi", lambda *both: [], "wsgi:"),
        ("wsgi", lambda request, secret: [], "wsgi:"),
        ("wsgi", flask.Flask("shop").test_client(), "wsgi:"),
        ("asgi", lambda a, b, c: None, "asgi:"),
        ("asgi", lambda *all: None, "asgi:"),
        ("handler", lambda environ, start_response=None: 200, "handler:"),
        ("url", "3000", "http://127.0.0.1:3000/"),
        ("handler", Mock(), "handler:"),
    ],
)
def test_a_keyword_always_wins(keyword, app, url):
    """What is said is not guessed."""
    with Emulator() as emulator:
        assert emulator.deliver_to(**{keyword: app}).url == url


shop = types.ModuleType("shop")
shop.app = Wsgi()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "deliver_to takes one receiver: a URL, an application, or a function; by keyword"),
        ({"target": "3000", "wsgi": Wsgi()}, "deliver_to takes one receiver"),
        ({"target": 3000}, "^3000 is no receiver; give a URL, an application, or a function"),
        ({"target": flask.Blueprint("shop", "shop")}, "Blueprint.* is no receiver"),
        ({"target": shop}, "^module shop is no receiver; .*; did you mean shop.app"),
        ({"target": types.ModuleType("empty")}, "of one request$"),
        ({"target": lambda: 200}, "takes no arguments; a handler takes one request"),
        ({"target": lambda request, secret: 200}, "takes request, secret; .* wsgi= or asgi="),
        ({"target": lambda a, b, c: 200}, "takes a, b, c; "),
        ({"wsgi": lambda request: 200}, "^wsgi is .* cannot be called with environ and start_re"),
        ({"asgi": Wsgi()}, "^asgi is .* cannot be called with scope, receive and send"),
        ({"asgi": web.Application()}, "an aiohttp application is no ASGI application; give it"),
        ({"handler": Wsgi()}, "^handler is .* cannot be called with one request"),
        ({"handler": "3000"}, "^handler is '3000', which cannot be called"),
        ({"url": 3000}, "^url is 3000; write an address like localhost:3000"),
        ({"wsgi": Wsgi(), "path": "webhooks"}, "^path is 'webhooks'; write one like '/webhooks'"),
        ({"wsgi": Wsgi(), "path": "/a#b"}, "^path is "),
        ({"wsgi": Wsgi(), "scheme": "ftp"}, "^scheme is 'ftp'; write 'http' or 'https'"),
        ({"wsgi": Wsgi(), "host": "http://x"}, "^host is 'http://x'; write one like"),
        ({"wsgi": Wsgi(), "host": ""}, "^host is ''"),
        ({"wsgi": Wsgi(), "lifespan": "on"}, "^lifespan= does nothing for a WSGI application"),
        ({"asgi": asgi, "lifespan": "auto"}, "^lifespan is 'auto'; write 'on' or 'off'"),
        ({"asgi": asgi, "thread": True}, "^thread= does nothing for an ASGI .*; it is broken off"),
        ({"handler": ahandler, "thread": True}, "^thread= does nothing for an async function"),
        ({"target": web.Application(), "scheme": "https"}, "^scheme= does nothing for an aiohttp"),
        ({"url": "3000", "path": "/x"}, "^path= does nothing for a URL; write it into the URL"),
        ({"url": "3000", "around": Mock}, "^around= does nothing for a URL$"),
        ({"handler": print, "host": "x"}, "^host= does nothing for a function"),
        ({"wsgi": Wsgi(), "around": 7}, "^around is 7; give a function that makes a context"),
        ({"wsgi": Wsgi(), "headers": 7}, "^headers is 7; write {'name': 'value'}"),
        ({"wsgi": Wsgi(), "headers": {"A": 7}}, "^header 'A': 7 is no text of one line"),
        ({"wsgi": Wsgi(), "headers": {"A": "b\r\nC: d"}}, "is no text of one line"),
        (
            {"wsgi": Wsgi(), "headers": {"Host": "x"}},
            "the header Host cannot be given; write host=",
        ),
        ({"wsgi": Wsgi(), "headers": {"X-Pocketsflow-Event": "x"}}, "it is part of the delivery"),
    ],
)
def test_what_is_no_receiver(given, said):
    """Refused at once, in one sentence that says what to write; the world stays as it was."""
    with Emulator() as emulator:
        with pytest.raises(InvalidInput, match=said):
            emulator.deliver_to(**given)

        assert emulator._driver.engine.untouched


def test_a_client_that_has_started_its_application():
    """Starlette's client, entered, has a loop of its own: a warning says that it is not used."""
    warned = pytest.warns(UserWarning, match="in a loop that is not used here")
    client = starlette.testclient.TestClient(FastAPI())
    with client, Emulator() as emulator, warned as caught:
        emulator.deliver_to(client)

    assert caught[0].filename == __file__


def test_frameworks_that_are_not_loaded_are_not_imported():
    """Recognising a function imports no framework."""
    loaded = {"flask", "django", "starlette", "httpx", "quart", "aiohttp"}

    import subprocess

    program = (
        "import sys; from pocketsflow_emulator import Emulator\n"
        "with Emulator() as e: e.deliver_to(lambda r: 200); e.create_product(price='1')\n"
        f"print(sorted({loaded!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )

    assert done.stdout.strip() == "[]"
