"""The examples in other languages work as their page says, each where its language is installed."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml

from cli.programs import BOUND, program
from pocketsflow_emulator.cli import serve

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
STORY = str(EXAMPLES / "access.pocketsflow.yaml")
RECIPES = sorted((EXAMPLES / "ci").iterdir())


def needs(*tools):
    """Skip where one of these is not installed."""
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


@pytest.fixture(scope="session")
def express(tmp_path_factory):
    """The shop in Express, with what npm installs for it."""
    needs("node", "npm")
    folder = tmp_path_factory.mktemp("express") / "shop"
    shutil.copytree(EXAMPLES / "express", folder, ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=3 * BOUND,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"npm cannot install what the example needs: {done.stderr.strip()[-200:]}")
    return folder


@contextmanager
def listening(*command, folder, **environment):
    """A shop as a process, which says on which port it listens."""
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    try:
        yield int(re.search(r"listening on (\d+)", process.stdout.readline())[1])
    finally:
        process.kill()
        process.communicate(timeout=BOUND)


def survives(port):
    """Play the story against a shop, and let somebody else sign: it must hold, and must not."""
    words = ["--to", f"{port}/webhooks", "--wait", "20s", "--email", "jane@example.com"]
    good = program("run", STORY, *words, "--format", "json")
    forged = program("run", "purchase", *words, "--secret", "whsec_forged", "--format", "json")
    with urlopen(f"http://127.0.0.1:{port}/members/jane@example.com") as answer:
        member = json.load(answer)

    assert good.returncode == 0, good.stdout
    [sent] = json.loads(forged.stdout)["scenarios"]
    assert {delivery["status"] for delivery in sent["deliveries"]} == {401}
    assert member == {"course": False, "status": "canceled", "access": False}


def test_express_under_exec(express):
    """`exec -- npm test`: the official client, a checkout, webhooks, time; its code is npm's."""
    done = program("exec", "--clock", "virtual", "--", "npm", "test", cwd=express)

    assert done.returncode == 0, done.stdout
    assert "# pass 2" in done.stdout


def test_a_suite_that_fails_fails_exec(express):
    """A test that fails is what `exec` says, too."""
    broken = express / "test" / "broken.test.mjs"
    broken.write_text('import { test } from "node:test"; test("no", () => { throw Error("no"); });')

    done = program("exec", "--", "npm", "test", cwd=express)
    broken.unlink()

    assert done.returncode == 1
    assert "repeat with: pocketsflow-emulator exec" in done.stderr


def test_express_under_run(express):
    """The shop as it runs survives the story."""
    with listening("node", "server.mjs", folder=express, PORT="0") as port:
        survives(port)


def test_python_under_exec(tmp_path):
    """`exec -- pytest` with nothing but the standard library."""
    folder = tmp_path / "shop"
    shutil.copytree(EXAMPLES / "python", folder, ignore=shutil.ignore_patterns("__pycache__"))

    done = program("exec", "--", sys.executable, "-m", "pytest", "-q", cwd=folder)

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_php_under_run(tmp_path):
    """PHP, whose every request begins with nothing, survives the story."""
    needs("php")
    port = _free_port()
    members = str(tmp_path / "members.json")
    process = subprocess.Popen(
        ["php", "-S", f"127.0.0.1:{port}", "public/index.php"],
        cwd=EXAMPLES / "php",
        stderr=subprocess.DEVNULL,
        env={**os.environ, "MEMBERS_FILE": members},
    )

    try:
        survives(port)
    finally:
        process.kill()
        process.wait(BOUND)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_go_under_run(tmp_path):
    """A receiver in Go survives the story."""
    needs("go")
    program_ = str(tmp_path / "shop")
    built = subprocess.run(
        ["go", "build", "-o", program_, "."],
        cwd=EXAMPLES / "go",
        capture_output=True,
        text=True,
        timeout=3 * BOUND,
        env={**os.environ, "GOFLAGS": "-mod=mod", "GOPROXY": "off"},
        check=False,
    )
    assert built.returncode == 0, built.stderr

    with listening(program_, folder=tmp_path, PORT="0") as port:
        survives(port)


# ---- recipes: not executed, but held to what there is -------------------------------------------


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_use_variables_that_there_are(recipe):
    """Every variable of the image that a recipe sets is a flag of `serve`."""
    known = {str(flag.envvar) for flag in serve.command.params if getattr(flag, "envvar", None)}

    used = set(re.findall(r"POCKETSFLOW_EMULATOR_[A-Z_]+", recipe.read_text()))

    assert used - known <= {"POCKETSFLOW_EMULATOR_SERVER"}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_say_that_they_are_not_executed(recipe):
    """What this project cannot execute says so at its head."""
    head = " ".join(recipe.read_text()[:600].split()).lower()

    assert "not executed" in head or "not compiled and not executed" in head


@pytest.mark.parametrize(
    "recipe", [one for one in RECIPES if one.suffix in (".yml", ".yaml")], ids=lambda one: one.name
)
def test_recipes_are_yaml(recipe):
    """A recipe in YAML can be read."""
    assert isinstance(yaml.safe_load(recipe.read_text()), dict)


def test_recipes_for_node_can_be_read():
    """A recipe in JavaScript has no syntax error."""
    needs("node")
    for recipe in (EXAMPLES / "ci").glob("*.mjs"):
        done = subprocess.run(["node", "--check", str(recipe)], capture_output=True, timeout=BOUND)
        assert (done.returncode, done.stderr) == (0, b"")


def test_every_example_is_on_its_page():
    """The page of the examples names every folder."""
    page = (EXAMPLES / "README.md").read_text()

    folders = [one.name for one in EXAMPLES.iterdir() if one.is_dir()]
    assert [name for name in folders if f"]({name}/" not in page] == []
