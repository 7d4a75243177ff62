"""The outbox: which delivery's turn it is.

A lane is (webhook, buyer). One delivery of a lane is out at a time, so what one receiver hears of
one buyer keeps its order; beyond that, turns go by the order of queueing.
"""

from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush

from pocketsflow_emulator.delivery.tries import Delivery


class _Queue:
    """What waits for one webhook.

    `busy` are the buyers of whom a delivery is out. `line` is the order of queueing; who is met
    there while their buyer is busy stands `behind`, and comes `ahead` of the line when it is free.
    """

    __slots__ = ("ahead", "behind", "busy", "line")

    def __init__(self) -> None:
        self.busy: set[str] = set()
        self.line: deque[Delivery] = deque()
        self.behind: dict[str, deque[Delivery]] = {}
        self.ahead: list[tuple[int, Delivery]] = []

    def __iter__(self) -> Iterator[Delivery]:
        yield from self.line
        for deliveries in self.behind.values():
            yield from deliveries
        yield from (delivery for _, delivery in self.ahead)

    def head(self) -> Delivery | None:
        """Return whose turn is next, or None where nobody may go."""
        line = self.line
        while line and line[0].fact.buyer in self.busy:
            self.behind.setdefault(line[0].fact.buyer, deque()).append(line.popleft())
        if self.ahead and (not line or self.ahead[0][0] < line[0].place):
            return self.ahead[0][1]
        return line[0] if line else None

    def send(self, delivery: Delivery) -> None:
        """Let the `head` go."""
        if self.line and self.line[0] is delivery:
            self.line.popleft()
        else:
            heappop(self.ahead)
        self.busy.add(delivery.fact.buyer)

    def free(self, buyer: str) -> None:
        """Let the next of a buyer have a turn."""
        self.busy.discard(buyer)
        behind = self.behind.get(buyer)
        if behind:
            self.put_ahead(behind.popleft())
            if not behind:
                del self.behind[buyer]

    def put_ahead(self, delivery: Delivery) -> None:
        """Let a delivery have a turn before the line."""
        heappush(self.ahead, (delivery.place, delivery))


class Outbox:
    """Deliveries that wait, by webhook, and those that are `out`, by place."""

    __slots__ = ("_place", "_queues", "_waiting", "out")

    def __init__(self) -> None:
        self._place = 0
        self._queues: dict[str, _Queue] = {}
        self._waiting = 0
        self.out: dict[int, Delivery] = {}

    @property
    def empty(self) -> bool:
        """Whether nothing is waiting or out."""
        return not self._waiting and not self.out

    def __len__(self) -> int:
        """Return how many wait or are out."""
        return self._waiting + len(self.out)

    def waiting(self) -> Iterator[Delivery]:
        """Yield what waits, in order."""
        deliveries = (delivery for queue in self._queues.values() for delivery in queue)
        return iter(sorted(deliveries, key=lambda delivery: delivery.place))

    def put(self, delivery: Delivery) -> None:
        """Let a delivery wait for its turn, after all that wait already."""
        self._place += 1
        self._waiting += 1
        delivery.place = self._place
        queue = self._queues.get(delivery.webhook)
        if queue is None:
            queue = self._queues[delivery.webhook] = _Queue()
        queue.line.append(delivery)

    def take(
        self, cap: int, webhooks: int, apart: frozenset[str] = frozenset(), among: bool = False
    ) -> Delivery | None:
        """Take the next delivery out, or return None where none may go now; not one of the webhooks
        that are `apart`, or with `among` only one of those.

        At most `cap` are out, at most one per lane, and at most `cap // webhooks` per webhook.
        """
        if not self._waiting or len(self.out) >= cap:
            return None
        share = max(1, cap // max(1, webhooks))
        first = chosen = None
        for webhook, queue in self._queues.items():
            if (webhook in apart) is not among:
                continue
            head = queue.head() if len(queue.busy) < share else None
            if head is not None and (first is None or head.place < first.place):
                first, chosen = head, queue
        if first is None or chosen is None:
            return None
        chosen.send(first)
        self._waiting -= 1
        self.out[first.place] = first
        return first

    def put_back(self, delivery: Delivery) -> None:
        """Let a delivery that is out wait again, in its old place."""
        queue = self._queues[delivery.webhook]
        del self.out[delivery.place]
        queue.busy.discard(delivery.fact.buyer)
        queue.put_ahead(delivery)
        self._waiting += 1

    def done(self, delivery: Delivery) -> None:
        """Take a delivery that is out off the books; its lane goes on."""
        del self.out[delivery.place]
        self._queues[delivery.webhook].free(delivery.fact.buyer)
