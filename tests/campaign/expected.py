"""What the model says will be seen: one event, with the values of its body that matter."""

from typing import Any, NamedTuple

import oracles

DECIMALS = {"usd": 2, "eur": 2, "jpy": 0, "kwd": 3}
"""The currencies of the campaign, by another hand than the product's table."""


class Refused(Exception):
    """The model says that a verb cannot be done; why is for the reader of a failing run."""


class Expected(NamedTuple):
    """An event of `buyer` (empty: of the account) at an instant, under its documented name."""

    key: str
    at: int
    buyer: str
    about: dict[str, Any]

    def differs(self, body):
        """Return the first value that a body has otherwise, or an empty text."""
        for name, value in self.about.items():
            pairs = value.items() if isinstance(value, dict) else ((None, value),)
            for inner, wanted in pairs:
                found = body.get(name) if inner is None else (body.get(name) or {}).get(inner)
                if found != wanted:
                    place = name if inner is None else f"{name}.{inner}"
                    return f"{place} is {found!r}, expected {wanted!r}"
        return ""


def amount(minor, currency):
    """Return an amount as receivers see it."""
    return oracles.major(minor, DECIMALS[currency])


def date(instant):
    """Return an instant as receivers see it; None stays None."""
    return None if instant is None else oracles.iso(instant)
