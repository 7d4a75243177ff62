"""What the command line of a run asks for, and the line that repeats it."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import click

from pocketsflow_emulator import wall
from pocketsflow_emulator.cli import client, options
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
)
"""What a server has chosen already."""

_PLAYED_HERE = ("allow_commands", "journal", "pace")
"""What a server is not given: it runs nothing on a client's behalf, and goes at its own pace."""

_FLAGS = {"faults": "fault", "allow_commands": "allow-commands"}
"""Option -> its flag, where that is not the same word."""


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
    probes: tuple[tuple[str, str], ...]
    allow_commands: bool
    email: str | None
    metadata: tuple[str, ...]
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
            for name in (*_THE_SERVERS, *_PLAYED_HERE):
                if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
                    why = "is the server's own" if name in _THE_SERVERS else "is for runs from here"
                    flag = _FLAGS.get(name, name)
                    raise InvalidInput(f"--{flag} {why}; leave it out{_named(ctx)}")
        for name, way in given.probes:
            if given.to is None and given.server is None and way.startswith("/"):
                raise InvalidInput(
                    f"--probe {name} asks {way} of the receiver; add --to, or write a whole URL"
                )
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
            "--probe": tuple(f"{name}={addresses.masked(way)}" for name, way in self.probes),
            "--metadata": self.metadata,
            "--fault": self.faults,
        }
        return words + [
            word for flag, values in many.items() for one in values for word in (flag, one)
        ]


def _named(ctx: click.Context) -> str:
    """Say how the server was named, which may be by a variable that `exec` has set."""
    typed = ctx.get_parameter_source("server") is click.core.ParameterSource.COMMANDLINE
    return " with --server" if typed else f", or unset ${client.VARIABLE}"
