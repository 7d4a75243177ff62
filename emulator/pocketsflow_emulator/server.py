"""The server: start it, and stop it within three seconds."""

import asyncio
import logging
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

from aiohttp import web

from pocketsflow_emulator.api import control, guards
from pocketsflow_emulator.api.world import ServedWorld
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.policy import DEADLINE
from pocketsflow_emulator.driver import AsyncDriver
from pocketsflow_emulator.errors import EnvironmentFailure
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET

DEFAULT_WORLD = "test"


class Template(NamedTuple):
    """What a served world is made from. `start` is an instant (ms)."""

    seed: int
    start: int
    webhooks: tuple[str, ...] = ()
    secret: str = DEFAULT_SECRET
    dialect: str = DIALECTS[0]
    real_clock: bool = True
    allow_public: bool = False
    deadline: float = DEADLINE


class Server:
    """Serves one world at `host:port` (0: a free one). An async context manager; `url` says where.

    Raises `EnvironmentFailure` where the port is taken.
    """

    def __init__(
        self, template: Template, host: str, port: int, allowed_hosts: tuple[str, ...] = ()
    ) -> None:
        self._template, self._host, self._port = template, host, port
        self._allowed = allowed_hosts
        self._runner: web.AppRunner | None = None
        self._clock: asyncio.Task[None] | None = None
        self.world: ServedWorld | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        self.world = world = _world(self._template)
        app = web.Application(
            middlewares=[guards.middleware(self._allowed)], client_max_size=guards.LARGEST_BODY
        )
        app[control.WORLD] = world
        app.add_routes(control.routes)
        quiet = logging.getLogger("pocketsflow_emulator.http")
        quiet.setLevel(logging.CRITICAL)  # aiohttp logs a traceback for every malformed request
        self._runner = web.AppRunner(app, access_log=None, logger=quiet, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise EnvironmentFailure(
                f"cannot listen on {self._host}:{self._port}: {error.strerror};"
                " choose another --port, or 0 for a free one"
            ) from None
        port = self._runner.addresses[0][1]
        shown = "127.0.0.1" if self._host in ("0.0.0.0", "::", "localhost") else self._host  # noqa: S104
        self.url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
        if self._template.real_clock:
            self._clock = asyncio.create_task(world.tick())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._clock is not None:
            self._clock.cancel()
            with suppress(asyncio.CancelledError):
                await self._clock
        if self._runner is not None:
            await self._runner.cleanup()
        if self.world is not None:
            await self.world.driver.close()


def _world(template: Template) -> ServedWorld:
    engine = Engine(template.seed, template.start)
    driver = AsyncDriver(engine, deadline=template.deadline, allow_public=template.allow_public)
    for url in template.webhooks:
        webhook = {"url": url, "secret": template.secret, "dialect": template.dialect}
        driver.submit("create_webhook", webhook)
    return ServedWorld(DEFAULT_WORLD, engine, driver, real=template.real_clock)
