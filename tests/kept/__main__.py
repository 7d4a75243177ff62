"""`make campaign-data`: servers with a data file that are killed, and data files that are damaged.

python -m kept --lives 20 --kills 15        every life is one of 500 steps
python -m kept --seed 7                     one life again
"""

import sys
import time
from argparse import ArgumentParser
from functools import partial
from multiprocessing import Pool, cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory

from kept.damage import cuts, flips, survives
from kept.killing import left_behind, outlived

BITS = 1_000


def main():
    """Run the campaign; exit with 1 where something did not hold."""
    parser = ArgumentParser(prog="make campaign-data", description=__doc__.partition("\n")[0])
    parser.add_argument("--lives", type=int, default=20)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--kills", type=int, default=15, help="of each life")
    parser.add_argument("--seed", type=int, help="live this life alone")
    parser.add_argument("--jobs", type=int, default=cpu_count())
    options = parser.parse_args()
    seeds = range(options.lives) if options.seed is None else [options.seed]
    began, broken, out = time.monotonic(), 0, 0
    with Pool(options.jobs) as pool:
        for seed, unknown, error in pool.imap_unordered(partial(life, options=options), seeds):
            out += unknown
            broken += bool(error)
            if error:
                print(f"life {seed}: {error}; repeat with: make campaign-data ARGS='--seed {seed}'")
    took = time.monotonic() - began
    print(f"{len(seeds)} lives of {options.steps} steps, {options.kills} kills each: {took:.0f} s")
    print(f"tries that were out at a kill: {out}; lives that came out otherwise: {broken}")
    if options.seed is None:
        damage(1)
    return 1 if broken else 0


def life(seed, options):
    """Live one life; returns what was out at its kills, and what went wrong."""
    with TemporaryDirectory() as folder:
        try:
            unknown = outlived(Path(folder) / "data.db", seed, options.steps, options.kills)
        except AssertionError as error:
            return seed, 0, str(error) or "not the same"
        return seed, unknown, ""


def damage(seed):
    """Damage the file of a killed server in every way, and say what came of it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "killed" / "data.db"
        path.parent.mkdir()
        left_behind(path, seed, 60)
        for words, damages in (
            ("cut off after every 512 bytes", list(cuts(path))),
            (f"a bit turned, {BITS:,} times", list(flips(path, seed, BITS))),
        ):
            with TemporaryDirectory() as copies:
                refused, less = survives(path, Path(copies), damages)
            print(f"{words}: {len(damages):,} files; {refused} refused, {less} told of an earlier")
            print("moment, none told anything that had not been")


if __name__ == "__main__":
    sys.exit(main())
