"""Policies: when a delivery is tried again."""

import pytest

from pocketsflow_emulator.core.clock import HOUR, MINUTE
from pocketsflow_emulator.delivery import policy
from pocketsflow_emulator.delivery.outcomes import OUTCOMES
from pocketsflow_emulator.errors import UnknownName

LADDER = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 8 * HOUR, 24 * HOUR, 72 * HOUR]
START = 1_896_048_000_000


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_by_default_nothing_is_tried_again(outcome):
    """The documented policy is one try, whatever came of it."""
    found = policy.named("documented").next_try(START, 1, outcome)

    assert found is None


@pytest.mark.parametrize(("tries", "span"), list(enumerate(LADDER, 1)))
def test_the_ladder_counts_from_the_first_try(tries, span):
    """After the n-th try the ladder's n-th span, counted from the first try, says when."""
    found = policy.named("retry-ladder").next_try(START, tries, "rejected")

    assert START + span == found


def test_the_ladder_ends():
    """After the eighth try there is no other."""
    found = policy.named("retry-ladder").next_try(START, len(LADDER) + 1, "rejected")

    assert found is None


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_what_is_final(outcome):
    """Only a delivery that was delivered, or that a fault dropped, is not tried again."""
    found = policy.named("retry-ladder").next_try(START, 1, outcome)

    assert (outcome in {"delivered", "dropped"}) == (found is None)


def test_names_of_policies():
    """There are two policies; the documented one is the default."""
    assert sorted(policy.POLICIES) == ["documented", "retry-ladder"]
    assert policy.named("documented").name == policy.DEFAULT


@pytest.mark.parametrize("name", ["retry_ladder", "", None, 3, ["documented"]])
def test_unknown_policies_are_refused(name):
    """Anything but the name of a policy is an error that knows the names."""
    with pytest.raises(UnknownName) as caught:
        policy.named(name)

    assert caught.value.known == ["documented", "retry-ladder"]
