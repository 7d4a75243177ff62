"""What a run has caused, in a world that others may use too: its objects, the events about them,
and what was sent since it last looked.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pocketsflow_emulator import inputs
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import ref
from pocketsflow_emulator.delivery import replays, triggers
from pocketsflow_emulator.delivery.tries import Delivery
from pocketsflow_emulator.driver import Driving
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.scenario.expect import Told
from pocketsflow_emulator.wire.dialects import documented

SAMPLES = frozenset(("trigger", "test_webhook"))
"""Verbs whose events are about objects of nobody's account."""

_BUYERS = frozenset(("order", "subscription", "payment_intent", "customer"))


class Caused:
    """Keeps what is a run's own. `email` is its default buyer's, `receiver` the id of its webhook.
    Samples are kept by what the `id` function says of their facts, whose numbers come again after a
    `restore`.
    """

    def __init__(self, driver: Driving, email: str, receiver: str) -> None:
        self._driver, self._receiver = driver, receiver
        self._own = {email}
        self._samples: dict[int, tuple[Fact, triggers.Overrides]] = {}
        self._ended: dict[int, int] = {}
        self._since = 0
        self.deliveries()

    @property
    def count(self) -> int:
        """How many facts there are."""
        return self._driver.state.fact_count

    # ---- keeping -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Count from here: a step begins."""
        self._since = self.count

    def add(self, handle: Handle) -> None:
        """Count an object, and its buyer, among the run's own."""
        self._own.add(handle.id)
        if handle.kind in _BUYERS:
            self._own.add(handle.email)

    def add_samples(self, before: int, verb: str, arguments: Mapping[str, Any]) -> None:
        """Count what a verb of `SAMPLES` has told since there were `before` facts as the run's own.

        A sample reads as it was sent: with the overrides it was given.
        """
        overrides = inputs.overrides(arguments.get("overrides") or {})
        for fact in self._facts(before):
            if fact.cause == verb:
                self._samples[id(fact)] = (fact, overrides)

    def go_back(self) -> None:
        """Begin again where a `restore` has led: what was open has come back, judged as it was."""
        self.begin()
        self.deliveries()

    # ---- reading -------------------------------------------------------------------------------

    def facts(self) -> list[Fact]:
        """Return the run's own facts since the step began, those of abandoned branches left out."""
        return [fact for fact in self._facts(self._since) if self._is_own(fact)]

    def told(self) -> list[Told]:
        """Return those facts as expectations see them: each with its documented body."""
        return [Told(fact.event, self._body(fact)) for fact in self.facts()]

    def deliveries(self) -> list[Delivery]:
        """Return those that have been made, or tried again, since this was asked last."""
        changed = []
        for delivery in self._driver.engine.journal.deliveries():
            ended = len(delivery.counted)
            if self._ended.get(delivery.number) != ended:
                self._ended[delivery.number] = ended
                changed.append(delivery)
        return changed

    def newest(self, event: str) -> Delivery:
        """Return the newest delivery of an event of the run's own; see `replays.newest`."""
        journal = self._driver.engine.journal
        own = (each for each in journal.deliveries() if self._is_own(each.fact))
        return replays.newest(own, event, self._receiver)

    def _facts(self, before: int) -> Iterator[Fact]:
        living = self._driver.engine.journal.living()
        return (record.fact for record in living if record.fact.number > before)

    def _is_own(self, fact: Fact) -> bool:
        return (
            id(fact) in self._samples
            or fact.buyer in self._own
            or any(ref(item).id in self._own for item in fact.objects)
        )

    def _body(self, fact: Fact) -> Mapping[str, Any]:
        body: Mapping[str, Any] = documented.build(fact, "", False) or {}
        _, overrides = self._samples.get(id(fact), (fact, {}))
        for path, value in overrides.items():
            try:
                body = triggers.overridden(body, {path: value})
            except InvalidInput:  # a path of another dialect
                continue
        return body
