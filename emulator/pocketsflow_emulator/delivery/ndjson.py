"""The written form of a journal: NDJSON, one line for each thing that happened. Pure.

Lines are ASCII. Bytes that are UTF-8 are text; all others stand as base64 under the same name with
`Base64` after it.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from pocketsflow_emulator.core.clock import iso
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import ref
from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.delivery.outcomes import OUTCOMES
from pocketsflow_emulator.delivery.tries import SKIPPED, Delivery, Outcome, Try

VERSION = 1
"""Of the form; it stands in the first line."""

HIDDEN = "***"
"""What stands for a signing secret."""

BASE64 = "Base64"
"""What follows the name of bytes that are no text."""


_ENCODER = json.JSONEncoder(separators=(",", ":"))


def line(value: Mapping[str, Any]) -> str:
    """Write one line, without its end."""
    return _ENCODER.encode(value)


def head(start: int, template: Mapping[str, Any], **about: Any) -> dict[str, Any]:
    """Return the first line of a world: the version of the form, and what it was made from."""
    return {"kind": "world", "at": iso(start), "journal": VERSION, **template, **about}


def entry(kind: str, at: int, what: Any) -> dict[str, Any]:
    """Return a line of the log: what kind of thing happened, when (ms), and the thing itself."""
    return {"kind": kind, "at": iso(at), **WRITERS[kind](what)}


def masked(line: dict[str, Any]) -> dict[str, Any]:
    """Hide the secret and the password that an input or a try may carry."""
    if "url" in line:
        return {**line, "url": addresses.masked(line["url"])}
    if line["kind"] != "input":
        return line
    hidden = dict(line["arguments"])
    if hidden.get("secret") is not None:
        hidden["secret"] = HIDDEN
    if isinstance(hidden.get("url"), str):
        hidden["url"] = addresses.masked(hidden["url"])
    return {**line, "arguments": hidden}


def data(name: str, content: bytes) -> dict[str, str]:
    """Return bytes under a name: as text, or as base64 where they are none."""
    try:
        return {name: content.decode()}
    except UnicodeDecodeError:
        return {name + BASE64: b64encode(content).decode()}


# ---- the log -----------------------------------------------------------------------------------


def fact(fact: Fact) -> dict[str, Any]:
    """Write a fact; the objects it carries only by name."""
    return {
        "fact": fact.number,
        "event": fact.event.key,
        "instant": iso(fact.instant),
        "stamp": fact.stamp,
        "buyer": fact.buyer,
        "cause": fact.cause,
        "objects": [[*name, name.api_id] for name in map(ref, fact.objects)],
    }


def _queued(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery": delivery.number,
        "fact": delivery.fact.number,
        "webhook": delivery.webhook,
        "dialect": delivery.dialect,
        "event": delivery.event,
    }


def _attempt(record: Try) -> dict[str, Any]:
    return {
        "delivery": record.delivery.number,
        "fact": record.delivery.fact.number,
        "webhook": record.delivery.webhook,
        "event": record.delivery.event,
        "try": record.number,
        **_again(record),
    }


def _again(record: Try) -> dict[str, Any]:
    """Return which fault an extra try comes from, and how its connection misbehaves."""
    extra = {"extra": record.delivery.extra} if record.delivery.extra else {}
    behaviour = record.behaviour
    return {**extra, **({"behaviour": list(behaviour)} if behaviour is not None else {})}


def _faults(delivery: Delivery) -> dict[str, Any]:
    trouble = delivery.trouble
    return {"faults": [f.text for f in trouble.firings]} if trouble and trouble.firings else {}


def _taken(record: Try) -> dict[str, Any]:
    return {
        **_attempt(record),
        "url": record.url,
        "headers": [list(header) for header in record.headers],
        **data("body", record.body),
    }


def _recorded(record: Try) -> dict[str, Any]:
    outcome = record.outcome or Outcome("unknown")
    return {
        **_attempt(record),
        "outcome": outcome.kind,
        "status": outcome.status,
        "responseHeaders": [list(header) for header in outcome.headers],
        **data("answer", outcome.body),
        "truncated": outcome.truncated,
        "durationMs": round(outcome.duration * 1000, 3),
        "detail": outcome.detail,
        "explanation": _explanation(outcome),
    }


def _explanation(outcome: Outcome) -> str:
    known = OUTCOMES[outcome.kind]
    if outcome.kind == "delivered":
        return known.sentence
    return f"{known.sentence} {known.cause} {known.remedy}"


def _wall(at: int) -> dict[str, Any]:
    return {"wall": at}


def _input(what: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"verb": what[0], "arguments": what[1]}


def _skipped(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery": delivery.number,
        "fact": delivery.fact.number,
        "webhook": delivery.webhook,
    }


def _fault(delivery: Delivery) -> dict[str, Any]:
    return {**_skipped(delivery), **_faults(delivery)}


def _disabled(what: tuple[str, int]) -> dict[str, Any]:
    return {"webhook": what[0], "failingSince": iso(what[1])}


def _rested(pull: bool) -> dict[str, Any]:
    return {"pull": True} if pull else {}


WRITERS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "wall": _wall,
    "input": _input,
    "fact": fact,
    "delivery": _queued,
    "take": _taken,
    "record": _recorded,
    "release": _attempt,
    "skip": _skipped,
    "fault": _fault,
    "disable": _disabled,
    "rest": _rested,
    "pass": _rested,
}
"""Kind of entry -> how it is written."""


# ---- the canonical form ------------------------------------------------------------------------


def canonical_delivery(delivery: Delivery) -> dict[str, Any]:
    """Write a delivery with its body."""
    return {
        "fact": delivery.fact.number,
        "webhook": delivery.webhook,
        "dialect": delivery.dialect,
        "event": delivery.event,
        **data("body", delivery.body),
        **_faults(delivery),
        **({"skipped": True} if delivery.state == SKIPPED else {}),
    }


def place(record: Try) -> tuple[str, int, int]:
    """Return where a try stands among those of its delivery: its own, then the extra ones."""
    return record.delivery.extra, record.at, record.number


def canonical_try(record: Try) -> dict[str, Any]:
    """Write a try without what differs between two runs that are the same."""
    outcome = record.outcome or Outcome("unknown")
    return {
        "fact": record.delivery.fact.number,
        "webhook": record.delivery.webhook,
        "try": record.number,
        "at": iso(record.at),
        **_again(record),
        **({} if record.body == record.delivery.body else data("body", record.body)),
        "headers": [list(header) for header in record.headers],
        "outcome": outcome.kind,
        "status": outcome.status,
        "answer": outcome.body.decode(errors="backslashreplace"),
        "truncated": outcome.truncated,
    }
