"""Scenarios in tests: played before one, or one test for each."""

import pytest

from pocketsflow_emulator.scenario import library

ALL = """
    import pytest

    @pytest.mark.pocketsflow_scenarios({named})
    def test_it(pocketsflow, pocketsflow_scenario):
        pocketsflow.deliver_to(lambda request: 200)
        pocketsflow.run_scenario(pocketsflow_scenario)
"""
OWN = "version: 1\nname: own\ntitle: Own\ntags: [mine]\nsteps: [{create_product: {}}]\n"


def tagged(tag):
    """The ready-made scenarios that have a tag."""
    return [name for name in library.names() if tag in library.ready_made(name).tags]


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ("'refund', 'trial-converts'", ["refund", "trial-converts"]),
        ("tags='identity'", tagged("identity")),
        ("'refund', tags=['identity']", ["refund", *tagged("identity")]),
        ("'own.pocketsflow.yaml', 'refund'", ["own.pocketsflow.yaml", "refund"]),
        ("'.'", ["own.pocketsflow.yaml"]),
    ],
)
def test_a_test_per_scenario(run, pytester, named, shown):
    """The mark names scenarios, files, folders or tags, and each is a test of that name."""
    (pytester.path / "own.pocketsflow.yaml").write_text(OWN)

    result = run(ALL.format(named=named), "-vv")

    result.assert_outcomes(passed=len(shown))
    result.stdout.fnmatch_lines([f"*[[]{name}] PASSED*" for name in shown])


def test_a_test_for_all_scenarios(run):
    """Without names, it is all ready-made ones."""
    result = run(ALL.format(named=""), "--collect-only")

    result.stdout.fnmatch_lines([f"{len(library.names())} tests collected*"])


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("'refnd'", "*cannot be used: unknown scenario 'refnd'; did you mean 'refund'?"),
        ("tags='trail'", "*cannot be used: no scenario has the tag 'trail'; did you mean 'trial'?"),
        ("tag='trial'", "*the mark pocketsflow_scenarios has no 'tag'; it takes names, and tags="),
        ("7", "*the mark pocketsflow_scenarios cannot be used: *"),
    ],
)
def test_a_mark_that_cannot_be(run, named, message):
    """A scenario that is not there is an error of collection, in one sentence."""
    result = run(ALL.format(named=named))

    assert result.ret == 2
    result.stdout.fnmatch_lines([message])
    assert "scenarios.py:" not in result.stdout.str()


def test_the_mark_and_its_fixture_belong_together(run):
    """The one without the other says what is missing."""
    result = run(
        """
        def test_it(pocketsflow_scenario):
            pass
        """
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["pocketsflow_scenario needs the mark pocketsflow_scenarios, *"])
    result = run("import pytest\n@pytest.mark.pocketsflow_scenarios\ndef test_it(): pass\n")
    result.stdout.fnmatch_lines(["*needs a test that takes the fixture pocketsflow_scenario"])


PLAYED = """
    import pytest

    @pytest.fixture
    def pocketsflow_target():
        return lambda request: 200

    @pytest.mark.pocketsflow(scenario="trial-converts")
    def test_sync(pocketsflow):
        assert pocketsflow.played.sub.status == "active"
        pocketsflow.assert_delivered("invoice.payment_succeeded")

    @pytest.mark.pocketsflow(scenario="trial-converts")
    def test_async(pocketsflow_async):
        assert pocketsflow_async.played.sub.status == "active"
"""


def test_a_scenario_before_the_test(run):
    """The mark plays a scenario for the target first; `played` has its handles."""
    result = run(PLAYED)

    result.assert_outcomes(passed=2)
