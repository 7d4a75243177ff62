"""Samples: one example of every event."""

import pytest

from pocketsflow_emulator.core import clock, events
from pocketsflow_emulator.core.samples import sample

NOW = clock.parse("2030-01-31")


@pytest.mark.parametrize("event", list(events.CATALOGUE.values()), ids=lambda event: event.key)
def test_there_is_a_sample_of_every_event(event):
    """A sample is of the event that was asked for, at the instant that was asked for."""
    fact = sample(event, 7, NOW)

    assert (event, NOW) == (fact.event, fact.instant)
