"""The server: start it, and stop it within three seconds; in a task, or in a thread of its own."""

import atexit
import logging
import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from pocketsflow_emulator.api.app import Application, Site
from pocketsflow_emulator.api.lent import LentWorld, LentWorlds
from pocketsflow_emulator.api.worlds import AllWorlds, Template, Worlds
from pocketsflow_emulator.driver import Driving
from pocketsflow_emulator.errors import EnvironmentFailure
from pocketsflow_emulator.loops import LoopThread

__all__ = ["Lending", "Server", "ServerThread", "Site", "Template", "Worlds", "lending"]


class Server:
    """Serves worlds at `host:port` (0: a free one). An async context manager; `url` says where.

    Raises `EnvironmentFailure` where the port is taken.
    """

    def __init__(
        self, worlds: AllWorlds, host: str = "127.0.0.1", port: int = 0, site: Site | None = None
    ) -> None:
        self.worlds = worlds
        self.url = ""
        self._host, self._port = host, port
        self._site = site or Site()
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        quiet = logging.getLogger("pocketsflow_emulator.http")
        quiet.setLevel(logging.CRITICAL)  # aiohttp logs a traceback for every malformed request
        answer = Application(self.worlds, self._site).answer
        self._runner = runner = web.ServerRunner(
            web.Server(answer, access_log=None, logger=quiet), shutdown_timeout=1
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as error:
            await runner.cleanup()
            raise EnvironmentFailure(
                f"cannot listen on {self._host}:{self._port}: {error.strerror};"
                " choose another --port, or 0 for a free one"
            ) from None
        port = runner.addresses[0][1]
        shown = "127.0.0.1" if self._host in ("0.0.0.0", "::", "localhost") else self._host  # noqa: S104
        self.url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        await self.worlds.close()


class ServerThread:
    """A server in a thread of its own, for synchronous callers: ready when it has been made."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._loop = LoopThread("pocketsflow-server")
        try:
            self._loop.call(server.__aenter__())
        except BaseException:
            self._loop.stop()
            raise

    @property
    def url(self) -> str:
        """Where it is."""
        return self.server.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server and end the thread."""
        self._loop.call(self.server.__aexit__(None, None, None))
        self._loop.stop()


class Lending:
    """The server of this process for worlds that are driven elsewhere; each answers under a key of
    its own.
    """

    def __init__(self) -> None:
        self._worlds = LentWorlds()
        self._thread = ServerThread(Server(self._worlds))
        self._count = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return self._thread.url

    def lend(self, driver: Driving, dialect: str, renew: Callable[[], None]) -> str:
        """Answer for a world; returns its key."""
        self._count += 1
        mode = "live" if driver.state.livemode else "test"
        world = LentWorld(f"pk_{mode}_emulator_{self._count}", driver, dialect, renew)
        self._worlds.lend(world)
        return world.name

    def withdraw(self, key: str) -> None:
        """Answer for a world no longer."""
        self._worlds.withdraw(key)

    def close(self) -> None:
        """Stop the server."""
        self._thread.close()


_STARTING = threading.Lock()
_lending: dict[int, Lending] = {}
"""By process, because a fork does not take threads along."""


def lending() -> Lending:
    """Return the server of this process, started when it is first asked for."""
    with _STARTING:
        found = _lending.get(os.getpid())
        if found is None:
            found = _lending[os.getpid()] = Lending()
            atexit.register(_end)
        return found


def _end() -> None:
    """Stop the server of this process, not of the one it was forked from."""
    found = _lending.pop(os.getpid(), None)
    if found is not None:
        found.close()
