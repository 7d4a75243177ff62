"""Files nobody would write, against the loader: `make campaign-scenarios`.

atheris mutates the ready-made scenarios, led by what the loader's code does with them. Each input
must be read, or be refused with a `ScenarioError` that names a place; within 200 ms of processor
time and 100 MiB.
"""

import json
import random
import re
import resource
import shutil
import sys
import tempfile
from pathlib import Path
from time import process_time

import atheris

with atheris.instrument_imports(include=["yaml", "pocketsflow_emulator"]):
    from pocketsflow_emulator import resources
    from pocketsflow_emulator.errors import ScenarioError
    from pocketsflow_emulator.scenario import library
    from pocketsflow_emulator.scenario.load import read

LONGEST = 4096
SLOWEST, LARGEST = 0.2, 100 * 1024
"""Seconds and KiB that one input may take."""


class Figures:
    """What the worst input so far has taken."""

    inputs = accepted = grown = 0
    slowest = 0.0


def peak():
    """The most memory that this process has had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def one(data):
    """Read one input, as YAML or, where it begins with a brace, as JSON."""
    text = data.decode("utf-8", "surrogateescape")
    before, began = peak(), process_time()
    try:
        read(text, "a.json" if text.startswith("{") else "a.yaml")
        Figures.accepted += 1
    except ScenarioError as error:
        if not error.line and "empty" not in str(error):
            raise AssertionError(f"no place: {error}") from error
    took, grown = process_time() - began, peak() - before
    Figures.inputs += 1
    Figures.grown = max(Figures.grown, grown)
    if took > Figures.slowest:
        Figures.slowest = took
        sys.stderr.write(f"slowest so far: {took * 1000:.0f} ms, input {Figures.inputs}\n")
    assert took <= SLOWEST, f"{took:.3f} s"
    assert grown <= LARGEST, f"{grown} KiB"
    if Figures.inputs % 10_000 == 0:
        sys.stderr.write(
            f"{Figures.inputs} inputs, {Figures.accepted} accepted, slowest"
            f" {Figures.slowest * 1000:.0f} ms, most memory {Figures.grown} KiB\n"
        )


def words():
    """The words of the format, for the fuzzer to put in."""
    schema = json.loads(resources.text("schemas", "scenario.schema.json"))
    found = {"*id", "&id ", "<<: ", "!!python/object:os.system", "\\xef\\xbb\\xbf", "\\x00", "$$"}
    for definition in schema["$defs"].values():
        found |= {*definition.get("properties", ())}
        found |= {str(word) for word in definition.get("enum", ())}
    return sorted(word for word in found if '"' not in word)


WORDS = [
    *words(),
    *(
        "",
        "0",
        "-1",
        "1.5",
        "010",
        "1e3",
        "99999999999999999999",
        "true",
        "null",
        "[]",
        "{}",
        "2xx",
    ),
    *("3 days", "30s", "$email", "$sub.id", "$nobody", "2030-01-31", "é", "\U0001f389", "\udc80"),
]


def mutate(data, most, seed):
    """Change bytes, as libFuzzer does, or else a word or the order of lines, so that the result is
    often still YAML and gets further into the loader.
    """
    chance = random.Random(seed)
    if chance.random() < 0.4:
        return atheris.Mutate(data, len(data))[:most]
    text = data.decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    here, there = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            lines.insert(here, lines[there])
        case 1:
            del lines[here]
        case 2:
            lines[here], lines[there] = lines[there], lines[here]
        case _:
            tokens = re.split(r"([\w.$*-]+)", lines[here])
            spot = chance.randrange(len(tokens))
            tokens[spot] = chance.choice(WORDS)
            lines[here] = "".join(tokens)
    return "\n".join(lines).encode("utf-8", "surrogateescape")[:most]


def main():
    """Fuzz for so many seconds, 600 by default."""
    seconds = sys.argv[1] if len(sys.argv) > 1 else "600"
    folder = Path(tempfile.mkdtemp())
    try:
        corpus = folder / "corpus"
        corpus.mkdir()
        for name in library.names():
            (corpus / name).write_text(library.text(name)[:LONGEST], encoding="utf-8")
        lines = "".join(f'"{word}"\n' for word in words())
        (folder / "words").write_text(lines, encoding="utf-8")
        atheris.Setup(
            [
                sys.argv[0],
                f"-max_total_time={seconds}",
                f"-max_len={LONGEST}",
                f"-dict={folder / 'words'}",
                f"-artifact_prefix={Path.cwd()}/fuzz-",
                str(corpus),
            ],
            one,
            custom_mutator=mutate,
        )
        atheris.Fuzz()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
