"""What the command line of a run asks for, and the line that repeats it."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import click

from pocketsflow_emulator import wall
from pocketsflow_emulator.cli import options
from pocketsflow_emulator.core import dunning
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.delivery import addresses, policy
from pocketsflow_emulator.errors import InvalidInput

_THE_SERVERS = (
    "policy",
    "faults",
    "dunning",
    "concurrency",
    "timestamps",
    "seed",
    "start",
    "journal",
    "pace",
)
"""What a server has chosen already."""

_HERE = ("probes", "allow_commands")
"""What only a run that is played here can offer."""

_FLAGS = {"faults": "fault", "probes": "probe"}
"""Parameters whose flag has another name."""


class Asked(NamedTuple):
    """The options of one command line; `wait` and `pace` are in seconds."""

    names: tuple[str, ...]
    everything: bool
    tags: tuple[str, ...]
    to: str | None
    secret: str | None
    dialect: str
    policy: str
    faults: tuple[str, ...]
    dunning: str
    concurrency: int
    timestamps: str
    seed: int | None
    start: str | None
    settings: tuple[str, ...]
    email: str | None
    metadata: tuple[str, ...]
    probes: tuple[str, ...]
    allow_commands: bool
    allow_public: bool
    form: str
    journal: Path | None
    reports: tuple[tuple[str, Path], ...]
    record: bool
    server: str | None
    wait: float | None
    pace: float | None
    timeout: float | None

    @classmethod
    def of(cls, ctx: click.Context, asked: Mapping[str, Any]) -> Self:
        """Return them. Raises `InvalidInput` where two of them do not go together."""
        given = cls(**asked)
        if given.server is not None:
            for name in (*_THE_SERVERS, *_HERE):
                if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
                    flag = _FLAGS.get(name, name).replace("_", "-")
                    whose = "for runs that are played here" if name in _HERE else "the server's own"
                    raise InvalidInput(f"--{flag} is {whose}; leave it out with --server")
        if given.record and given.form == "json":
            raise InvalidInput("--record prints the scenario; leave --format json out")
        return given

    def repeat(self, seed: int, start: int) -> str:
        """Return the one line that repeats the run, without its secrets."""
        words = ["pocketsflow-emulator", "run", *self.names, *self._chosen()]
        to = None if self.to is None else addresses.masked(self.to)
        for flag, value in (("--to", to), ("--server", self.server), ("--email", self.email)):
            words += [flag, value] if value is not None else []
        words += ["--allow-public-targets"] * self.allow_public
        words += ["--allow-commands"] * self.allow_commands
        words += ["--dialect", self.dialect] * (self.dialect != DIALECTS[0])
        words += ["--policy", self.policy] * (self.policy != policy.DEFAULT)
        words += ["--dunning", self.dunning] * (self.dunning != dunning.DEFAULT)
        words += ["--concurrency", str(self.concurrency)] * (self.concurrency != 1)
        words += ["--timestamps", self.timestamps] * (self.timestamps != wall.STAMPS[0])
        if self.server is None:
            words += options.repeatable(seed, start)
        line = shlex.join(words)
        return f'{line} --secret "$SECRET"' if self.secret else line

    def _chosen(self) -> list[str]:
        words = ["--all"] * self.everything
        many = {
            "--tag": self.tags,
            "--set": self.settings,
            "--metadata": self.metadata,
            "--probe": self.probes,
            "--fault": self.faults,
        }
        return words + [
            word for flag, values in many.items() for one in values for word in (flag, one)
        ]
