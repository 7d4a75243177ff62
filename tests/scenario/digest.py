"""`python -m scenario.digest`: one line for all that the ready-made scenarios make happen, in both
dialects and from two awkward days. Whatever runs it, the line is the same.
"""

from collections.abc import Iterator
from hashlib import blake2b

from pocketsflow_emulator import Emulator
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.scenario import library
from scenario.files import SECRET, SEED
from scenario.merchants import Hardened

STARTS = "2030-01-31", "2032-02-29"


def journals() -> Iterator[list[str]]:
    """Yield the canonical journal of each run."""
    for name in library.names():
        for dialect in DIALECTS:
            for start in STARTS:
                with Emulator(start=start, seed=SEED) as emulator:
                    emulator.deliver_to(Hardened(SECRET), secret=SECRET, dialect=dialect)
                    emulator.run_scenario(name)
                    yield emulator.journal()


if __name__ == "__main__":
    written = ["\n".join(lines) for lines in journals()]
    print(len(written), "journals", blake2b("\n".join(written).encode(), digest_size=8).hexdigest())
