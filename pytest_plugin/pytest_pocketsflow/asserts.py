"""What a test is shown when something of its world went wrong."""

import inspect
import re
from datetime import timedelta
from pathlib import Path

import pytest

import pocketsflow_emulator
from pocketsflow_emulator import Delivery, Missed, wall
from pocketsflow_emulator.awaiting import Call
from pocketsflow_emulator.core import clock
from pytest_pocketsflow.worlds import Pocketsflow, PocketsflowAsync

World = Pocketsflow | PocketsflowAsync

_OURS = tuple(Path(str(file)).parent for file in (pocketsflow_emulator.__file__, __file__))
_MOST = 5
"""How many deliveries are explained."""
_NEAR = timedelta(minutes=5)
"""How far two clocks may be apart before anybody would notice."""


def refuse_unexpected(world: World) -> None:
    """Fail the test where deliveries went wrong unnoticed."""
    unexpected = world.unexpected()
    if not unexpected:
        return
    count = "a delivery" if len(unexpected) == 1 else f"{len(unexpected)} deliveries"
    lines = [f"{count} went wrong, and the test did not look at what came of it:"]
    lines += [f"  {line}" for line in unexpected[:_MOST].explained()]
    lines += [f"  and {len(unexpected) - _MOST} more"] * (len(unexpected) > _MOST)
    event, outcome = unexpected[0].event, unexpected[0].outcome
    lines += hints(world)
    lines.append(
        f'Where that is right, say so: assert_delivered("{event}", outcome="{outcome}"), read the'
        " outcome or status of a delivery, or mark the test pocketsflow(strict=False)."
    )
    pytest.fail("\n".join(lines), pytrace=False)


def refuse_unawaited(world: World, node: pytest.Item) -> None:
    """Fail the test where it called a verb of the async face and did not await it."""
    calls = world.never_awaited()
    if calls:
        lines = unawaited(calls)
        if not inspect.iscoroutinefunction(getattr(node, "function", None)):
            lines.append(
                "This test is a plain function: take the fixture pocketsflow, which is not awaited,"
                " or make it `async def`."
            )
        pytest.fail("\n".join(lines), pytrace=False)


def unawaited(calls: list[Call]) -> list[str]:
    """Return a line per call that was never awaited."""
    return [f"{_here(call.file)}:{call.line}: {call.name}() was never awaited" for call in calls]


def _here(file: str) -> str:
    """Return a path as seen from the working directory, where it lies in it."""
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def explain(error: BaseException, world: World) -> None:
    """Add to an error what the test should have written."""
    if not isinstance(error, TypeError) or not (awaited := _AWAITED.search(str(error))):
        return
    if not isinstance(world, PocketsflowAsync):
        error.add_note(
            "The fixture pocketsflow is not awaited: leave the `await` away, or take"
            " pocketsflow_async."
        )
    elif awaited[1] == "method":
        error.add_note("A method is called before it is awaited: await pocketsflow_async.events()")
    elif awaited[1] == "Handle":
        error.add_note("What sends nothing is not awaited, such as deliver_to: leave `await` away.")


_AWAITED = re.compile(r"(\w+)'?(?: object)? can't be (?:used in 'await' expression|awaited)")
"""How Python complains, before and since 3.14."""


def section(world: World, excinfo: pytest.ExceptionInfo[BaseException]) -> tuple[str, str]:
    """Return title and text of what is shown under a failing test: what happened in its world,
    unless the error says so itself, what may help, and the line that repeats it.
    """
    error = excinfo.value
    told = isinstance(error, Missed) and bool(error.story)
    parts = [] if told else [world.timeline() or "  nothing has happened"]
    notes = unawaited(world.never_awaited())
    if isinstance(error, AssertionError):
        notes += hints(world)
    parts += ["\n".join(f"  {note}" for note in notes)] * bool(notes)
    parts.append(f"  repeat with: {world.repeats}")
    return "Pocketsflow" if told else "Pocketsflow timeline", "\n\n".join(parts)


def hints(world: World) -> list[str]:
    """Say where what went wrong looks like a clock that did not move with the world's."""
    if world.application.follows:
        return []
    here = clock.to_datetime(wall.now_exactly())
    clocks = (
        f"the application's clock stands at {here:%Y-%m-%d %H:%M}Z, the world's at"
        f" {world.clock.now:%Y-%m-%d %H:%M}Z"
    )
    found = []
    apart = abs(world.clock.now - here) > _NEAR and world.timestamps == "virtual"
    if apart and any(map(_looks_stale, world.sent())):
        found.append(
            f"Hint: {clocks}. A handler that checks how old a timestamp is refuses that: mark"
            ' the test pocketsflow(timestamps="wall"), or sync_clock=True.'
        )
    moved = world.clock.now - clock.to_datetime(clock.parse(world.start))
    if not found and moved > _NEAR:
        found.append(
            f"Hint: this world has advanced by {_span(moved)}, and {clocks}. If the application"
            " asks what time it is: mark the test pocketsflow(sync_clock=True)."
        )
    return found


_REFUSALS = (400, 401, 403, 422)
_STALE = re.compile(r"time|stale|old|expire|fresh|replay|future|skew|toleran", re.IGNORECASE)
"""Words of an answer, or of what a receiver raised, that speak of a timestamp."""


def _looks_stale(delivery: Delivery) -> bool:
    """Say whether a refusal speaks of time, or does not say why it refuses."""
    if not delivery.went_wrong:
        return False
    words = delivery.answer.decode(errors="replace") or str(delivery.error or "")
    return bool(_STALE.search(words)) or (not words and delivery.status in _REFUSALS)


def _span(moved: timedelta) -> str:
    return f"{moved.days} days" if moved.days else f"{moved.seconds // 60} minutes"


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
