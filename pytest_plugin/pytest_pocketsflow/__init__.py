"""The pytest face of the Pocketsflow emulator: the fixtures `pocketsflow` and `pocketsflow_async`,
and their marks. The public names, for annotations, load what they need when they are first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_pocketsflow.worlds import Pocketsflow, PocketsflowAsync

__all__ = ["Pocketsflow", "PocketsflowAsync"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from pytest_pocketsflow import worlds

        return getattr(worlds, name)
    raise AttributeError(f"module 'pytest_pocketsflow' has no attribute {name!r}")
