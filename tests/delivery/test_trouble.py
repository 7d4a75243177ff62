"""Random stories of deliveries in trouble; `make campaign-faults` tells many more of them."""

import pytest

from trouble.check import PROPERTIES
from trouble.story import story

STEPS = 50


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("seed", range(5))
def test_stories_of_trouble(name, seed):
    """Faults of every kind, ladders, replays, pulled receivers, snapshots and changes of webhooks,
    all in one story: what must hold of it does, however it is told.
    """
    PROPERTIES[name](seed, story(seed, STEPS))
