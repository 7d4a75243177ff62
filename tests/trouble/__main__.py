"""`make campaign-faults`: many random stories, in as many processes as there are processors.

python -m trouble --stories 200 --steps 40
python -m trouble --seed 4711               one story again, made as short as it goes
"""

import sys
import time
from argparse import ArgumentParser
from collections import Counter
from functools import partial
from multiprocessing import Pool, cpu_count

from pocketsflow_emulator.delivery.faults import KINDS
from trouble.check import PROPERTIES, check, shrunk
from trouble.story import story

SHOWN = 3
"""Broken stories that are shown whole; of the others only the number."""


def main():
    """Run the campaign; exit with 1 where something did not hold."""
    parser = ArgumentParser(prog="make campaign-faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--stories", type=int, default=200)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first story")
    parser.add_argument("--seed", type=int, help="tell this story alone")
    parser.add_argument("--jobs", type=int, default=cpu_count())
    options = parser.parse_args()
    if options.seed is not None:
        return show(check(options.seed, options.steps), options.steps)
    return campaign(range(options.first, options.first + options.stories), options)


def campaign(seeds, options):
    """Tell all stories; print what happened how often, and what went wrong."""
    began, counts, broken = time.monotonic(), Counter(), []
    with Pool(options.jobs) as pool:
        for result in pool.imap_unordered(partial(check, steps=options.steps), seeds):
            counts += result.counts
            if result.broken:
                broken.append(result)
                if len(broken) <= SHOWN:
                    show(result, options.steps)
    for name, count in sorted(counts.items()):
        print(f"{count:12,}  {name}")
    took = time.monotonic() - began
    print(f"{len(seeds):,} stories of {options.steps} steps in {took / 60:.1f} min")
    print(f"kinds of faults: {len(KINDS)}; properties: {len(PROPERTIES)}")
    by_property = Counter(result.broken for result in broken)
    print(f"broken: {len(broken)} {dict(by_property)}")
    print(*sorted(result.seed for result in broken)[:50])
    return 1 if broken else 0


def show(result, steps):
    """Print a story, the shortest that is found where it breaks something."""
    if not result.broken:
        print(f"story {result.seed}: all holds")
        return 0
    print(f"\nstory {result.seed}: {result.broken}", flush=True)
    print(result.error)
    for step in shrunk(result.seed, story(result.seed, steps), result.broken):
        print(f"  {step.verb} {step.arguments}{'' if step.driven else '  (left waiting)'}")
    print(f"repeat with: make campaign-faults ARGS='--seed {result.seed}'\n", flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
