"""Finding scenarios: ready-made ones by name, one's own by file and folder."""

import json

import pytest

from pocketsflow_emulator.errors import (
    NothingSelected,
    ScenarioError,
    UnknownName,
)
from pocketsflow_emulator.scenario import library, tree
from scenario.files import HEAD

NAMES = [
    "cancel-at-period-end",
    "cancel-now",
    "partial-refund",
    "pause-and-resume",
    "purchase",
    "purchase-declined",
    "refund",
    "renewal-failure",
    "renewal-failure-recovers",
    "renewal-succeeds",
    "trial-converts",
    "trial-ends-in-three-days",
]
"""Names that people have in their scripts: they stay."""

STEPS = "steps: [settle: ]\n"


def test_ready_made_names():
    """The ready-made scenarios are there under their names, sorted."""
    actual = library.names()

    assert set(actual) >= set(NAMES)
    assert sorted(actual) == actual


def test_a_ready_made_scenario_is_found_by_its_name(tmp_path, monkeypatch):
    """A name means the ready-made scenario, also where a folder of that name stands."""
    (tmp_path / "purchase").mkdir()
    monkeypatch.chdir(tmp_path)

    [found] = library.find("purchase")

    assert (found.name, found.file) == ("purchase", "purchase.yaml")


def test_an_unknown_name_is_refused_with_the_nearest():
    """A name that nobody knows is refused with the nearest one."""
    with pytest.raises(UnknownName) as caught:
        library.find("renewal-fails")

    expected = "unknown scenario 'renewal-fails'; did you mean 'renewal-failure'?"
    assert expected == str(caught.value)


@pytest.mark.parametrize("ending", [".yaml", ".yml", ".pocketsflow.yaml"])
def test_a_file_is_read(tmp_path, ending):
    """A file of one's own is found by its path; a byte order mark does not disturb."""
    file = tmp_path / f"mine{ending}"
    file.write_bytes(b"\xef\xbb\xbf" + (HEAD + STEPS).encode())

    [found] = library.find(str(file))

    assert ("story", str(file)) == (found.name, found.file)


def test_a_json_file_is_read(tmp_path):
    """A file may be JSON."""
    file = tmp_path / "mine.json"
    file.write_text(
        '{"version": 1, "name": "x", "title": "\\ud83c\\udf89", "steps": [{"settle": null}]}'
    )

    [found] = library.find(str(file))

    assert found.title == "\N{PARTY POPPER}"


def test_a_folder_means_its_scenario_files(tmp_path):
    """A folder stands for all files below it with the endings of scenarios, in order of path."""
    for name in ("b.pocketsflow.yaml", "a/x.pocketsflow.json", "a/c.pocketsflow.yml", "other.yaml"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        text = HEAD + STEPS
        if name.endswith(".json"):
            text = json.dumps(tree.plain(tree.parse(text, "a.yaml")))
        file.write_text(text)

    found = library.find(str(tmp_path))

    expected = ["a/c.pocketsflow.yml", "a/x.pocketsflow.json", "b.pocketsflow.yaml"]
    assert [str(tmp_path / name) for name in expected] == [scenario.file for scenario in found]


def test_a_folder_without_scenarios_says_which_ending_they_have(tmp_path):
    """A folder in which there is none is refused with the ending to use."""
    (tmp_path / "mine.yaml").write_text(HEAD + STEPS)

    with pytest.raises(NothingSelected) as caught:
        library.find(str(tmp_path))

    assert ".pocketsflow.yaml" in str(caught.value)


def test_a_wrong_file_in_a_folder_is_refused(tmp_path):
    """One malformed file in a folder stops all of them, with its place."""
    (tmp_path / "a.pocketsflow.yaml").write_text(HEAD + STEPS)
    (tmp_path / "b.pocketsflow.yaml").write_text("version: 1\nversion: 1\n")

    with pytest.raises(ScenarioError) as caught:
        library.find(str(tmp_path))

    expected = f"{tmp_path}/b.pocketsflow.yaml:2:1: the key 'version' occurs twice"
    assert expected == str(caught.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, ": cannot be read: No such file or directory"),
        (b"title: \xff\n", ":1:8: is not UTF-8 text"),
        ("\ufeffname: é\n  title: ".encode() + b"\xff\n", ":2:10: is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path, content, expected):
    """A file that is not there, or is no text, is wrong use, and named with place and reason."""
    file = tmp_path / "mine.yaml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ScenarioError) as caught:
        library.find(str(file))

    assert f"{file}{expected}" == str(caught.value)
