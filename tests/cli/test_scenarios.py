"""`scenarios new` and `scenarios check`: one's own scenarios, begun and read."""

import json

import pytest

from pocketsflow_emulator import cli

BAD = "version: 1\nname: bad\ntitle: Bad\nsteps: [{purchse: {}}]\n"


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    """Call the program in an empty folder; returns (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def outcome(*words):
        code = cli.outcome(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return outcome


def test_a_new_scenario_holds(call, tmp_path):
    """`new` writes a file with comments that runs as it stands, and `run` finds it."""
    code, out, err = call("scenarios", "new", "our-trial")
    ran, told, _ = call("run", ".", "--set", "trial_days=9")

    assert (code, out) == (0, "our-trial.pocketsflow.yaml\n")
    assert err == "run it with: pocketsflow-emulator run our-trial.pocketsflow.yaml\n"
    assert "title: Our trial\n" in (tmp_path / "our-trial.pocketsflow.yaml").read_text()
    assert ran == 0
    assert "our-trial  Our trial" in told


def test_a_file_that_is_there_is_kept(call, tmp_path):
    """`new` writes over nothing, unless `--force` says so."""
    file = tmp_path / "mine.pocketsflow.yaml"
    file.write_text("mine")

    refused, _, err = call("scenarios", "new", "mine")
    kept = file.read_text()
    forced, _, _ = call("scenarios", "new", "mine", "--force")

    assert (refused, kept, forced) == (2, "mine", 0)
    assert "mine.pocketsflow.yaml is there already; --force writes over it" in err
    assert file.read_text() != "mine"


@pytest.mark.parametrize("name", ["Mine", "a b", "../mine", ""])
def test_a_name_that_cannot_be_one(call, tmp_path, name):
    """A name is checked before anything is written."""
    code, _, err = call("scenarios", "new", name)

    assert code == 2
    assert err.startswith(f"error: cannot begin a scenario {name!r}: name must be lower-case")
    assert list(tmp_path.iterdir()) == []


def test_every_problem_is_named(call, tmp_path):
    """`check` reads files and folders, and goes on after a bad one: exit 2."""
    call("scenarios", "new", "good")
    (tmp_path / "bad.pocketsflow.yaml").write_text(BAD)
    (tmp_path / "worse.yaml").write_text("version: [")

    code, out, err = call("scenarios", "check", ".", "worse.yaml", "refund", "gone.yaml")

    assert code == 2
    assert out == "✓ good.pocketsflow.yaml\n✓ refund\n"
    problems = err.splitlines()
    assert len(problems) == 3
    assert "bad.pocketsflow.yaml:4:10: unknown verb 'purchse'; did you mean" in problems[0]
    assert "worse.yaml:1:" in problems[1]
    assert "gone.yaml: cannot be read" in problems[2]


def test_the_problems_as_json(call, tmp_path):
    """With `--format json`, an editor gets file, line and column."""
    (tmp_path / "bad.pocketsflow.yaml").write_text(BAD)

    code, out, err = call("scenarios", "check", "bad.pocketsflow.yaml", "--format", "json")

    document = json.loads(out)
    [found] = document["files"]
    assert (code, err, document["version"], document["ok"]) == (2, "", 1, False)
    assert (found["file"], found["line"], found["column"]) == ("bad.pocketsflow.yaml", 4, 10)


def test_nothing_to_check(call):
    """A folder without scenarios is exit 5."""
    assert call("scenarios", "check", ".")[0] == 5
