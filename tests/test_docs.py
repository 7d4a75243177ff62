"""The documentation is true: its code runs, its commands work, its links lead somewhere."""

import os
import re
import shlex
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest

from clients import serving
from pocketsflow_emulator import cli
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.driver import Driver
from pocketsflow_emulator.scenario.load import read
from pocketsflow_emulator.scenario.run import run_with
from pocketsflow_emulator.scenario.seed import Seed

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#]+)(?:#([^)]*))?\)")


def _blocks(language: str):
    for page in PAGES:
        found = _BLOCK.findall(page.read_text(encoding="utf-8"))
        for number, (kind, text) in enumerate(found, 1):
            if kind == language:
                yield pytest.param(text, id=f"{page.name}-{number}")


@pytest.mark.parametrize("code", list(_blocks("python")))
def test_python_blocks_run(code, tmp_path):
    """Every Python block of the documentation runs as it stands, tests as tests."""
    file = tmp_path / "test_block.py"
    file.write_text(code, encoding="utf-8")
    test = re.search(r"^def test_", code, re.MULTILINE)
    command = ["-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-p", "pocketsflow"]
    command = command if test else []

    done = subprocess.run(
        [sys.executable, *command, str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert not test or "passed" in done.stdout


@pytest.mark.parametrize("text", list(_blocks("yaml")))
def test_yaml_blocks_are_scenarios_that_hold(text):
    """Every scenario of the documentation can be run, and every seed file can be sown."""
    if text.startswith("# a seed file"):
        assert Seed.read(text, "block.yaml").sow(Driver(Engine(7, 1_893_456_000_000)))
        return
    scenario = read(text, "block.yaml")
    driver = Driver(Engine(7, 1_893_456_000_000))
    driver.do("create_webhook", {"url": "handler:"})
    driver.targets.update(_answering(driver))

    result = run_with(driver, scenario, {})

    assert [str(miss) for miss in result.misses] == []
    assert result.ok


def _answering(driver):
    from pocketsflow_emulator.core.models import Webhook
    from pocketsflow_emulator.delivery.transports.handler import HandlerTransport

    return {id: HandlerTransport(lambda _request: 200) for id in driver.state.store.table(Webhook)}


def _commands():
    for page in PAGES:
        for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
            if block[0] == "console":
                lines = re.findall(r"^\$ (pocketsflow-emulator .*)$", block[1], re.MULTILINE)
                yield from (
                    pytest.param(line, id=line[:60]) for line in lines if "--to" not in line
                )


@pytest.mark.parametrize("line", list(_commands()))
def test_commands_work(line, capsys):
    """Every command that needs nothing from outside ends with 0."""
    code = cli.outcome(shlex.split(line)[1:])

    assert code == 0, capsys.readouterr().err


def _curls():
    for page in PAGES:
        found = _BLOCK.findall(page.read_text(encoding="utf-8"))
        for number, (kind, text) in enumerate(found, 1):
            lines = re.findall(r"^\$ (curl .*)$", text.replace("\\\n", " "), re.MULTILINE)
            if kind == "console" and lines:
                yield pytest.param(lines, id=f"{page.name}-{number}")


@pytest.mark.parametrize("lines", list(_curls()))
def test_requests_work(lines):
    """Every request of the documentation is answered as it should be, one after the other."""
    parser = ArgumentParser()
    parser.add_argument("-X", default="GET")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("-d")
    parser.add_argument("url")

    with serving(key=None) as client:
        for line in lines:
            asked = parser.parse_args(shlex.split(line)[1:])
            headers = dict(header.split(": ", 1) for header in asked.H)
            path = asked.url.partition(":6060")[2]
            answer = client.ask(asked.X, path, asked.d, headers)
            assert answer.status in (200, 201), answer.text


def test_the_run_in_the_readme_is_a_real_one(capsys):
    """What the README shows is what the command prints, but for the port and the seconds."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = next(text for kind, text in _BLOCK.findall(readme) if "repeat with" in text)
    _, _, rest = block.partition("$ pocketsflow-emulator ")
    line, _, shown = rest.partition("\n")

    cli.outcome(shlex.split(line))

    assert _steady(shown) == _steady(capsys.readouterr().out)


def _steady(text: str) -> str:
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    return re.sub(r"passed in [\d.]+ s", "passed in N s", text).strip()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    """Every link to a file of the project leads to one, and to a heading that is there."""
    broken = []
    for target, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        file = (page.parent / target).resolve()
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(f"{target}#{anchor}")

    assert broken == []


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_changelog_and_the_version_agree():
    """The changelog speaks of the version that is built, or of what is not released yet."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[
        1
    ]

    assert f"## [{version}]" in changelog or "## [Unreleased]" in changelog
