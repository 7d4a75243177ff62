"""Both faces, under each plugin for coroutines and under none."""

import pytest

SALE = """
    import pytest
    {header}

    {mark}
    async def test_sale(pocketsflow_async):
        events = []

        async def webhook(request):
            events.append(request.event)

        pocketsflow_async.deliver_to(webhook)
        course = await pocketsflow_async.create_product(price="60.00")
        order = await pocketsflow_async.purchase(course, email="jane@example.com")
        assert order.status == "paid"
        await pocketsflow_async.advance(days=1)
        delivery = await pocketsflow_async.assert_delivered("order.completed", {{"amount": 60}})
        await pocketsflow_async.assert_not_delivered("order.refunded")
        await pocketsflow_async.assert_sequence("product.created", "order.completed")
        assert (await pocketsflow_async.deliveries()).last.id == delivery.id
        assert await pocketsflow_async.events() == events
        assert await pocketsflow_async.eventually(lambda: events)

    {mark}
    async def test_forgotten(pocketsflow_async):
        pocketsflow_async.deliver_to(lambda request: 200)
        pocketsflow_async.create_product()

    def test_sync(pocketsflow):
        pocketsflow.deliver_to(lambda request: 200)
        pocketsflow.create_product()
        assert pocketsflow.eventually(lambda: pocketsflow.events) == ["product.created"]
"""

ASYNC = {
    "pytest-asyncio, strict": ("-p asyncio", "", "@pytest.mark.asyncio"),
    "pytest-asyncio, auto": ("-p asyncio -o asyncio_mode=auto", "", ""),
    "anyio": (
        "-p anyio",
        "anyio_backend = pytest.fixture(lambda: 'asyncio', name='anyio_backend')",
        "@pytest.mark.anyio",
    ),
    "pytest-aiohttp": ("-p asyncio -p aiohttp -o asyncio_mode=auto", "", ""),
}
QUIET = ("-o", "asyncio_default_fixture_loop_scope=function")


@pytest.mark.parametrize(("plugins", "header", "mark"), ASYNC.values(), ids=ASYNC)
def test_both_faces_work_with(run_apart, plugins, header, mark):
    """Both fixtures work under every plugin for coroutines, and what was never awaited fails its
    test, with file and line.
    """
    quiet = QUIET if "-p asyncio" in plugins else ()

    result = run_apart(SALE.format(header=header, mark=mark), *plugins.split(), *quiet)

    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["*.py:2[67]: create_product() was never awaited"])


def test_without_a_plugin_the_test_brings_the_loop(run_apart):
    """No plugin for coroutines is needed, and nothing of asyncio's is left behind."""
    result = run_apart(
        """
        import asyncio

        def test_sale(pocketsflow_async):
            async def sale():
                pocketsflow_async.deliver_to(lambda request: 200)
                await pocketsflow_async.create_product()
                assert await pocketsflow_async.events() == ["product.created"]

            asyncio.run(sale())
        """
    )

    result.assert_outcomes(passed=1)


FORGETTING = {
    "a verb": ("world.create_product()", "create_product"),
    "a verb about time": ("world.advance(days=1)", "advance"),
    "a scenario": ("world.run_scenario('refund')", "run_scenario"),
    "an assertion": ("world.assert_delivered('order.refunded')", "assert_delivered"),
    "a read": ("world.events()", "events"),
    "waiting": ("world.eventually(lambda: True)", "eventually"),
    "a journal": ("world.assert_matches_journal('sale')", "assert_matches_journal"),
}


@pytest.mark.parametrize(("act", "name"), FORGETTING.values(), ids=FORGETTING)
def test_what_was_never_awaited_fails_the_test(run, act, name):
    """A call of the async face that nobody awaited fails its test by name, file and line, and says
    what a plain function takes instead; Python's own warning does not come on top.
    """
    result = run(f"def test_it(pocketsflow_async):\n    world = pocketsflow_async\n    {act}\n")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            f"test_what_was_never_awaited_fails_the_test.py:3: {name}() was never awaited",
            "This test is a plain function: take the fixture pocketsflow, which is not awaited, *",
        ]
    )
    assert "RuntimeWarning" not in result.stdout.str()


def test_many_calls_are_not_kept(run):
    """Calls that were awaited are let go; of thousands, the one that was not is found."""
    result = run(
        """
        import asyncio

        def test_it(pocketsflow_async):
            async def many():
                for _ in range(300):
                    await pocketsflow_async.advance(minutes=1)
                pocketsflow_async.settle()
                for _ in range(300):
                    await pocketsflow_async.advance(minutes=1)

            asyncio.run(many())
            assert len(pocketsflow_async._noticed._calls) < 100
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*.py:7: settle() was never awaited"])


def test_a_test_that_failed_for_want_of_an_await_says_so(run):
    """Where the test has failed already, its report names the call that was not awaited."""
    result = run(
        """
        def test_it(pocketsflow_async):
            order = pocketsflow_async.create_product()
            assert order.name == "Course"
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  test_a_test_*.py:2: create_product() was never awaited"])


@pytest.mark.parametrize("call", ["purchase(course)", "advance(days=1)", "settle()"])
def test_awaiting_the_sync_face(run, call):
    """One sentence says what to write instead."""
    result = run(
        f"""
        import asyncio

        def test_it(pocketsflow):
            course = pocketsflow.create_product()

            async def sale():
                await pocketsflow.{call}

            asyncio.run(sale())
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E*The fixture pocketsflow is not awaited: leave the `await` away, or take pocketsflow_*"]
    )


@pytest.mark.parametrize(
    ("call", "note"),
    [
        (
            "deliver_to(lambda request: 200)",
            "E*What sends nothing is not awaited, such as deliver_*",
        ),
        ("events", "E*A method is called before it is awaited: await pocketsflow_async.events()"),
    ],
)
def test_awaiting_what_is_none(run, call, note):
    """The async face says which of its names are not awaited, and which are called."""
    result = run(
        f"""
        import asyncio

        def test_it(pocketsflow_async):
            async def play():
                await pocketsflow_async.{call}

            asyncio.run(play())
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"{note}*"])
