"""What several verbs read in the same way: the secret, the start, the form of the output."""

import math
import os
import re
from typing import Any

import click

from pocketsflow_emulator import environment, wall
from pocketsflow_emulator.core import arguments, clock, spans
from pocketsflow_emulator.delivery import addresses, policy
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET

SECRET_VARIABLE = environment.SECRET
SECRET_HELP = (
    f"Signing secret. Default: ${SECRET_VARIABLE} (unset and empty are the same),"
    f" else {DEFAULT_SECRET}."
)


MANY = "May be given several times."


class Seconds(click.FloatRange):
    """A length of time on a command line; neither `nan` nor `inf` is one."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it."""
        seconds: float = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return seconds


class Span(click.types.FloatParamType):
    """A span on a command line, in seconds: `30s`, `500ms`, or a plain number of seconds."""

    name = "span"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it."""
        if isinstance(value, float):
            return value
        try:
            plain = re.fullmatch(r"\d{1,9}(\.\d{1,9})?", str(value))
            return float(plain[0]) if plain else spans.read(self._flag(param), value) / 1000
        except InvalidInput as error:
            self.fail(str(error), param, ctx)

    @staticmethod
    def _flag(param: click.Parameter | None) -> str:
        return param.opts[0] if param else "the span"


def secret(given: str | None) -> tuple[str, str]:
    """Return the signing secret and, without showing it, where it came from."""
    if given is not None:
        if not given:
            raise InvalidInput("--secret is empty; leave it out to sign with the default")
        return arguments.secret(given), f"the secret of {_source()}"
    if variable := os.environ.get(SECRET_VARIABLE):
        return arguments.secret(variable), f"the secret of ${SECRET_VARIABLE}"
    return DEFAULT_SECRET, f"the secret {DEFAULT_SECRET}"


def _source() -> str:
    """Return `--secret`, or the environment variable that stands for it."""
    context = click.get_current_context(silent=True)
    if context is None:
        return "--secret"
    variable = next(p.envvar for p in context.command.params if p.name == "secret")
    source = context.get_parameter_source("secret")
    return f"${variable}" if source is click.core.ParameterSource.ENVIRONMENT else "--secret"


def target(text: str, *, allow_public: bool) -> str:
    """Return the URL of a receiver. Raises `InvalidInput` for what is none, and for a public one
    that is not allowed.
    """
    url = addresses.url(text)
    if addresses.is_public(url) and not allow_public:
        shown = addresses.masked(url)
        raise InvalidInput(f"{shown} is a public address; add --allow-public-targets")
    return url


def a_policy(value: str) -> str:
    """Read a delivery policy: a name, or spans; returns its name, which `policy.read` takes."""
    try:
        return policy.read(value).name
    except InvalidInput as error:
        raise click.BadParameter(str(error)) from None


def a_fault(value: str) -> str:
    """Read a fault; returns it on one line, which `faults.read` takes."""
    from pocketsflow_emulator.delivery import faults

    try:
        return faults.read(value).text
    except InvalidInput as error:
        raise click.BadParameter(str(error)) from None


def a_probe(value: str) -> tuple[str, str]:
    """Read where a probe is answered: its name, and a path or URL."""
    from pocketsflow_emulator.scenario import probes

    try:
        return probes.from_text(value)
    except InvalidInput as error:
        raise click.BadParameter(str(error)) from None


def start(text: str | None) -> int:
    """Return the instant (ms) that --start means: an ISO date, `now`, or `-14d`."""
    if text is None or text == "now":
        return wall.now()
    back = re.fullmatch(r"-(\d{1,5})d", text)
    if back:
        return wall.now() - int(back[1]) * clock.DAY
    try:
        return clock.parse(text)
    except InvalidInput as error:
        raise InvalidInput(f"--start: {error}; now and -14d (14 days ago) do too") from None


def repeatable(seed: int, start: int) -> list[str]:
    """Return the words that give a run its seed and start back."""
    return ["--seed", str(seed), "--start", clock.iso(start).replace(".000Z", "Z")]
