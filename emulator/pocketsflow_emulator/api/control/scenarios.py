"""The scenarios that the server knows: listing them, adding one, playing them."""

from time import perf_counter
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pocketsflow_emulator.api import actions, bodies
from pocketsflow_emulator.api.control.ask import Ask, ControlGroup
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.errors import InvalidInput, UnknownName, quoted

if TYPE_CHECKING:
    from pocketsflow_emulator.scenario.model import Scenario
    from pocketsflow_emulator.scenario.result import Result

group = ControlGroup()


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
    until the server ends. 201 where it is new, 200 where it replaces one.
    """
    text = await bodies.text(ask.request)
    scenario, new = ask.server.shelf.put(ask.path["name"], text)
    return bodies.answer({"result": _short(scenario)}, 201 if new else 200)


@group.route(
    "POST",
    "scenarios/{name}/run",
    body={
        "type": "object",
        "properties": {"options": {"type": "object"}},
        "additionalProperties": False,
    },
    query=("report",),
)
async def run_scenario(ask: Ask) -> web.StreamResponse:
    """Run a scenario in this world, with `{"options": {...}}`. `?report=true` tells all of it, as
    the JSON document of `run` does.
    """
    scenario = _scenario(ask)
    body = await ask.body()
    unknown = body.keys() - {"options"}
    if unknown:
        raise InvalidInput(f'unknown key {min(unknown)!r}; the body is {{"options": {{...}}}}')
    options = body.get("options", {})
    if not isinstance(options, dict):
        raise InvalidInput(f"options is {options!r}; write an object")
    return await play(ask, scenario, options)


def _short(scenario: "Scenario") -> dict[str, Any]:
    return {"name": scenario.name, "title": scenario.title, "tags": list(scenario.tags)}


def _scenario(ask: Ask) -> "Scenario":
    try:
        return ask.server.shelf.find(ask.path["name"])
    except UnknownName as error:
        raise Refused(404, "UNKNOWN_NAME", str(error)) from None


async def play(ask: Ask, scenario: "Scenario", options: dict[str, Any]) -> web.StreamResponse:
    """Run a scenario and say what came of it."""
    wanted = ask.request.query.get("report", "false")
    if wanted not in ("true", "false"):
        raise InvalidInput(f"report is {quoted(wanted)}; write true or false")
    started = perf_counter()
    result, before = await ask.world.play(scenario, options)
    said = _outcome(result)
    if wanted == "true":
        said |= _report(ask, result, before, perf_counter() - started)
    return ask.envelope(said, ask.world.made_since(before))


def _report(ask: Ask, result: "Result", before: int, took: float) -> dict[str, Any]:
    from pocketsflow_emulator.scenario import report

    world = ask.world
    with world.lock:
        seed = world.engine.world.state.seed
        return report.entry(world.engine, result, seed=seed, took=took, before=before)


def _outcome(result: "Result") -> dict[str, Any]:
    handles = {name: actions.shown("", handle) for name, handle in result.handles.items()}
    return {
        "name": result.scenario.name,
        "ok": result.ok,
        "misses": [miss._asdict() for miss in result.misses],
        "handles": handles,
    }
