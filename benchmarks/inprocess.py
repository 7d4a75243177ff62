"""Deliveries to receivers of the same process, against calling them with the same bytes.

Interleaved rounds: ours, direct, ours, direct ... The receivers read the body and answer 200;
what is called directly is given the least that it needs, the ASGI application in one event loop.
"""

import asyncio
from io import BytesIO
from statistics import median
from time import perf_counter

from pocketsflow_emulator import AsyncEmulator, Emulator

ROUNDS = 9
DELIVERIES = 2_000


def handler(request):
    """Answer 200 to a request of any body."""
    return 200 if request.body else 500


def wsgi(environ, start_response):
    """The same as a WSGI application."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response("200 OK" if body else "500 Empty", [])
    return []


async def asgi(_scope, receive, send):
    """The same as an ASGI application."""
    message = await receive()
    status = 200 if message["body"] else 500
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def queued(face, receiver, count):
    """Return a world with so many deliveries waiting."""
    world = face()
    world.deliver_to(**receiver)
    for number in range(count):
        world._driver.submit(  # noqa: SLF001  (a verb would deliver)
            "create_product", {"name": f"Course {number}", "price": "60.00"}
        )
    return world


def ours(receiver, count):
    """Deliver with the synchronous face; return the seconds and the requests."""
    with queued(Emulator, receiver, count) as world:
        begun = perf_counter()
        world.settle()
        spent = perf_counter() - begun
        made = world.deliveries
        assert all(delivery.outcome == "delivered" for delivery in made)
        return spent, [(delivery.headers, delivery.body) for delivery in made]


def awaited(receiver, count):
    """Deliver with the awaited face, in one loop."""

    async def play():
        async with queued(AsyncEmulator, receiver, count) as world:
            begun = perf_counter()
            await world.settle()
            spent = perf_counter() - begun
            made = await world.deliveries()
            assert all(delivery.outcome == "delivered" for delivery in made)
            return spent, [(delivery.headers, delivery.body) for delivery in made]

    return asyncio.run(play())


def call(requests):
    """Call the function; return the seconds."""
    from pocketsflow_emulator import SignedRequest

    begun = perf_counter()
    for headers, body in requests:
        assert handler(SignedRequest("product.created", headers, body)) == 200
    return perf_counter() - begun


def call_wsgi(requests):
    """Call the WSGI application."""
    begun = perf_counter()
    for headers, body in requests:
        answers = []
        environ = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()}
        environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        wsgi(environ, lambda *head: answers.append(head))  # noqa: B023
        assert answers[0][0] == "200 OK"
    return perf_counter() - begun


def call_asgi(requests):
    """Call the ASGI application, in one loop."""

    async def play():
        begun = perf_counter()
        for headers, body in requests:
            answers = []

            async def receive(body=body):
                return {"type": "http.request", "body": body}

            async def send(message, answers=answers):
                answers.append(message)

            sent = [(name.lower().encode(), text.encode()) for name, text in headers.items()]
            await asgi({"type": "http", "headers": sent}, receive, send)
            assert answers[0]["status"] == 200
        return perf_counter() - begun

    return asyncio.run(play())


WAYS = (
    ("function", ours, {"handler": handler}, call, 8_000),
    ("WSGI application", ours, {"wsgi": wsgi}, call_wsgi, None),
    ("ASGI application", ours, {"asgi": asgi}, call_asgi, 5_000),
    ("ASGI application, AsyncEmulator", awaited, {"asgi": asgi}, call_asgi, 5_000),
)


def main(*, quick):
    """Print deliveries per second of each way, and the ratio to the direct call."""
    count = DELIVERIES // 4 if quick else DELIVERIES
    print(f"## Deliveries in the same process, one at a time ({ROUNDS} rounds of {count})\n")
    print(
        "| receiver | called directly, per second | emulator, per second | goal | ratio, median |"
    )
    print("|---|--:|--:|--:|--:|")
    for name, deliver, receiver, direct, goal in WAYS:
        figures = []
        for _ in range(ROUNDS):
            spent, requests = deliver(receiver, count)
            figures.append((count / spent, count / direct(requests)))
        rate, bare = (median(column) for column in zip(*figures, strict=True))
        ratio = median(mine / theirs for mine, theirs in figures)
        wanted = f"{goal:,}" if goal else ""
        print(f"| {name} | {bare:,.0f} | {rate:,.0f} | {wanted} | {ratio:.3f} |", flush=True)
    print()


if __name__ == "__main__":
    main(quick=False)
