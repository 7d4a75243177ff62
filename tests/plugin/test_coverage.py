"""Which events a run has exercised."""

import json

import pytest

CODE = """
    import pytest

    def test_sale(pocketsflow):
        pocketsflow.deliver_to(lambda request: 200)
        pocketsflow.purchase(pocketsflow.create_product())

    @pytest.mark.pocketsflow(strict=False)
    def test_refusing(pocketsflow):
        pocketsflow.deliver_to(lambda request: 500)
        pocketsflow.create_product()
        pocketsflow.reset()

    def test_unheard(pocketsflow):
        pocketsflow.subscribe(pocketsflow.create_offer())
"""


def test_the_table(run):
    """The table names every documented event, how often it was tried, and the answers."""
    result = run(CODE, "--pocketsflow-cov")

    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "*= Pocketsflow events =*",
            "order.completed *1  200 x1",
            "order.refunded * never sent",
            "product.created *2  200 x1, 500 rejected x1",
            "outcomes: delivered 3, rejected 1",
            "faults: none",
            "3 of 22 events: 14 %",
        ]
    )


def test_without_the_option_there_is_no_table(run):
    """Nothing is counted or shown where nobody asked."""
    assert "Pocketsflow events" not in run(CODE).stdout.str()


def test_the_report_as_json(run, pytester):
    """The same as JSON, for whoever draws it."""
    run(CODE, "--pocketsflow-cov-json=out/events.json")

    report = json.loads((pytester.path / "out" / "events.json").read_text())
    assert report["percent"] == 13.6
    assert report["events"]["customer.created"] == [
        {"outcome": "delivered", "status": 200, "tries": 1}
    ]
    assert report["events"]["order.refunded"] == []
    assert report["outcomes"] == {"delivered": 3, "rejected": 1}
    assert report["faults"] == {}


@pytest.mark.parametrize(("least", "code"), [(13, 0), (14, 1)])
def test_the_threshold(run, least, code):
    """Below the threshold the run fails, and says what was never sent."""
    result = run(CODE, f"--pocketsflow-cov-min={least}")

    assert result.ret == code
    shown = "FAIL Pocketsflow: 14 % of the events were exercised, less than the 14 % of *"
    if code:
        result.stdout.fnmatch_lines([f"{shown}never sent: order.refunded, *"])
    else:
        assert "FAIL" not in result.stdout.str()


def test_a_failing_run_keeps_its_own_code(run):
    """A run that was broken off for another reason is not renamed."""
    result = run("def test_it(:", "--pocketsflow-cov-min=14")

    assert result.ret == 2


def test_workers_are_merged(run_apart, pytester):
    """Under xdist the table is that of all workers."""
    result = run_apart(
        CODE, "-p", "xdist", "-n", "2", "--pocketsflow-cov", "--pocketsflow-cov-json=events.json"
    )

    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["product.created *2  200 x1, 500 rejected x1", "3 of 22 events*"])
    assert json.loads((pytester.path / "events.json").read_text())["percent"] == 13.6


@pytest.mark.parametrize("apart", [False, True])
def test_faults_are_counted(run, run_apart, apart):
    """A fault is exercised by the deliveries that it has hit; one that hit nothing is not."""
    code = """
        def test_twice(pocketsflow):
            pocketsflow.deliver_to(lambda request: 200)
            pocketsflow.fault(duplicate="product.*", copies=1)
            pocketsflow.create_product()
            pocketsflow.create_product()

        def test_lost(pocketsflow):
            pocketsflow.deliver_to(lambda request: 200)
            pocketsflow.fault("drop=product.created")
            pocketsflow.fault("wrong-secret=review.created")
            pocketsflow.create_product()
    """

    more = ("-p", "xdist", "-n", "2") if apart else ()
    result = (run_apart if apart else run)(code, *more, "--pocketsflow-cov")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["faults: drop 1, duplicate 2"])


@pytest.mark.parametrize("least", ["-1", "101"])
def test_a_threshold_that_is_no_percentage(run, least):
    """A threshold that no run can meet, or that every run meets, is refused."""
    result = run(CODE, f"--pocketsflow-cov-min={least}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--pocketsflow-cov-min is per cent; write a number from 0 to*"])


def test_a_report_that_cannot_be_written(run, pytester):
    """Where the report cannot be written, one sentence says so."""
    pytester.makefile("", file="here")

    result = run(CODE, "--pocketsflow-cov-json=file/events.json")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--pocketsflow-cov-json: *; name a place that can be written *"])
    assert "INTERNALERROR" not in result.stdout.str()
