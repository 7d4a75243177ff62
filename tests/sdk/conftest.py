"""The official npm client, both versions, installed once per run."""

import shutil
import subprocess
from pathlib import Path

import pytest

from clients import serving
from sdk.program import BOUND, Sdk

HERE = Path(__file__).parent
VERSIONS = ("1.0.1", "1.2.1")
_installed = {}


def _install(version, folder):
    """Install a version into a folder; return why it cannot be had, or an empty text."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "node and npm are not installed"
    (folder / "package.json").write_text('{"type": "module"}')
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        done = subprocess.run(
            [*command, f"pocketsflow@{version}"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=BOUND,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"npm did not install pocketsflow@{version} within {BOUND} s"
    if done.returncode:
        return f"npm cannot install pocketsflow@{version}: {done.stderr.strip()[-300:]}"
    for program in HERE.glob("*.mjs"):
        shutil.copy(program, folder)
    return ""


@pytest.fixture(params=VERSIONS)
def package(request, tmp_path_factory):
    """A folder with the client of a version in it; the test is skipped where it cannot be had."""
    version = request.param
    if version not in _installed:
        folder = tmp_path_factory.mktemp(f"sdk-{version}")
        _installed[version] = (folder, _install(version, folder))
    folder, reason = _installed[version]
    if reason:
        pytest.skip(reason)
    return folder


@pytest.fixture
def sdk(package, api):
    """The client, speaking to a served world."""
    client = Sdk(package, api.url)
    yield client
    client.close()


@pytest.fixture
def api():
    """A client of ours for the same world."""
    with serving() as client:
        yield client
