"""The lifecycle as a machine: any verbs, in any order, at any instant, against a model of its own.

The model is in `campaign/`: it foretells every event with its dates, amounts and stamp, and knows
nothing of the product's code. `make campaign` runs the same for as long as one likes.
"""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from campaign import moves, walk
from pocketsflow_emulator.core.verbs import VERBS

MACHINES = int(os.environ.get("POCKETSFLOW_MACHINES", "40"))
RUNS, STEPS = 35, 60
RICH = (47, 115, 127, 64, 79, 125, 142)
"""Runs in which rare things happen. Where a draw has changed, so that they do not any longer, these
are chosen anew: `make campaign` names the first run of everything that happens."""

OFTEN = 25
"""Hypothesis takes every rule as often as any other; these stand there more than once."""

RANDOMS = st.randoms(use_true_random=False)


class Machine(RuleBasedStateMachine):
    """A world and its model; a rule per verb is added below. What went wrong is shrunk."""

    def __init__(self):
        super().__init__()
        self.run = None

    @initialize(random=RANDOMS)
    def begin(self, random):
        """A world begins with two offers and a product."""
        self.run = walk.begin(random, number=7)

    def teardown(self):
        """One advance and any slicing of it have given the same canonical journal."""
        if self.run is not None:
            self.run.finish()


def _verb(name):
    def act(self, random):
        self.run.step(name, moves.DRAWS[name](random, self.run))

    return act


def _advance(self, random):
    """Time passes: until something is due, just before, just after, or any span."""
    self.run.advance(self.run.now + moves.span(random, self.run))


def _likely(self, random):
    """Something is done that fits a subscription as it is."""
    self.run.step(*moves.likely(random, self.run))


for _name in moves.DRAWS:
    setattr(Machine, _name, rule(random=RANDOMS)(_verb(_name)))
for _number in range(OFTEN):
    setattr(Machine, f"advance_{_number}", rule(random=RANDOMS)(_advance))
    setattr(Machine, f"likely_{_number}", rule(random=RANDOMS)(_likely))


def test_every_verb_is_a_rule():
    """The machine has a rule for every verb there is."""
    assert set(VERBS) == set(moves.DRAWS)


def test_any_verbs_in_any_order():
    """Whatever is done in whatever order, the world does what the model foretells; where it does
    not, the shortest way there is shown."""
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=MACHINES,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture(scope="module")
def walks():
    """The suite's share of the campaign."""
    return [walk.by_hand(), *(walk.walk(number, STEPS) for number in (*range(RUNS), *RICH))]


def test_random_lives_are_as_the_model_says(walks):
    """In every run every event comes at its instant, with its amounts and dates, and no other;
    nobody is refunded more than was paid, no subscription has two open invoices, every period is
    paid for once, stamps rise, refused verbs change nothing, and slices of an advance add up."""
    failed = {run.number: repr(run.error) for run in walks if run.error is not None}

    assert failed == {}, "repeat one with: make campaign ARGS='--seed N'"


def test_every_rule_fires(walks):
    """The runs do and refuse every verb, send every event, change every status in every way that
    the table has, and let everything fall due that can."""
    counts = sum((run.counts for run in walks), Counter())

    assert sorted(walk.RULES - counts.keys()) == []
