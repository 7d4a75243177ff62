"""What tests leave behind where that is asked for."""

import json

import pytest

CODE = """
    def test_passing(pocketsflow):
        pocketsflow.deliver_to(lambda request: 200)
        pocketsflow.create_product()

    def test_failing(pocketsflow):
        pocketsflow.deliver_to(lambda request: 200)
        pocketsflow.create_product()
        assert False

    def test_unnoticed(pocketsflow):
        pocketsflow.deliver_to(lambda request: 500)
        pocketsflow.create_product()

    def test_skipped(pocketsflow):
        import pytest
        pytest.skip("elsewhere")

    def test_without():
        assert False
"""


def _kept(pytester, folder="pocketsflow-artefacts"):
    found = (pytester.path / folder).glob("*/timeline.txt")
    return sorted(file.parent.name.rpartition("-")[0].rpartition("py-")[2] for file in found)


@pytest.mark.parametrize(
    ("when", "kept"),
    [
        ("off", []),
        ("on", ["test_failing", "test_passing", "test_skipped", "test_unnoticed"]),
        ("retain-on-failure", ["test_failing", "test_unnoticed"]),
    ],
)
def test_artefacts_are_kept(run, pytester, when, kept):
    """Journal and timeline lie in a folder per test: never, always, or where it failed."""
    run(CODE, f"--pocketsflow-artefacts={when}")

    assert _kept(pytester) == kept


def test_what_is_in_them(run, pytester):
    """The journal is the whole log, secrets masked; the timeline is what the report shows."""
    run(CODE, "--pocketsflow-artefacts=retain-on-failure", "--pocketsflow-output=out")

    [folder] = (pytester.path / "out").glob("*test_failing*")
    first, *rest = (folder / "journal.ndjson").read_text().splitlines()
    assert json.loads(first)["test"].endswith("::test_failing")
    assert "whsec_" not in "".join(rest)
    assert "✓ product.created" in (folder / "timeline.txt").read_text(encoding="utf-8")


def test_a_word_that_is_none(run):
    """Another word than these is refused before anything runs."""
    result = run(CODE, "--pocketsflow-artefacts=always")

    assert result.ret == 4
    result.stderr.fnmatch_lines(["*--pocketsflow-artefacts is 'always'; write one of off, on, *"])


def test_a_folder_that_cannot_be_made(run, pytester):
    """Where nothing can be kept, the run ends with one sentence."""
    pytester.makefile("", file="here")

    result = run(CODE, "--pocketsflow-artefacts=on", "--pocketsflow-output=file")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["*--pocketsflow-output: *; name a place that can be written to*"])
    assert "INTERNALERROR" not in result.stdout.str()
