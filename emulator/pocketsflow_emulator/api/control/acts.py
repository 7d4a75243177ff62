"""Doing verbs, finishing checkouts as a buyer would, and seeding."""

from typing import Any

from aiohttp import web

from pocketsflow_emulator.api import actions, bodies
from pocketsflow_emulator.api.control import clock
from pocketsflow_emulator.api.control.ask import Ask, ControlGroup
from pocketsflow_emulator.api.control.scenarios import play
from pocketsflow_emulator.errors import InvalidInput, UnknownName

group = ControlGroup()

_WITHOUT = {"reset": clock.reset, "settle": clock.settle}
"""Verbs that take nothing."""


@group.route("POST", "actions/{verb}", query=("wait",))
async def act(ask: Ask) -> web.StreamResponse:
    """Do a verb. Answers when the world is quiet, `?wait=false` at once."""
    verb = actions.check(ask.path["verb"])
    given = actions.arguments(verb, await ask.body())
    waits = ask.choice("wait")
    if verb in _WITHOUT:
        if given:
            raise UnknownName(f"argument of {verb}", min(given), ())
        return await _WITHOUT[verb](ask)
    if verb == "run_scenario":
        name = given.pop("name", None)
        if not isinstance(name, str):
            raise InvalidInput("run_scenario needs name, that of a scenario the server knows")
        ways = given.pop("probes", {})
        return await play(ask, ask.server.shelf.find(name), given, ways)
    if verb == "create_webhook":
        given.setdefault("dialect", ask.world.dialect)
    return await _do(ask, verb, given, waits=waits)


async def _do(ask: Ask, verb: str, given: dict[str, Any], *, waits: bool) -> web.StreamResponse:
    world = ask.world
    sent = world.engine.delivery_count
    if waits:
        done = await world.do(verb, given)
    else:
        done = world.submit(verb, given)
        world.wake()
    with world.lock:
        result = actions.shown(verb, done.handle)
    again = verb == "replay"  # a delivery of a fact that was there before
    made = world.numbered_above(sent) if again else world.made_since(done.before)
    return ask.envelope(result, made)


@group.route("POST", "checkout/{session}/complete", body="complete_checkout", query=("wait",))
async def complete_checkout(ask: Ask) -> web.StreamResponse:
    """Let the buyer of a checkout session pay; `landing_url` is where they are sent."""
    return await _check_out(ask, "complete_checkout")


@group.route("POST", "checkout/{session}/decline", body="decline_checkout", query=("wait",))
async def decline_checkout(ask: Ask) -> web.StreamResponse:
    """Let the payment of a session's buyer be declined; the session stays open."""
    return await _check_out(ask, "decline_checkout")


@group.route("POST", "checkout/{session}/abandon", body="abandon_checkout", query=("wait",))
async def abandon_checkout(ask: Ask) -> web.StreamResponse:
    """Let the buyer of a session leave; `landing_url` is where they are sent."""
    return await _check_out(ask, "abandon_checkout")


async def _check_out(ask: Ask, verb: str) -> web.StreamResponse:
    given = actions.arguments(verb, await ask.body())
    if "session" in given:
        raise InvalidInput("the session stands in the path; leave it out of the body")
    given["session"] = ask.path["session"]
    return await _do(ask, verb, given, waits=ask.choice("wait"))


@group.route("POST", "seed", body={"type": "object"})
async def seed(ask: Ask) -> web.StreamResponse:
    """Make objects quietly, as a seed file does: `products`, `variants`, `offers`, `customers`,
    `discounts` and `webhooks`, in YAML or JSON. All of it, or nothing.
    """
    from pocketsflow_emulator.scenario.seed import Seed

    text = await bodies.text(ask.request)
    return ask.envelope({"ids": Seed.read(text, "the body").sow(ask.world.driver)})
