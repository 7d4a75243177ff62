"""Events sent on request: samples, as they are or with values of one's own. Pure.

The objects that a sample is about come out of a world that is made for it; those of the account
stay as they are.
"""

from collections.abc import Mapping
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

from pocketsflow_emulator.core import events, samples
from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.core.store import Store
from pocketsflow_emulator.delivery.listeners import Listening, listening
from pocketsflow_emulator.errors import InvalidInput, quoted
from pocketsflow_emulator.wire import dialects, request
from pocketsflow_emulator.wire.request import SignedRequest
from pocketsflow_emulator.wire.signature import sign
from pocketsflow_emulator.wire.stringify import encode

if TYPE_CHECKING:
    from pocketsflow_emulator.delivery.engine import Engine

Overrides = Mapping[str, Any]
"""Values by path of a body, as the webhook's dialect writes it."""


def trigger(
    engine: "Engine", *, event: str, overrides: Overrides | None = None, webhook: object = None
) -> None:
    """Send one event to all webhooks that hear it, or to one, with some values replaced."""
    state, wanted = engine.world.state, events.named(event)
    hearing = hearers(state.store, wanted, webhook)
    if overrides:
        fact = samples.for_account(state, wanted)
        for one, _ in hearing:  # a path that leads nowhere is refused before anything is told
            body(fact, one, livemode=state.livemode, overrides=overrides)
        engine.writing = partial(body, overrides=overrides)
    if webhook is not None:
        engine.listeners.leave_alone(wanted, *hearing[0])
    samples.tell(state, wanted, "trigger")


def test_webhook(engine: "Engine", *, webhook: object) -> None:
    """Send a webhook a sample of what it hears, to it alone."""
    found = engine.world.state.store.find("webhook", webhook, Webhook)
    event, name = samples.heard_by(found)
    engine.listeners.leave_alone(event, found, name)
    samples.tell(engine.world.state, event, "test_webhook")


def alone(webhook: Webhook, event: str, fact: Fact, body: bytes) -> SignedRequest:
    """Return the request that would go to a webhook, signed as it would be at this instant."""
    signature = sign(body, webhook.signing_secret(fact.instant))
    return SignedRequest(event, dict(request.headers(signature, event, fact.stamp)), body)


def hearers(store: Store, event: EventType, webhook: object = None) -> Listening:
    """Return the webhooks that hear an event, each with its name there; or the one that is named.
    Raises `InvalidInput` where that is nobody.
    """
    hearing = listening(store, event)
    if webhook is not None:
        found = store.find("webhook", webhook, Webhook)
        hearing = [row for row in hearing if row[0] is found]
    if not hearing:
        who = "no webhook" if webhook is None else f"webhook {found.id} is not one that"
        raise InvalidInput(
            f"{who} hears {event.name}: active, with a filter that selects it and a dialect that"
            " has it; add one with deliver_to or create_webhook"
        )
    return hearing


def body(fact: Fact, webhook: Webhook, *, livemode: bool, overrides: Overrides) -> bytes | None:
    """Return the bytes that tell a webhook of a fact, with some values replaced; None where its
    dialect does not tell it.
    """
    built = plain_body(fact, webhook, livemode=livemode, overrides=overrides)
    return None if built is None else encode(built)


def plain_body(
    fact: Fact, webhook: Webhook, *, livemode: bool, overrides: Overrides
) -> dict[str, Any] | None:
    """Return that body, not yet written."""
    built = dialects.BUILDERS[webhook.dialect](fact, webhook.id, livemode)
    return None if built is None else overridden(built, overrides)


def overridden(body: Mapping[str, Any], overrides: Overrides) -> dict[str, Any]:
    """Return a body with these values by path (`customer.email`, `requiredFields.0`); objects on
    the way that are missing are made. Raises `InvalidInput` where a path leads through a value.
    """
    changed: dict[str, Any] = deepcopy(dict(body))
    for path, value in overrides.items():
        *way, last = path.split(".")
        inside: Any = changed
        for part in way:
            key = _key(inside, part, path)
            inside = inside.setdefault(key, {}) if isinstance(inside, dict) else inside[key]
        inside[_key(inside, last, path)] = value
    return changed


def _key(inside: Any, part: str, path: str) -> Any:
    """Return what `part` is called in an object or a list."""
    if isinstance(inside, dict):
        return part
    if isinstance(inside, list) and part.isascii() and part.isdigit() and int(part) < len(inside):
        return int(part)
    raise InvalidInput(f"{path} cannot be replaced: there is no {part!r} in {quoted(inside)}")
