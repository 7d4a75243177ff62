"""Policies: when a delivery is tried again."""

import re

import pytest

from pocketsflow_emulator.core.clock import DAY, HOUR, MINUTE
from pocketsflow_emulator.delivery import policy
from pocketsflow_emulator.delivery.outcomes import OUTCOMES
from pocketsflow_emulator.errors import InvalidInput, UnknownName

LADDER = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 8 * HOUR, 24 * HOUR, 72 * HOUR]
START = 1_896_048_000_000


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_by_default_nothing_is_tried_again(outcome):
    """The documented policy is one try, whatever came of it."""
    found = policy.read("documented").next_try(START, 1, outcome)

    assert found is None


@pytest.mark.parametrize(("tries", "span"), list(enumerate(LADDER, 1)))
def test_the_ladder_counts_from_the_first_try(tries, span):
    """After the n-th try the ladder's n-th span, counted from the first try, says when."""
    found = policy.read("retry-ladder").next_try(START, tries, "rejected")

    assert START + span == found


def test_the_ladder_ends():
    """After the eighth try there is no other."""
    found = policy.read("retry-ladder").next_try(START, len(LADDER) + 1, "rejected")

    assert found is None


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_what_is_final(outcome):
    """Only a delivery that was delivered, or that a fault dropped, is not tried again."""
    found = policy.read("retry-ladder").next_try(START, 1, outcome)

    assert (outcome in {"delivered", "dropped"}) == (found is None)


def test_names_of_policies():
    """There are two policies; the documented one is the default."""
    assert sorted(policy.POLICIES) == ["documented", "retry-ladder"]
    assert policy.read("documented").name == policy.DEFAULT


@pytest.mark.parametrize("name", ["retry_ladder", "", ["documented", "1m"], "documented,1m"])
def test_unknown_policies_are_refused(name):
    """Anything but the name of a policy, or spans, is an error that knows the names."""
    with pytest.raises(UnknownName) as caught:
        policy.read(name)

    assert caught.value.known == ["documented", "retry-ladder"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "policy is None; write a name, or spans like"),
        (3, "policy is 3; write a name, or spans like"),
        ([], "policy is []; write a name, or spans like"),
        (["1m", 5], "a span of the policy is 5; write a span like"),
        ("1m,2 months", "a span of the policy is '2 months'"),
        ("5m,1m", "must rise"),
        ("1m,1m", "must rise"),
        (["1m"] * 101, "has 101 spans; at most 100"),
        ("disable-after=never", "disable-after is 'never'; write a span"),
        ("disable-after=0s", "says nothing"),
    ],
)
def test_ladders_that_are_none(value, message):
    """A ladder has rising spans; what is wrong with one is said."""
    with pytest.raises(InvalidInput, match=re.escape(message)):
        policy.read(value)


@pytest.mark.parametrize(
    ("value", "name", "spans", "disable_after"),
    [
        ("1m,5m", "1m,5m", (MINUTE, 5 * MINUTE), 0),
        (["60 seconds", "2 hours"], "1m,2h", (MINUTE, 2 * HOUR), 0),
        ("retry-ladder, disable-after=3d", "retry-ladder,disable-after=3d", tuple(LADDER), 3 * DAY),
        ("disable-after=1h", "documented,disable-after=1h", (), HOUR),
        (["90s", "disable-after=1w"], "90s,disable-after=1w", (90_000,), 7 * DAY),
    ],
)
def test_ladders_of_ones_own(value, name, spans, disable_after):
    """A policy can be spans after the first try, and say when a webhook is given up; its name
    gives it again.
    """
    found = policy.read(value)

    assert (name, spans, disable_after) == found
    assert found == policy.read(found.name)
