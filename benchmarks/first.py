"""A bare aiohttp application with one pydantic model: what any such server costs to start."""

import sys

from aiohttp import web
from pydantic import BaseModel


class Product(BaseModel):
    """One model."""

    name: str
    price: float


async def create(request):
    """Check a body and show it."""
    return web.json_response(Product.model_validate_json(await request.read()).model_dump())


async def show(_request):
    """Say something."""
    return web.json_response({"status": "ok"})


if __name__ == "__main__":
    app = web.Application()
    app.router.add_post("/products", create)
    app.router.add_get("/_emulator/health", show)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
