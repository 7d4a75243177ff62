"""Verbs over HTTP: `POST /_emulator/actions/<verb>` does what the method of that name does."""

import inspect
from collections.abc import Mapping
from typing import Any

from pocketsflow_emulator import inputs
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.core import events, verbs
from pocketsflow_emulator.errors import InvalidInput, NotFound, UnknownName
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.scenario.model import PSEUDO_VERBS
from pocketsflow_emulator.wire.signature import masked

PATH = "/_emulator/actions/{verb}"

OTHERS = {
    "reset": "Begin anew: same seed and start, the webhooks and objects of the command line.",
    "run_scenario": "Run a scenario that the server knows, by `name`, with ways to ask its"
    " `probes`; what else is given are its options.",
}
"""What a world can be told that is no verb of it."""

WIDER: dict[str, dict[str, Any]] = {
    "replay": {
        "delivery": {
            "anyOf": [{"type": "integer", "minimum": 1}, {"enum": events.names()}],
            "description": "Its number, or an event, which stands for its newest delivery",
        }
    }
}
"""Verb -> argument -> its schema, where it may be more here than in a file of a scenario."""

_SUMMARIES = {
    "advance": "Let time pass: a span (`days`, `hours` ...), `to` a date, or `until` an event.",
    "settle": "Send what waits.",
    "set_policy": "Choose when deliveries are tried again: `name`.",
    "fault": "Let deliveries go wrong: the kind of fault with its events, and its settings.",
    "clear_faults": "Let nothing go wrong from now on.",
    "release_held": "Send what the fault `hold` holds.",
    "trigger": "Send one event, about objects that are in nobody's account: see events/{event}.",
    "test_webhook": "Send a `webhook` a sample of the first event that it hears.",
    "replay": "Send a `delivery` again, by its number or as the newest of an event; as it was, or"
    " with `edits`.",
    "snapshot": "Remember the world as it stands, under a `name` (without one: snapshot).",
    "restore": "Go back to a snapshot, by its `name`; the same ids come again.",
    "branch": "Give what is made from now on the ids of another `seed`.",
}

_HIDDEN = frozenset(("person",))
"""Arguments that are not for people: the driver fills them in."""

_SHOW_SECRETS = frozenset(("create_webhook", "rotate_secret"))


def names() -> list[str]:
    """Return the names of the verbs that can be called."""
    return [*verbs.VERBS, *PSEUDO_VERBS, *OTHERS]


def summary(verb: str) -> str:
    """Return what a verb does, in a sentence or two."""
    if verb in verbs.VERBS:
        return " ".join(inspect.cleandoc(verbs.named(verb).apply.__doc__ or "").split())
    return (_SUMMARIES | OTHERS)[verb]


def check(verb: str) -> str:
    """Return a verb's name. Raises `Refused` (404) where there is no such verb."""
    if verb not in (known := names()):
        raise Refused(404, "UNKNOWN_NAME", str(UnknownName("verb", verb, known)))
    return verb


def arguments(verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a verb, camelCase read as snake_case, metadata and details as
    `JSON.parse` would.

    Raises `InvalidInput` for one that is given twice, or is not for people.
    """
    read: dict[str, Any] = {}
    for name, value in given.items():
        word = inputs.snake(name)
        if word in read:
            raise InvalidInput(f"{word} is given twice, as {name} too")
        if word in _HIDDEN:
            raise UnknownName(f"argument of {verb}", name, verbs.named(verb).parameters)
        read[word] = inputs.as_parsed(word, value) if word in inputs.JSON else value
    return read


def shown(verb: str, handle: Handle | None) -> dict[str, Any] | None:
    """Return what a verb gives, as JSON. A secret is whole only where it was asked for."""
    if handle is None:
        return None
    try:
        fields = handle.to_dict()
    except NotFound:  # the verb has removed it
        return {"id": handle.id, "api_id": handle.api_id}
    if handle.kind == "webhook" and verb not in _SHOW_SECRETS:
        for name in ("secret", "next_secret"):
            fields[name] = masked(fields[name])
    return fields
