"""What was sent, how the account stands, and what bodies look like."""

from typing import Any

from aiohttp import web

from pocketsflow_emulator import resources, timeline
from pocketsflow_emulator.api.control.ask import Ask, ControlGroup, short
from pocketsflow_emulator.core import clock, events
from pocketsflow_emulator.delivery.tries import Delivery
from pocketsflow_emulator.errors import NotFound
from pocketsflow_emulator.wire.signature import masked

group = ControlGroup()


@group.route("GET", "deliveries", query=("event",))
async def list_deliveries(ask: Ask) -> web.StreamResponse:
    """List the deliveries so far; `?event=invoice.*` selects."""
    with ask.world.lock:
        found = list(ask.world.engine.journal.deliveries())
    if "event" in ask.request.query:
        wanted = events.matching(ask.request.query["event"])
        found = [delivery for delivery in found if delivery.fact.event in wanted]
    return ask.envelope([short(delivery) for delivery in found])


@group.route("GET", "deliveries/{id}")
async def show_delivery(ask: Ask) -> web.StreamResponse:
    """Return one delivery whole: the request, every try, and what came of it."""
    wanted = ask.path["id"]
    with ask.world.lock:
        for delivery in ask.world.engine.journal.deliveries():
            if str(delivery.number) == wanted:
                return ask.envelope(_whole(delivery))
    raise NotFound(f"there is no delivery {wanted}")


@group.route("GET", "state")
async def state(ask: Ask) -> web.StreamResponse:
    """Return everything that decides what happens next: objects, agenda, counters; secrets are
    masked.
    """
    found = await ask.world.state()
    for webhook in found["objects"]["webhook"].values():
        for name in ("secret", "next_secret"):
            webhook[name] = masked(webhook[name])
    return ask.envelope(found)


@group.route(
    "GET", "schemas/{dialect}/{event}.json", content="application/schema+json", worldly=False
)
async def schema(ask: Ask) -> web.StreamResponse:
    """Return the JSON Schema of an event's body in a dialect."""
    dialect, event = ask.path["dialect"], ask.path["event"]
    known = events.DIALECTS
    if dialect not in known or event not in resources.names(f"schemas/{dialect}", ".json"):
        raise NotFound(f"there is no schema of {event} in {dialect}; see `events list`")
    text = resources.text("schemas", f"{dialect}/{event}.json")
    return web.Response(text=text, content_type="application/schema+json")


def _whole(delivery: Delivery) -> dict[str, Any]:
    return {
        **short(delivery),
        "webhook": delivery.webhook,
        "dialect": delivery.dialect,
        "at": clock.iso(delivery.fact.instant),
        "about": timeline.about(delivery.fact),
        "body": delivery.body.decode(),
        "explanation": timeline.explanation(delivery),
        "faults": [firing.name for firing in delivery.trouble.firings] if delivery.trouble else [],
        "tries": [
            {
                "try": record.number,
                "at": clock.iso(record.at),
                "headers": dict(record.headers),
                "outcome": record.outcome.kind if record.outcome else "out",
                "status": record.outcome.status if record.outcome else None,
                "answer": record.outcome.body.decode(errors="replace") if record.outcome else "",
                "durationMs": round(record.outcome.duration * 1000, 3) if record.outcome else None,
            }
            for record in delivery.tries
        ],
    }
