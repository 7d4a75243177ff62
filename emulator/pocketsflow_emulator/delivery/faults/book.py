"""The faults that are set in a world, and which deliveries they hit. Pure and seeded.

Whether a fault hits is decided once per delivery, when it is queued: nothing that a receiver does
later, and no order in which answers come, changes it.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.models import Customer, Webhook
from pocketsflow_emulator.core.store import Store
from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.delivery.faults.asked import ALL, Asked
from pocketsflow_emulator.delivery.faults.kind import BEHAVE, BEND, PLAN, About, Draw, Hit
from pocketsflow_emulator.delivery.tries import Behaviour, Bent, Delivery
from pocketsflow_emulator.delivery.trouble import Extra, Firing, Plan, Trouble
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.wire import request
from pocketsflow_emulator.wire.request import Request

Before = Callable[[], Iterator[Delivery]]


class Set(NamedTuple):
    """A fault that is set: its number in the world, how many deliveries it matched and hit."""

    number: int
    asked: Asked
    seen: int = 0
    fired: int = 0


class Book:
    """What is set in one world."""

    __slots__ = ("_count", "_known", "_set", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._count = 0
        self._set: dict[int, Set] = {}
        self._known: dict[int, Asked] = {}  # those that were cleared may have hit what still waits

    def __len__(self) -> int:
        """Return how many are set."""
        return len(self._set)

    def __iter__(self) -> Iterator[Set]:
        """Yield what is set, oldest first."""
        return iter(self._set.values())

    def copy(self) -> "Book":
        """Return an independent copy."""
        twin = Book(self.seed)
        twin._count, twin._set, twin._known = self._count, dict(self._set), dict(self._known)
        return twin

    def add(self, asked: Asked, store: Store) -> None:
        """Set a fault. Raises `NotFound` for a webhook that does not exist, `InvalidInput` where no
        receiver has a connection that could misbehave.
        """
        if asked.webhook:
            asked = asked._replace(webhook=store.find("webhook", asked.webhook, Webhook).id)
        if asked.customer and "@" not in asked.customer:
            found = store.find("customer", asked.customer, Customer)
            asked = asked._replace(customer=found.email)
        if asked.kind.seam == BEHAVE:
            _check_connections(asked, store)
        self._count += 1
        self._known[self._count] = asked
        self._set[self._count] = Set(self._count, asked)

    def clear(self) -> None:
        """Set nothing from now on; what has been hit stays hit."""
        self._set.clear()

    # ---- hitting -------------------------------------------------------------------------------

    def trouble(self, delivery: Delivery, webhook: Webhook, before: Before) -> Trouble | None:
        """Return what the faults do to a delivery that is queued, or None where none hits it."""
        plan = Plan()
        firings: list[Firing] = []
        for one in tuple(self):
            if not _matches(one.asked, delivery, webhook):
                continue
            one = one._replace(seen=one.seen + 1)
            self._set[one.number] = one
            changed = self._hit(one, plan, delivery, before)
            if changed is not None:
                plan = changed
                self._set[one.number] = one._replace(fired=one.fired + 1)
                firings.append(Firing(one.number, one.asked.kind.name, one.asked.text))
        return Trouble(tuple(firings), plan) if firings else None

    def _hit(self, one: Set, plan: Plan, delivery: Delivery, before: Before) -> Plan | None:
        """Return the plan that a fault makes of another, or None where it does not hit."""
        asked = one.asked
        if (asked.nth and one.seen != asked.nth) or (asked.times and one.fired >= asked.times):
            return None
        if asked.probability < 1 and self._draw(one.number, delivery, "hit")() >= asked.probability:
            return None
        if asked.kind.seam != PLAN:
            return plan
        hit = Hit(delivery, self._draw(one.number, delivery, "plan"), before)
        changed: Plan | None = asked.kind.act(plan, hit, **asked.settings)
        return changed

    def bent(self, delivery: Delivery, signature: str, secret: str, store: Store) -> Bent | None:
        """Return what the faults that have hit a delivery make of the request of its next try."""
        trouble = delivery.of.trouble if isinstance(delivery, Extra) else delivery.trouble
        first = delivery.fresh and not delivery.extra
        acting = [
            (firing.number, self._known[firing.number])
            for firing in (trouble.firings if trouble is not None else ())
            if first or self._known[firing.number].tries == ALL
        ]
        plain = Request(
            request.headers(signature, delivery.event, delivery.fact.stamp), delivery.body
        )
        bent, behaviour = plain, None
        for number, asked in acting:
            if asked.kind.seam == BEND:
                draw = self._draw(number, delivery, "bend")
                about = About(delivery, secret, _foreign(store, delivery, secret), draw)
                bent = asked.kind.act(bent, about, **asked.settings)
            elif asked.kind.seam == BEHAVE:
                behaviour = _behaviour(asked)
        return None if bent is plain and behaviour is None else Bent(*bent, behaviour)

    def _draw(self, number: int, delivery: Delivery, purpose: str) -> Draw:
        """Return random numbers of one fault, one delivery and one purpose."""
        return Random(f"{self.seed}/fault {number}/{delivery.subject}/{purpose}").random


def _behaviour(asked: Asked) -> Behaviour:
    found: Behaviour = asked.kind.act(**asked.settings)
    return found


def _matches(asked: Asked, delivery: Delivery, webhook: Webhook) -> bool:
    return (
        delivery.fact.event in events.matching(asked.events)
        and (not asked.webhook or asked.webhook == delivery.webhook)
        and (not asked.customer or asked.customer == delivery.fact.buyer)
        and delivery.dialect in asked.kind.dialects
        and (asked.kind.seam != BEHAVE or addresses.is_url(webhook.url))
    )


def _check_connections(asked: Asked, store: Store) -> None:
    found = [w for w in store.table(Webhook).values() if asked.webhook in ("", w.id)]
    if found and not any(addresses.is_url(webhook.url) for webhook in found):
        raise InvalidInput(
            f"the fault {asked.kind.name} is about a connection, and no receiver here has one;"
            " give the receiver as a URL"
        )


def _foreign(store: Store, delivery: Delivery, secret: str) -> str:
    """Return the secret of another webhook, or one that nobody has."""
    others = (webhook.secret for webhook in store.table(Webhook).values())
    found = next((other for other in others if other != secret), "")
    return found or f"whsec_not_of_{delivery.webhook}"
