"""What several tests begin with."""

import pytest

import receivers
from pocketsflow_emulator import Emulator


@pytest.fixture
def shop():
    """A world of 2030-01-01 with seed 7, whose one receiver answers everything with 200."""
    with Emulator(start="2030-01-01", seed=7) as emulator:
        emulator.deliver_to(lambda _request: 200)
        yield emulator


@pytest.fixture
def receiver():
    """A receiver that answers 200."""
    with receivers.answering(200) as listening:
        yield listening
