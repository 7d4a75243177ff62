"""`replay`: a recorded run once more, byte for byte."""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import click

from pocketsflow_emulator import cli, timeline
from pocketsflow_emulator.cli import console, flags, options
from pocketsflow_emulator.cli.interruption import Interruption
from pocketsflow_emulator.core import arguments, events
from pocketsflow_emulator.delivery import addresses, causes, recorded
from pocketsflow_emulator.delivery.lines import RecordedTry
from pocketsflow_emulator.delivery.outcomes import COULD_NOT_CONNECT, OUTCOMES
from pocketsflow_emulator.delivery.recorded import Recorded
from pocketsflow_emulator.delivery.transports.http import HttpTransport
from pocketsflow_emulator.delivery.tries import Outcome
from pocketsflow_emulator.errors import (
    InvalidInput,
    NothingSelected,
    printable,
)
from pocketsflow_emulator.wire import request
from pocketsflow_emulator.wire.signature import sign


class Asked(NamedTuple):
    """The options of one command line."""

    journal: str
    to: str
    secret: str | None
    events: tuple[str, ...]
    deliveries: tuple[int, ...]
    webhooks: tuple[str, ...]
    allow_public: bool
    form: str
    timeout: float | None


class Sent(NamedTuple):
    """A recorded try, and what came of it this time."""

    run: Recorded
    attempt: RecordedTry
    outcome: Outcome

    @property
    def ok(self) -> bool:
        """Whether it was answered with 2xx in time."""
        return self.outcome.kind == "delivered"


@click.command("replay", short_help=cli.COMMANDS["replay"])
@click.argument("journal", metavar="JOURNAL")
@click.option(
    "--to", required=True, metavar="ADDRESS", help="3000, localhost:3000/webhooks or a URL."
)
@click.option(
    "--secret",
    metavar="SECRET",
    help="Sign anew with this. Default: the recorded signatures, as they are.",
)
@click.option(
    "--event",
    "events",
    multiple=True,
    metavar="PATTERN",
    help=f"Only these: a name, or invoice.*. {options.MANY}",
)
@click.option(
    "--delivery",
    "deliveries",
    multiple=True,
    type=click.IntRange(1),
    metavar="N",
    help=f"Only the delivery with this number. {options.MANY}",
)
@click.option(
    "--webhook",
    "webhooks",
    multiple=True,
    metavar="ID",
    help=f"Only what went to this webhook. {options.MANY}",
)
@flags.allow_public
@console.form
@flags.timeout
def command(**asked: Any) -> int:
    """Send a recorded run again: the same bytes and headers in the same order, to one address.

    JOURNAL is a file that `run --journal` or GET /_emulator/journal has written, or - for standard
    input.
    """
    return _Replay(Asked(**asked)).run()


class _Replay:
    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.url = options.target(asked.to, allow_public=asked.allow_public)
        self.secret = None if asked.secret is None else arguments.secret(asked.secret)
        self.runs = _read(asked.journal)
        self.chosen = list(_chosen(self.runs, asked))
        if not self.chosen:
            raise NothingSelected(f"{asked.journal} has no try that was sent and is asked for")
        self.sent: list[Sent] = []
        self.interruption = Interruption()
        self._last: tuple[Recorded, int] | None = None

    def run(self) -> int:
        """Send what is chosen, and say what came of it; return the exit code."""
        self._head()
        with self.interruption:
            code, error = self.interruption.guard(self._send, self.asked.timeout)
            if error is None and not all(sent.ok for sent in self.sent):
                code = cli.FAILED
        self._finish(error)
        return code

    def _say(self, line: str) -> None:
        if self.asked.form == "text":
            console.say(line)

    def _head(self) -> None:
        many = len(self.chosen)
        signed = "signed as recorded" if self.secret is None else "signed anew with --secret"
        to = addresses.masked(self.url)
        self._say(f"Sending {many} recorded {_tries(many)} to {to}, {signed}.")
        for run in self.runs:
            if run.cut:
                console.complain(f"{run.file} ends within a line; that one is left out")
            if run.let_go:
                console.complain(f"{run.file}: {run.let_go} lines before it had been let go")
        webhooks = {attempt.webhook for _, attempt in self.chosen}
        if len(webhooks) > len(self.runs):
            console.complain(
                f"these went to {len(webhooks)} webhooks; --webhook selects one of"
                f" {', '.join(sorted(webhooks))}"
            )

    # ---- sending -------------------------------------------------------------------------------

    async def _send(self) -> None:
        http = HttpTransport()
        try:
            for run, attempt in self.chosen:
                outcome = await http.send(self._addressed(attempt))
                self._tell(Sent(run, attempt, outcome))
        finally:
            await http.close()

    def _addressed(self, attempt: RecordedTry) -> RecordedTry:
        headers = attempt.headers
        if self.secret is not None:
            signature = sign(attempt.body, self.secret)
            headers = tuple(
                (name, signature if name.lower() == request.SIGNATURE.lower() else value)
                for name, value in headers
            )
        return attempt._replace(url=self.url, headers=headers)

    def _tell(self, sent: Sent) -> None:
        self.sent.append(sent)
        self._line(sent)
        if len(self.sent) == 1 and sent.outcome.kind in COULD_NOT_CONNECT:
            raise causes.unreachable(sent.outcome, self.url)

    # ---- what people see -----------------------------------------------------------------------

    def _line(self, sent: Sent) -> None:
        run, attempt = sent.run, sent.attempt
        if self._last is None or self._last[0] is not run:
            self._say(f"\n{console.styled(printable(run.name or run.file), 'title')}")
            self._last = None
        when = "" if self._last == (run, attempt.at) else timeline.moment(attempt.at)
        self._last = run, attempt.at
        mark = console.styled("✓", "good") if sent.ok else console.styled("✗", "bad")
        before = _before(sent)
        told = console.styled(f"delivery {attempt.delivery}{before}", "dim")
        event = printable(attempt.event)
        self._say(f"  {when:20}  {mark} {event:36}  {_result(sent.outcome):<4} {told}")

    def _finish(self, error: str | None) -> None:
        if self.asked.form == "json":
            console.document(**self._document(error))
        else:
            self._sum()
        if error is not None:
            console.complain(f"error: {error}")

    def _sum(self) -> None:
        good = sum(sent.ok for sent in self.sent)
        many = len(self.chosen)
        self._say(f"\n{len(self.sent)} of {many} sent, {good} answered with 2xx in time")
        for kind in Counter(sent.outcome.kind for sent in self.sent if not sent.ok):
            known = OUTCOMES[kind]
            self._say(f"{kind}: {known.sentence} Likely: {known.cause} {known.remedy}")

    def _document(self, error: str | None) -> dict[str, Any]:
        return {
            "ok": error is None and all(sent.ok for sent in self.sent),
            "error": error,
            "to": addresses.masked(self.url),
            "signed": "recorded" if self.secret is None else "anew",
            "selected": len(self.chosen),
            "sent": [_shown(sent) for sent in self.sent],
        }


def _read(journal: str) -> list[Recorded]:
    try:
        if journal == "-":
            return recorded.read(recorded.bounded(sys.stdin.buffer.readline), "standard input")
        return recorded.read_journal(journal)
    except OSError as error:
        raise InvalidInput(f"{journal}: cannot be read: {error.strerror}") from None


def _chosen(runs: list[Recorded], asked: Asked) -> Iterator[tuple[Recorded, RecordedTry]]:
    """Yield what was sent, in its order, as far as it is asked for."""
    names = _names(asked.events)
    for run in runs:
        for attempt in run.tries:
            if (
                attempt.was_sent
                and (not names or attempt.event in names)
                and (not asked.deliveries or attempt.delivery in asked.deliveries)
                and (not asked.webhooks or attempt.webhook in asked.webhooks)
            ):
                yield run, attempt


def _names(patterns: tuple[str, ...]) -> set[str]:
    """Return the names of events that patterns mean, in every dialect."""
    found = events.matching(*patterns) if patterns else ()
    return {name for event in found for d in events.DIALECTS if (name := event.in_dialect(d))}


def _tries(many: int) -> str:
    return "try" if many == 1 else "tries"


def _result(outcome: Outcome) -> str:
    words = [str(outcome.status)] * (outcome.status is not None)
    return " ".join([*words, *[outcome.kind] * (outcome.kind != "delivered")])


def _before(sent: Sent) -> str:
    """Say what came of it when it was recorded, where that was something else."""
    before = sent.attempt.outcome
    if before is None or (before.kind, before.status) == (sent.outcome.kind, sent.outcome.status):
        return ""
    return f", was {_result(before)}"


def _shown(sent: Sent) -> dict[str, Any]:
    attempt, outcome, before = sent.attempt, sent.outcome, sent.attempt.outcome
    return {
        "run": sent.run.name,
        "delivery": attempt.delivery,
        "try": attempt.number,
        "event": attempt.event,
        "outcome": outcome.kind,
        "status": outcome.status,
        "detail": outcome.detail,
        "durationMs": round(outcome.duration * 1000, 3),
        "recorded": before and {"outcome": before.kind, "status": before.status},
    }
