"""Replays: a delivery that was made is sent once more, as it was or changed.

What comes of it does not make the policy try again, and leaves the first delivery as it was.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

from pocketsflow_emulator.core import arguments, clock, events
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.delivery.tries import Delivery
from pocketsflow_emulator.errors import InvalidInput, NotFound, UnknownName, quoted
from pocketsflow_emulator.wire import stringify

if TYPE_CHECKING:
    from pocketsflow_emulator.delivery.engine import Engine

ALL = "all"
"""Every active webhook, in place of the id of one."""

NOW = "now"
"""The instant of the world, in place of a timestamp."""

_NUMBER = re.compile("[0-9]{1,15}")

OPEN = "metadata"
"""Objects of this name are the merchant's own: edits may add to them."""


class Replay(Delivery):
    """A delivery in the wake of another. `sealed` is its signature, empty where it is signed when
    it is sent.
    """

    __slots__ = ("sealed",)
    counts = False

    def __init__(
        self, number: int, fact: Fact, webhook: str, dialect: str, event: str, body: bytes
    ) -> None:
        super().__init__(number, fact, webhook, dialect, event, body)
        self.sealed = ""

    def again(self, number: int) -> Self:
        """Return the same under another number, signed in the same way."""
        fresh = super().again(number)
        fresh.sealed = self.sealed
        return fresh


def replay(
    engine: "Engine",
    *,
    delivery: object,
    edits: object = None,
    resign: object = None,
    timestamp: object = None,
    webhook: object = None,
) -> None:
    """Send a delivery again, to its webhook, to another one or to `all`. It is named by its number,
    or by its event, as the `newest` of that.

    `edits` are values by path of the body, `timestamp` an instant (ms) or `now`. It is signed anew
    where its body is another now; `resign` says so or otherwise.
    """
    old = _named(engine, delivery)
    body = old.body if edits is None else edited(old.body, edits)
    fact = old.fact
    if timestamp is not None:
        told = engine.now if timestamp == NOW else stamp(timestamp)
        fact, body = fact._replace(stamp=told), _stamped(body, told)
    signs = body != old.body if resign is None else arguments.flag("resign", resign)
    signature = "" if signs else _signature(old)
    for to in _recipients(engine, old, webhook):
        fresh = Replay(0, fact, to.id, old.dialect, old.event, body)
        fresh.sealed = signature
        engine.asked.append((old, fresh))


Asked = tuple[Delivery, Replay]
"""A delivery, and what is to be sent again of it."""


def queue(engine: "Engine") -> None:
    """Let what has been asked for wait for its turn."""
    for old, fresh in engine.asked:
        engine.delivery_count = fresh.number = engine.delivery_count + 1
        engine.journal.further(fresh, old, engine.now)
        engine.outbox.put(fresh)
    engine.asked.clear()


def edited(body: bytes, edits: object) -> bytes:
    """Return a body with other values at these paths; the rest of it stays as it is.

    Raises `InvalidInput` for what is no mapping, and `UnknownName` for a path that the body does
    not have; only the merchant's `metadata` may get new keys.
    """
    if not isinstance(edits, Mapping) or not all(isinstance(path, str) for path in edits):
        raise InvalidInput(f'edits is {quoted(edits)}; write {{"invoice.amount": 5}}')
    value = json.loads(body)
    for path, wanted in edits.items():
        _put(value, path, wanted)
    try:
        return stringify.encode(value)
    except (TypeError, RecursionError) as error:
        raise InvalidInput(f"edits cannot be written as JSON: {error}") from None


def _put(value: Any, path: str, wanted: object) -> None:
    *steps, last = path.split(".")
    inside, above = value, ""
    for step in steps:
        inside, above = inside[_place(inside, step, path)], step
    if isinstance(inside, dict) and above == OPEN:
        inside[last] = wanted
    else:
        inside[_place(inside, last, path)] = wanted


def _place(inside: Any, step: str, path: str) -> str | int:
    """Return the key or the index that a step of a path means."""
    if isinstance(inside, list) and step.isdecimal() and int(step) < len(inside):
        return int(step)
    if isinstance(inside, dict) and step in inside:
        return step
    known = inside if isinstance(inside, dict) else ()
    raise UnknownName(f"key in the path {path}:", step, known)


def stamp(value: object) -> int:
    """Return an instant (ms) that is one already, or a date. Raises `InvalidInput`."""
    if isinstance(value, str):
        return clock.parse(value)
    return arguments.whole("timestamp", value, 0, clock.LATEST)


def _stamped(body: bytes, stamp: int) -> bytes:
    """Return a body with another timestamp, where it carries one."""
    return edited(body, {"timestamp": stamp}) if "timestamp" in json.loads(body) else body


def newest(deliveries: Iterable[Delivery], event: str, webhook: str = "") -> Delivery:
    """Return the newest of the deliveries of an event, replays left out; where several webhooks
    heard of it, that to `webhook`, else to the first. Raises `UnknownName`, or `NotFound` where
    there is none.
    """
    wanted = events.named(event)
    found = [each for each in deliveries if each.fact.event == wanted and each.counts]
    if not found:
        raise NotFound(f"there is no delivery of {event} to send again")
    heard = [each for each in found if each.fact is found[-1].fact]
    return next((each for each in heard if each.webhook == webhook), heard[0])


def _named(engine: "Engine", name: object) -> Delivery:
    if isinstance(name, str) and not _NUMBER.fullmatch(name):
        return newest(engine.journal.deliveries(), name)
    known = arguments.whole("delivery", int(name) if isinstance(name, str) else name, 1, 2**53)
    for found in engine.journal.deliveries():
        if found.number == known:
            return found
    gone = "; the journal has let go of the oldest" if engine.journal.let_go else ""
    raise NotFound(f"there is no delivery {known}{gone}")


def _signature(old: Delivery) -> str:
    """Return the signature that was sent; nothing where nothing was sent yet."""
    return old.own[-1].signature if old.tried else ""


def _recipients(engine: "Engine", old: Delivery, webhook: object) -> list[Webhook]:
    store = engine.world.state.store
    if webhook == ALL:
        return [found for found in store.table(Webhook).values() if found.active]
    return [store.find("webhook", old.webhook if webhook is None else webhook, Webhook)]
