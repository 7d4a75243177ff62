"""The same suite against an emulator that runs elsewhere."""

from importlib.util import find_spec

import pytest

import receivers
from pocketsflow_emulator.api.worlds import Template, Worlds
from pocketsflow_emulator.server import Server, ServerThread

START = 1_893_456_000_000

pulling = pytest.mark.skipif(
    find_spec("pocketsflow_emulator.api.pulls") is None, reason="the server has no pull mode"
)


@pytest.fixture(params=[False, True], ids=["one world for all keys", "a world per key"])
def server(request):
    """A server with a virtual clock; return its URL."""
    template = Template(seed=7, start=START, real_clock=False, per_key=request.param)
    with ServerThread(Server(Worlds(template))) as thread:
        yield thread.url


@pytest.fixture
def url():
    with receivers.answering(200) as receiver:
        yield receiver.url


SALE = """
    import pytest

    def test_url(pocketsflow):
        pocketsflow.deliver_to("{url}")
        course = pocketsflow.create_product(name="Course", price="60.00")
        order = pocketsflow.purchase(course, email="jane@example.com", metadata={{"user": 7}})
        assert order.status == "paid"
        assert str(order.amount) == "60.00"
        assert order == order.id
        pocketsflow.refund(order, amount="20.00")
        assert str(order.refunded) == "20.00"
        assert pocketsflow.events == [
            "product.created", "customer.created", "order.completed", "order.refunded"
        ]
        delivery = pocketsflow.assert_delivered("order.completed", {{"amount": 60}}, times=1)
        assert delivery.json["metadata"] == {{"user": 7}}
        assert delivery.headers["X-Pocketsflow-Event"] == "order.completed"
        pocketsflow.assert_sequence("customer.created", "order.refunded")
        pocketsflow.assert_not_delivered("review.created")
        assert pocketsflow.eventually(lambda: pocketsflow.deliveries.of("order.*"))
        assert "order.refunded" in pocketsflow.timeline()

    @pytest.mark.pocketsflow(start="2030-01-31", dunning="strict", dialect="current")
    def test_time(pocketsflow):
        pocketsflow.deliver_to("{url}")
        subscription = pocketsflow.subscribe(pocketsflow.create_offer())
        pocketsflow.decline_next(subscription, times="until_new_card")
        sent = pocketsflow.advance(months=2)
        assert "invoice.payment_failed" in [delivery.event for delivery in sent]
        assert subscription.status == "canceled"
        assert pocketsflow.clock.now.isoformat() == "2030-03-31T00:00:00+00:00"

    @pytest.mark.parametrize("number", [1, 2])
    def test_fresh(pocketsflow, number):
        assert pocketsflow.events == []
        pocketsflow.create_product(id="prod_course")
        assert pocketsflow.handle("prod_course").kind == "product"

    def test_scenario(pocketsflow):
        pocketsflow.deliver_to("{url}")
        result = pocketsflow.run_scenario("trial-converts")
        assert result.sub.status == "active"

    @pytest.mark.pocketsflow(sync_clock=True, start="2031-01-01")
    def test_clock(pocketsflow):
        from datetime import UTC, datetime
        pocketsflow.advance(days=2)
        assert datetime.now(UTC) == pocketsflow.clock.now
"""


def test_the_same_names_against_a_server(run, server, url):
    """Verbs, handles, reads and assertions are those of a world of this process."""
    result = run(SALE.format(url=url), f"--pocketsflow-url={server}")

    result.assert_outcomes(passed=6)


@pytest.mark.parametrize("how", ["ini", "environment"])
def test_where_the_server_is_said(run, pytester, monkeypatch, server, how):
    """The server may stand in the configuration file, or in the environment."""
    if how == "ini":
        pytester.makeini(f"[pytest]\npocketsflow_url = {server}\n")
    else:
        monkeypatch.setenv("POCKETSFLOW_EMULATOR_SERVER", server)

    result = run("def test_it(pocketsflow):\n    assert 'Remote' in type(pocketsflow).__name__\n")

    result.assert_outcomes(passed=1)


def test_an_error_is_the_same_error(run, server):
    """What the server refuses is raised as the error that it would be here."""
    result = run(
        """
        import pytest
        from pocketsflow_emulator.errors import IllegalMove, NotFound, UnknownName

        def test_it(pocketsflow):
            with pytest.raises(NotFound, match="there is no product 'prod_x'"):
                pocketsflow.purchase("prod_x")
            with pytest.raises(UnknownName, match="did you mean"):
                pocketsflow.run_scenario("refnd")
            with pytest.raises(ValueError, match="time only goes forward"):
                pocketsflow.advance(to="2029-01-01")
        """,
        f"--pocketsflow-url={server}",
    )

    result.assert_outcomes(passed=1)


def test_single_events(run, server):
    """`trigger` returns what it has sent, as it does without a server."""
    result = run(
        """
        def test_it(pocketsflow):
            pocketsflow.deliver_to(lambda request: 200)
            [sent] = pocketsflow.trigger("order.refunded", overrides={"refund.amount": 7})
            assert sent.json["refund"]["amount"] == 7
        """,
        f"--pocketsflow-url={server}",
    )

    result.assert_outcomes(passed=1)


def test_unnoticed_and_missed(run, server):
    """Explanations, timeline and coverage come from the server's journal."""
    with receivers.answering(500) as receiver:
        result = run(
            f"""
            def test_unnoticed(pocketsflow):
                pocketsflow.deliver_to("{receiver.url}")
                pocketsflow.fault(wrong_secret="product.*", times=1)
                pocketsflow.create_product()

            def test_missed(pocketsflow):
                pocketsflow.deliver_to("{receiver.url}")
                pocketsflow.create_product()
                pocketsflow.assert_delivered("product.created")
            """,
            f"--pocketsflow-url={server}",
            "--pocketsflow-cov",
            "--pocketsflow-artefacts=on",
        )

    result.assert_outcomes(passed=1, errors=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "a delivery went wrong, and the test did not look at what came of it:",
            "  product.created: rejected 500*",
            "*near miss, delivery 1: outcome: expected 'delivered', found 'rejected'*",
            "product.created *2  500 rejected x2",
            "faults: wrong-secret 1",
        ]
    )


@pytest.mark.parametrize(
    ("mark", "act", "message"),
    [
        ("timestamps='wall'", "pass", "*timestamps is the server's with --pocketsflow-url; *"),
        ("", "pocketsflow.assert_matches_journal('x')", "*journal 'x' is kept for a world of *"),
        ("", "request.getfixturevalue('pocketsflow_async')", "*pocketsflow_async speaks to no se*"),
    ],
)
def test_what_a_server_cannot(run, server, mark, act, message):
    """One sentence says what is different there."""
    result = run(
        f"import pytest\n\n@pytest.mark.pocketsflow({mark})\n"
        f"def test_it(pocketsflow, request):\n    {act}\n",
        f"--pocketsflow-url={server}",
    )

    assert result.ret == 1
    result.stdout.fnmatch_lines([message])


def test_nobody_there(run):
    """Where no emulator answers, the error says so and what to do."""
    result = run("def test_it(pocketsflow): pass\n", "--pocketsflow-url=http://127.0.0.1:9")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no emulator answers at http://127.0.0.1:9 (*); start one *"])


@pulling
def test_receivers_of_this_process_are_pulled_for(run, server):
    """A function is delivered to by pull mode: it may raise, call verbs, and see time move."""
    result = run(
        """
        import pytest
        from datetime import UTC, datetime

        def test_sale(pocketsflow):
            events = []

            def webhook(request):
                events.append(request.event)
                if request.event == "order.completed":
                    pocketsflow.review(request.json()["order"]["id"], rating=5)
                return 200, b"thanks"

            pocketsflow.deliver_to(webhook, events=["order.*", "review.*"])
            pocketsflow.deliver_to(lambda request: 200, events=["customer.*"])
            pocketsflow.purchase(pocketsflow.create_product())
            assert events == ["order.completed", "review.created"]
            assert pocketsflow.assert_delivered("order.completed").answer == b"thanks"
            pocketsflow.assert_delivered("customer.created", times=1)

        def test_raising(pocketsflow):
            pocketsflow.deliver_to(lambda request: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                pocketsflow.create_product()
            assert pocketsflow.deliveries.last.went_wrong

        @pytest.mark.pocketsflow(sync_clock=True, start="2030-01-31")
        def test_time(pocketsflow):
            days = []
            pocketsflow.deliver_to(lambda request: days.append(datetime.now(UTC).day))
            subscription = pocketsflow.subscribe(pocketsflow.create_offer())
            sent = pocketsflow.advance(months=1)
            assert set(days) == {31, 21, 28}
            assert len(sent) == 4
            assert subscription.status == "active"

        def test_scenario(pocketsflow):
            events = []
            pocketsflow.deliver_to(lambda request: events.append(request.event))
            assert pocketsflow.run_scenario("trial-converts").sub.status == "active"
            assert "invoice.payment_succeeded" in events
        """,
        f"--pocketsflow-url={server}",
    )

    result.assert_outcomes(passed=4)


@pulling
def test_applications_with_a_loop_are_pulled_for(run, server):
    """ASGI and aiohttp applications are delivered to as in this process: in a loop that is kept,
    with lifespan and background tasks.
    """
    result = run(
        """
        import asyncio
        import pytest
        from aiohttp import web

        seen = []

        async def later():
            await asyncio.sleep(0)
            seen.append("later")

        async def asgi(scope, receive, send):
            if scope["type"] == "lifespan":
                for what in ("startup", "shutdown"):
                    await receive()
                    seen.append(what)
                    await send({"type": f"lifespan.{what}.complete"})
                return
            seen.append((await receive())["body"][:1])
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

        @pytest.fixture(autouse=True)
        def fresh():
            seen.clear()

        def test_asgi(pocketsflow):
            pocketsflow.deliver_to(asgi, path="/webhooks", lifespan="on")
            pocketsflow.create_product()
            assert seen == ["startup", b"{"]
            pocketsflow.assert_delivered("product.created", times=1)

        def test_aiohttp(pocketsflow):
            async def webhook(request):
                seen.append((await request.json())["event"])
                asyncio.create_task(later())
                return web.Response(status=204)
            app = web.Application()
            app.router.add_post("/webhooks", webhook)
            pocketsflow.deliver_to(app, path="/webhooks")
            pocketsflow.create_product()
            assert seen == ["product.created", "later"]
        """,
        f"--pocketsflow-url={server}",
    )

    result.assert_outcomes(passed=2)


def test_a_server_asks_probes(run, server):
    """A probe that is a path or a URL is asked by the server."""
    said, once = b'{"access": true, "count": 1}', (("Connection", "close"),)
    with receivers.answering(200, said, once) as shop:
        result = run(
            f"""
            def test_it(pocketsflow):
                pocketsflow.deliver_to("{shop.url}")
                ways = {{"member": "/members/{{email}}", "fulfilment": "{shop.url}"}}
                pocketsflow.run_scenario("purchase", probes=ways)
            """,
            f"--pocketsflow-url={server}",
        )

    result.assert_outcomes(passed=1)
    asked = [request.split()[1] for request in shop.requests if request.startswith(b"GET ")]
    assert [path.partition(b"/members/")[:2] for path in asked] == [
        (b"", b"/members/"),
        (b"/webhooks", b""),
    ]


def test_the_receiver_of_the_test_is_meant(run, url):
    """Where the server has a receiver of its own, `$webhook` is still the test's."""
    template = Template(seed=7, start=START, real_clock=False, webhooks=(url,))
    code = """
        def test_it(pocketsflow):
            pocketsflow.delete_webhook(pocketsflow.deliver_to("{url}"))
            pocketsflow.deliver_to("{url}")
            pocketsflow.run_scenario("purchase", probes={{"member": "/members"}})
        """
    once = (("Connection", "close"),)
    answering = receivers.answering(200, b'{"access": true}', once)
    with answering as shop, ServerThread(Server(Worlds(template))) as thread:
        result = run(code.format(url=shop.url), f"--pocketsflow-url={thread.url}")

    result.assert_outcomes(passed=1)
    assert any(request.startswith(b"GET /members ") for request in shop.requests)


@pulling
def test_faults_triggers_and_replays(run, server):
    """What is sent besides is returned as in this process, and the faults are known."""
    result = run(
        """
        def test_it(pocketsflow):
            pocketsflow.deliver_to(lambda request: 200)
            pocketsflow.fault(duplicate="product.*", copies=1)
            pocketsflow.create_product()
            assert pocketsflow.faults == ["duplicate=product.*"]
            assert pocketsflow.deliveries.last.faults == ["duplicate"]

            [sent] = pocketsflow.trigger("order.refunded", overrides={"refund.amount": 7})
            assert sent.json["refund"]["amount"] == 7
            [again] = pocketsflow.replay(sent)
            assert (again.event, again.body) == ("order.refunded", sent.body)
            [newest] = pocketsflow.replay("product.created")
            assert newest.event == "product.created"
            [tested] = pocketsflow.test_webhook(pocketsflow.deliveries.last.webhook)
            assert tested.event == "order.completed"
        """,
        f"--pocketsflow-url={server}",
        "--pocketsflow-cov",
    )

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["faults: duplicate 1"])


@pytest.mark.parametrize(
    ("act", "message"),
    [
        ("pocketsflow.purchas()", "*has no 'purchas'; did you mean 'purchase'?"),
        ("pocketsflow.played", "*no scenario was played before this test; name it in the mark: *"),
        (
            "pocketsflow.run_scenario('refund', probes={'member': print})",
            "*the probe member is a function of this process, and a server cannot call it; with *",
        ),
        ("assert False", "  repeat with: pytest --pocketsflow-url http://* *::test_it*"),
    ],
)
def test_bad_input(run, server, act, message):
    """The same sentences as in this process; what repeats a run is the run against that server."""
    result = run(f"def test_it(pocketsflow):\n    {act}\n", f"--pocketsflow-url={server}")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([message])
