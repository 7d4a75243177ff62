"""`AsyncEmulator`: the same world, driven from a running loop."""

import asyncio
import gc
import threading

import pytest

import receivers
from pocketsflow_emulator import AsyncEmulator, Emulator, Handle, Missed
from pocketsflow_emulator.errors import IllegalMove, InvalidInput

JANE = "jane@example.com"


def public(face):
    """The public names of a face."""
    return {name for name in dir(face) if not name.startswith("_")}


def test_both_faces_have_the_same_names():
    """Whatever can be written on one face can be written on the other."""
    assert public(Emulator) == public(AsyncEmulator)


def test_the_same_story_gives_the_same_journal():
    """Awaited or not, and with any number in flight, a story gives the same bytes."""

    def plain():
        with Emulator(seed=7, start="2030-01-31") as emulator:
            emulator.deliver_to(lambda _request: 200)
            subscription = emulator.subscribe(emulator.create_offer(frequency="weekly"))
            emulator.decline_next(subscription)
            emulator.advance(months=1)
            return emulator.journal()

    async def awaited(concurrency):
        async with AsyncEmulator(seed=7, start="2030-01-31", concurrency=concurrency) as emulator:
            emulator.deliver_to(lambda _request: 200)
            offer = await emulator.create_offer(frequency="weekly")
            await emulator.decline_next(await emulator.subscribe(offer))
            await emulator.advance(months=1)
            return emulator.journal()

    assert plain() == asyncio.run(awaited(1)) == asyncio.run(awaited(16))


def test_an_endpoint_in_the_same_loop_can_answer():
    """The loop is not blocked while a delivery is out: a server in it receives and answers."""
    got = []

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in head.lower().splitlines() if b"content-length" in line
        )
        got.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, AsyncEmulator() as emulator:
            webhook = emulator.deliver_to(f"127.0.0.1:{port}/webhooks")
            await emulator.create_product()
            return webhook, await emulator.assert_delivered("product.created")

    webhook, delivery = asyncio.run(asyncio.wait_for(main(), receivers.BOUND))

    assert isinstance(webhook, Handle)
    assert delivery.status == 204
    assert [delivery.body] == got


def test_handlers_may_be_coroutine_functions():
    """A handler is awaited where it is one; several may be answering at the same time."""
    most = under_way = 0

    async def webhook(_request):
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return 202, b"thanks"

    async def main():
        async with AsyncEmulator(concurrency=8) as emulator:
            for _ in range(4):
                emulator.deliver_to(webhook)
            await emulator.create_product()
            return await emulator.deliveries()

    deliveries = asyncio.run(main())

    assert [(d.status, d.answer) for d in deliveries] == [(202, b"thanks")] * 4
    assert most == 4


def test_a_coroutine_handler_needs_this_face():
    """On the plain face a coroutine function is refused, with the face to use."""

    async def webhook(_request):
        return 200

    with Emulator() as emulator:
        emulator.deliver_to(webhook)

        with pytest.raises(InvalidInput, match="the handler is async; use AsyncEmulator"):
            emulator.create_product()


def test_reads_are_awaited():
    """Events, deliveries and assertions are what they are on the plain face, awaited."""

    async def main():
        async with AsyncEmulator(start="2030-01-01") as emulator:
            emulator.deliver_to(lambda _request: 200)
            course = await emulator.create_product(price="60.00", quiet=True)
            order = await emulator.purchase(course, email=JANE)
            made = await emulator.advance(days=1)
            await emulator.refund(order)

            assert made == ()
            assert await emulator.events() == [
                "customer.created",
                "order.completed",
                "order.refunded",
            ]
            assert (await emulator.deliveries()).last.event == "order.refunded"
            delivery = await emulator.assert_delivered("order.refunded", {"refund.amount": 60})
            await emulator.assert_not_delivered("review.created")
            await emulator.assert_sequence("order.completed", "order.refunded")
            return order.status, delivery.outcome

    assert asyncio.run(main()) == ("refunded", "delivered")


@pytest.mark.parametrize(
    ("assertion", "arguments"),
    [
        ("assert_delivered", ("order.refunded",)),
        ("assert_not_delivered", ("product.created",)),
        ("assert_sequence", ("product.created", "order.completed")),
    ],
)
def test_misses_explain_themselves_here_too(assertion, arguments):
    """What does not hold raises `Missed` with the timeline."""

    async def main():
        async with AsyncEmulator() as emulator:
            emulator.deliver_to(lambda _request: 200)
            await emulator.create_product()
            await getattr(emulator, assertion)(*arguments)

    with pytest.raises(Missed, match=r"✓ product\.created"):
        asyncio.run(main())


def test_refusals_leave_the_world_unchanged():
    """An error of an awaited verb is raised where it is awaited."""

    async def main():
        async with AsyncEmulator() as emulator:
            subscription = await emulator.subscribe(await emulator.create_offer(), email=JANE)
            await emulator.cancel(subscription)
            before = emulator.journal()
            with pytest.raises(IllegalMove, match=f"cannot pause subscription {subscription.id}"):
                await emulator.pause(subscription)
            return before == emulator.journal()

    assert asyncio.run(main())


def test_closing_leaves_nothing_open():
    """After `close`, which may be called twice, no connection and no thread is left."""
    threads = set(threading.enumerate())

    async def main(url):
        emulator = AsyncEmulator()
        emulator.deliver_to(url)
        await emulator.create_product()
        await emulator.close()
        await emulator.close()

    with receivers.answering(200) as receiver:
        asyncio.run(main(receiver.url))

        assert receiver.hung_up.wait(receivers.BOUND)
    gc.collect()  # what was left open would warn now, and warnings are errors
    assert len(receiver.requests) == 1
    assert threads == set(threading.enumerate())


def test_scenarios_run_awaited_too():
    """A scenario gives its handles; one that does not hold raises with every miss."""

    async def main():
        async with AsyncEmulator(seed=7) as emulator:
            emulator.deliver_to(lambda _request: 200)
            result = await emulator.run_scenario("refund")
            emulator.deliver_to(lambda _request: 500)
            with pytest.raises(Missed, match="scenario refund does not hold"):
                await emulator.run_scenario("refund")
            return result.order.status

    assert asyncio.run(main()) == "refunded"


def test_a_try_is_handed_over_by_whoever_drives_deliveries():
    """Both faces hand a try that came from elsewhere to a receiver of this process."""

    async def awaited():
        async with AsyncEmulator() as emulator:
            emulator.deliver_to(lambda _request: 200)
            await emulator.create_product()
            [attempt] = next(iter(emulator._driver.engine.journal.deliveries())).tries
            told = emulator.deliver_to(lambda request: (202, request.body))
            return attempt.body, await emulator.hand_over(told, attempt)

    body, outcome = asyncio.run(awaited())

    assert (outcome.kind, outcome.status, outcome.body) == ("delivered", 202, body)
