"""From what people write to an input: everything resolved, nothing but JSON.

Handles become ids, Decimals and dates become text, missing people come from `people.py`, metadata
becomes what `JSON.parse` would make of it.
"""

import inspect
import re
import warnings
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pocketsflow_emulator import contract, people
from pocketsflow_emulator.core import arguments as checks
from pocketsflow_emulator.core import clock, events, samples, spans, verbs
from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.verbs import checkout
from pocketsflow_emulator.delivery import addresses, triggers
from pocketsflow_emulator.delivery.listeners import Listening
from pocketsflow_emulator.delivery.own_verbs import OWN_VERBS
from pocketsflow_emulator.errors import InvalidInput, UnknownName, quoted
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.wire.stringify import normalise

_CHECKOUTS = frozenset(("complete_checkout", "decline_checkout"))
_BUYERS = frozenset(("purchase", "subscribe", "create_customer")) | _CHECKOUTS
JSON = ("details", "edits", "metadata")
_ADDRESSED = frozenset(("create_webhook", "update_webhook"))
_ADDRESS = frozenset(("first_name", "last_name", "country", "zip", "state"))
_PLAIN = frozenset((str, int, float, bool, dict))
"""What nearly all arguments are; they stay as they are."""
_FLAT = frozenset((str, bool, type(None)))
_LONG = 400
"""Digits: a longer Decimal is no amount, and no number that JavaScript has."""

_SPANS = {
    "milliseconds": 1,
    "seconds": clock.SECOND,
    "minutes": clock.MINUTE,
    "hours": clock.HOUR,
    "days": clock.DAY,
    "weeks": clock.WEEK,
}


def resolve(state: State, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an input. Raises `InvalidInput` for what JSON cannot carry."""
    try:
        arguments: dict[str, Any] = {
            name: item if item.__class__ in _PLAIN else _plain(name, item)
            for name, item in given.items()
            if item is not None
        }
    except RecursionError:
        raise InvalidInput(f"an argument of {verb} is a list that contains itself") from None
    if verb in _WORDED:
        return _WORDED[verb](state, arguments)
    for name in JSON:
        if name in arguments:
            arguments[name] = _json(name, arguments[name])
    if verb in verbs.VERBS:
        if verb in _ADDRESSED and isinstance(arguments.get("url"), str):
            arguments["url"] = addresses.receiver(arguments["url"])
        if verb in _CHECKOUTS:
            _add_session_email(state, arguments)
        if verb in _BUYERS:
            _add_person(state, verb, arguments)
    return arguments


def _plain(name: str, value: Any) -> Any:
    if value.__class__ in _PLAIN:
        return value
    match value:
        case Handle():
            return value.id
        case Decimal():
            return format(value, "f") if abs(value.adjusted()) < _LONG else str(value)
        case datetime():
            return clock.iso(clock.from_datetime(value))
        case date():
            return value.isoformat()
        case timedelta():
            return value
        case list() | tuple():
            return [_plain(name, item) for item in value]
        case dict() | str() | int() | float() | None:
            return value
    raise InvalidInput(
        f"{name} is {quoted(value)}, a {type(value).__name__}; that cannot be used here"
    )


def snake(name: str) -> str:
    """Return a parameter's name for one that may be written in camelCase."""
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda found: f"_{found[0]}", name).lower()


def as_parsed(name: str, value: Any) -> Any:
    """Return a value as `JSON.parse` would have it. Raises `InvalidInput` where it is no JSON."""
    try:
        return normalise(value if _is_flat(value) else _told(value))
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{name}: {error}") from None
    except RecursionError:
        raise InvalidInput(f"{name} is nested too deeply to be JSON") from None


def _json(name: str, value: Any) -> Any:
    if not isinstance(value, dict):
        return value  # the verb refuses it, with its own words
    kept = as_parsed(name, value)
    if kept == value:
        return kept
    changed = [key for key in value if _loses(value[key])]
    if changed:
        warnings.warn(
            f"{name} {', '.join(changed)}: an integer is too large for a JavaScript number and"
            " was changed as JSON.parse would change it; write it as text to keep it",
            stacklevel=outside(),
        )
    return kept


def outside() -> int:
    """Return the stack level of the line outside of this package that called into it."""
    package = __name__.partition(".")[0]
    level, frame = 0, inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith(package):
        level, frame = level + 1, frame.f_back
    return level


def _is_flat(value: Any) -> bool:
    """Say whether a value is an object with nothing in it but text, truth values and None."""
    return value.__class__ is dict and _FLAT.issuperset(map(type, value.values()))


def _told(value: Any) -> Any:
    """Files are read with Decimals, and numbers here are JavaScript's; an object stands for its id,
    an instant for its text.
    """
    match value:
        case Handle():
            return value.id
        case datetime():
            return clock.iso(clock.from_datetime(value))
        case Decimal():
            return int(value) if _is_integer(value) else float(value)
        case dict():
            return {key: _told(item) for key, item in value.items()}
        case list():
            return [_told(item) for item in value]
    return value


def _is_integer(value: Decimal) -> bool:
    return value.is_finite() and value.adjusted() < _LONG and value == value.to_integral_value()


def _loses(value: Any) -> bool:
    """Say whether there is an integer in a value that JavaScript would change."""
    if isinstance(value, dict):
        return any(map(_loses, value.values()))
    if isinstance(value, list):
        return any(map(_loses, value))
    return isinstance(value, int) and normalise(value) != value


def _fault(_state: State, given: dict[str, Any]) -> dict[str, Any]:
    """Turn the words of a fault into one argument; a fault on one line is one already."""
    if given.keys() == {"fault"}:
        return {"fault": as_parsed("fault", given["fault"])}
    words = {name: as_parsed(name, value) for name, value in given.items() if name != "fault"}
    if "fault" in given:
        raise InvalidInput("write a fault on one line or as words of its own, not both")
    return {"fault": words}


def _add_session_email(state: State, arguments: dict[str, Any]) -> None:
    """Let the buyer of a checkout session be whom it was made for, unless said otherwise."""
    session = checkout.named(state, arguments.get("session"))
    if session is not None and session.email:
        arguments.setdefault("email", session.email)


def _add_person(state: State, verb: str, arguments: dict[str, Any]) -> None:
    """Fill in the buyer's missing names: the known customer's, else an invented person's."""
    email = arguments.get("email")
    known = state.store.customer_of(email) if isinstance(email, str) else None
    if known is not None:
        for name in verbs.named(verb).parameters.keys() & _ADDRESS:
            arguments.setdefault(name, getattr(known, name))
        return
    needed = {"email", "first_name", "last_name"}
    if needed <= arguments.keys():
        return
    if email is None:
        number = state.counters.get("person", 0) + 1
        arguments["person"] = number
        somebody = people.person(state.seed, str(number))
        arguments["email"] = somebody.email
    elif isinstance(email, str):
        somebody = people.person(state.seed, email)
    else:
        return  # the verb refuses it, with its own words
    arguments.setdefault("first_name", somebody.first_name)
    arguments.setdefault("last_name", somebody.last_name)
    takes_address = "zip" in verbs.named(verb).parameters
    if takes_address and not arguments.keys() & {"country", "zip", "state"}:
        arguments |= {"zip": somebody.zip, "state": somebody.state}


def _advance(state: State, given: dict[str, Any]) -> dict[str, Any]:
    """Turn `to`, `until`, a timedelta (`by`) or spans like `days` into the engine's words."""
    unknown = given.keys() - _SPANS.keys() - {"to", "until", "by", "months", "years"}
    if unknown:
        known = [*_SPANS, "months", "years", "to", "until"]
        raise UnknownName("argument of advance", min(unknown), known)
    ways = [bool(given.keys() & {"to"}), bool(given.keys() & {"until"})]
    ways.append(bool(given.keys() - {"to", "until"}))
    if sum(ways) != 1:
        raise InvalidInput("advance takes a span (days=3), to= a date, or until= an event")
    if "until" in given:
        return {"until": given["until"]}
    if "to" in given:
        if not isinstance(given["to"], str):
            raise InvalidInput(f"to is {quoted(given['to'])}; write a date like 2030-01-31")
        return {"to": clock.parse(given["to"])}
    return {"to": _target(state.now, given)}


def _target(now: int, given: dict[str, Any]) -> int:
    by = given.pop("by", timedelta())
    if not isinstance(by, timedelta):
        raise InvalidInput(f"advance by {quoted(by)}; give a timedelta, or days=3")
    span: int = by // timedelta(milliseconds=1)
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidInput(f"{name} is {quoted(value)}; write a whole number")
        if not -(10**6) < value < 10**13:
            raise InvalidInput(f"{name} is {quoted(value)}; that is more than 100 years")
    months: int = given.pop("months", 0) + 12 * given.pop("years", 0)
    span += sum(_SPANS[name] * value for name, value in given.items())
    if span < 0 or months < 0:
        back = f"{-months} months" if months < 0 else spans.write(-span)
        raise InvalidInput(
            f"cannot advance the world back by {back}: it is at {clock.iso(now)};"
            " time only goes forward"
        )
    return (clock.add_months(now, months) if months else now) + span


# ---- single events -----------------------------------------------------------------------------


def _trigger(state: State, given: dict[str, Any]) -> dict[str, Any]:
    """Check the overrides against what each webhook would be sent; `unchecked` leaves it out."""
    known = (*OWN_VERBS["trigger"].parameters, "unchecked")
    if unknown := given.keys() - set(known):
        raise UnknownName("argument of trigger", min(unknown), known)
    unchecked = checks.flag("unchecked", given.pop("unchecked", False))
    event = events.named(given.get("event", ""))
    hearing = triggers.hearers(state.store, event, given.get("webhook"))
    if "overrides" in given:
        given["overrides"] = overrides(given["overrides"])
        if not unchecked:
            check_overrides(state, event, given["overrides"], hearing)
    return given


def overrides(value: Any) -> dict[str, Any]:
    """Return values by path, each as `JSON.parse` would have it."""
    if not isinstance(value, dict) or not all(isinstance(path, str) for path in value):
        raise InvalidInput(
            f'overrides is {quoted(value)}; write values by path: {{"order.id": "order_1"}}'
        )
    return {path: as_parsed(path, item) for path, item in value.items()}


def check_overrides(
    state: State, event: EventType, given: Mapping[str, Any], hearing: Listening
) -> None:
    """Raise `InvalidInput` where an event with these values breaks the schema of a webhook's
    dialect.
    """
    fact = samples.for_account(state, event)
    for webhook, name in hearing:
        body = triggers.plain_body(fact, webhook, livemode=state.livemode, overrides=given)
        problems = contract.problems(body, webhook.dialect, name)
        if problems:
            raise InvalidInput(
                f"{name} with these overrides breaks its schema in the dialect {webhook.dialect}:"
                f" {'; '.join(problems)}; say unchecked (--unchecked) to send it all the same"
            )


_WORDED: Mapping[str, Callable[[State, dict[str, Any]], dict[str, Any]]] = {
    "advance": _advance,
    "fault": _fault,
    "trigger": _trigger,
}
"""Verbs that people write in other words than the engine takes -> how they are translated."""
