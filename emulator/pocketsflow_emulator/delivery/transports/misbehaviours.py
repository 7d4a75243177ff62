"""Sending a good request in a bad way: the faults that a receiver's server sees, not its handler.

Head, signature and body are those of any other try; so are the outcomes and the deadline. The
connection is a new one, and is not used again.
"""

import asyncio

from pocketsflow_emulator.delivery.causes import BY_FAULT
from pocketsflow_emulator.delivery.transports.connections import Line
from pocketsflow_emulator.delivery.tries import Behaviour
from pocketsflow_emulator.errors import UnknownName

Waiting = asyncio.Future[None]
"""What is done when the answer is over, the time is, or the connection is lost."""


async def send(
    line: Line, head: bytes, body: bytes, behaviour: Behaviour, waiting: Waiting
) -> None:
    """Send a request as the behaviour says, as long as something is waited for. Raises
    `UnknownName` for a behaviour that there is not.
    """
    if behaviour.kind not in BEHAVIOURS:
        raise UnknownName("behaviour", behaviour.kind, BEHAVIOURS)
    await BEHAVIOURS[behaviour.kind](line, head, body, behaviour, waiting)


async def _slow_body(
    line: Line, head: bytes, body: bytes, behaviour: Behaviour, waiting: Waiting
) -> None:
    """Send the head at once, then the body in small pieces, with a pause before each."""
    line.write(head)
    size = max(1, behaviour.chunk)
    for start in range(0, len(body), size):
        if await _over(waiting, behaviour.pause):
            return  # the receiver has answered without having heard everything
        line.write(body[start : start + size])


async def _connection_reset(
    line: Line, head: bytes, body: bytes, behaviour: Behaviour, waiting: Waiting
) -> None:
    """Send the beginning of the request, then break the connection off."""
    request = head + body
    after = behaviour.after
    if after is None:
        after = len(head) + len(body) // 2
    said = request[: max(0, after)]
    if said:
        line.write(said)
        await line.sent(waiting)
    if not await _over(waiting, behaviour.pause):
        line.break_off(f"{BY_FAULT} after {len(said)} of {len(request)} bytes")


async def _half_close(
    line: Line, head: bytes, body: bytes, behaviour: Behaviour, waiting: Waiting
) -> None:
    """Send the whole request, end this side of the connection, and still listen."""
    del behaviour
    line.write(head)
    line.write(body)
    await line.sent(waiting)
    line.finish_writing()


async def _over(waiting: Waiting, pause: float) -> bool:
    """Wait a while; say whether nothing is waited for any more."""
    await asyncio.wait([waiting], timeout=pause)
    return waiting.done()


BEHAVIOURS = {
    "slow-body": _slow_body,
    "connection-reset": _connection_reset,
    "half-close": _half_close,
}
"""Kind of behaviour -> how the request is sent."""
