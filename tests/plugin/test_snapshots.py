"""Journals beside the tests."""

import pytest

SALE = """
    def test_sale(pocketsflow):
        pocketsflow.deliver_to(lambda request: (200, b"thanks"))
        course = pocketsflow.create_product(name="Course", price="{price}")
        pocketsflow.purchase(course, email="jané@example.com")
        pocketsflow.assert_matches_journal("{name}")
"""


def _sale(price="60.00", name="sale"):
    return SALE.format(price=price, name=name)


def test_a_journal_is_written_where_asked_for(run, pytester):
    """Without a file the test fails and names the flag; with the flag the file is written, and the
    next run compares with it.
    """
    first = run(_sale())
    update = run(_sale(), "--pocketsflow-update")
    second = run(_sale())

    first.assert_outcomes(failed=1)
    first.stdout.fnmatch_lines(["*there is no *journals/sale.txt; write it with pytest --pock*"])
    update.assert_outcomes(passed=1)
    second.assert_outcomes(passed=1)
    assert [file.name for file in (pytester.path / "journals").iterdir()] == ["sale.txt"]


def test_a_journal_reads_well(run, pytester):
    """A person can review it: an event a line, under it what was sent to whom, and the answer."""
    run(_sale(), "--pocketsflow-update")

    text = (pytester.path / "journals" / "sale.txt").read_text(encoding="utf-8")
    assert "1. 2030-01-01T00:00:00.000Z  product.created  the account  by create_product" in text
    assert "3. 2030-01-01T00:00:00.000Z  order.completed  jané@example.com  by purchase" in text
    assert '       "email": "jané@example.com",' in text
    assert "   try 1 at 2030-01-01T00:00:00.000Z: delivered 200, answer 'thanks'" in text
    assert "     X-Pocketsflow-Signature: " in text
    assert text.count("\n   of ") == 3


def test_a_difference_is_shown(run):
    """A run that is not the one that is kept fails with a diff, and the line that updates it."""
    run(_sale(), "--pocketsflow-update")

    result = run(_sale(price="61.00"))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*this run is not the one that *journals/sale.txt keeps (-: kept, +: this run); if*",
            '*-*"price": 60,*',
            '*+*"price": 61,*',
        ]
    )


def test_a_long_difference_is_cut(run):
    """A journal that is wholly different does not fill the screen."""
    run(_sale(), "--pocketsflow-update")

    result = run(_sale().replace("test_sale", "test_other"))

    result.stdout.fnmatch_lines(["*... and * lines more"])


@pytest.mark.parametrize("name", ["../sale", "", "a/b"])
def test_a_name_that_is_none(run, name):
    """A journal lies beside its test, and nowhere else."""
    result = run(_sale(name=name))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*'{name}' is no name of a journal; use letters, digits, *"])


def test_a_retry_and_a_refusal_are_kept(run, pytester):
    """Every try stands in the journal; in the async face the assertion is awaited."""
    result = run(
        """
        import asyncio
        import pytest

        @pytest.mark.pocketsflow(policy="retry-ladder")
        def test_it(pocketsflow_async):
            answers = iter([500, 200])

            async def sale():
                pocketsflow_async.deliver_to(lambda request: next(answers))
                await pocketsflow_async.create_product()
                await pocketsflow_async.advance(minutes=1)
                await pocketsflow_async.assert_matches_journal("retry")

            asyncio.run(sale())
        """,
        "--pocketsflow-update",
    )

    result.assert_outcomes(passed=1)
    text = (pytester.path / "journals" / "retry.txt").read_text()
    assert "try 1 at 2030-01-01T00:00:00.000Z: rejected 500" in text
    assert "try 2 at 2030-01-01T00:01:00.000Z: delivered 200" in text
