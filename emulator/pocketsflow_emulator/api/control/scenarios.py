"""The scenarios that the server knows: listing them, adding one, playing them."""

from time import perf_counter
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pocketsflow_emulator.api import actions, bodies
from pocketsflow_emulator.api.control.ask import Ask, ControlGroup, check_keys
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.errors import InvalidInput, UnknownName, quoted

if TYPE_CHECKING:
    from pocketsflow_emulator.scenario.model import Scenario
    from pocketsflow_emulator.scenario.probes import Offered
    from pocketsflow_emulator.scenario.result import Result

group = ControlGroup()

RUN: dict[str, Any] = {
    "type": "object",
    "properties": {
        "options": {"type": "object", "description": "What the scenario lets a run choose"},
        "probes": {
            "type": "object",
            "description": "How to ask a probe: a path at the receiver's address, or a URL",
            "additionalProperties": {"type": "string", "pattern": "^(/|https?://)"},
        },
        "webhook": {"type": "string", "description": "Either id of the receiver that is meant"},
    },
    "additionalProperties": False,
}
"""How a scenario is run."""


@group.route("GET", "scenarios")
async def list_scenarios(ask: Ask) -> web.StreamResponse:
    """List the scenarios that the server knows."""
    shelf = ask.server.shelf
    found = [shelf.find(name) for name in shelf.names()]
    return ask.envelope([_short(scenario) for scenario in found])


@group.route("GET", "scenarios/{name}", content="text/yaml", worldly=False)
async def show_scenario(ask: Ask) -> web.StreamResponse:
    """Return the file of a scenario."""
    _scenario(ask)
    text = ask.server.shelf.text(ask.path["name"])
    return web.Response(text=text, content_type="text/yaml")


@group.route("PUT", "scenarios/{name}", body={"type": "object"}, worldly=False)
async def put_scenario(ask: Ask) -> web.StreamResponse:
    """Give the server a scenario of one's own, in YAML or JSON, under the name it has; it is kept
    until the server ends, in a data file for longer. 201 where it is new, 200 where it replaces
    one.
    """
    text = await bodies.text(ask.request)
    scenario, new = ask.server.shelf.put(ask.path["name"], text)
    return bodies.answer({"result": _short(scenario)}, 201 if new else 200)


@group.route(
    "POST",
    "scenarios/{name}/run",
    body=RUN,
    query=("report",),
)
async def run_scenario(ask: Ask) -> web.StreamResponse:
    """Run a scenario in this world. `options` are what it lets a run choose; `probes` say how to
    ask what it wants to know of the application, a path at the receiver's address or a URL each;
    `webhook` is the receiver, without it the world's first. `?report=true` tells all of it, as the
    JSON document of `run` does.
    """
    scenario = _scenario(ask)
    body = await ask.body()
    check_keys("key of a run", body, RUN["properties"])
    options = body.get("options", {})
    if not isinstance(options, dict):
        raise InvalidInput(f"options is {quoted(options)}; write an object")
    return await play(ask, scenario, options, body.get("probes", {}), body.get("webhook"))


def _short(scenario: "Scenario") -> dict[str, Any]:
    return {"name": scenario.name, "title": scenario.title, "tags": list(scenario.tags)}


def _scenario(ask: Ask) -> "Scenario":
    try:
        return ask.server.shelf.find(ask.path["name"])
    except UnknownName as error:
        raise Refused(404, "UNKNOWN_NAME", str(error)) from None


async def play(
    ask: Ask,
    scenario: "Scenario",
    options: dict[str, Any],
    ways: object,
    webhook: object = None,
) -> web.StreamResponse:
    """Run a scenario and say what came of it. `ways` are how to ask its probes, `webhook` is the id
    of the receiver.
    """
    from pocketsflow_emulator.scenario import report

    wanted = ask.request.query.get("report", "false")
    if wanted not in ("true", "false"):
        raise InvalidInput(f"report is {quoted(wanted)}; write true or false")
    offered = _offered(ask, scenario, ways, webhook)
    seed, started = ask.world.engine.world.state.seed, perf_counter()  # a run may branch off
    result, before = await ask.world.play(scenario, options, offered)
    said = _outcome(result)
    if wanted == "true":
        took = perf_counter() - started
        with ask.world.lock:
            said |= report.entry(ask.world.engine, result, seed=seed, took=took, before=before)
    return ask.envelope(said, ask.world.made_since(before))


def _offered(ask: Ask, scenario: "Scenario", ways: object, webhook: object) -> "Offered":
    """Return what a request offers to a run. Raises an `EmulatorError` for what cannot be."""
    from pocketsflow_emulator.scenario import probes

    found = probes.over_http(ways)
    probes.check(found, [scenario])
    if webhook is None:
        return probes.Offered(found)
    with ask.world.lock:
        receiver = ask.world.engine.world.state.store.find("webhook", webhook, Webhook)
    return probes.Offered(found, receiver=receiver.id)


def _outcome(result: "Result") -> dict[str, Any]:
    handles = {name: actions.shown("", handle) for name, handle in result.handles.items()}
    return {
        "name": result.scenario.name,
        "ok": result.ok,
        "misses": [miss._asdict() for miss in result.misses],
        "handles": handles,
    }
