"""Random walks: many runs, each from a number of its own, so that one can be done again alone."""

from collections import Counter
from random import Random
from typing import NamedTuple

import oracles
from campaign import moves
from campaign.by_hand import STEPS
from campaign.ledger import LEGAL
from campaign.run import Run
from pocketsflow_emulator.core.events import CATALOGUE
from pocketsflow_emulator.core.lifecycle import NEW

STARTS = ("2030-01-31", "2032-02-29", "2031-12-31", "2030-01-01", "2023-03-30", "2031-06-15")
POLICIES = ("documented", "documented", "documented", "retry-ladder")

NEVER_REFUSED = {"create_offer", "create_webhook", "set_dunning", "set_verification", "update_user"}
RULES = frozenset(
    (
        "advance",
        *moves.DRAWS,
        *(f"{verb} refused" for verb in moves.DRAWS if verb not in NEVER_REFUSED),
        *(row.documented for row in CATALOGUE.values() if row.documented),
        *(f"{before} to {after}" for before, after in LEGAL if after != NEW),
        *(f"due {what} while trialing" for what in ("notice", "warning", "end")),
        *(f"due {what} while active" for what in ("notice", "end")),
        *(f"due {what} while past_due" for what in ("retry", "end")),
        *(f"due {what} while paused" for what in ("wake", "end")),
    )
)
"""What has to happen somewhere in a campaign: every verb done and refused, every event, every
change of status, and everything that can fall due in every status."""


class Walk(NamedTuple):
    """What came of a run: how often what happened, what was done, and the error it ended with."""

    number: int
    counts: Counter
    log: list
    error: Exception | None


def begin(random, number):
    """Return a run with a few things to buy."""
    start = begin_at(random)
    run = Run(random, seed=number, start=start, policy=random.choice(POLICIES))
    run.inside = lambda: moves.likely(random, run)
    for verb in ("create_offer", "create_offer", "create_product"):
        run.step(verb, moves.DRAWS[verb](random, run))
    return run


def begin_at(random):
    """Return an instant (ms) to start at: the ends of months more often than any other day."""
    if random.random() < 0.3:
        return oracles.boundary(0, "weekly", random.randrange(1500, 3800)) + random.randrange(10**8)
    return oracles.instant(random.choice(STARTS)) + random.choice((0, 0, 43_200_000, 86_399_999))


def walk(number, steps):
    """Do the run of this number. Never raises for what it finds; the error is in the result."""
    random = Random(f"campaign/{number}")
    run = begin(random, number)

    def act():
        for _ in range(steps):
            moves.act(random, run)

    return _walked(run, number, act)


def by_hand():
    """Do the run of `by_hand.py`."""
    run = Run(Random(0), seed=1, start=oracles.instant("2030-01-01"))

    def act():
        for verb, arguments in STEPS:
            if verb == "advance":
                run.advance(oracles.instant(arguments))
            else:
                run.step(verb, arguments)

    return _walked(run, -1, act)


def _walked(run, number, act):
    try:
        act()
        run.finish()
    except Exception as error:  # whatever it is, it is what is looked for
        return Walk(number, run.counts, run.log, error)
    return Walk(number, run.counts + run.ledger.moves, run.log, None)
