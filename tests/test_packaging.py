"""What is in the wheel, built from the sdist as an index would hand it out."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build sdist and wheel once."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def names(built):
    """The files in the wheel."""
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_both_packages_and_all_data(names):
    """The wheel carries the emulator, the plugin, every schema and every scenario."""
    data = "pocketsflow_emulator/_data"
    schemas = {
        f"{data}/schemas/{p.relative_to(ROOT / 'schemas')}" for p in ROOT.glob("schemas/**/*.json")
    }
    scenarios = {f"{data}/scenarios/{p.name}" for p in ROOT.glob("scenarios/*.yaml")}

    assert len(schemas) >= 23
    assert len(scenarios) >= 12
    assert schemas | scenarios <= names
    assert {"pocketsflow_emulator/py.typed", "pytest_pocketsflow/plugin.py"} <= names


def test_the_wheel_owns_no_foreign_names(names):
    """Only the two packages and the metadata are installed; nothing is called `emulator`."""
    tops = {name.split("/")[0] for name in names}

    assert {"pocketsflow_emulator", "pytest_pocketsflow"} == {
        t for t in tops if "dist-info" not in t
    }
    assert not any(
        name.startswith("pocketsflow_emulator/_data/") and name.endswith(".py") for name in names
    )


def test_the_sdist_builds_without_the_rest_of_the_checkout(built):
    """The sdist holds what the wheel is built from, and no environment or cache."""
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}

    assert {
        "pyproject.toml",
        "LICENSE",
        "README.md",
        "schemas/documented/order.completed.json",
    } <= inside
    assert not any(".venv" in name or "__pycache__" in name for name in inside)


def test_the_wheel_runs_without_the_checkout(built, tmp_path):
    """Unpacked elsewhere, the wheel finds its own data."""
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)  # noqa: S202  (built a moment ago)
    code = (
        "import pocketsflow_emulator.resources as r, pathlib, sys;"
        "assert pathlib.Path(r.__file__).is_relative_to(sys.argv[1]), r.__file__;"
        "print(len(r.names('schemas/documented', '.json')), len(r.names('scenarios', '.yaml')))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
    )

    schemas, scenarios = map(int, done.stdout.split())
    assert schemas == 22
    assert scenarios >= 12
