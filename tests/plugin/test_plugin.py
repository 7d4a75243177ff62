"""The fixture `pocketsflow` and its mark, in test runs of their own."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"


def test_the_test_of_the_readme_passes(run):
    """The ten lines of the README are a test that passes as they stand."""
    text = README.read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)

    result = run(code)

    result.assert_outcomes(passed=1)


def test_a_run_that_does_not_use_the_fixture_pays_nothing(run_apart):
    """Wherever the plugin is installed, it loads nothing of the emulator until it is used."""
    result = run_apart(
        """
        import sys

        def test_nothing():
            loaded = [name for name in sys.modules if "pocketsflow" in name]
            assert loaded == ["pytest_pocketsflow", "pytest_pocketsflow.plugin"]
            assert not {"aiohttp", "faker", "yaml"} & sys.modules.keys()
        """
    )

    result.assert_outcomes(passed=1)


def test_every_test_has_a_fresh_world(run):
    """Nothing of one test's world is left in the next: no objects, no receivers, no time."""
    result = run(
        """
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_world(pocketsflow, number):
            assert pocketsflow.events == []
            assert pocketsflow.start == "2030-01-01T00:00:00.000Z"
            assert pocketsflow.clock.now.isoformat() == "2030-01-01T00:00:00+00:00"
            pocketsflow.create_product(id="prod_course")
            pocketsflow.advance(days=1)
            assert pocketsflow.deliveries == ()
            pocketsflow.deliver_to(lambda request: 200)
        """
    )

    result.assert_outcomes(passed=2)


def test_the_seed_follows_from_the_test(run, pytester):
    """A test has the same seed in every run, and another than its neighbour."""
    code = """
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_world(pocketsflow, number):
            with open("seeds.txt", "a") as file:
                print(pocketsflow.seed, file=file)

        @pytest.mark.pocketsflow(start="2031-01-01")
        def test_elsewhere(pocketsflow):
            with open("seeds.txt", "a") as file:
                print(pocketsflow.seed, file=file)
    """

    for _ in range(2):
        run(code).assert_outcomes(passed=3)

    seeds = (pytester.path / "seeds.txt").read_text().split()
    assert seeds[:3] == seeds[3:]
    assert len(set(seeds)) == 3


def test_the_mark_may_say_no_more_than_the_dunning(run):
    """A world whose dunning the mark chooses still gets its seed from the test's id."""
    result = run(
        """
        import pytest

        @pytest.mark.pocketsflow(dunning="strict")
        def test_world(pocketsflow):
            assert pocketsflow.seed != 0
        """
    )

    result.assert_outcomes(passed=1)


def test_the_mark_sets_the_world_up(run):
    """Every setting of the mark arrives; the mark of a test wins over its module's and class's."""
    result = run(
        """
        import pytest

        pytestmark = pytest.mark.pocketsflow(seed=1, secret="whsec_own", start="2030-02-01")

        @pytest.mark.pocketsflow(seed=2, dialect="current", policy="retry-ladder",
                                 dunning="strict", deadline=1, livemode=True, strict=False)
        class TestClass:
            @pytest.mark.pocketsflow(seed=3)
            def test_world(self, pocketsflow):
                pocketsflow.deliver_to(lambda request: 500)
                subscription = pocketsflow.subscribe(pocketsflow.create_offer())
                assert pocketsflow.seed == 3
                assert pocketsflow.start == "2030-02-01T00:00:00.000Z"
                assert pocketsflow.secret == "whsec_own"
                assert "timestamp" not in pocketsflow.deliveries.last.json
                assert pocketsflow.deliveries.last.outcome == "scheduled"
                pocketsflow.decline_next(subscription, times="until_new_card")
                pocketsflow.advance(months=2)
                assert subscription.status == "canceled"
        """
    )

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ("seeed=7", "the mark pocketsflow has no 'seeed'; did you mean 'seed'?"),
        (
            "7",
            "*pocketsflow has 7 without a name; write one, as in pocketsflow(seed=7)",
        ),
        ("start='tomorrow'", "*'tomorrow' is not a date; write it like 2030-01-31*"),
        ("deadline='x'", "the mark pocketsflow: deadline is 'x'; write the seconds a receiver has"),
        ("concurrency='x'", "the mark pocketsflow: concurrency is 'x'; choose 1 to 64"),
        ("strict='no'", "the mark pocketsflow: strict is 'no'; write True or False"),
        ("sync_clock=1", "the mark pocketsflow: sync_clock is 1; write True or False"),
    ],
)
def test_a_mark_that_cannot_be_is_an_error_of_that_test(run, mark, message):
    """A misspelt setting is named, with those there are; other tests are not concerned."""
    result = run(
        f"""
        import pytest

        @pytest.mark.pocketsflow({mark})
        def test_marked(pocketsflow):
            pass

        def test_other(pocketsflow):
            pass
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([message])
    assert "plugin.py" not in result.stdout.str()


def test_the_mark_is_registered(pytester):
    """The mark is known under `--strict-markers`, and `--markers` shows what it takes."""
    result = pytester.runpytest_inprocess("-p", "pocketsflow", "--markers", "--strict-markers")

    result.stdout.fnmatch_lines(["@pytest.mark.pocketsflow(start='2030-01-01', seed=7,*"])


def test_a_world_is_shown_by_its_date_and_seed(run):
    """Where pytest shows the fixture, it is the instant and the seed, and no address in memory."""
    result = run(
        """
        import pytest

        @pytest.mark.pocketsflow(seed=7)
        def test_it(pocketsflow):
            pocketsflow.advance(days=1)
            assert repr(pocketsflow) == "<Pocketsflow at 2030-01-02 00:00:00Z, seed 7>"
        """
    )

    result.assert_outcomes(passed=1)


FAILING = """
    import pytest

    @pytest.mark.pocketsflow(seed=7, start="2030-01-31")
    def test_sale(pocketsflow):
        pocketsflow.deliver_to(lambda request: 200)
        course = pocketsflow.create_product(name="Course", price="60.00")
        pocketsflow.purchase(course, email="jane@example.com")
        pocketsflow.assert_delivered("order.completed", {"amount": 61})
"""


def test_a_failing_test_shows_its_timeline(run):
    """Under a failing test stand the miss, the timeline, and the mark that repeats the world."""
    result = run(FAILING)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*Missed: expected order.completed with amount = 61 delivered; found 0 such *",
            "*near miss, delivery 3: amount: expected 61, found 60",
            "*  2030-01-31 *✓ product.created   200  Course  60.00 usd",
            "*  *✓ order.completed   200  60.00 usd  jane@example.com",
            "*- Pocketsflow -*",
            "  repeat with: @pytest.mark.pocketsflow(seed=7, start='2030-01-31T00:00:00.000Z')",
        ]
    )


def test_the_timeline_is_shown_once(run):
    """A miss carries its timeline; the section under it then only says what repeats the world."""
    result = run(FAILING)

    assert result.stdout.str().count("✓ order.completed") == 1


@pytest.mark.parametrize(
    ("act", "message"),
    [
        ("pocketsflow.purchase('prod_x')", "NotFound: product: there is no product 'prod_x'*"),
        ("pocketsflow.purchase(emial='x')", "TypeError: purchase() has no argument 'emial'; did*"),
        ("pocketsflow.purchase()", "TypeError: purchase() missing 1 required positional*"),
        ("pocketsflow.purchse", "AttributeError: Pocketsflow has no 'purchse'; did you mean*"),
        ("pocketsflow.run_scenario('refnd')", "UnknownName: unknown scenario 'refnd'; did *"),
    ],
)
def test_an_error_is_shown_at_the_line_of_the_test(run, act, message):
    """Whatever a verb refuses, the traceback is one frame: the test's."""
    result = run(f"def test_it(pocketsflow):\n    {act}\n")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E*{message}"])
    frames = re.findall(r"^(\S+\.py):\d+: ", result.stdout.str(), re.MULTILINE)
    assert frames == ["test_an_error_is_shown_at_the_line_of_the_test.py"]


def test_a_miss_is_shown_at_the_line_of_the_test(run):
    """The traceback of a miss ends in the test, not inside the emulator."""
    result = run(FAILING)

    shown = result.stdout.str()
    assert ">       pocketsflow.assert_delivered(" in shown
    assert "reads.py" not in shown
    assert "emulator.py" not in shown


def test_the_line_that_repeats_a_world_repeats_it(run, pytester):
    """The mark that a failing test printed gives the same world in another test."""
    failing = run(
        """
        def test_first(pocketsflow):
            assert pocketsflow.purchase(pocketsflow.create_product()).id == ""
        """
    )
    mark = re.search(r"repeat with: (@.+)", failing.stdout.str())[1]
    id = re.search(r"\+ (order_\w+)", failing.stdout.str())[1]

    result = run(
        f"""
        import pytest

        {mark}
        def test_second(pocketsflow):
            assert pocketsflow.purchase(pocketsflow.create_product()).id == "{id}"
        """
    )

    result.assert_outcomes(passed=1)


def test_a_test_that_fails_before_anything_happened(run):
    """Where nothing has happened, the report says so; a test that passes has no section."""
    result = run(
        """
        def test_failing(pocketsflow):
            assert False

        def test_passing(pocketsflow):
            pass

        def test_without():
            assert False
        """
    )

    result.assert_outcomes(passed=1, failed=2)
    assert result.stdout.str().count("Pocketsflow timeline") == 1
    result.stdout.fnmatch_lines(["  nothing has happened"])


def test_a_test_leaves_no_thread_behind(run):
    """The fixture closes its world, also where it sent to a URL and where the test failed."""
    result = run(
        """
        import socket, threading

        def test_failing(pocketsflow):
            with socket.create_server(("127.0.0.1", 0)) as server:
                port = server.getsockname()[1]
            pocketsflow.deliver_to(f"localhost:{port}")
            pocketsflow.create_product()
            assert pocketsflow.deliveries.last.outcome == "delivered"

        def test_after():
            assert "pocketsflow-http" not in {t.name for t in threading.enumerate()}
        """,
        "-W",
        "error",
    )

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*✗ product.created  refused*"])


# ---- what nobody asserted -----------------------------------------------------------------------

NOBODY = {
    "a receiver that fails": "lambda request: 500",
    "nobody there": "'http://127.0.0.1:9/x'",
}


@pytest.mark.parametrize("receiver", NOBODY.values(), ids=NOBODY)
def test_a_delivery_that_went_wrong_unnoticed_fails_the_test(run, receiver):
    """A receiver that fails cannot make a green test: it ends with an error that explains."""
    result = run(
        f"""
        def test_sale(pocketsflow):
            pocketsflow.deliver_to({receiver})
            pocketsflow.purchase(pocketsflow.create_product())
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "3 deliveries went wrong, and the test did not look at what came of it:",
            "  product.created: re*. Likely: *",
            'Where that is right, say so: assert_delivered("product.created", outcome="re*',
            "*- Pocketsflow timeline -*",
            "  *✗ order.completed *",
            "  repeat with: @pytest.mark.pocketsflow(seed=*",
        ]
    )
    assert result.stdout.str().count("Likely: ") == 1
    assert "plugin.py" not in result.stdout.str()


LOOKING = {
    "asserting it": "world.assert_delivered('product.created', outcome='rejected')",
    "its outcome": "assert world.deliveries.last.outcome == 'rejected'",
    "its status": "assert world.deliveries.last.status == 500",
    "its explanation": "assert 'rejected' in world.deliveries.last.explanation",
}


@pytest.mark.parametrize("looking", LOOKING.values(), ids=LOOKING)
def test_what_a_test_has_looked_at_is_expected(run, looking):
    """Whoever asserts an outcome, or reads it, knows of it."""
    result = run(
        f"""
        def test_product(pocketsflow):
            world = pocketsflow
            world.deliver_to(lambda request: 500)
            world.create_product()
            {looking}
        """
    )

    result.assert_outcomes(passed=1)


def test_what_is_not_looking(run):
    """Asserting that something else was delivered, or counting, says nothing of an outcome."""
    result = run(
        """
        def test_product(pocketsflow):
            pocketsflow.deliver_to(lambda request: 500 if request.event[0] == "p" else 200)
            product = pocketsflow.create_product()
            pocketsflow.purchase(product)
            pocketsflow.assert_delivered("order.completed", times=1)
            pocketsflow.assert_sequence("product.created", "order.completed")
            assert len(pocketsflow.deliveries.of("product.*")) == 1
            assert pocketsflow.deliveries[0].json["event"] == "product.created"
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["a delivery went wrong, and the test did not look at what*"])


RETRIED = """answers = iter([500, 200])
    pocketsflow.deliver_to(lambda request: next(answers))
    pocketsflow.create_product()
    pocketsflow.advance(minutes=1)
"""
RAISING = """pocketsflow.deliver_to(lambda request: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pocketsflow.create_product()
"""
MISSED = """pocketsflow.deliver_to(lambda request: 500)
    with pytest.raises(AssertionError):
        pocketsflow.run_scenario("refund")
"""
REFUSED = "pocketsflow.deliver_to(lambda request: 500); "
EXPECTING = {
    "strict=False": ("strict=False", f"{REFUSED}pocketsflow.create_product()"),
    "a retry that was answered": ("policy='retry-ladder'", RETRIED),
    "an exception that the verb raised": ("", RAISING),
    "a scenario that expects it": ("", f"{REFUSED}pocketsflow.run_scenario('refusing.yaml')"),
    "a scenario that does not, and is caught": ("", MISSED),
}

REFUSING = """\
version: 1
name: refusing
title: The receiver refuses
steps: [{create_product: {}, expect: {answers: {status: 500}}}]
"""


@pytest.mark.parametrize(("mark", "act"), EXPECTING.values(), ids=EXPECTING)
def test_what_is_expected_elsewhere(run, pytester, mark, act):
    """The mark, the policy, an exception and a scenario's own expectations all count."""
    pytester.makefile(".yaml", refusing=REFUSING)

    result = run(
        f"import pytest\n\n@pytest.mark.pocketsflow({mark})\ndef test_it(pocketsflow):\n    {act}\n"
    )

    result.assert_outcomes(passed=1)


def test_what_is_kept_to_the_record_is_unnoticed(run):
    """With `raise_errors=False` the verb tells nobody; a reset does not make it undone."""
    result = run(
        """
        def test_quiet(pocketsflow):
            pocketsflow.deliver_to(lambda request: 1 / 0, raise_errors=False)
            pocketsflow.create_product()

        def test_reset(pocketsflow):
            pocketsflow.deliver_to(lambda request: 500)
            pocketsflow.create_product()
            pocketsflow.reset()
            pocketsflow.deliver_to(lambda request: 500)
            pocketsflow.create_product()
            assert pocketsflow.deliveries[0].status == 500
        """
    )

    result.assert_outcomes(passed=2, errors=2)


def test_a_test_that_failed_fails_once(run):
    """Where the test has failed already, or was left, its end adds nothing."""
    result = run(
        """
        import pytest

        @pytest.fixture
        def failing(pocketsflow):
            pocketsflow.deliver_to(lambda request: 500)
            pocketsflow.create_product()

        def test_failed(failing):
            assert False

        def test_left(failing):
            pytest.skip("elsewhere")

        @pytest.mark.xfail
        def test_expected_to(failing):
            assert False
        """
    )

    result.assert_outcomes(failed=1, skipped=1, xfailed=1)
    assert result.stdout.str().count("Pocketsflow timeline") == 1


# ---- the awaitable twin -------------------------------------------------------------------------


def test_the_awaitable_twin(run):
    """`pocketsflow_async` takes coroutine functions, and needs nothing but a loop of the test's."""
    result = run(
        """
        import asyncio

        import pytest

        @pytest.mark.pocketsflow(start="2030-01-31", concurrency=8)
        def test_sale(pocketsflow_async):
            events = []

            async def webhook(request):
                await asyncio.sleep(0)
                events.append(request.event)

            async def sale():
                pocketsflow_async.deliver_to(webhook)
                course = await pocketsflow_async.create_product(price="60.00")
                order = await pocketsflow_async.purchase(course, email="jane@example.com")
                assert order.status == "paid"
                await pocketsflow_async.advance(days=1)
                await pocketsflow_async.assert_delivered("order.completed", {"amount": 60})

            asyncio.run(sale())
            assert events == ["product.created", "customer.created", "order.completed"]

        def test_unnoticed(pocketsflow_async):
            pocketsflow_async.deliver_to(lambda request: 500)
            asyncio.run(pocketsflow_async.create_product())
        """
    )

    result.assert_outcomes(passed=2, errors=1)


def test_an_async_handler_in_the_other_fixture(run):
    """The error names the fixture to use."""
    result = run(
        """
        def test_sale(pocketsflow):
            async def webhook(request):
                return 200

            pocketsflow.deliver_to(webhook)
            pocketsflow.create_product()
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the handler is async; *the fixture pocketsflow_async"])


@pytest.mark.parametrize("end", ["asyncio.run", "one loop", "left open"])
def test_the_twin_closes_without_a_loop(run, end):
    """Connections to a URL end with the loop, or with the fixture, and never with a warning."""
    result = run(
        f"""
        import asyncio

        import pytest
        import receivers

        @pytest.fixture
        def url():
            with receivers.answering(200) as receiver:
                yield receiver.url

        @pytest.fixture
        def loop():
            loop = asyncio.new_event_loop()
            yield loop
            loop.close()

        def test_sale(url, loop, pocketsflow_async):
            end = {end!r}
            pocketsflow_async.deliver_to(url)
            if end == "asyncio.run":
                asyncio.run(pocketsflow_async.create_product())
                asyncio.run(pocketsflow_async.create_product())
                return
            loop.run_until_complete(pocketsflow_async.create_product())
            loop.run_until_complete(pocketsflow_async.create_product())
            if end == "one loop":
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()

        def test_after():
            import gc
            gc.collect()  # what was not closed warns now
        """,
        "-W",
        "error",
    )

    result.assert_outcomes(passed=2)
