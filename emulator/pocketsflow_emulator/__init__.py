"""Pocketsflow, emulated: the events of its documents, on demand, signed, on a virtual clock.

The public names load what they need when they are first used, so that importing this package
costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pocketsflow_emulator.delivery.recorded import Recorded, read_journal
    from pocketsflow_emulator.delivery.transports.handler import Handler
    from pocketsflow_emulator.emulator import AsyncEmulator, Emulator
    from pocketsflow_emulator.errors import EmulatorError, Missed
    from pocketsflow_emulator.handles import Handle
    from pocketsflow_emulator.reads import Deliveries, Delivery
    from pocketsflow_emulator.wire.diagnosis import Diagnosis, diagnose
    from pocketsflow_emulator.wire.request import SignedRequest
    from pocketsflow_emulator.wire.signature import sign, verify

_HOME = {
    "AsyncEmulator": "emulator",
    "Deliveries": "reads",
    "Delivery": "reads",
    "Diagnosis": "wire.diagnosis",
    "Emulator": "emulator",
    "EmulatorError": "errors",
    "Handle": "handles",
    "Handler": "delivery.transports.handler",
    "Missed": "errors",
    "Recorded": "delivery.recorded",
    "SignedRequest": "wire.request",
    "diagnose": "wire.diagnosis",
    "read_journal": "delivery.recorded",
    "sign": "wire.signature",
    "verify": "wire.signature",
}
"""Public name -> the module it lives in."""

__all__ = [
    "AsyncEmulator",
    "Deliveries",
    "Delivery",
    "Diagnosis",
    "Emulator",
    "EmulatorError",
    "Handle",
    "Handler",
    "Missed",
    "Recorded",
    "SignedRequest",
    "__version__",
    "diagnose",
    "read_journal",
    "sign",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from pocketsflow_emulator.resources import version

        return version()
    if name in _HOME:
        return getattr(import_module(f"pocketsflow_emulator.{_HOME[name]}"), name)
    raise AttributeError(f"module 'pocketsflow_emulator' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
