"""Dunning: when a failed charge is tried again."""

import pytest

from pocketsflow_emulator.core import dunning
from pocketsflow_emulator.core.clock import DAY
from pocketsflow_emulator.errors import UnknownName


@pytest.mark.parametrize(
    ("name", "days", "final"),
    [
        ("standard", [2, 5, 9], "cancel"),
        ("strict", [], "cancel"),
        ("patient", [3, 7, 14, 21], "cancel"),
        ("pausing", [2, 5, 9], "pause"),
        ("lenient", [2, 5, 9], "keep_past_due"),
    ],
)
def test_policies(name, days, final):
    """A dunning policy says on which days after the first failure to retry, and what then."""
    policy = dunning.named(name)

    actual = []
    now = 1000
    while (following := policy.next_attempt(1000, now)) is not None:
        actual.append((following - 1000) / DAY)
        now = following

    assert days == actual
    assert final == policy.final


def test_the_default_cancels_after_three_retries():
    """Without a choice a failed renewal is retried after 2, 5 and 9 days, then cancelled."""
    policy = dunning.named(dunning.DEFAULT)

    assert policy.name == "standard"


def test_retries_that_went_by_are_not_made_up_for():
    """The next attempt is the first one still ahead, whatever happened before."""
    policy = dunning.named("standard")

    actual = policy.next_attempt(0, 6 * DAY)

    expected = 9 * DAY
    assert expected == actual


@pytest.mark.parametrize("name", ["", "standart", None, 5, [], {}, True])
def test_unknown_policies_are_refused(name):
    """A policy nobody knows is refused."""
    with pytest.raises(UnknownName, match="unknown dunning policy"):
        dunning.named(name)
