"""What several verbs read in the same way: the secret, the start, the form of the output."""

import os
import re

from pocketsflow_emulator import wall
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET

SECRET_VARIABLE = "POCKETSFLOW_WEBHOOK_SECRET"  # noqa: S105
SECRET_HELP = f"Signing secret. Default: ${SECRET_VARIABLE}, else {DEFAULT_SECRET}."


def secret(given: str | None) -> tuple[str, str]:
    """Return the signing secret and, without showing it, where it came from."""
    if given:
        return given, "the secret of --secret"
    if variable := os.environ.get(SECRET_VARIABLE):
        return variable, f"the secret of ${SECRET_VARIABLE}"
    return DEFAULT_SECRET, f"the secret {DEFAULT_SECRET}"


def start(text: str | None) -> int:
    """Return the instant (ms) that --start means: an ISO date, `now`, or `-14d`."""
    if text is None or text == "now":
        return wall.now()
    back = re.fullmatch(r"-(\d{1,5})d", text)
    if back:
        return wall.now() - int(back[1]) * clock.DAY
    return clock.parse(text)


def repeatable(seed: int, start: int) -> list[str]:
    """Return the words that give a run its seed and start back."""
    return ["--seed", str(seed), "--start", clock.iso(start).replace(".000Z", "Z")]
