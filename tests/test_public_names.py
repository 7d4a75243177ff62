"""The names of the package, and what it costs to import it."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import pocketsflow_emulator

ROOT = Path(__file__).parents[1]
HEAVY = ("aiohttp", "faker", "yaml", "asyncio", "pocketsflow_emulator.core")


def loaded_after(code):
    """Run code in a fresh interpreter; return which heavy modules it has loaded."""
    report = f"\nimport sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code + report],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout.split()


def test_importing_the_package_loads_nothing_else():
    """An application that imports the package pays for nothing that it does not use."""
    loaded = loaded_after("import pocketsflow_emulator")

    assert loaded == []


def test_a_world_with_own_data_needs_neither_people_nor_http_nor_files():
    """Faker, aiohttp and YAML are loaded by the first that needs them, not by a world as such."""
    loaded = loaded_after(
        "from pocketsflow_emulator import Emulator\n"
        "with Emulator() as emulator:\n"
        "    emulator.deliver_to(lambda request: 200)\n"
        "    emulator.purchase(emulator.create_product(), email='jane@example.com',"
        " first_name='Jane', last_name='Doe')\n"
        "    emulator.assert_delivered('order.completed')\n"
    )

    assert not {"aiohttp", "faker", "yaml"} & set(loaded)


@pytest.mark.parametrize("name", pocketsflow_emulator.__all__)
def test_every_public_name_leads_to_its_object(name):
    """What the package lists can be imported from it, and completion offers it."""
    found = getattr(pocketsflow_emulator, name)

    assert found
    assert name in dir(pocketsflow_emulator)


def test_a_name_that_is_not_public():
    """A name that the package does not have is an AttributeError that says so."""
    with pytest.raises(AttributeError, match="'pocketsflow_emulator' has no attribute 'Emulater'"):
        pocketsflow_emulator.Emulater  # noqa: B018


def test_the_version_is_that_of_the_project():
    """`__version__` is what pyproject.toml says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    version = pocketsflow_emulator.__version__

    assert project["version"] == version
