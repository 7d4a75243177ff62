"""Rebuilding: a world made again from its journal. Pure.

Under the same rules the same inputs give the same world. The inputs, tries and outcomes of a
journal are fed back in their order; what follows from them must come again as it was recorded.
"""

from typing import Any

from pocketsflow_emulator.core import arguments
from pocketsflow_emulator.delivery import ndjson
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
        made = _made(self._run)
        for happened in self._run.log:
            try:
                self._happen(made, happened)
            except EmulatorError as error:
                raise JournalError(
                    f"this does not come again as it was recorded: {error}",
                    self._run.file,
                    happened.line,
                ) from None
        for attempt in self._out.values():
            made.release(attempt)
        return made

    def _happen(self, made: Engine, happened: Happened) -> None:
        what = happened.what
        match happened.kind:
            case "input":
                made.submit(what.verb, self._revealed(what))
            case "take":
                self._take(made, what)
            case "record":
                self._decide(made, *what)
            case "release":
                made.release(self._out.pop(what[0]))
            case "rest" | "pass":
                _go_on(made, happened.kind)

    def _take(self, made: Engine, recorded: RecordedTry) -> None:
        attempt = made.take()
        if attempt is None:
            raise InvalidInput(f"nothing is to be sent, and it was delivery {recorded.delivery}")
        if (attempt.delivery.number, attempt.number) != (recorded.delivery, recorded.number):
            raise InvalidInput(f"{attempt!r} is sent, and it was delivery {recorded.delivery}")
        if (attempt.body, attempt.headers) != (recorded.body, recorded.headers):
            raise InvalidInput(f"{attempt!r} has another body or other headers")
        self._out[recorded.delivery] = attempt

    def _decide(self, made: Engine, delivery: int, outcome: Outcome) -> None:
        made.record(self._out.pop(delivery), outcome)

    def _revealed(self, given: RecordedInput) -> dict[str, Any]:
        """Return the arguments of an input, with the secret for the one that was masked."""
        if given.arguments.get("secret") != ndjson.HIDDEN:
            return given.arguments
        if self._secret is None:
            raise InvalidInput("its secret is masked; give the secret, or export the journal whole")
        return {**given.arguments, "secret": arguments.secret(self._secret)}


def _made(run: Recorded) -> Engine:
    known = {"livemode", "policy", "dunning"}
    made_from: dict[str, Any] = {key: run.template[key] for key in known & run.template.keys()}
    ring = run.template.get("ring")
    return Engine(
        run.seed,
        run.start,
        cap=run.template.get("concurrency", 1),
        journal=Journal(ring) if isinstance(ring, int) else None,
        **made_from,
    )


def _go_on(made: Engine, kind: str) -> None:
    """Let happen what happens without a try. An advance that came to nothing ends again so."""
    attempt = None
    try:
        if kind == "pass":
            made.pass_time()
        else:
            attempt = made.take()
    except (InvalidInput, NeverDue):
        return
    if attempt is not None:
        made.release(attempt)
        raise InvalidInput(f"{attempt!r} is sent, and nothing was")
