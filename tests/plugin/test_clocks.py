"""The application's clock moves with the world's, whoever freezes it."""

import pytest

SYNCED = """
    import pytest
    from datetime import UTC, datetime, timedelta
    import time

    @pytest.mark.pocketsflow(start="2030-01-31", sync_clock=True)
    def test_trial(pocketsflow):
        seen = []
        pocketsflow.deliver_to(lambda request: seen.append(datetime.now(UTC).isoformat()[:10]))
        assert datetime.now(UTC) == pocketsflow.clock.now
        subscription = pocketsflow.subscribe(pocketsflow.create_offer())
        pocketsflow.advance(months=1)
        assert datetime.now(UTC) == pocketsflow.clock.now
        assert time.time() == pocketsflow.clock.now.timestamp()
        assert set(seen) == {"2030-01-31", "2030-02-21", "2030-02-28"}
        assert subscription.period_end > datetime.now(UTC)

    def test_after():
        assert datetime.now(UTC) < datetime(2030, 1, 1, tzinfo=UTC)
"""


def _hide(pytester, library):
    """Let a freezer count as not installed."""
    pytester.makeconftest(
        f"""
        from pytest_pocketsflow import clocks

        found = clocks.find_spec
        clocks.find_spec = lambda name: None if name == {library!r} else found(name)
        """
    )


@pytest.mark.parametrize("missing", ["nothing", "time_machine", "freezegun"])
def test_the_clock_moves_with_the_world(run_apart, pytester, missing):
    """While time passes in the world, handlers see each instant on the application's clock, with
    time-machine or with freezegun; afterwards it is the wall's again.
    """
    _hide(pytester, missing)

    result = run_apart(SYNCED)

    result.assert_outcomes(passed=2)


def test_without_a_freezer_the_error_names_what_to_install(run, monkeypatch):
    """`sync_clock` without time-machine and freezegun is an error of that test."""
    from pytest_pocketsflow import clocks

    monkeypatch.setattr(clocks, "find_spec", lambda name: None)

    result = run(SYNCED)

    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(['*pip install "pocketsflow-emulator[[]time]"*'])


FROZEN = {
    "time-machine": "@time_machine.travel('2031-05-05T12:00:00Z', tick=False)",
    "freezegun": "@freezegun.freeze_time('2031-05-05T12:00:00Z')",
}


@pytest.mark.parametrize("decorator", FROZEN.values(), ids=FROZEN)
@pytest.mark.parametrize("sync", [True, False], ids=["moving", "standing"])
def test_a_frozen_clock_gives_the_world_its_start(run_apart, decorator, sync):
    """A world in a test whose clock is frozen begins there, also where a decorator freezes it after
    the fixture was made; with `sync_clock` that clock moves on.
    """
    result = run_apart(
        f"""
        import freezegun, pytest, time_machine
        from datetime import UTC, datetime

        {decorator}
        @pytest.mark.pocketsflow(sync_clock={sync})
        def test_frozen(pocketsflow):
            pocketsflow.deliver_to(lambda request: 200)
            pocketsflow.create_product()
            assert pocketsflow.start == "2031-05-05T12:00:00.000Z"
            pocketsflow.advance(days=2)
            assert datetime.now(UTC).day == {7 if sync else 5}

        def test_after():
            assert datetime.now(UTC).year < 2030
        """
    )

    result.assert_outcomes(passed=2)


def test_a_clock_that_was_frozen_before_is_set_back(run_apart):
    """Who freezes the clock around several tests finds it where it was."""
    result = run_apart(
        """
        import freezegun, pytest
        from datetime import UTC, datetime

        @pytest.fixture(scope="module", autouse=True)
        def frozen():
            with freezegun.freeze_time("2031-05-05") as clock:
                yield clock

        @pytest.mark.pocketsflow(sync_clock=True)
        @pytest.mark.parametrize("number", [1, 2])
        def test_frozen(pocketsflow, number):
            assert pocketsflow.clock.now.isoformat() == "2031-05-05T00:00:00+00:00"
            pocketsflow.advance(days=2)
            assert datetime.now(UTC).day == 7
        """
    )

    result.assert_outcomes(passed=2)


def test_a_start_that_was_chosen_stays(run_apart):
    """A world that was given a start begins there, and the frozen clock is moved to it."""
    result = run_apart(
        """
        import pytest, time_machine
        from datetime import UTC, datetime

        @time_machine.travel("2031-05-05T12:00:00Z", tick=False)
        @pytest.mark.pocketsflow(start="2032-01-01", sync_clock=True)
        def test_frozen(pocketsflow):
            pocketsflow.create_product()
            assert pocketsflow.clock.now.year == datetime.now(UTC).year == 2032
        """
    )

    result.assert_outcomes(passed=1)


def test_a_call_lets_the_clock_follow(run_apart):
    """`sync_clock()` inside a test does what the mark does, from there on."""
    result = run_apart(
        """
        from datetime import UTC, datetime

        def test_it(pocketsflow):
            assert datetime.now(UTC).year < 2030
            pocketsflow.sync_clock()
            assert datetime.now(UTC).year == 2030
            pocketsflow.advance(years=1)
            assert datetime.now(UTC).year == 2031
        """
    )

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("missing", ["time_machine", "freezegun"])
def test_event_loops_do_not_stall(run_apart, pytester, missing):
    """With the clock frozen, an async handler may sleep, a URL is delivered to, and the server in
    its thread answers.
    """
    _hide(pytester, missing)

    result = run_apart(
        """
        import asyncio, json, urllib.request
        from http.server import BaseHTTPRequestHandler, HTTPServer
        from threading import Thread
        import pytest

        pytestmark = pytest.mark.pocketsflow(sync_clock=True, start="2030-01-01")

        def test_async(pocketsflow_async):
            async def webhook(request):
                await asyncio.sleep(0.01)

            async def sale():
                pocketsflow_async.deliver_to(webhook)
                await pocketsflow_async.create_product()
                await pocketsflow_async.advance(days=1)
                await pocketsflow_async.assert_delivered("product.created")

            asyncio.run(sale())

        def test_url(pocketsflow):
            class Answer(BaseHTTPRequestHandler):
                def do_POST(self):
                    self.rfile.read(int(self.headers["Content-Length"]))
                    self.send_response(200)
                    self.end_headers()

                def log_message(self, *words):
                    pass

            with HTTPServer(("127.0.0.1", 0), Answer) as server:
                Thread(target=server.serve_forever, daemon=True).start()
                pocketsflow.deliver_to(f"localhost:{server.server_port}")
                pocketsflow.create_product()
                pocketsflow.assert_delivered("product.created")
                server.shutdown()
            asked = urllib.request.Request(
                f"{pocketsflow.url}/products",
                headers={"Authorization": f"Bearer {pocketsflow.api_key}"},
            )
            with urllib.request.urlopen(asked, timeout=5) as answer:
                assert len(json.load(answer)) >= 1
        """
    )

    result.assert_outcomes(passed=2)


# ---- timestamps ---------------------------------------------------------------------------------


def test_timestamps_of_the_wall(run):
    """With `timestamps="wall"` a handler that checks freshness accepts, and dates stay virtual."""
    result = run(
        """
        import time
        import pytest

        @pytest.mark.pocketsflow(timestamps="wall")
        def test_fresh(pocketsflow):
            def webhook(request):
                stamp = int(request.headers["X-Pocketsflow-Timestamp"])
                assert request.json()["timestamp"] == stamp
                assert abs(time.time() * 1000 - stamp) < 60_000
                stamps.append(stamp)

            stamps = []
            pocketsflow.deliver_to(webhook)
            subscription = pocketsflow.subscribe(pocketsflow.create_offer())
            pocketsflow.advance(months=2)
            assert subscription.period_start.isoformat() == "2030-03-01T00:00:00+00:00"
            assert stamps[1:] == sorted(set(stamps[1:]))
        """
    )

    result.assert_outcomes(passed=1)


STALE = """
    import time

    def webhook(request):
        stamp = int(request.headers["X-Pocketsflow-Timestamp"])
        return 200 if abs(time.time() * 1000 - stamp) < 300_000 else {answer}

    def test_it(pocketsflow):
        pocketsflow.deliver_to(webhook)
        pocketsflow.create_product()
        {more}
"""


@pytest.mark.parametrize(
    ("answer", "hinted"),
    [
        ("401", True),
        ("(400, b'timestamp too old')", True),
        ("(401, b'bad signature')", False),
        ("500", False),
    ],
)
@pytest.mark.parametrize("asserting", [True, False])
def test_a_refusal_that_looks_like_a_clock_is_hinted_at(run, answer, hinted, asserting):
    """A rejected delivery whose answer speaks of time, or of nothing, names the two ways out."""
    more = "pocketsflow.assert_delivered('product.created')" if asserting else "pass"

    result = run(STALE.format(answer=answer, more=more))

    text = result.stdout.str()
    assert hinted == ("Hint: the application's clock stands at 20" in text)
    assert hinted == ('pocketsflow(timestamps="wall"), or sync_clock=True' in text)


def test_a_period_that_did_not_expire_is_hinted_at(run):
    """An assertion that fails after time has passed says that the application's clock has not
    moved; where it has, nothing is said.
    """
    result = run(
        """
        import pytest

        def test_standing(pocketsflow):
            pocketsflow.advance(days=31)
            assert False

        @pytest.mark.pocketsflow(sync_clock=True)
        def test_moving(pocketsflow):
            pocketsflow.advance(days=31)
            assert False
        """
    )

    result.assert_outcomes(failed=2)
    assert result.stdout.str().count("Hint: this world has advanced by 31 days") == 1
