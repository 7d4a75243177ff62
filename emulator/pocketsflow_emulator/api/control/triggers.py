"""Single events on request: sent, or as a signed request alone."""

from base64 import b64encode
from typing import Any

from aiohttp import web

from pocketsflow_emulator import inputs
from pocketsflow_emulator.api import actions
from pocketsflow_emulator.api.control.ask import Ask, ControlGroup, check_keys
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.api.world import World
from pocketsflow_emulator.core import events, ids, samples
from pocketsflow_emulator.core.arguments import flag
from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.delivery import addresses, triggers
from pocketsflow_emulator.delivery.listeners import Listening, listening
from pocketsflow_emulator.errors import UnknownName
from pocketsflow_emulator.scenario.model import PSEUDO_VERBS
from pocketsflow_emulator.wire.request import SignedRequest
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET

group = ControlGroup()

REQUEST = {
    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
    "body": {"type": "string"},
    "body_base64": {"type": "string", "contentEncoding": "base64"},
}
"""Schema of a request, as far as it is one of every signed request."""


def shown(request: SignedRequest) -> dict[str, Any]:
    """Return a signed request as JSON: the body as text, and its exact bytes."""
    return {
        "headers": request.headers,
        "body": request.body.decode(),
        "body_base64": b64encode(request.body).decode(),
    }


@group.route(
    "POST",
    "events/{event}",
    body="trigger",
    query=("deliver",),
    result={
        "type": ["object", "null"],
        "required": ["event", "webhook", "url", *REQUEST],
        "properties": {
            "event": {"type": "string"},
            "webhook": {"type": "string"},
            "url": {"type": "string"},
            **REQUEST,
        },
    },
)
async def trigger(ask: Ask) -> web.StreamResponse:
    """Send one event, about objects that are in nobody's account, to all webhooks that hear it.
    `overrides` are values by path of the body, `{"customer.email": "a@b.example"}`; they must obey
    the event's schema, unless `unchecked`. `?deliver=false` sends nothing, and answers with the
    signed request.
    """
    name = ask.path["event"]
    try:
        event = events.named(name)
    except UnknownName as error:
        raise Refused(404, "UNKNOWN_NAME", str(error)) from None
    given = actions.arguments("trigger", await ask.body())
    check_keys("argument of trigger", given, PSEUDO_VERBS["trigger"].keys() - {"event"})
    if not ask.choice("deliver"):
        return ask.envelope(_alone(ask.world, event, given))
    done = await ask.world.do("trigger", {"event": name, **given})
    return ask.envelope(None, ask.world.made_since(done.before))


def _alone(world: World, event: EventType, given: dict[str, Any]) -> dict[str, Any]:
    """Return the request that the first webhook which hears the event would get; where none does,
    one in the world's dialect, signed with the secret that everybody knows.
    """
    overrides = inputs.overrides(given.get("overrides") or {})
    with world.lock:
        state = world.engine.world.state
        [hearer, *_] = _hearers(world, event, given.get("webhook"))
        if not flag("unchecked", given.get("unchecked") or False):
            inputs.check_overrides(state, event, overrides, [hearer])
        fact, (webhook, name) = samples.for_account(state, event), hearer
        body = triggers.body(fact, webhook, livemode=state.livemode, overrides=overrides)
        request = triggers.alone(webhook, name, fact, body or b"")
    return {
        "event": name,
        "webhook": webhook.id,
        "url": addresses.masked(webhook.url),
        **shown(request),
    }


def _hearers(world: World, event: EventType, webhook: object) -> Listening:
    store = world.engine.world.state.store
    if webhook is not None or listening(store, event):
        return triggers.hearers(store, event, webhook)
    dialect = world.dialect if event.in_dialect(world.dialect) else _other(event)
    nobody = Webhook(
        id=ids.generated(world.engine.world.state.seed, "webhook", 0),
        url="",
        events=("*",),
        description="",
        active=True,
        dialect=dialect,
        secret=DEFAULT_SECRET,
        created_at=world.engine.now,
    )
    return [(nobody, event.in_dialect(dialect) or event.name)]


def _other(event: EventType) -> str:
    return next(dialect for dialect in events.DIALECTS if event.in_dialect(dialect))
