"""Rebuilding: a world made again from its journal. Pure.

Under the same rules the same inputs give the same world. The inputs, tries and outcomes of a
journal are fed back in their order; what follows from them must come again as it was recorded.
"""

from contextlib import suppress
from typing import Any

from pocketsflow_emulator.core import arguments
from pocketsflow_emulator.delivery import addresses, ndjson, recorded
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.journal import Journal
from pocketsflow_emulator.delivery.recorded import Happened, Recorded, RecordedInput, RecordedTry
from pocketsflow_emulator.delivery.tries import Outcome, Try
from pocketsflow_emulator.errors import EmulatorError, InvalidInput, JournalError, NeverDue


def rebuilt(run: Recorded, *, secret: str | None = None) -> Engine:
    """Return the engine that a recorded run ended with: the same account, clock and canonical
    journal. What was out when the journal ended waits again.

    `secret` stands for the secrets that were masked when the journal was written. Raises
    `InvalidInput` where the journal does not have all of its run, and `JournalError`, with file
    and line, where the world does not come again as it was: other rules made it, or another hand.
    """
    if run.let_go:
        raise InvalidInput(
            f"{run.file}: {run.let_go} lines were let go before it was written, so the world"
            " cannot be rebuilt; record it with a larger ring"
        )
    return _Rebuilding(run, secret).engine()


class _Rebuilding:
    def __init__(self, run: Recorded, secret: str | None) -> None:
        self._run, self._secret = run, secret
        self._out: dict[int, Try] = {}

    def engine(self) -> Engine:
        """Feed the log back."""
        made = self._made()
        for happened in self._run.log:
            try:
                self._happen(made, happened)
            except EmulatorError as error:
                raise self._differs(happened, str(error)) from None
        self._check(made)
        for attempt in self._out.values():
            made.release(attempt)
        return made

    def _made(self) -> Engine:
        world = self._run.template
        made_from = {key: world[key] for key in ("livemode", "policy", "dunning") if key in world}
        try:
            journal = Journal(world["ring"])
            cap = world["concurrency"]
            return Engine(self._run.seed, self._run.start, cap=cap, journal=journal, **made_from)
        except EmulatorError as error:
            raise JournalError(str(error), self._run.file) from None

    def _check(self, made: Engine) -> None:
        """Compare the facts and the deliveries with those that were recorded."""
        lines = (ndjson.entry(*entry) for entry in made.journal.entries if entry.kind in _FOLLOWS)
        for happened in self._run.log:
            if happened.kind in _FOLLOWS:
                line = next(lines, None)
                if line is None or recorded.told(line) != happened.what:
                    raise self._differs(happened, f"another {happened.kind} follows, or none")

    def _differs(self, happened: Happened, why: str) -> JournalError:
        by = self._run.template.get("emulator")
        version = f" (recorded by version {by})" if isinstance(by, str) else ""
        what = f"this does not come again as it was recorded{version}: {why}"
        return JournalError(what, self._run.file, happened.line)

    def _happen(self, made: Engine, happened: Happened) -> None:
        what = happened.what
        match happened.kind:
            case "input":
                made.submit(what.verb, self._revealed(what))
            case "wall":
                made.see_wall(what)
            case "take":
                self._take(made, what)
            case "record":
                self._decide(made, *what)
            case "release":
                made.release(self._out.pop(what[0]))
            case "rest":
                _rest(made, pull=what)
            case "pass":
                _pass(made)

    def _take(self, made: Engine, before: RecordedTry) -> None:
        attempt = made.take(pull=addresses.is_pulled(before.url))
        if attempt is None:
            raise InvalidInput(f"nothing is to be sent, and it was delivery {before.delivery}")
        if (attempt.delivery.number, attempt.number) != (before.delivery, before.number):
            raise InvalidInput(f"{attempt!r} is sent, and it was delivery {before.delivery}")
        if (attempt.body, attempt.headers) != (before.body, before.headers):
            raise InvalidInput(f"{attempt!r} has another body or other headers")
        self._out[before.delivery] = attempt

    def _decide(self, made: Engine, delivery: int, outcome: Outcome) -> None:
        made.record(self._out.pop(delivery), outcome)

    def _revealed(self, given: RecordedInput) -> dict[str, Any]:
        """Return the arguments of an input, with the secret for the one that was masked."""
        if given.arguments.get("secret") != ndjson.HIDDEN:
            return given.arguments
        if self._secret is None:
            raise InvalidInput("its secret is masked; give the secret, or export the journal whole")
        return {**given.arguments, "secret": arguments.secret(self._secret)}


_FOLLOWS = ("fact", "delivery")
"""Kinds of lines that follow from the others."""


def _rest(made: Engine, *, pull: bool) -> None:
    """Let happen what happens without a try."""
    attempt = None
    with suppress(*_STOPPED):
        attempt = made.take(pull=pull)
    if attempt is not None:
        made.release(attempt)
        raise InvalidInput(f"{attempt!r} is sent, and nothing was")


def _pass(made: Engine) -> None:
    with suppress(*_STOPPED):
        made.pass_time()


_STOPPED = (InvalidInput, NeverDue)
"""What an advance ends with that comes to nothing; it does so again."""
