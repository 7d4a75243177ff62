"""Rebuilding: a world made again from its journal. Pure.

Under the same rules the same inputs give the same world. The inputs, tries and outcomes of a
journal are fed back in their order; what follows from them must come again as it was recorded.
"""

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from pocketsflow_emulator.core import arguments
from pocketsflow_emulator.delivery import addresses, lines, ndjson
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.journal import Entry, KeptJournal
from pocketsflow_emulator.delivery.lines import Beginning, Happened, RecordedInput, RecordedTry
from pocketsflow_emulator.delivery.recorded import Recorded
from pocketsflow_emulator.delivery.tries import Outcome, Try
from pocketsflow_emulator.errors import EmulatorError, InvalidInput, JournalError, NeverDue


def rebuilt(run: Recorded, *, secret: str | None = None) -> Engine:
    """Return the engine that a recorded run ended with: the same account, clock and canonical
    journal. What was out when the journal ended waits again.

    `secret` stands for the secrets that were masked when the journal was written. Raises
    `InvalidInput` where the journal does not have all of its run, and `JournalError`, with file
    and line, where the world does not come again as it was: other rules made it, or another hand.
    """
    first = Beginning(run.template, run.seed, run.start, run.let_go)
    rebuilding = Rebuilding(run.file, first, secret=secret)
    for happened in run.log:
        rebuilding.feed(happened)
    made = rebuilding.ended()
    for attempt in rebuilding.out:
        made.release(attempt)
    return made


class Rebuilding:
    """A world that is made again while its log is read, line by line. `journal` will be its."""

    def __init__(self, file: str, first: Beginning, *, secret: str | None = None) -> None:
        if first.let_go:
            raise InvalidInput(
                f"{file}: {first.let_go} lines were let go before it was written, so the world"
                " cannot be rebuilt; record it with a larger ring"
            )
        self._file, self._first, self._secret = file, first, secret
        self._out: dict[int, Try] = {}
        self._recorded: deque[Happened] = deque()
        self._follows: deque[Entry] = deque()
        self.journal = KeptJournal(first.template["ring"])
        self.journal.keep = self._follow
        self._engine = self._made()

    @property
    def out(self) -> list[Try]:
        """The tries that nobody has decided yet."""
        return list(self._out.values())

    def feed(self, happened: Happened) -> None:
        """Let happen what the next line says. Raises `JournalError` where it cannot, or where what
        has come of the lines before is something else.
        """
        if happened.kind in _FOLLOWS:
            self._recorded.append(happened)
        elif self._follows:
            entry = self._follows[0]
            raise self._differs(happened, f"a {entry.kind} comes before it that was not recorded")
        else:
            try:
                self._happen(self._engine, happened)
            except EmulatorError as error:
                raise self._differs(happened, str(error)) from None
            self.journal.hand_over()
        self._compare()

    def ended(self) -> Engine:
        """Return the engine as it is after the last line."""
        for happened in self._recorded:
            raise self._other(happened)
        return self._engine

    def _made(self) -> Engine:
        world = self._first.template
        made_from = {key: world[key] for key in ("livemode", "policy", "dunning") if key in world}
        seed, start, cap = self._first.seed, self._first.start, world["concurrency"]
        try:
            return Engine(seed, start, cap=cap, journal=self.journal, **made_from)
        except EmulatorError as error:
            raise JournalError(str(error), self._file) from None

    def _follow(self, entries: Iterable[Entry]) -> None:
        self._follows += (entry for entry in entries if entry.kind in _FOLLOWS)

    def _compare(self) -> None:
        """Compare what follows with what was recorded."""
        while self._recorded and self._follows:
            happened, entry = self._recorded.popleft(), self._follows.popleft()
            if (entry.kind, lines.told(ndjson.entry(*entry))) != (happened.kind, happened.what):
                raise self._other(happened)

    def _other(self, happened: Happened) -> JournalError:
        return self._differs(happened, f"another {happened.kind} follows, or none")

    def _differs(self, happened: Happened, why: str) -> JournalError:
        by = self._first.template.get("emulator")
        version = f" (recorded by version {by})" if isinstance(by, str) else ""
        what = f"this does not come again as it was recorded{version}: {why}"
        return JournalError(what, self._file, happened.line)

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


_FOLLOWS = frozenset(("fact", "delivery", "fault", "skip", "disable"))
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
