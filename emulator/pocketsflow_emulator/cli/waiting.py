"""Waiting for a receiver that is still starting."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.errors import EnvironmentFailure

_BETWEEN = 0.05
"""Seconds between two looks."""


async def until_it_listens(url: str, seconds: float) -> None:
    """Return when somebody accepts connections at the address. Raises `EnvironmentFailure` where
    nobody does within the time.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    problem = "it does not answer"
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    _, writer = await asyncio.open_connection(parts.hostname, port)
                except OSError as error:
                    problem = error.strerror or str(error)
                else:
                    break
                await asyncio.sleep(_BETWEEN)
    except TimeoutError:
        raise EnvironmentFailure(
            f"--wait: nothing accepts connections at {addresses.masked(url)} after {seconds:g} s"
            f" ({problem})"
        ) from None
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
