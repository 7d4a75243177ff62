"""Receivers at their worst, and a whole world that has to do with them."""

import asyncio
import re
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import receivers
from pocketsflow_emulator import AsyncEmulator, Emulator
from pocketsflow_emulator.delivery.outcomes import OUTCOMES
from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE
from receivers import Receiver

DEADLINE = 0.4
MIB = 1024 * 1024


@contextmanager
def nameless(_: Path) -> Iterator[Receiver]:
    """A host name that nobody can resolve."""
    with receivers.refusing() as receiver:
        receiver.url = "http://no-such-host.invalid/webhooks"
        yield receiver


@contextmanager
def tls_to_plain(_: Path) -> Iterator[Receiver]:
    """An https address of a port that speaks http."""
    with receivers.answering() as receiver:
        receiver.url = receiver.url.replace("http:", "https:")
        yield receiver


@contextmanager
def plain_to_tls(folder: Path) -> Iterator[Receiver]:
    """An http address of a port that speaks TLS."""
    with receivers.self_signed_tls(folder) as receiver:
        receiver.url = receiver.url.replace("https:", "http:")
        yield receiver


def plain(receiver: Callable[[], receivers.Context]) -> Callable[[Path], receivers.Context]:
    return lambda _: receiver()


HOSTILE = {
    "refused": (plain(receivers.refusing), "refused", ""),
    "DNS failure": (nameless, "dns", "no-such-host.invalid: "),
    "reset": (plain(receivers.resetting), "reset", "Connection reset by peer"),
    "closes at once": (plain(receivers.closing_at_once), "disconnected", "before any answer"),
    "closes unanswered": (plain(receivers.closing), "disconnected", "before any answer"),
    "queue full": (plain(receivers.unreachable), "timeout_connect", "no connection within"),
    "half open": (plain(receivers.stopped), "timeout_response", "no answer within"),
    "never reads": (plain(receivers.deaf), "timeout_response", "no answer within"),
    "a byte every 0.3 s": (plain(receivers.slow_head), "timeout_response", "not complete"),
    "a slow body": (plain(receivers.slow_body), "delivered", "not complete within"),
    "endless 100-continue": (plain(receivers.endless_continue), "timeout_response", ""),
    "10 GB body": (plain(receivers.huge_body), "delivered", f"only {KEPT_RESPONSE} bytes"),
    "gzip bomb": (plain(receivers.gzip_bomb), "delivered", ""),
    "200 kB header": (plain(receivers.large_header), "bad_response", "more than 65536 bytes"),
    "truncated body": (plain(receivers.truncated_body), "delivered", "broke off"),
    "SSH banner": (plain(receivers.ssh_banner), "not_http", "SSH-2.0"),
    "redirect loop": (plain(receivers.redirect_loop), "redirected", "307 to /webhooks"),
    "self-signed TLS": (receivers.self_signed_tls, "tls_untrusted", "self-signed"),
    "https to an http port": (tls_to_plain, "tls_error", "is this a plain http port?"),
    "http to an https port": (plain_to_tls, "disconnected|not_http", "is this an https port?"),
}
"""What it is called -> the receiver, its outcome (or two, as packets fall), and what is said."""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="queues and stopped processes as Linux knows them"
)


def resident() -> int:
    """Return the resident memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.parametrize(("hostile", "kinds", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_receiver(hostile, kinds, said, tmp_path):
    """Each ends within the deadline and a second, in its own outcome, with memory flat; and the
    world goes on.
    """
    with (
        hostile(tmp_path) as bad,
        receivers.answering() as good,
        Emulator(seed=1, start="2030-01-01", deadline=DEADLINE) as world,
    ):
        world.deliver_to(good.url)
        world.create_product(price="1.00")  # opens what is opened once
        world.deliver_to(bad.url)
        before, begun = resident(), time.monotonic()
        tracemalloc.start()
        world.create_product(price="2.00")
        spent, peak = time.monotonic() - begun, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        grown = resident() - before
        well, badly = list(world.deliveries)[1:]

    assert well.outcome == "delivered"
    assert badly.outcome in kinds.split("|")
    assert spent < DEADLINE + 1
    assert peak < 8 * MIB
    assert grown < 64 * MIB
    assert said in badly._kept.outcome.detail
    assert OUTCOMES[badly.outcome].sentence in badly.explanation


def test_all_of_them_at_once(tmp_path):
    """Side by side they end as one by one, all within the deadline and a second."""

    async def run() -> tuple[list[str], float]:
        async with AsyncEmulator(
            seed=1, start="2030-01-01", deadline=DEADLINE, concurrency=64
        ) as world:
            for url in urls:
                world.deliver_to(url)
            begun = time.monotonic()
            await world.create_product(price="1.00")
            return [one.outcome for one in await world.deliveries()], time.monotonic() - begun

    urls = []
    with ExitStack() as stack:
        for number, (hostile, _, _) in enumerate(HOSTILE.values()):
            folder = tmp_path / str(number)
            folder.mkdir()
            urls.append(stack.enter_context(hostile(folder)).url)
        outcomes, spent = asyncio.run(run())

    wanted = [kinds for _, kinds, _ in HOSTILE.values()]
    assert [kinds for kinds, kind in zip(wanted, outcomes, strict=True)] == [
        kinds if re.fullmatch(kinds, kind) else kind
        for kinds, kind in zip(wanted, outcomes, strict=True)
    ]
    assert spent < DEADLINE + 1


def test_a_dead_receiver_delays_no_living_one():
    """With as many in flight as webhooks, a dead one costs the living nothing within an instant."""

    async def run() -> list[str]:
        heard: list[str] = []
        async with AsyncEmulator(
            seed=1, start="2030-01-01", deadline=DEADLINE, concurrency=2
        ) as world:
            world._driver.watch = lambda attempt, _: heard.append(attempt.url)
            for url in (dead.url, living.url):
                world.deliver_to(url, events=["order.completed"])
            course = await world.create_product(price="60.00")
            for number in range(4):
                world._driver.submit("purchase", {"product": course, "email": f"{number}@x.test"})
            await world.settle()
        return heard

    with receivers.silent() as dead, receivers.answering() as living:
        heard = asyncio.run(run())

    assert heard == [living.url] * 4 + [dead.url] * 4
