"""What a subscription is to, and what is asked and paid for it."""

from dataclasses import dataclass


@dataclass
class Plan:
    """An offer."""

    id: str
    price: int
    currency: str
    every: str
    trial: int
    policy: str | None
    deleted: bool = False


@dataclass
class Bill:
    """An unpaid invoice. `part` says that it is for the rest of a period."""

    start: int
    end: int
    net: int
    tax: int
    part: bool
    tries: int = 0
    failed_at: int | None = None
    retry: int | None = None

    @property
    def total(self):
        return self.net + self.tax


@dataclass
class Payment:
    """A paid bill, of which some may have been given back. `id` is that of its order, once seen."""

    total: int
    currency: str
    product: str
    id: str = ""
    given_back: int = 0
