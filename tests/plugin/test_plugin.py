"""The fixture `pocketsflow` and its mark, in test runs of their own."""

import re
import textwrap
from pathlib import Path

import pytest

from pocketsflow_emulator import people

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module", autouse=True)
def _people():
    """Load Faker before pytester begins to forget what its runs have loaded."""
    people.person(0, "nobody")


@pytest.fixture
def run(pytester):
    """Run a test module in this process; return pytest's result."""

    def run(code, *arguments):
        pytester.makepyfile(textwrap.dedent(code))
        return pytester.runpytest_inprocess(
            "-p", "no:faker", "-p", "no:hypothesispytest", "-q", *arguments
        )

    return run


def test_the_test_of_the_readme_passes(run):
    """The ten lines of the README are a test that passes as they stand."""
    text = README.read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)

    result = run(code)

    result.assert_outcomes(passed=1)


def test_a_run_that_does_not_use_the_fixture_pays_nothing(pytester):
    """Wherever the plugin is installed, it loads nothing of the emulator until it is used."""
    pytester.makepyfile(
        """
        import sys

        def test_nothing():
            loaded = [name for name in sys.modules if "pocketsflow" in name]
            assert loaded == ["pytest_pocketsflow", "pytest_pocketsflow.plugin"]
            assert not {"aiohttp", "faker", "yaml"} & sys.modules.keys()
        """
    )

    result = pytester.runpytest_subprocess("-p", "no:faker", "-W", "error", timeout=60)

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
                                 dunning="strict", deadline=1, livemode=True)
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
        ("seeed=7", "*the mark pocketsflow has no 'seeed'; it has start, seed, dialect,*"),
        ("7", "*the mark pocketsflow takes names: pocketsflow(start='2030-01-01', seed=7,*"),
        ("start='tomorrow'", "*'tomorrow' is not a date; write it like 2030-01-31*"),
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


def test_the_mark_is_registered(pytester):
    """The mark is known under `--strict-markers`, and `--markers` shows what it takes."""
    result = pytester.runpytest_inprocess("--markers", "--strict-markers")

    result.stdout.fnmatch_lines(["@pytest.mark.pocketsflow(start='2030-01-01', seed=7,*"])


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
            "*Missed: expected order.completed with amount = 61 delivered; found 0 *",
            "*near miss, delivery 3: amount: expected 61, found 60",
            "*- Pocketsflow timeline -*",
            "  2030-01-31 *✓ product.created   200  Course  60.00 usd",
            "  *✓ order.completed   200  60.00 usd  jane@example.com",
            "  repeat with: @pytest.mark.pocketsflow(seed=7, start='2030-01-31T00:00:00.000Z')",
        ]
    )


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
