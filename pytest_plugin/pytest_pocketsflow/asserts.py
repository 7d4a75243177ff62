"""What a test is shown when something of its world went wrong."""

from pathlib import Path

import pytest

import pocketsflow_emulator
from pocketsflow_emulator import AsyncEmulator, Deliveries, Emulator, Missed

_OURS = tuple(Path(str(file)).parent for file in (pocketsflow_emulator.__file__, __file__))


def refuse(unexpected: Deliveries) -> None:
    """Fail the test where deliveries went wrong unnoticed."""
    if not unexpected:
        return
    count = "a delivery" if len(unexpected) == 1 else f"{len(unexpected)} deliveries"
    lines = [f"{count} went wrong, and the test did not look at what came of it:"]
    lines += [f"  {line}" for line in unexpected[:_MOST].explained()]
    lines += [f"  and {len(unexpected) - _MOST} more"] * (len(unexpected) > _MOST)
    event, outcome = unexpected[0].event, unexpected[0].outcome
    lines.append(
        f'Where that is right, say so: assert_delivered("{event}", outcome="{outcome}"), read the'
        " outcome or status of a delivery, or mark the test pocketsflow(strict=False)."
    )
    pytest.fail("\n".join(lines), pytrace=False)


_MOST = 5
"""How many deliveries are explained."""


def section(
    emulator: Emulator | AsyncEmulator, excinfo: pytest.ExceptionInfo[BaseException]
) -> tuple[str, str]:
    """Return title and text of what is shown under a failing test: what happened in its world,
    unless the error says so itself, and the line that repeats it.
    """
    world = f"seed={emulator.seed}, start={emulator.start!r}"
    again = f"  repeat with: @pytest.mark.pocketsflow({world})"
    if isinstance(excinfo.value, Missed) and excinfo.value.story:
        return "Pocketsflow", again
    timeline = emulator.timeline() or "  nothing has happened"
    return "Pocketsflow timeline", f"{timeline}\n\n{again}"


def prune(error: BaseException | None) -> None:
    """Take the emulator's own frames out of a traceback: the test's line is what matters."""
    if error is None:
        return
    entry = error.__traceback__
    while entry is not None:
        while entry.tb_next is not None and _is_ours(entry.tb_next.tb_frame.f_code.co_filename):
            entry.tb_next = entry.tb_next.tb_next
        entry = entry.tb_next
    prune(error.__cause__ or error.__context__)


def _is_ours(file: str) -> bool:
    return any(Path(file).is_relative_to(folder) for folder in _OURS)
