"""What the program costs before it does anything: `--help` against importing click."""

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

ROUNDS = 15


def seconds(command):
    """Run a command to its end; return the seconds it took."""
    began = perf_counter()
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own commands
    return perf_counter() - began


def main(*, quick):
    """Print the ratio, pair by pair."""
    program = str(Path(sys.executable).with_name("pocketsflow-emulator"))
    rounds = 5 if quick else ROUNDS
    pairs = [
        (seconds([program, "--help"]), seconds([sys.executable, "-c", "import click"]))
        for _ in range(rounds)
    ]
    ratios = sorted(ours / bare for ours, bare in pairs)
    print(f"## Start of the program ({rounds} pairs)\n")
    print("| | `python -c 'import click'` | `pocketsflow-emulator --help` | ratio, median |")
    print("|---|--:|--:|--:|")
    print(
        f"| milliseconds | {median(b for _, b in pairs) * 1000:.0f} |"
        f" {median(o for o, _ in pairs) * 1000:.0f} | {median(ratios):.2f} |"
    )
