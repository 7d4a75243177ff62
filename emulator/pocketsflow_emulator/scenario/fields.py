"""What can be looked into: the fields of the objects that verbs give, the paths of documented
bodies. Known before anything runs, so that a misspelt one is found before anything is sent.
"""

import json
from collections.abc import Mapping
from functools import cache
from inspect import signature
from typing import Any

from pocketsflow_emulator import handles, resources
from pocketsflow_emulator.core import events, verbs
from pocketsflow_emulator.core.models import (
    KINDS,
    CheckoutSession,
    Object,
    Order,
    PaymentIntent,
    Refund,
    Review,
    Subscription,
    Verification,
    Webhook,
)
from pocketsflow_emulator.errors import InvalidInput, suggestion

_MADE: dict[str, type[Object]] = {
    **{word: kind for kind, word in KINDS.items()},
    "checkout": CheckoutSession,
}
_GIVEN: dict[str, tuple[type[Object], ...]] = {
    "purchase": (Order, PaymentIntent),
    "subscribe": (Subscription, PaymentIntent),
    "refund": (Refund,),
    "review": (Review,),
    "set_verification": (Verification,),
    "rotate_secret": (Webhook,),
}
_OF_SUBSCRIPTIONS = frozenset(
    ("pause", "resume", "cancel", "uncancel", "change_plan", "extend_trial", "end_trial")
)


def gives(verb: str) -> bool:
    """Say whether a verb gives an object."""
    return verb in verbs.VERBS and signature(verbs.VERBS[verb].apply).return_annotation is not None


def given_by(verb: str) -> frozenset[str]:
    """Return the fields of what a verb gives; where that may be one of two things, of both."""
    return frozenset(field for kind in kinds(verb) for field in handles.fields(kind))


def kinds(verb: str) -> tuple[type[Object], ...]:
    """Return what a verb may give."""
    word = verb.partition("_")[2]
    if verb in _GIVEN:
        return _GIVEN[verb]
    if verb in _OF_SUBSCRIPTIONS or verb == "update_payment_method":
        return (Subscription,)
    return (_MADE[word],)


def check_path(event: str, path: str, dialect: str = events.DIALECTS[0]) -> None:
    """Raise `InvalidInput` where the body of an event in a dialect has no such path."""
    name = events.named(event).in_dialect(dialect)
    if name is None:
        raise InvalidInput(f"{event} is in no {dialect} body; expect it without values")
    schema = _schema(dialect, name)
    for part in path.split("."):
        if "properties" in schema and part in schema["properties"]:
            schema = schema["properties"][part]
        elif "items" in schema and part.isdigit():
            schema = schema["items"]
        elif schema.get("additionalProperties") is True:
            return
        else:
            known = schema.get("properties", ())
            raise InvalidInput(f"there is no {part!r} in {path!r}{suggestion(part, known)}")


def check_sent(event: str, path: str) -> None:
    """Raise `InvalidInput` where the body of an event has no such path, whatever the dialect."""
    complaints = []
    for dialect in filter(events.named(event).in_dialect, events.DIALECTS):
        try:
            return check_path(event, path, dialect)
        except InvalidInput as error:
            complaints.append(error)
    raise complaints[0]


@cache
def _schema(dialect: str, name: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads(resources.text("schemas", f"{dialect}/{name}.json"))
    return schema
