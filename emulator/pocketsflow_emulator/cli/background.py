"""Waiting for something that blocks, such as the client, without holding up the loop."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def in_background(call: Callable[[], T]) -> T:
    """Call it in a thread of its own. Where it is no longer waited for, its result is dropped."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        try:
            result = call()
        except Exception as error:
            _tell(loop, answer.set_exception, error)
        else:
            _tell(loop, answer.set_result, result)

    threading.Thread(target=work, name="pocketsflow-client", daemon=True).start()
    return await answer


def _tell(loop: asyncio.AbstractEventLoop, tell: Callable[[Any], None], what: object) -> None:
    def told() -> None:
        with suppress(asyncio.InvalidStateError):  # nobody waits for it
            tell(what)

    with suppress(RuntimeError):  # nor does the loop
        loop.call_soon_threadsafe(told)
