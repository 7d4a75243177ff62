"""Who has bought what: an index of a world's orders, kept up as they come in."""

from itertools import islice

from pocketsflow_emulator.core.models import Order
from pocketsflow_emulator.core.store import Store


class Ledger:
    """The orders of one store by customer, and how often each discount was used. Orders are never
    taken out of a store, so only those that are new are looked at.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._seen = 0
        self._by_customer: dict[str, list[str]] = {}
        self._uses: dict[str, int] = {}

    def caught_up(self) -> "Ledger":
        """Return this, with the orders that have come in since the last time."""
        orders = self.store.table(Order)
        for order in islice(orders.values(), self._seen, None):
            self._by_customer.setdefault(order.customer_id, []).append(order.id)
            if order.discount_id:
                self._uses[order.discount_id] = self._uses.get(order.discount_id, 0) + 1
        self._seen = len(orders)
        return self

    def orders_of(self, customer: str) -> list[Order]:
        """Return the orders of a customer (an id), oldest first."""
        orders = self.store.table(Order)
        return [orders[id] for id in self._by_customer.get(customer, ())]

    def uses_of(self, discount: str) -> int:
        """Return how many orders a discount (an id) was used in."""
        return self._uses.get(discount, 0)
