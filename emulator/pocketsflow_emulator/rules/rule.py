"""What a rule is: a sentence about the platform, how sure it is, and the pages behind it."""

from types import MappingProxyType
from typing import Any, NamedTuple

from pocketsflow_emulator.core.events import DIALECTS, EventType
from pocketsflow_emulator.rules.sources import CONFLICTS, Source

DOCUMENTED, OBSERVED, ASSUMED = "documented", "observed", "assumed"

LEVELS = MappingProxyType(
    {
        DOCUMENTED: "a public page, example or package of Pocketsflow says so",
        OBSERVED: "a public receiver or client shows that the service does so",
        ASSUMED: "nobody says; it is our guess, and the page named is the one that could have",
    }
)
"""How sure a rule can be."""


class Rule(NamedTuple):
    """One rule. Its id is `<room>.<name>` and stays.

    `events` are the event types it speaks of, in `dialects`, and `fields` the outermost keys of
    their bodies; `order` is the exact sequence that an action sends, `rows` are the rows of the
    lifecycle that it is made of; `conflict` is the contradiction between pages that it decides.
    """

    id: str
    sentence: str
    level: str
    sources: tuple[Source, ...]
    events: tuple[EventType, ...] = ()
    dialects: tuple[str, ...] = DIALECTS
    fields: tuple[str, ...] = ()
    order: tuple[EventType, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    conflict: str = ""


def documented(name: str, sentence: str, *sources: Source, **more: Any) -> Rule:
    """Return a rule that a page states."""
    return _rule(name, sentence, DOCUMENTED, sources, more)


def observed(name: str, sentence: str, *sources: Source, **more: Any) -> Rule:
    """Return a rule that a merchant's code shows."""
    return _rule(name, sentence, OBSERVED, sources, more)


def assumed(name: str, sentence: str, *sources: Source, **more: Any) -> Rule:
    """Return a rule that is a guess; `sources` are the pages that are silent, or hint at it."""
    return _rule(name, sentence, ASSUMED, sources, more)


def _rule(
    name: str, sentence: str, level: str, sources: tuple[Source, ...], more: dict[str, Any]
) -> Rule:
    rule = Rule(name, sentence, level, sources, **more)
    if not sources:
        raise ValueError(f"rule {name} names no page")
    if rule.conflict and rule.conflict not in CONFLICTS:
        raise ValueError(f"rule {name} decides {rule.conflict}, which is not a known conflict")
    return rule


class Room(NamedTuple):
    """The rules about one subject, under a title and an introduction."""

    name: str
    title: str
    introduction: str
    rules: tuple[Rule, ...]


def room(name: str, title: str, introduction: str, *rules: Rule) -> Room:
    """Return a room; the ids of its rules begin with its name."""
    named = tuple(rule._replace(id=f"{name}.{rule.id}") for rule in rules)
    return Room(name, title, introduction, named)
