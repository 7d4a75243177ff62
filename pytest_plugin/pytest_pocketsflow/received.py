"""Deliveries of a world behind HTTP, with the names that those of an `Emulator` have."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pocketsflow_emulator import matching
from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.delivery.policy import FINAL
from pocketsflow_emulator.reads import Delivery
from pocketsflow_emulator.timeline import SYMBOLS


class RemoteDelivery(Delivery):
    """One delivery, as the control API tells it; `errors` are what receivers of this process have
    raised, by number of delivery.
    """

    __slots__ = ("_errors", "_told")

    def __init__(
        self, told: Mapping[str, Any], looked: set[int], errors: Mapping[int, Exception]
    ) -> None:
        self._told, self._looked, self._errors = told, looked, errors

    @property
    def id(self) -> int:
        """The number of the delivery in its world, from 1."""
        return int(self._told["id"])

    @property
    def event(self) -> str:
        """The name on the wire, in the webhook's dialect."""
        return str(self._told["event"])

    @property
    def type(self) -> EventType:
        """The event type, whatever the dialect calls it."""
        return events.named(self.event)

    @property
    def body(self) -> bytes:
        """The exact bytes."""
        return str(self._told["body"]).encode()

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self._told["body"])

    @property
    def webhook(self) -> str:
        """The id of the webhook configuration."""
        return str(self._told["webhook"])

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the last try; empty before the first."""
        return dict(self._told["tries"][-1]["headers"]) if self._told["tries"] else {}

    @property
    def outcome(self) -> str:
        """What came of it: `delivered`, `rejected` ...; or `waiting`, `scheduled`, `skipped`."""
        self.look()
        return str(self._told["outcome"])

    @property
    def status(self) -> int | None:
        """The status of the last answer, or None where there was none."""
        self.look()
        status: int | None = self._told["status"]
        return status

    @property
    def ended_tries(self) -> list[tuple[str, int | None]]:
        """Outcome and status of every try that has come to an end."""
        ended = (one for one in self._told["tries"] if one["outcome"] not in ("out", "cancelled"))
        return [(one["outcome"], one["status"]) for one in ended]

    @property
    def answer(self) -> bytes:
        """The body of the last answer."""
        return str(self._told["tries"][-1]["answer"]).encode() if self._told["tries"] else b""

    @property
    def tries(self) -> int:
        """How many tries have come to an end."""
        return len(self.ended_tries)

    @property
    def at(self) -> datetime:
        """The instant of the event, an aware datetime."""
        return datetime.fromisoformat(self._told["at"])

    @property
    def explanation(self) -> str:
        """What happened, the likely cause and what to do."""
        self.look()
        return str(self._told["explanation"])

    def told(self) -> tuple[str, str]:
        """Return the two parts of the explanation: what happened, and what that means."""
        happened, _, advice = self.explanation.partition(". ")
        return happened, advice

    @property
    def went_wrong(self) -> bool:
        """Whether the last answer was not 2xx in time, or did not come."""
        return bool(self.ended_tries) and self.ended_tries[-1][0] not in FINAL

    @property
    def faults(self) -> list[str]:
        """The names of the faults that hit it."""
        return [str(name) for name in self._told["faults"]]

    @property
    def error(self) -> Exception | None:
        """What the receiver raised, where it is one of this process."""
        return self._errors.get(self.id)

    def ended(self, outcome: str) -> bool:
        """Say whether it has this outcome, without looking at it on anybody's behalf."""
        return bool(self._told["outcome"] == outcome)

    def is_one_of(self, types: frozenset[EventType]) -> bool:
        """Say whether its event is one of these."""
        return self.type in types

    def differences(self, where: Mapping[str, Any]) -> list[str]:
        """Return what differs from the expected values, by path of the body that was sent."""
        return matching.differences(where, self.json)

    def row(self) -> str:
        """Return its line in the timeline."""
        status = "" if self._told["status"] is None else f"{self._told['status']} "
        state = self._told["outcome"]
        result = status.strip() if state == "delivered" else f"{status}{state}"
        mark = SYMBOLS.get(state, "✗")
        when = f"{self.at:%Y-%m-%d %H:%M:%S}Z"
        return f"  {when}  {mark} {self.event}  {result}  {self._told['about']}".rstrip()

    def __repr__(self) -> str:
        return f"<delivery {self.id} {self.event} {self._told['outcome']}>"
