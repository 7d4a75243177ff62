"""The outbox: which delivery's turn it is.

A lane is (webhook, buyer). One delivery of a lane is out at a time, so what one receiver hears of
one buyer keeps its order; beyond that, turns go by the order of queueing.
"""

from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from pocketsflow_emulator.delivery.journal import Delivery

Lane = tuple[str, str]


class Queued(NamedTuple):
    """A delivery and its place in the order of queueing."""

    order: int
    delivery: Delivery


class Outbox:
    """Deliveries that wait, by lane, and those that are out."""

    __slots__ = ("_busy", "_lanes", "_order", "_ready", "_under_way", "out")

    def __init__(self) -> None:
        self._order = 0
        self._lanes: dict[Lane, deque[Queued]] = {}
        self._ready: dict[str, list[tuple[int, Lane]]] = {}
        self._busy: set[Lane] = set()
        self._under_way: dict[str, int] = {}
        self.out: dict[int, Queued] = {}

    @property
    def empty(self) -> bool:
        """Whether nothing is waiting or out."""
        return not self._lanes and not self.out

    def waiting(self) -> Iterator[Delivery]:
        """Yield what waits, in order."""
        queued = sorted(entry for lane in self._lanes.values() for entry in lane)
        return (entry.delivery for entry in queued)

    def put(self, delivery: Delivery) -> None:
        """Let a delivery wait for its turn, after all that wait already."""
        self._order += 1
        lane = self._lanes.setdefault(delivery.lane, deque())
        lane.append(Queued(self._order, delivery))
        if len(lane) == 1:
            self._offer(delivery.lane)

    def take(self, cap: int, webhooks: int) -> Delivery | None:
        """Take the next delivery out, or return None where none may go now.

        At most `cap` are out, at most one per lane, and at most `cap // webhooks` per webhook.
        """
        if len(self.out) >= cap:
            return None
        share = max(1, cap // max(1, webhooks))
        heads = [
            ready[0]
            for webhook, ready in self._ready.items()
            if ready and self._under_way.get(webhook, 0) < share
        ]
        return self._send(min(heads)[1]) if heads else None

    def put_back(self, number: int) -> None:
        """Let a delivery that is out wait again, in its old place."""
        queued = self._return(number)
        self._lanes.setdefault(queued.delivery.lane, deque()).appendleft(queued)
        self._offer(queued.delivery.lane)

    def done(self, number: int) -> Delivery:
        """Take a delivery that is out off the books; its lane goes on."""
        delivery = self._return(number).delivery
        self._offer(delivery.lane)
        return delivery

    def _offer(self, lane: Lane) -> None:
        """Make a lane ready for its next turn, unless one of it is out."""
        if lane in self._lanes and lane not in self._busy:
            heappush(self._ready.setdefault(lane[0], []), (self._lanes[lane][0].order, lane))

    def _send(self, lane: Lane) -> Delivery:
        heappop(self._ready[lane[0]])
        queued = self._lanes[lane].popleft()
        if not self._lanes[lane]:
            del self._lanes[lane]
        self._busy.add(lane)
        self._under_way[lane[0]] = self._under_way.get(lane[0], 0) + 1
        self.out[queued.delivery.number] = queued
        return queued.delivery

    def _return(self, number: int) -> Queued:
        queued = self.out.pop(number)
        self._busy.discard(queued.delivery.lane)
        self._under_way[queued.delivery.lane[0]] -= 1
        return queued
