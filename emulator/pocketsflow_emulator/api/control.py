"""The control API under `/_emulator/`: what a test does to a served world."""

import json
from typing import Any

from aiohttp import web

from pocketsflow_emulator import resources, timeline
from pocketsflow_emulator.api.world import ServedWorld
from pocketsflow_emulator.core import clock, events
from pocketsflow_emulator.delivery.tries import Delivery
from pocketsflow_emulator.errors import InvalidInput, NotFound
from pocketsflow_emulator.scenario import library
from pocketsflow_emulator.scenario.run import Result, arun_with

WORLD = web.AppKey("world", ServedWorld)

routes = web.RouteTableDef()


@routes.get("/_emulator/health")
async def health(_request: web.Request) -> web.Response:
    """Say that the server is there, and which version."""
    return web.json_response({"status": "ok", "version": resources.version()})


@routes.get("/_emulator/clock")
async def read_clock(request: web.Request) -> web.Response:
    """Return the instant, and whether it runs with the wall's."""
    world = request.app[WORLD]
    return _envelope(world, {"now": world.now, "clock": "real" if world.real else "virtual"})


@routes.post("/_emulator/clock/advance")
async def advance(request: web.Request) -> web.Response:
    """Let time pass: `{"days": 3}`, `{"to": "2030-01-31"}` or `{"until": "invoice.upcoming"}`."""
    world = request.app[WORLD]
    made = await world.advance(await _body(request))
    return _envelope(world, {"now": world.now}, made)


@routes.get("/_emulator/scenarios")
async def list_scenarios(request: web.Request) -> web.Response:
    """List the ready-made scenarios."""
    found = [library.ready_made(name) for name in library.names()]
    listed = [{"name": s.name, "title": s.title, "tags": list(s.tags)} for s in found]
    return _envelope(request.app[WORLD], listed)


@routes.get("/_emulator/scenarios/{name}")
async def show_scenario(request: web.Request) -> web.Response:
    """Return the file of a ready-made scenario."""
    return web.Response(text=library.text(request.match_info["name"]), content_type="text/yaml")


@routes.post("/_emulator/scenarios/{name}/run")
async def run_scenario(request: web.Request) -> web.Response:
    """Run a ready-made scenario in this world, with `{"options": {...}}`."""
    world = request.app[WORLD]
    scenario = library.ready_made(request.match_info["name"])
    body = await _body(request)
    unknown = body.keys() - {"options"}
    if unknown:
        raise InvalidInput(f'unknown key {min(unknown)!r}; the body is {{"options": {{...}}}}')
    options = body.get("options", {})
    if not isinstance(options, dict):
        raise InvalidInput(f"options is {options!r}; write an object")
    result = Result(scenario)
    async with world.turn():
        before = world.engine.delivery_count
        await arun_with(world.driver, scenario, options, result)
        made = world.made_since(before)
    outcome = {
        "name": scenario.name,
        "ok": result.ok,
        "misses": [miss._asdict() for miss in result.misses],
        "handles": {name: handle.to_dict() for name, handle in result.handles.items()},
    }
    return _envelope(world, outcome, made)


@routes.get("/_emulator/deliveries")
async def list_deliveries(request: web.Request) -> web.Response:
    """List the deliveries so far; `?event=invoice.*` selects."""
    world = request.app[WORLD]
    found = list(world.engine.journal.deliveries())
    if "event" in request.query:
        wanted = events.matching(request.query["event"])
        found = [delivery for delivery in found if delivery.fact.event in wanted]
    return _envelope(world, [_short(delivery) for delivery in found])


@routes.get("/_emulator/deliveries/{id}")
async def show_delivery(request: web.Request) -> web.Response:
    """Return one delivery whole: the request, every try, and what came of it."""
    world, wanted = request.app[WORLD], request.match_info["id"]
    for delivery in world.engine.journal.deliveries():
        if str(delivery.number) == wanted:
            return _envelope(world, _whole(delivery))
    raise NotFound(f"there is no delivery {wanted}")


async def _body(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    try:
        body = json.loads(raw or b"{}", parse_float=str)
    except (ValueError, RecursionError):
        raise InvalidInput("the body is not JSON") from None
    if not isinstance(body, dict):
        raise InvalidInput("the body must be a JSON object")
    return body


def _envelope(
    world: ServedWorld, result: Any, deliveries: list[Delivery] | None = None
) -> web.Response:
    body = {
        "result": result,
        "deliveries": [_short(delivery) for delivery in deliveries or ()],
        "now": world.now,
        "world": world.name,
        "pending": world.pending,
    }
    return web.json_response(body)


def _short(delivery: Delivery) -> dict[str, Any]:
    outcome = delivery.outcome
    return {
        "id": delivery.number,
        "event": delivery.event,
        "outcome": delivery.state,
        "status": outcome.status if outcome else None,
    }


def _whole(delivery: Delivery) -> dict[str, Any]:
    return {
        **_short(delivery),
        "webhook": delivery.webhook,
        "dialect": delivery.dialect,
        "at": clock.iso(delivery.fact.instant),
        "about": timeline.about(delivery.fact),
        "body": delivery.body.decode(),
        "explanation": timeline.explanation(delivery),
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
