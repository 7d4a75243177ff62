"""Arguments of steps that can be checked before anything runs: words, dates, amounts."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pocketsflow_emulator.core import arguments, cards, clock, dunning, events, money
from pocketsflow_emulator.core.models import FREQUENCIES
from pocketsflow_emulator.core.verbs import account, plans
from pocketsflow_emulator.delivery import addresses, policy
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


_OF_ANY: Mapping[str, Check] = {
    "amount": partial(money.decimal, "amount"),
    "card": cards.decline_code,
    "country": arguments.country,
    "currency": money.currency,
    "dialect": _word("dialect", *events.DIALECTS),
    "dunning": dunning.named,
    "email": arguments.email,
    "events": events.patterns,
    "frequency": _word("frequency", *FREQUENCIES),
    "price": partial(money.decimal, "price"),
    "proration": _word("proration", plans.NONE, plans.IMMEDIATE),
    "url": _address,
}
_OF_A_VERB: Mapping[tuple[str, str], Check] = {
    ("advance", "to"): clock.parse,
    ("advance", "until"): events.named,
    ("decline_checkout", "code"): cards.code,
    ("decline_next", "code"): cards.code,
    ("pause", "until"): clock.parse,
    ("set_dunning", "name"): dunning.named,
    ("set_policy", "name"): policy.read,
    ("set_verification", "status"): _word("status", *account.VERIFICATIONS),
}
