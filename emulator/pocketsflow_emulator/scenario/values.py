"""Arguments of steps that can be checked before anything runs: words, dates, amounts."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pocketsflow_emulator.core import arguments, cards, clock, dunning, events, money
from pocketsflow_emulator.core.ids import LARGEST_SEED
from pocketsflow_emulator.core.models import FREQUENCIES
from pocketsflow_emulator.core.verbs import account, catalog, orders, payments, plans, webhooks
from pocketsflow_emulator.delivery import addresses, policy, replays
from pocketsflow_emulator.errors import InvalidInput, quoted

Check = Callable[[Any], object]


def check(verb: str, name: str, value: Any) -> None:
    """Raise `InvalidInput` where a verb cannot have this argument, whatever the world is like."""
    if value is None:  # as if it were not there
        return
    found = _OF_A_VERB.get((verb, name)) or _OF_ANY.get(name)
    if found is not None:
        found(value)


def _word(name: str, *known: str) -> Check:
    return lambda value: arguments.choice(name, value, known)


def _address(value: Any) -> None:
    if not isinstance(value, str):
        raise InvalidInput(f"url is {quoted(value)}; write an address with http:// or https://")
    addresses.receiver(value)


def _whole(name: str, least: int, most: int) -> Check:
    return lambda value: arguments.whole(name, value, least, most)


def _sent(value: Any) -> None:
    if isinstance(value, int):
        raise InvalidInput(
            f"delivery is {quoted(value)}; numbers differ from run to run: write the name of an"
            " event, which stands for its newest delivery in this run"
        )
    events.named(value)


def _stamp(value: Any) -> None:
    if value != replays.NOW:
        replays.stamp(value)


def _times(value: Any) -> None:
    if value != payments.UNTIL:
        arguments.whole("times", value, 0, payments.MOST_DECLINES)


def _flag(name: str) -> Check:
    return partial(arguments.flag, name)


def _price(value: Any) -> None:
    """How much a price may be is a matter of its currency; below nothing it is in none."""
    if money.decimal("price", value) < 0:
        raise InvalidInput(f"price is {quoted(value)}; write 0 or more")


_SPANS = {
    "milliseconds": 10**13,
    "seconds": 10**10,
    "minutes": 10**8,
    "hours": 10**6,
    "days": 36_525,
    "weeks": 5_218,
    "months": 1_200,
    "years": 100,
}
"""Span of an advance -> the most of it: a hundred years, or a little more."""

_OF_ANY: Mapping[str, Check] = {
    "active": _flag("active"),
    "at_period_end": _flag("at_period_end"),
    "amount": partial(money.decimal, "amount"),
    "card": cards.decline_code,
    "country": arguments.country,
    "currency": money.currency,
    "dialect": _word("dialect", *events.DIALECTS),
    "dunning": dunning.named,
    "email": arguments.email,
    "events": events.patterns,
    "frequency": _word("frequency", *FREQUENCIES),
    "metadata": arguments.metadata,
    "price": _price,
    "published": _flag("published"),
    "tax_rate": partial(money.fraction, "tax_rate"),
    "trial_days": _whole("trial_days", 0, catalog.LONGEST_TRIAL),
    "proration": _word("proration", plans.NONE, plans.IMMEDIATE),
    "url": _address,
}
_OF_A_VERB: Mapping[tuple[str, str], Check] = {
    ("advance", "to"): clock.parse,
    ("advance", "until"): events.named,
    ("branch", "seed"): _whole("seed", 0, LARGEST_SEED),
    ("decline_checkout", "code"): cards.code,
    ("decline_next", "code"): cards.code,
    ("decline_next", "times"): _times,
    ("extend_trial", "days"): _whole("days", 1, catalog.LONGEST_TRIAL),
    ("pause", "until"): clock.parse,
    ("replay", "delivery"): _sent,
    ("replay", "resign"): _flag("resign"),
    ("replay", "timestamp"): _stamp,
    ("restore", "name"): partial(arguments.text, "name"),
    ("review", "rating"): _whole("rating", *orders.RATINGS),
    ("rotate_secret", "overlap"): _whole("overlap", 0, webhooks.LONGEST_OVERLAP),
    ("set_dunning", "name"): dunning.named,
    ("set_policy", "name"): policy.read,
    ("set_verification", "status"): _word("status", *account.VERIFICATIONS),
    ("snapshot", "name"): partial(arguments.text, "name"),
    ("trigger", "event"): events.named,
    ("trigger", "unchecked"): _flag("unchecked"),
    **{("advance", unit): _whole(unit, 0, most) for unit, most in _SPANS.items()},
}
