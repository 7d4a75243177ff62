"""Samples: one example of every event."""

import pytest

from pocketsflow_emulator.core import clock, events
from pocketsflow_emulator.core.samples import heard_by, sample
from pocketsflow_emulator.errors import InvalidInput
from worlds import Story

NOW = clock.parse("2030-01-31")


@pytest.mark.parametrize("event", list(events.CATALOGUE.values()), ids=lambda event: event.key)
def test_there_is_a_sample_of_every_event(event):
    """A sample is of the event that was asked for, at the instant that was asked for."""
    fact = sample(event, 7, NOW)

    assert (event, NOW) == (fact.event, fact.instant)


def test_a_webhook_that_hears_nothing_in_its_dialect_has_no_sample():
    """`invoice.paid` alone, in the dialect that does not have it."""
    story = Story()
    deaf = story.do("create_webhook", url="http://127.0.0.1:1/", events=["invoice.paid"])

    with pytest.raises(InvalidInput, match="hears no event that the dialect documented has"):
        heard_by(deaf)
