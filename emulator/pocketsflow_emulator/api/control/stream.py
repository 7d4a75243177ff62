"""Deliveries as they are decided, as server-sent events."""

import asyncio
import json
from collections import deque

from aiohttp import web

from pocketsflow_emulator.api.control.ask import Ask, ControlGroup, short
from pocketsflow_emulator.api.errors import Refused
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.delivery.tries import Outcome, Try
from pocketsflow_emulator.errors import EnvironmentFailure

group = ControlGroup()

MOST_CLIENTS = 32
"""How many may listen to a server at once."""

MOST_WAITING = 1_000
"""How many events are kept for a client that reads slowly; then the oldest are let go."""

HEARTBEAT = 15.0
"""Seconds after which a client in whose world nothing happens is sent a comment."""


class Feed:
    """What one client has not read yet; filled from any thread, read in the loop of the server."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._some = asyncio.Event()
        self._lost = 0

    def put(self, attempt: Try, outcome: Outcome) -> None:
        """Tell of a try that has been decided."""
        said = {
            **short(attempt.delivery),
            "outcome": outcome.kind,
            "status": outcome.status,
            "try": attempt.number,
            "webhook": attempt.webhook,
            "at": clock.iso(attempt.at),
            "durationMs": round(outcome.duration * 1000, 3),
        }
        self._loop.call_soon_threadsafe(self._keep, _event("delivery", said))

    def _keep(self, event: bytes) -> None:
        self._lost += len(self._waiting) == MOST_WAITING
        self._waiting.append(event)
        self._some.set()

    async def read(self) -> bytes:
        """Return what has come since the last call; after a while in which nothing came, a comment.
        Where events had to be let go, it begins with how many.
        """
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._some.wait()
        except TimeoutError:
            return b": nothing has happened\n\n"
        lost, self._lost = self._lost, 0
        events = b"".join(self._waiting)
        self._waiting.clear()
        self._some.clear()
        return _event("lost", {"count": lost}) + events if lost else events


def _event(name: str, said: dict[str, object]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(said)}\n\n".encode()


@group.route("GET", "stream", content="text/event-stream")
async def stream(ask: Ask) -> web.StreamResponse:
    """Tell of every try as it is decided, as server-sent events: `delivery`, and `lost` with a
    count where the client has read too slowly. At most 32 listen at once.
    """
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    world, feeds = ask.world, ask.server.streams
    if ask.request.method == "HEAD":
        return web.Response(headers=headers)
    if len(feeds) >= MOST_CLIENTS:
        raise Refused(507, "TOO_MANY_STREAMS", f"{MOST_CLIENTS} streams are open; close one first")
    feed = Feed()
    feeds.add(feed)
    world.watching.add(feed.put)
    try:
        response = web.StreamResponse(headers=headers)
        await response.prepare(ask.request)
        await response.write(b": listening\n\n")
        while True:
            told = await feed.read()
            ask.server.save()
            await response.write(told)
    except (ConnectionError, EnvironmentFailure):  # the client has left; it cannot be kept
        return response
    finally:
        world.watching.discard(feed.put)
        feeds.discard(feed)
