"""The shape of the house, where imports alone do not show it."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "emulator").rglob("*.py")) + sorted((ROOT / "pytest_plugin").rglob("*.py"))
VAGUE = {"utils", "util", "helpers", "common", "base", "manager", "misc"}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_module_is_longer_than_400_lines(path):
    """A module that grows past 400 lines hides a noun that wants a room of its own."""
    lines = path.read_text(encoding="utf-8").count("\n")

    assert lines <= 400


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_modules_say_what_they_are_for(path):
    """Every module opens with a sentence, and its name is a noun that means something."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))

    assert docstring
    assert path.stem not in VAGUE


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_function_is_longer_than_60_lines(path):
    """A function fits on a screen."""
    tree = ast.parse(path.read_text(encoding="utf-8"))

    long = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _length(node) > 60
    ]

    assert long == []


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body; a long signature with its docstring is not a long function."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_public_names_have_docstrings(path):
    """What others may call says what it does."""
    tree = ast.parse(path.read_text(encoding="utf-8"))

    silent = [f"{owner}{node.name}" for owner, node in _public(tree) if not ast.get_docstring(node)]

    assert silent == []


def _public(tree: ast.Module):
    for node in tree.body:
        if _is_public(node):
            yield "", node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if _is_public(inner) and not _is_overload(inner):
                    yield f"{node.name}.", inner


def _is_public(node: ast.stmt) -> bool:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return isinstance(node, kinds) and not node.name.startswith("_")


def _is_overload(node: ast.stmt) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list)


@pytest.mark.parametrize("folder", ["emulator", "pytest_plugin"])
def test_source_roots_are_not_packages(folder):
    """Nobody can import a package called `emulator`: the folder is only a source root."""
    assert not (ROOT / folder / "__init__.py").exists()


def test_only_one_module_reads_the_wall_clock():
    """`wall.py` asks what time it is, and nobody else."""
    asking = [
        _name(path) for path in SOURCES if "datetime.now(" in path.read_text(encoding="utf-8")
    ]

    assert asking == ["emulator/pocketsflow_emulator/wall.py"]


def _contributing() -> str:
    return (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_layers_are_drawn_as_they_are():
    """The drawing of CONTRIBUTING is the contract that import-linter holds the code to."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    drawing = re.search(r"^pytest_pocketsflow > [^`]+", _contributing(), re.MULTILINE)[0]

    drawn = [sorted(re.findall(r"\w+", layer)) for layer in drawing.split(">")]

    assert drawn == [
        sorted(re.findall(r"\w+", layer.replace("pocketsflow_emulator.", ""))) for layer in layers
    ]


def test_every_command_is_listed():
    """CONTRIBUTING says what each target of the Makefile is for."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    parts = {"lint", "types", "imports", "tests", "clean", "help"}

    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE)) - parts

    assert targets == set(re.findall(r"^\| `make ([a-z-]+)`", _contributing(), re.MULTILINE))
