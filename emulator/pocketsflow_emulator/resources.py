"""Where `schemas/` and `scenarios/` are: in the wheel beside the code, in a checkout at its top."""

from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pocketsflow_emulator.errors import EnvironmentFailure


def version() -> str:
    """Return the version of this installation."""
    return metadata.version("pocketsflow-emulator")


def folder(name: str) -> Traversable:
    """Return the data folder `schemas` or `scenarios`."""
    installed = files("pocketsflow_emulator") / "_data" / name
    if installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parents[2] / name
    if checkout.is_dir():
        return checkout
    raise EnvironmentFailure(f"the folder {name} is missing from this installation; reinstall it")


def names(of: str, ending: str) -> list[str]:
    """Return the names of the files in a data folder (`schemas/documented` is one), without
    their ending, sorted.
    """
    top, *inner = of.split("/")
    entries = (entry.name for entry in folder(top).joinpath(*inner).iterdir())
    return sorted(name.removesuffix(ending) for name in entries if name.endswith(ending))


def text(of: str, name: str) -> str:
    """Return the text of one file of a data folder; `name` may contain a subfolder."""
    return folder(of).joinpath(*name.split("/")).read_text(encoding="utf-8")
