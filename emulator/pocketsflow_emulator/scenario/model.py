"""What a scenario is, once it has been read: immutable, with the place of every part."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pocketsflow_emulator.delivery.own_verbs import OWN_VERBS

VERSION = 1


class Place(NamedTuple):
    """Where something stands; lines and columns count from 1."""

    line: int
    column: int


class Option(NamedTuple):
    """Something a run may choose. `type` is text, integer, amount or boolean."""

    name: str
    type: str
    default: Any
    least: int | None
    most: int | None
    values: tuple[Any, ...]


class Where(NamedTuple):
    """Expected values by path, and where each of them stands."""

    values: Mapping[str, Any]
    places: Mapping[str, Place]


class EventExpectation(NamedTuple):
    """An event by any of its names, and values by path of the `documented` body."""

    event: str
    where: Where
    place: Place


class Answers(NamedTuple):
    """What the receiver must answer: statuses ("2xx", 200 ...) within `under` seconds, with each
    text of `contains` in its body; `count` is how many deliveries there are to be answered.
    """

    statuses: tuple[str, ...]
    under: float | None
    contains: tuple[str, ...]
    count: Any
    place: Place


class Refused(NamedTuple):
    """That the step is refused, with these words in the error."""

    words: str
    place: Place


class Expectation(NamedTuple):
    """What must be true after a step. None and empty: nothing is said about it. `place` is that
    of `events`, where it is given.
    """

    events: tuple[EventExpectation, ...] | None
    includes: tuple[EventExpectation, ...]
    never: tuple[EventExpectation, ...]
    counts: Where
    answers: Answers | None
    bodies: Mapping[str, tuple[EventExpectation, ...]]
    """Dialect -> what its deliveries must hold on the wire."""
    refused: Refused | None
    handles: Mapping[str, Where]
    probes: Mapping[str, Where]
    place: Place


class Probe(NamedTuple):
    """A question to the receiver's application: what came of it all. Asked by HTTP (`get`, a path
    at the receiver's address) or by a `command`; without either only where the run offers a way.
    `within` is how long (seconds) an expectation may take to come true.
    """

    name: str
    description: str
    get: str
    command: tuple[str, ...]
    within: float
    place: Place


class Step(NamedTuple):
    """One action: a verb, its arguments (references unresolved), a name for what it returns.
    `repeat` is how often it is done, a number or a reference; None: once.
    """

    verb: str
    arguments: Mapping[str, Any]
    binding: str
    expect: Expectation | None
    place: Place
    repeat: Any = None


class Scenario(NamedTuple):
    """A lifecycle as a file tells it. `given` are steps that make objects and send nothing;
    `catches` names the mistake of a receiver that it reveals.
    """

    name: str
    title: str
    description: str
    catches: str
    tags: tuple[str, ...]
    options: Mapping[str, Option]
    given: tuple[Step, ...]
    probes: Mapping[str, Probe]
    steps: tuple[Step, ...]
    file: str


COMMON = {
    "email": Option("email", "text", None, None, None, ()),
    "name": Option("name", "text", None, None, None, ()),
    "metadata": Option("metadata", "object", None, None, None, ()),
    "client_reference_id": Option("client_reference_id", "text", None, None, None, ()),
}
"""Options of every scenario: who buys, and the merchant's own data."""

RECEIVER = "webhook"
"""`$webhook` is the receiver that a run was given."""

NUMBER = "number"
"""`$number` counts the turns of a step with `repeat`, from 1."""

MOST_TURNS = 10_000
"""How often a step can be repeated."""

_SPANS = ("milliseconds", "seconds", "minutes", "hours", "days", "weeks", "months", "years")

PSEUDO_VERBS: Mapping[str, Mapping[str, bool]] = {
    **{name: verb.parameters for name, verb in OWN_VERBS.items()},
    "advance": dict.fromkeys(("to", "until", *_SPANS), False),
    "settle": {},
    "fault": {},
    "trigger": {**OWN_VERBS["trigger"].parameters, "unchecked": False},
}
"""Verbs that are not the account's: parameter -> whether it must be given. Those of `fault` are its
own words.
"""

NO_STEPS: Mapping[str, str] = {
    "reset": "reset takes the world away, receiver and all, and the run with it; take a snapshot"
    " first, and restore it",
    "run_scenario": "a scenario plays no other one; name both on the command line, or call"
    " run_scenario twice",
}
"""What a world can be told and a run cannot -> why, and what to do instead."""
