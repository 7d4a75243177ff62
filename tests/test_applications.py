"""Real applications of the same process: Flask, FastAPI, Starlette, Quart, aiohttp."""

import asyncio
import contextlib
import contextvars
import threading
from contextlib import contextmanager

import flask
import pytest
import quart
import requests
from aiohttp import web
from fastapi import BackgroundTasks, FastAPI, Request
from werkzeug.serving import make_server

import receivers
from pocketsflow_emulator import AsyncEmulator, Emulator
from pocketsflow_emulator.errors import InvalidInput

SALE = {"id": "prod_course", "name": "Course", "price": "60.00"}


def flask_app(seen):
    """Notes every request, and does at /<what> what its name says."""
    app = flask.Flask("shop")

    @app.post("/webhooks")
    def note():
        request = flask.request
        seen.append((sorted(request.headers.items()), request.get_data(), request.url))
        return "", 204

    @app.post("/fail")
    def fail():
        raise KeyError("user")

    return app


def fastapi_app(seen, **options):
    """The same in FastAPI."""
    app = FastAPI(**options)

    @app.post("/webhooks", status_code=204)
    async def note(request: Request):
        seen.append((request.headers.items(), await request.body(), str(request.url)))

    @app.post("/sync")
    def plain():
        seen.append(threading.current_thread())

    @app.post("/fail")
    async def fail():
        raise KeyError("user")

    @app.post("/background")
    async def background(tasks: BackgroundTasks):
        tasks.add_task(seen.append, "done")
        return {"answered": True}

    return app


def quart_app(seen):
    """The same in Quart."""
    app = quart.Quart("shop")

    @app.post("/webhooks")
    async def note():
        request = quart.request
        seen.append((request.headers.items(), await request.get_data(), request.url))
        return "", 204

    @app.post("/fail")
    async def fail():
        raise KeyError("user")

    return app


def aiohttp_app(seen):
    """The same in aiohttp."""
    app, tasks = web.Application(), set()

    async def note(request):
        seen.append((request.headers.items(), await request.read(), str(request.url)))
        return web.Response(status=204)

    async def fail(_request):
        raise KeyError("user")

    async def refuse(_request):
        raise web.HTTPUnauthorized(text="who?")

    async def work(seconds):
        await asyncio.sleep(seconds)
        seen.append("done")

    async def start(_request):
        tasks.add(asyncio.create_task(work(0.01)))
        return web.Response()

    async def living(_app):
        seen.append("startup")
        yield
        seen.append("cleanup")

    app.cleanup_ctx.append(living)
    app.router.add_post("/webhooks", note)
    app.router.add_post("/fail", fail)
    app.router.add_post("/refuse", refuse)
    app.router.add_post("/background", start)
    return app


APPS = [flask_app, fastapi_app, quart_app, aiohttp_app]


def sync_sale(make, path, seen=None, *, face=Emulator, **options):
    """Create a product with `make(seen)` listening at a path; return the delivery, and what was
    raised.
    """
    error = None
    with face(seed=7) as emulator:
        emulator.deliver_to(make([] if seen is None else seen), path=path, **options)
        try:
            emulator.create_product(**SALE)
        except KeyError as raised:
            error = raised
        return emulator.deliveries.last, error


def async_sale(make, path, seen=None, **options):
    """The same with the awaited face."""

    async def play():
        error = None
        async with AsyncEmulator(seed=7) as emulator:
            emulator.deliver_to(make([] if seen is None else seen), path=path, **options)
            try:
                await emulator.create_product(**SALE)
            except KeyError as raised:
                error = raised
            return (await emulator.deliveries()).last, error

    return asyncio.run(play())


both_faces = pytest.mark.parametrize("sale", [sync_sale, async_sale])


# ---- the same everywhere -----------------------------------------------------------------------


@contextmanager
def served(app):
    """Serve a WSGI application over TCP."""
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def test_an_application_sees_the_same_over_tcp_and_in_process():
    """Every header and every byte that Flask sees over TCP it sees in the process."""
    near, far = [], []
    with served(flask_app(far)) as port, Emulator(start="2030-01-01", seed=7) as emulator:
        app = flask_app(near)
        emulator.deliver_to(f"http://127.0.0.1:{port}/webhooks?shop=1")
        emulator.deliver_to(app, path="/webhooks?shop=1", host=f"127.0.0.1:{port}")
        emulator.create_product(**SALE)

        bodies = [delivery.body for delivery in emulator.deliveries]

    [far_seen], [near_seen] = far, near
    own = ("X-Pocketsflow-Signature",)  # each webhook has its id in its body
    assert [h for h in far_seen[0] if h[0] not in own] == [
        h for h in near_seen[0] if h[0] not in own
    ]
    assert far_seen[2] == near_seen[2]
    assert [far_seen[1], near_seen[1]] == bodies


def test_headers_come_in_the_order_of_tcp():
    """An ASGI application is given the headers in the order in which they go over a socket."""
    seen = []
    with receivers.answering(200) as receiver, Emulator(start="2030-01-01", seed=7) as emulator:
        emulator.deliver_to(receiver.url)
        emulator.deliver_to(fastapi_app(seen), path="/webhooks")
        emulator.create_product(**SALE)

    head = receiver.requests[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    names = [line.partition(":")[0].lower() for line in head]
    assert names == [name for name, _ in seen[0][0]]


@both_faces
@pytest.mark.parametrize("make", APPS)
def test_every_framework_is_delivered_to(sale, make):
    """The same bytes and headers reach Flask, FastAPI, Quart and aiohttp, in both faces."""
    seen = []

    delivery, error = sale(make, "/webhooks?a=1", seen, host="shop.test", headers={"X-More": "7"})

    headers, body, url = next(entry for entry in seen if isinstance(entry, tuple))
    given = {name.lower(): value for name, value in headers}
    assert (delivery.status, error) == (204, None)
    assert body == delivery.body
    assert url == "http://shop.test/webhooks?a=1"
    assert {
        name.lower(): value for name, value in delivery.headers.items()
    }.items() <= given.items()
    assert (given["host"], given["x-more"]) == ("shop.test", "7")


@both_faces
@pytest.mark.parametrize("make", APPS)
def test_the_exception_behind_a_500_is_raised_whole(sale, make):
    """Frameworks answer 500 and keep the reason; the verb raises it, with the line that failed."""
    delivery, error = sale(make, "/fail")

    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert (delivery.outcome, delivery.status) == ("rejected", 500)
    assert frames[-1] == "fail"
    assert "KeyError: 'user'" in delivery.explanation


@both_faces
@pytest.mark.parametrize("make", APPS)
def test_exceptions_can_be_kept_to_the_record(sale, make):
    """With `raise_errors=False` they are in the delivery and nowhere else."""
    delivery, error = sale(make, "/fail", raise_errors=False)

    assert (delivery.outcome, error) == ("rejected", None)
    assert isinstance(delivery.error, KeyError)


def test_each_receiver_has_its_own_mind_about_errors():
    """One may keep its errors to the record while another raises them."""
    with Emulator() as emulator:
        quiet = emulator.deliver_to(flask_app([]), path="/fail", raise_errors=False)
        emulator.create_product(**SALE)
        emulator.deliver_to(flask_app([]), path="/fail")
        with pytest.raises(KeyError):
            emulator.create_product(price="1")
        emulator.settle()

        unexpected = emulator.unexpected()

    assert [delivery.webhook for delivery in unexpected] == [quiet.id] * 2


@both_faces
@pytest.mark.parametrize("make", [fastapi_app, aiohttp_app])
def test_background_work_is_done_when_the_verb_returns(sale, make):
    """BackgroundTasks of Starlette in both faces; what is started with create_task in the sync
    one, whose loop stands still between deliveries.
    """
    seen = []

    delivery, _ = sale(make, "/background", seen)

    assert delivery.status == 200
    assert "done" in seen or (sale is async_sale and make is aiohttp_app)


# ---- the calling thread ------------------------------------------------------------------------

USER = contextvars.ContextVar("user", default="nobody")


def test_a_context_of_the_test_is_the_application_s():
    """What a test has pushed or set is visible: the thread, context variables, Flask's `g`."""
    seen = []
    app = flask.Flask("shop")

    @app.post("/")
    def note():
        seen.append((threading.current_thread(), USER.get(), flask.g.tenant))
        return ""

    USER.set("jane")
    with Emulator() as emulator, app.app_context():
        flask.g.tenant = "seven"
        emulator.deliver_to(app)
        emulator.create_product(**SALE)

    assert seen == [(threading.current_thread(), "jane", "seven")]


@both_faces
@pytest.mark.parametrize("make", APPS)
def test_deliveries_are_wrapped_in_what_is_asked_for(sale, make):
    """`around` makes a context manager for each delivery."""
    seen = []

    @contextmanager
    def around():
        seen.append("before")
        yield
        seen.append("after")

    sale(make, "/webhooks", seen, around=around)

    words = [entry if isinstance(entry, str) else "request" for entry in seen]
    inner = [word for word in words if word not in ("startup", "cleanup")]
    assert inner == ["before", "request", "after"]


@both_faces
def test_what_around_raises_is_the_receiver_s(sale):
    """A commit that fails at the end of the wrapping is an answer of 500."""

    @contextmanager
    def around():
        yield
        raise KeyError("commit")

    delivery, error = sale(flask_app, "/webhooks", around=around)

    assert (delivery.status, str(error)) == (500, "'commit'")


def test_around_may_be_asynchronous_in_the_awaited_face():
    """An async context manager wraps deliveries of `AsyncEmulator`; elsewhere it is refused."""
    seen = []

    @contextlib.asynccontextmanager
    async def around():
        seen.append("before")
        yield
        seen.append("after")

    async_sale(fastapi_app, "/sync", seen, around=around)
    with pytest.raises(InvalidInput, match="no context manager for this face"):
        sync_sale(flask_app, "/webhooks", around=around)

    assert (seen[0], seen[-1]) == ("before", "after")


@both_faces
@pytest.mark.parametrize(
    ("around", "said"),
    [
        (lambda: 7, "around= made 7, which is no context manager"),
        (lambda: contextlib.suppress(KeyError), "around= swallowed what the receiver raised"),
    ],
)
def test_what_cannot_be_around(sale, around, said):
    """No context manager, or one that hides the receiver's exception: a mistake of the test."""

    def handler(_seen):
        def handle(request):
            raise KeyError("user")

        return handle

    with pytest.raises(InvalidInput, match=said):
        sale(handler, "/", around=around)


# ---- loops -------------------------------------------------------------------------------------


def test_one_loop_for_all_deliveries_of_the_sync_face():
    """What an application has bound to its loop survives from one delivery to the next."""
    loops, lock = [], asyncio.Lock()
    app = FastAPI()

    @app.post("/")
    async def note():
        loops.append(asyncio.get_running_loop())
        await asyncio.wait_for(lock.acquire(), 1)
        asyncio.get_running_loop().call_soon(lock.release)

    with Emulator() as emulator:
        emulator.deliver_to(app)
        emulator.deliver_to(asgi=app)
        emulator.create_product(**SALE)
        emulator.create_product(price="1")

    assert len(loops) == 4
    assert len(set(loops)) == 1
    assert loops[0].is_closed()


def test_the_running_loop_for_the_async_face():
    """An application is called in the loop of the test."""
    loops = []

    async def app(scope, receive, send):
        loops.append(asyncio.get_running_loop())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    async def play():
        loops.append(asyncio.get_running_loop())
        async with AsyncEmulator() as emulator:
            emulator.deliver_to(app)
            await emulator.create_product(**SALE)

    asyncio.run(play())

    assert loops[0] is loops[1]


@pytest.mark.parametrize("make", [fastapi_app, aiohttp_app])
def test_the_sync_face_inside_of_a_running_loop(make):
    """An application that needs a loop cannot be called there; what to use instead is said."""

    async def play():
        with Emulator() as emulator:
            emulator.deliver_to(make([]), path="/webhooks")
            with pytest.raises(InvalidInput, match="use AsyncEmulator, or in pytest the fixture"):
                emulator.create_product(**SALE)

    asyncio.run(play())


@both_faces
@pytest.mark.parametrize("lifespan", ["on", "off"])
def test_lifespan(sale, lifespan):
    """On request an application is started before its first delivery and shut down at the end."""
    seen = []

    @contextlib.asynccontextmanager
    async def living(_app):
        seen.append("startup")
        yield
        seen.append("shutdown")

    sale(lambda seen: fastapi_app(seen, lifespan=living), "/sync", seen, lifespan=lifespan)

    words = [entry for entry in seen if isinstance(entry, str)]
    assert words == (["startup", "shutdown"] if lifespan == "on" else [])


@both_faces
def test_an_aiohttp_application_lives_as_long_as_its_receiver(sale):
    """Cleanup contexts are entered before the first delivery and left when the world is closed."""
    seen = []

    sale(aiohttp_app, "/webhooks", seen)

    assert (seen[0], seen[-1]) == ("startup", "cleanup")


@both_faces
def test_an_answer_that_aiohttp_is_asked_to_raise(sale):
    """HTTPUnauthorized is an answer, not an accident."""
    delivery, error = sale(aiohttp_app, "/refuse")

    assert (delivery.status, delivery.answer, error) == (401, b"who?", None)


def test_an_aiohttp_application_belongs_to_one_loop():
    """aiohttp binds an application to its first loop; a second world says what to do."""
    app = aiohttp_app([])

    sync_sale(lambda _seen: app, "/webhooks")
    with pytest.raises(InvalidInput, match="make one for each test"):
        sync_sale(lambda _seen: app, "/webhooks")


def test_a_startup_that_fails():
    """Where an application does not start nothing listens, and its own error is raised."""
    app = web.Application()

    async def fail(_app):
        raise KeyError("database")

    app.on_startup.append(fail)

    delivery, error = sync_sale(lambda _seen: app, "/webhooks")

    assert (delivery.outcome, str(error)) == ("refused", "'database'")


def test_a_reset_closes_receivers_with_the_world():
    """Receivers from before a reset are shut down when the world is closed."""
    seen = []

    @contextlib.asynccontextmanager
    async def living(_app):
        seen.append("startup")
        yield
        seen.append("shutdown")

    with Emulator() as emulator:
        emulator.deliver_to(fastapi_app(seen, lifespan=living), path="/webhooks", lifespan="on")
        emulator.create_product(**SALE)
        emulator.reset()
        emulator.create_product(**SALE)

        assert emulator.deliveries == ()
    assert (len(seen), seen[-1]) == (3, "shutdown")


def test_a_world_that_is_closed_from_outside_of_its_loop():
    """A loop that ends closes what the world has opened in it; closing again does no harm."""
    seen = []
    emulator, app = AsyncEmulator(), aiohttp_app(seen)

    async def clean(_app):
        seen.append("cleaned")

    app.on_cleanup.append(clean)
    emulator.deliver_to(app, path="/webhooks")

    asyncio.run(emulator.create_product(**SALE))
    emulator.close_from_outside()

    assert seen[-1] == "cleaned"


# ---- a receiver that calls back ----------------------------------------------------------------


def calling_back(kind, url, key, answers):
    """An application that refunds every order over the API while it is delivered to."""
    headers = {"Authorization": f"Bearer {key}"}

    def refund(event):
        if event["event"] == "order.completed":
            body = {"orderId": event["order"]["id"]}
            answers.append(requests.post(f"{url}/refunds", json=body, headers=headers, timeout=10))
            moved = requests.post(
                f"{url}/_emulator/clock/advance",
                json={"days": 1},
                headers={"X-Pocketsflow-World": key},
                timeout=10,
            )
            answers.append(moved)

    if kind == "flask":
        app = flask.Flask("shop")

        @app.post("/")
        def hook():
            refund(flask.request.get_json())
            return ""

        return app
    app = FastAPI()

    @app.post("/")
    def plain_hook(event: dict):
        refund(event)

    return app


@pytest.mark.parametrize("kind", ["flask", "fastapi"])
@pytest.mark.parametrize("face", ["sync", "async"])
def test_an_application_calls_the_api_while_it_is_delivered_to(kind, face):
    """It gets its answer at once; what it caused is delivered in the same verb; what would move
    time is refused.
    """
    answers = []

    def sync():
        with Emulator() as emulator:
            emulator.deliver_to(calling_back(kind, emulator.url, emulator.api_key, answers))
            emulator.purchase(emulator.create_product(**SALE))
            return emulator.events

    async def awaited():
        async with AsyncEmulator() as emulator:
            emulator.deliver_to(calling_back(kind, emulator.url, emulator.api_key, answers))
            await emulator.purchase(await emulator.create_product(**SALE))
            return await emulator.events()

    events = sync() if face == "sync" else asyncio.run(awaited())

    assert events[-2:] == ["order.completed", "order.refunded"]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json()["code"] == "WORLD_BUSY"


# ---- broken off --------------------------------------------------------------------------------


@pytest.mark.parametrize("suspended", [False, True])
def test_ctrl_c_while_an_application_answers(suspended):
    """The try is put back and the next verb delivers it again, in the same loop."""
    calls, ended = [], []

    async def app(scope, receive, send):
        calls.append(asyncio.get_running_loop())
        if len(calls) == 1:
            if not suspended:
                raise KeyboardInterrupt
            asyncio.get_running_loop().call_soon(_interrupt)
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(True)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    def _interrupt():
        raise KeyboardInterrupt

    with Emulator() as emulator:
        emulator.deliver_to(app)
        with pytest.raises(KeyboardInterrupt):
            emulator.create_product(**SALE)

        assert emulator.deliveries.last.outcome == "delivered"
    assert (len(calls), len(set(calls)), ended) == (2, 1, [True] * suspended)
