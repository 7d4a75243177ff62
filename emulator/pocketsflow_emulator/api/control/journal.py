"""The journal of a world, and its deliveries once more."""

from aiohttp import web

from pocketsflow_emulator import inputs, resources
from pocketsflow_emulator.api.control.ask import Ask, ControlGroup
from pocketsflow_emulator.errors import InvalidInput, NotFound

group = ControlGroup()

_AT_ONCE = 200
"""Lines that are written before others get a turn."""


@group.route("GET", "journal", content="application/x-ndjson")
async def journal(ask: Ask) -> web.StreamResponse:
    """Return everything that happened, in order, a JSON document a line; secrets are masked."""
    world = ask.world
    ask.server.save()
    with world.lock:
        lines = world.engine.journal.log(world=world.name, emulator=resources.version())
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(ask.request)
    waiting: list[str] = []
    for line in lines:
        waiting.append(f"{line}\n")
        if len(waiting) == _AT_ONCE:
            await response.write("".join(waiting).encode())
            waiting.clear()
    await response.write_eof("".join(waiting).encode())
    return response


@group.route(
    "POST",
    "deliveries/{delivery}/replay",
    body="replay",
    result={"type": "array", "items": {"type": "integer"}},
)
async def replay(ask: Ask) -> web.StreamResponse:
    """Send a delivery again, byte for byte, or with `edits` by path. What has changed is signed
    anew, unless `resign` says otherwise; `timestamp` is `now` or an instant, `webhook` an id or
    `all`.
    """
    given = {inputs.snake(name): value for name, value in (await ask.body()).items()}
    if "delivery" in given:
        raise InvalidInput("the delivery stands in the path; leave it out of the body")
    world, number = ask.world, ask.path["delivery"]
    if not number.isdecimal() or len(number) > 15:
        raise NotFound(f"there is no delivery {number}")
    before = world.engine.delivery_count
    await world.do("replay", {**given, "delivery": int(number)})
    made = world.numbered_above(before)
    return ask.envelope([delivery.number for delivery in made], made)
