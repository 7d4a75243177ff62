"""The ready-made scenarios, and playing them."""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from pocketsflow_emulator.api import actions
from pocketsflow_emulator.api.control.ask import Ask, ControlGroup
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.errors import InvalidInput, UnknownName

if TYPE_CHECKING:
    from pocketsflow_emulator.scenario.model import Scenario
    from pocketsflow_emulator.scenario.run import Result

group = ControlGroup()


@group.route("GET", "scenarios")
async def list_scenarios(ask: Ask) -> web.Response:
    """List the ready-made scenarios."""
    from pocketsflow_emulator.scenario import library  # here, so that the start is not slowed

    found = [library.ready_made(name) for name in library.names()]
    return ask.envelope([{"name": s.name, "title": s.title, "tags": list(s.tags)} for s in found])


@group.route("GET", "scenarios/{name}", content="text/yaml", worldly=False)
async def show_scenario(ask: Ask) -> web.Response:
    """Return the file of a ready-made scenario."""
    from pocketsflow_emulator.scenario import library

    _scenario(ask)
    return web.Response(text=library.text(ask.path["name"]), content_type="text/yaml")


@group.route(
    "POST",
    "scenarios/{name}/run",
    body={
        "type": "object",
        "properties": {"options": {"type": "object"}},
        "additionalProperties": False,
    },
)
async def run_scenario(ask: Ask) -> web.Response:
    """Run a ready-made scenario in this world, with `{"options": {...}}`."""
    scenario = _scenario(ask)
    body = await ask.body()
    unknown = body.keys() - {"options"}
    if unknown:
        raise InvalidInput(f'unknown key {min(unknown)!r}; the body is {{"options": {{...}}}}')
    options = body.get("options", {})
    if not isinstance(options, dict):
        raise InvalidInput(f"options is {options!r}; write an object")
    return await play(ask, scenario, options)


def _scenario(ask: Ask) -> "Scenario":
    from pocketsflow_emulator.scenario import library

    try:
        return library.ready_made(ask.path["name"])
    except UnknownName as error:
        raise Refused(404, "UNKNOWN_NAME", str(error)) from None


async def play(ask: Ask, scenario: "Scenario", options: dict[str, Any]) -> web.Response:
    """Run a scenario and say what came of it."""
    result, before = await ask.world.play(scenario, options)
    return ask.envelope(_outcome(result), ask.world.made_since(before))


def _outcome(result: "Result") -> dict[str, Any]:
    handles = {name: actions.shown("", handle) for name, handle in result.handles.items()}
    return {
        "name": result.scenario.name,
        "ok": result.ok,
        "misses": [miss._asdict() for miss in result.misses],
        "handles": handles,
    }
