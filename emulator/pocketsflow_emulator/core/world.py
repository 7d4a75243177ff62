"""A world: one account, changed by inputs and by time, and by nothing else."""

from collections.abc import Mapping
from hashlib import blake2b
from json import dumps
from typing import Any

from pocketsflow_emulator.core import renewals, verbs
from pocketsflow_emulator.core.dunning import DEFAULT, named
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import Ref
from pocketsflow_emulator.core.state import State


class World:
    """The account and its rules. Two worlds share nothing; the same inputs give the same facts."""

    __slots__ = ("state",)

    def __init__(
        self, seed: int, start: int, *, livemode: bool = False, dunning: str = DEFAULT
    ) -> None:
        self.state = State(seed, start, livemode=livemode)
        self.state.dunning = named(dunning).name

    @property
    def now(self) -> int:
        """The instant (ms)."""
        return self.state.now

    def do(self, verb: str, arguments: Mapping[str, Any]) -> Ref | None:
        """Apply an input; returns the name of the object it made or changed.

        Raises an `EmulatorError` and stays as it was where the input cannot be applied.
        """
        made = verbs.apply(self.state, verb, arguments)
        self.state.plan()
        return made

    def due(self) -> bool:
        """Do the earliest thing that is due at this instant; say whether there was one."""
        entry = self.state.agenda.peek()
        if entry is None or entry.when > self.state.now:
            return False
        renewals.fall_due(self.state, self.state.agenda.pop())
        self.state.plan()
        return True

    def drain(self) -> list[Fact]:
        """Hand over the facts that have come up since the last call."""
        return self.state.drain()

    def digest(self) -> str:
        """Return a hash of everything that decides what this world does next."""
        text = dumps(self.state.plain(), sort_keys=True, default=str)
        return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
