"""What a test asserts of a world without awaiting it, wherever that world is."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pocketsflow_emulator import reads
from pocketsflow_emulator.patience import Patience
from pocketsflow_emulator.reads import Deliveries, Delivery
from pocketsflow_emulator.verbs.doing import called_by_name

T = TypeVar("T")


class Assertions(ABC):
    """Each settles first: what waits for a receiver of this process is sent."""

    @abstractmethod
    def _settled(self) -> Deliveries:
        """Send what waits; return every delivery so far."""

    @abstractmethod
    def _story(self) -> str:
        """Return what has happened, for a miss."""

    @property
    def deliveries(self) -> Deliveries:
        """Every delivery so far, by event and receiver."""
        return self._settled()

    @called_by_name
    def assert_delivered(
        self,
        event: str,
        where: Mapping[str, Any] | None = None,
        *,
        times: int | None = None,
        outcome: str = "delivered",
    ) -> Delivery:
        """Return the last delivery of `event` whose body has these values by path; exactly
        `times` of them where given. Raises `Missed` with what was sent and the nearest miss.
        """
        sent = self._settled()
        return reads.expect_delivered(sent, event, where, times, outcome, self._story())

    @called_by_name
    def assert_not_delivered(self, event: str, where: Mapping[str, Any] | None = None) -> None:
        """Raise `Missed` where `event` was sent with these values."""
        reads.expect_not_delivered(self._settled(), event, where, self._story())

    @called_by_name
    def assert_sequence(self, *sequence: str) -> None:
        """Raise `Missed` unless these events were sent in this order, others in between or not."""
        reads.expect_sequence(self._settled(), sequence, self._story())

    @called_by_name
    def eventually(self, check: Callable[[], T], timeout: float = 5) -> T:
        """Call `check` until it returns something true, and return that; for what an application
        does after it has answered. An AssertionError counts as "not yet"; after `timeout` seconds
        of real time it is `Missed`.
        """
        return Patience(check, timeout).wait(self._settled, self._story)
