"""Data files that were cut off, or in which bits have turned: refused, or still true."""

import shutil
from contextlib import closing
from pathlib import Path
from random import Random

from pocketsflow_emulator.api.datafile import DataFile
from pocketsflow_emulator.errors import EmulatorError

SECTOR = 512


def files(path):
    """Return the file and the one beside it that has what was written last."""
    return [one for one in (path, Path(f"{path}-wal")) if one.exists()]


def cuts(path):
    """Yield what to damage: each file after every so many bytes."""
    for one in files(path):
        for size in range(0, one.stat().st_size, SECTOR):
            yield one.name, size, None


def flips(path, seed, count):
    """Yield what to damage: so many bits, anywhere."""
    random = Random(f"flips/{seed}")
    for _ in range(count):
        one = random.choice(files(path))
        yield one.name, random.randrange(one.stat().st_size), 1 << random.randrange(8)


def damaged(path, folder, name, place, bit):
    """Return a copy of a data file that is cut off at a place, or in which a bit of it turned."""
    for one in files(path):
        shutil.copy(one, folder / one.name)
    victim = folder / name
    content = bytearray(victim.read_bytes())
    if bit is None:
        del content[place:]
    else:
        content[place] ^= bit
    victim.write_bytes(content)
    return folder / path.name


def told(path):
    """Return what a data file tells: the lines of its worlds; None where it is refused."""
    try:
        with closing(DataFile(path)) as data:
            data.scenarios()
            return {name: list(data.lines(name)) for name in data.worlds()}
    except EmulatorError:
        return None


def survives(path, folder, damages):
    """Damage copies of a file, one after the other, and see that each is refused, or tells what the
    file told at some earlier moment. Returns how many were refused and how many told less.
    """
    folder.mkdir(parents=True)
    whole = told(shutil.copytree(path.parent, folder / "whole") / path.name)
    refused = less = 0
    for number, damage in enumerate(damages):
        place = folder / str(number)
        place.mkdir()
        found = told(damaged(path, place, *damage))
        shutil.rmtree(place)
        if found is None:
            refused += 1
            continue
        less += found != whole
        for name, lines in found.items():
            assert lines == whole[name][: len(lines)], damage
    return refused, less
