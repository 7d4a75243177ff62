"""What must hold of a story, however it is told."""

import asyncio
import gc
import traceback
from collections import Counter
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import runs
from pocketsflow_emulator.delivery import ndjson
from pocketsflow_emulator.delivery.tries import Delivery
from trouble.lives import Restarted, Undisturbed
from trouble.play import (
    Play,
    check_all_there,
    check_rebuilding,
    check_secrets,
    facts,
)
from trouble.story import KEPT, Step, story

WAYS = ((1, 0.0), (4, 0.25), (64, 0.25))
"""Tries in flight, and the share of them that is broken off."""

GOING_BACK = ("snapshot", "restore")
TROUBLE = ("fault", "clear_faults", "release_held", "set_policy", "replay")


class Result(NamedTuple):
    """What became of the story of a seed; `broken` is the property that does not hold."""

    seed: int
    counts: Counter[str]
    broken: str = ""
    error: str = ""


def check(seed, steps):
    """Tell the story of a seed in every way; return what came of it."""
    counts, told = Counter(), story(seed, steps)
    for name, holds in PROPERTIES.items():
        try:
            counts += holds(seed, told)
        except Exception:
            return Result(seed, counts, name, traceback.format_exc(limit=-4))
    return Result(seed, counts)


def same_in_any_order(seed, told):
    """Journal, world and refusals do not depend on what finishes first or is broken off."""
    first, counts = None, Counter()
    for cap, releases in WAYS:
        play = Play(seed, cap=cap, releases=releases).tell(told)
        found = {**play.state(), "refused": play.refused}
        first = first or found
        _same(first, found, f"{cap} in flight")
        check_all_there(play.engine)
        check_rebuilding(play.engine)
        check_secrets(play.engine)
        play.end()
        check_all_there(play.engine)
        assert play.engine.quiet
        assert not play.engine.scheduled
        counts += play.counts
    return counts


def rebuilt_however_driven(seed, told):
    """A world that is left, asked and acted on at any moment comes again from its log."""
    play = Play(seed, cap=7, releases=0.2, wild=True).tell(told)
    play.drive()
    check_rebuilding(play.engine)
    play.end()
    check_all_there(play.engine)
    check_rebuilding(play.engine)
    return play.counts


def the_same_after_restore(seed, told):
    """What is done after a restore gives the bytes, ids and stamps that it gave before."""
    half = len(told) // 2
    later = [step for step in told[half:] if step.verb not in GOING_BACK]
    first = [step._replace(driven=step.driven or step.verb == "advance") for step in told[:half]]
    play = Play(seed, cap=4).tell(first)  # a restore ends an advance that was under way
    play.do(Step("snapshot", {"name": "here"}))
    before, states = play.state(), []
    for _ in range(3):
        play.refused.clear()
        play.tell(later)
        play.drive()
        states.append({**play.state(), "refused": play.refused.copy()})
        check_all_there(play.engine)
        for name in KEPT:  # other branches, as far as they are known
            play.do(Step("restore", {"name": name}))
            play.drive()
        play.do(Step("restore", {"name": "here"}))
        check_all_there(play.engine)
        _same(before, play.state(), "restored")
    _same(states[0], states[1], "told again")
    _same(states[0], states[2], "told a third time")
    check_rebuilding(play.engine)
    return play.counts


def the_same_in_a_data_file(seed, told):
    """A world whose server ends again and again goes on as if there had been one server."""

    async def lived():
        with TemporaryDirectory() as folder:
            play = Restarted(seed, folder)
            try:
                return tell(play)
            finally:
                play.end()

    def tell(play):
        play.tell(told).drive()
        log = [ndjson.entry(*entry) for entry in play.engine.journal.entries]
        return play.counts, {**play.state(), "refused": play.refused, "log": log}

    _, first = tell(Undisturbed(seed))
    counts, found = asyncio.run(lived())
    _same(first, found, "restarted")
    return counts


def faults_change_no_facts(seed, told):
    """Ids, dates and stamps are those of the same story without any fault."""
    told = [step._replace(driven=True) for step in told if "until" not in step.arguments]
    plain = [step for step in told if step.verb not in TROUBLE]
    troubled = [step for step in told if step.verb != "set_policy"]
    answers = {"answers": lambda attempt: runs.ok()}
    without, within = (Play(seed, **answers).tell(steps) for steps in (plain, troubled))
    assert facts(without.engine) == facts(within.engine)
    return within.counts


def nothing_grows(seed, told):
    """Going back again and again keeps no more than going back once."""
    play = Play(seed).tell(told)
    for step in told[-20:]:  # something waits
        if step.verb in ("purchase", "trigger", "fault", "replay"):
            play.do(step)
    play.do(Step("snapshot", {"name": "here"}))
    kept = []
    for _ in range(4):
        for _ in range(5):
            play.do(Step("restore", {"name": "here"}))
            play.do(Step("snapshot", {"name": "there"}))
            play.do(Step("restore", {"name": "there"}))
        play.engine.journal._log.clear()
        play.engine.journal.noted = 0
        kept.append(_deliveries())
    assert kept[1] == kept[2] == kept[3], f"deliveries in memory: {kept}"
    return Counter()


def _deliveries():
    gc.collect()
    return sum(isinstance(one, Delivery) for one in gc.get_objects())


def _same(expected: dict[str, Any], found: dict[str, Any], when: str) -> None:
    for name, value in expected.items():
        other = found[name]
        if value == other:
            continue
        if isinstance(value, list):
            pairs = zip([*value, None], [*other, None], strict=False)
            at, (one, two) = next((n, p) for n, p in enumerate(pairs) if p[0] != p[1])
            raise AssertionError(f"{when}: {name} differs at {at}:\n  {one}\n  {two}")
        raise AssertionError(f"{when}: {name} differs:\n  {value}\n  {other}")


def shrunk(seed, told, name):
    """Return the shortest story found that still breaks a property: parts of it are left out, half
    of it first and single steps last.
    """

    def breaks(steps):
        try:
            PROPERTIES[name](seed, steps)
        except Exception:
            return True
        return False

    part = len(told) // 2
    while part:
        at = 0
        while at < len(told):
            shorter = told[:at] + told[at + part :]
            if breaks(shorter):
                told = shorter
            else:
                at += part
        part //= 2
    return told


PROPERTIES = {
    holds.__name__: holds
    for holds in (
        same_in_any_order,
        rebuilt_however_driven,
        the_same_after_restore,
        the_same_in_a_data_file,
        faults_change_no_facts,
        nothing_grows,
    )
}
"""Name -> function of a seed and a story, which raises where it does not hold."""
