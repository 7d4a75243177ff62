"""A server as bare as aiohttp allows, with the API's model of products and answers made before."""

import sys

from aiohttp import web

from pocketsflow_emulator.api.rest.products import NewProduct

JSON = "application/json"


def main(answer):
    """Serve `answer` for reads, and for creates after the body has been checked."""

    async def show(_request):
        return web.Response(body=answer, content_type=JSON)

    async def create(request):
        NewProduct.model_validate_json(await request.read(), strict=False)
        return web.Response(body=answer, status=201, content_type=JSON)

    app = web.Application()
    app.router.add_get("/products/{id}", show)
    app.router.add_post("/products", create)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main(sys.stdin.buffer.read())
