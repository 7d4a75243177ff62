"""What the tests of transports share."""

import pytest

from pocketsflow_emulator.delivery.transports import inprocess, results


class Clock:
    """A monotonic clock that goes on when it is told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """The clock by which receivers of this process are timed."""
    made = Clock()
    for module in (inprocess, results):
        monkeypatch.setattr(module, "monotonic", made)
    return made
