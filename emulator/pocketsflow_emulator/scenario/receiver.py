"""The receiver that a run brings along: a real socket that checks every signature."""

import hmac
from hashlib import sha256
from types import TracebackType
from typing import Self

from aiohttp import web

from pocketsflow_emulator.wire.request import SIGNATURE


def signed(secret: bytes, body: bytes, signature: str) -> bool:
    """Say whether a body is signed with a secret, as a merchant would find out."""
    expected = hmac.new(secret, body, sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


class Receiver:
    """Listens on a free port of the loopback; answers 200 to what is signed, 401 to the rest.

    `verified` and `refused` count the answers. The check is the one a merchant would write, not
    the emulator's own.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._runner: web.AppRunner | None = None
        self.url = ""
        self.verified = 0
        self.refused = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/webhooks", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/webhooks"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        if signed(self._secret, body, request.headers.get(SIGNATURE, "")):
            self.verified += 1
            return web.Response(text="verified")
        self.refused += 1
        return web.Response(status=401, text="signature does not match")
