"""`make campaign`: many random walks, in as many processes as there are processors.

python -m campaign --runs 20000 --steps 60
python -m campaign --seed 4711              one run again, with everything that was done in it
"""

import sys
import time
import traceback
from argparse import ArgumentParser
from collections import Counter
from functools import partial
from itertools import chain
from multiprocessing import Pool, cpu_count

import oracles
from campaign.walk import RULES, by_hand, walk

SHOWN = 5
"""Failing runs that are shown whole; of the others only the number."""


def main():
    """Run the campaign; exit with 1 where a run failed or a rule never fired."""
    parser = ArgumentParser(prog="make campaign", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first run")
    parser.add_argument("--seed", type=int, help="do this run alone")
    parser.add_argument("--jobs", type=int, default=cpu_count())
    options = parser.parse_args()
    if options.seed is not None:
        return show(walk(options.seed, options.steps))
    return campaign(range(options.first, options.first + options.runs), options)


def campaign(seeds, options):
    """Do all runs; print what happened how often, and what went wrong."""
    began, counts, failed, runs = time.monotonic(), Counter(), [], {}
    with Pool(options.jobs) as pool:
        walks = pool.imap_unordered(partial(walk, steps=options.steps), seeds, chunksize=20)
        for result in chain((by_hand(),), walks):
            counts += result.counts
            for name in result.counts:
                runs[name] = min(result.number, runs.get(name, result.number))
            if result.error is not None:
                failed.append(result.number)
                if len(failed) <= SHOWN:
                    show(result)
    for name, count in sorted(counts.items()):
        print(f"{count:12,}  {name:50} first in run {runs[name]}")
    missing = sorted(RULES - counts.keys())
    took = time.monotonic() - began
    print(f"{len(seeds):,} runs of {options.steps} steps in {took / 60:.1f} min; first {seeds[0]}")
    print(f"rules that never fired: {', '.join(missing) or 'none'}")
    print(f"failed: {len(failed)}  {' '.join(map(str, sorted(failed)[:50]))}")
    return 1 if failed or missing else 0


def show(result):
    """Print a run with everything that was done in it."""
    print(f"\nrun {result.number}: {'failed' if result.error else 'as the model says'}")
    for verb, arguments in result.log:
        told = {k: oracles.iso(v) if k == "to" else v for k, v in arguments.items()}
        print(f"  {verb} {told}")
    if result.error is None:
        return 0
    traceback.print_exception(result.error)
    print(f"repeat with: make campaign ARGS='--seed {result.number}'\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
