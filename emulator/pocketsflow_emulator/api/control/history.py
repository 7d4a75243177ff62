"""Going back to a snapshot, and branching off."""

from aiohttp import web

from pocketsflow_emulator.api import actions
from pocketsflow_emulator.api.control.ask import Ask, ControlGroup

group = ControlGroup()

NOTHING = {"type": "null"}


@group.route("POST", "state/snapshot", body="snapshot", result=NOTHING)
async def snapshot(ask: Ask) -> web.StreamResponse:
    """Remember the world as it stands, under a `name` (without one: snapshot)."""
    return await _do(ask, "snapshot")


@group.route("POST", "state/restore", body="restore", result=NOTHING)
async def restore(ask: Ask) -> web.StreamResponse:
    """Go back to a snapshot, by its `name`: objects, dates and what waited. The same ids come
    again; what was sent since is listed no longer.
    """
    return await _do(ask, "restore")


@group.route("POST", "state/branch", body="branch", result=NOTHING)
async def branch(ask: Ask) -> web.StreamResponse:
    """Give what is made from now on the ids, secrets and people of another `seed`, so that a
    receiver which remembers the branch that was left is not told the same ids again.
    """
    return await _do(ask, "branch")


async def _do(ask: Ask, verb: str) -> web.StreamResponse:
    await ask.world.do(verb, actions.arguments(verb, await ask.body()))
    return ask.envelope(None)
