"""Drivers: verbs in, tries out, for a calling thread and for a task."""

import asyncio
import json
import signal
import threading
from collections import Counter
from hashlib import blake2b

import pytest

import runs
from pocketsflow_emulator.core import clock
from pocketsflow_emulator.delivery.transports import inprocess
from pocketsflow_emulator.delivery.transports.handler import HandlerTransport
from pocketsflow_emulator.delivery.tries import Outcome
from pocketsflow_emulator.driver import AsyncDriver, Driver
from pocketsflow_emulator.errors import CalledDuringDelivery, InvalidInput, NeverDue
from pocketsflow_emulator.loops import LoopThread

SEEDS = (1, 2, 3)
HOOK = ("create_webhook", {"id": "hook_1", "url": "http://localhost:3000/"})
COURSE = ("create_product", {"id": "prod_course", "price": "60.00", "quiet": True})
WEEK = ("create_offer", {"id": "prod_week", "frequency": "weekly"})
PURCHASE = ("purchase", {"product": "prod_course", "email": "jane@example.com"})
SUBSCRIBE = ("subscribe", {"offer": "prod_week", "email": "jane@example.com", "id": "sub_jane"})


class Receiver:
    """A handler whose answers are a function of the body and the number of the try; 3 of 8 fail.

    `at` is the number (from 1) of the call at which `interrupt` is called instead.
    """

    def __init__(self, at=0, interrupt=None):
        self.calls = 0
        self.engine = None
        self._at, self._interrupt = at, interrupt

    def __call__(self, request):
        self._called()
        return self._answer(request)

    def interrupt_at(self, call, interrupt):
        self._at, self._interrupt = call, interrupt

    def _called(self):
        self.calls += 1
        if self.calls == self._at:
            self._interrupt()

    def _answer(self, request):
        out = list(self.engine.outbox.out.values())
        number = next(d.tries[-1].number for d in out if d.body == request.body)
        draw = blake2b(request.body + bytes([number]), digest_size=1).digest()[0]
        return (500, b"again") if draw % 8 < 3 else 200


class AsyncReceiver(Receiver):
    """The same as a coroutine function that takes a while, differently long for each call."""

    def __init__(self, seed=0):
        super().__init__()
        self._seed = seed

    async def __call__(self, request):
        self._called()
        for _ in range((self.calls * 7919 + self._seed * 104729) % 11):
            await asyncio.sleep(0)
        return self._answer(request)


def interrupt():
    raise KeyboardInterrupt


def wired(
    kind,
    receiver,
    *,
    cap=1,
    webhooks=("hook_1",),
    policy="documented",
    raise_errors=True,
    **options,
):
    """A driver whose webhooks are all answered by one handler."""
    driver = kind(runs.engine(cap=cap, policy=policy), **options)
    if isinstance(receiver, Receiver):
        receiver.engine = driver.engine
    for id in webhooks:
        driver.targets[id] = HandlerTransport(receiver, raise_errors=raise_errors)
    return driver


def shop(receiver, **options):
    """A driver with a webhook, a product and a weekly offer."""
    driver = wired(Driver, receiver, **options)
    for verb, arguments in (HOOK, COURSE, WEEK):
        driver.do(verb, arguments)
    return driver


STORY_HOOKS = {"webhooks": ("hook_all", "hook_orders"), "policy": "retry-ladder"}


def play(receiver):
    """Play the short story with a driver; go on where an interrupt broke it off."""
    driver = wired(Driver, receiver, **STORY_HOOKS)
    for verb, arguments in runs.SHORT_STORY:
        try:
            driver.do(verb, arguments)
        except KeyboardInterrupt:
            driver.drive()
    return driver.engine


async def aplay(receiver, *, cap=1, cancel_at=0):
    """Play the short story with an asynchronous driver; cancel its task at the n-th call."""
    driver = wired(AsyncDriver, receiver, cap=cap, **STORY_HOOKS)
    for verb, arguments in runs.SHORT_STORY:
        task = asyncio.ensure_future(driver.do(verb, arguments))
        receiver.interrupt_at(cancel_at, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            await driver.drive()
    return driver.engine


@pytest.fixture(scope="module")
def uninterrupted():
    """The short story, one after the other, nothing broken off."""
    return play(Receiver())


# ---- the property ------------------------------------------------------------------------------


def test_the_short_story_is_worth_telling(uninterrupted):
    """The story that drivers are checked with has some forty tries, retries among them."""
    takes = [entry for entry in uninterrupted.journal.entries if entry.kind == "take"]

    assert len(takes) > 35
    assert max(entry.what.number for entry in takes) >= 2


def test_ctrl_c_at_any_call_changes_nothing(uninterrupted):
    """A run that is interrupted inside a receiver and driven again ends as if it had not been."""
    expected = uninterrupted.journal.canonical()

    n = 1
    while True:
        receiver = Receiver(n, interrupt)
        actual = play(receiver)
        if receiver.calls < n:
            break
        assert expected == actual.journal.canonical(), f"interrupted at call {n}"
        assert uninterrupted.world.digest() == actual.world.digest(), f"interrupted at call {n}"
        n += 1

    assert n > 35


@pytest.mark.parametrize("cap", [1, 4, 64])
def test_cancelling_a_task_at_any_call_changes_nothing(uninterrupted, cap):
    """A task that is cancelled while receivers answer, and a second one that goes on, make the
    same journal as one that was left alone.
    """
    expected = uninterrupted.journal.canonical()

    n = 1
    while True:
        receiver = AsyncReceiver(seed=n)
        actual = asyncio.run(aplay(receiver, cap=cap, cancel_at=n))
        if receiver.calls < n:
            break
        assert expected == actual.journal.canonical(), f"cap {cap}, cancelled at call {n}"
        assert uninterrupted.world.digest() == actual.world.digest(), f"cap {cap}, call {n}"
        n += 1

    assert n > 35


async def cancelled_after(turns, driver, story):
    """Play a story; cancel what runs after so many turns of the loop, and go on from there. Returns
    whether there was something to cancel.
    """
    taken, was_cut = 0, False
    for verb, arguments in story:
        inputs = len(kinds(driver.engine, "input"))
        task = asyncio.ensure_future(driver.do(verb, arguments))
        while not task.done():
            if taken == turns:
                task.cancel()
            taken += 1
            await asyncio.sleep(0)
        was_cut = was_cut or task.cancelled()
        if task.cancelled() and inputs == len(kinds(driver.engine, "input")):
            await driver.do(verb, arguments)  # it had not begun
        elif task.cancelled():
            await driver.drive()
        else:
            task.result()
    return was_cut


def kinds(engine, *wanted):
    """The lines of the log of some kinds."""
    return [entry for entry in engine.journal.entries if entry.kind in wanted]


def check_tries(engine, note):
    """Check that every try which was taken out was decided once, or put back and taken again."""
    out = {}
    for entry in kinds(engine, "take", "record", "release"):
        name = entry.what.delivery.number
        if entry.kind == "take":
            assert name not in out, note
            out[name] = entry.what.number
        else:
            assert out.pop(name) == entry.what.number, note
    assert out == {}, note
    records = Counter((e.what.delivery.number, e.what.number) for e in kinds(engine, "record"))
    assert set(records.values()) == {1}, note


@pytest.mark.parametrize("cap", [1, 4])
def test_cancelling_a_task_at_any_turn_of_its_loop_changes_nothing(uninterrupted, cap):
    """Wherever a task is when it is cancelled, a second one goes on from there: the same
    deliveries, none lost, none invented.
    """
    expected = uninterrupted.journal.canonical()

    n, was_cut = 0, True
    while was_cut:
        driver = wired(AsyncDriver, AsyncReceiver(), cap=cap, **STORY_HOOKS)
        was_cut = asyncio.run(cancelled_after(n, driver, runs.SHORT_STORY))
        note = f"cap {cap}, cancelled after turn {n}"
        assert expected == driver.engine.journal.canonical(), note
        assert uninterrupted.world.digest() == driver.engine.world.digest(), note
        check_tries(driver.engine, note)
        n += 1

    assert n > 50


def test_cancelling_what_is_sent_over_http_at_any_turn_changes_nothing(receiver):
    """Also between connecting, sending and reading: the receiver may see a try twice, and the
    journal has every delivery once.
    """

    async def sold(turns):
        driver = AsyncDriver(runs.engine())
        hook = (HOOK[0], {"id": "hook_1", "url": receiver.url})
        was_cut = await cancelled_after(turns, driver, (hook, COURSE, PURCHASE))
        await driver.close()
        return driver.engine, was_cut

    never = -1
    expected = asyncio.run(sold(never))[0].journal.canonical()
    n, was_cut = 0, True
    while was_cut:
        actual, was_cut = asyncio.run(sold(n))
        assert expected == actual.journal.canonical(), f"cancelled after turn {n}"
        check_tries(actual, f"cancelled after turn {n}")
        n += 1

    assert n > 10


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cap", [1, 4, 64])
def test_both_drivers_make_the_same_journal(uninterrupted, cap, seed):
    """With 1, 4 or 64 in flight, answered in any order, tasks do what the calling thread does."""
    actual = asyncio.run(aplay(AsyncReceiver(seed=seed), cap=cap))

    assert uninterrupted.journal.canonical() == actual.journal.canonical(), f"seed {seed}"
    assert uninterrupted.world.digest() == actual.world.digest(), f"seed {seed}"


def test_plain_handlers_serve_the_asynchronous_driver_too(uninterrupted):
    """A handler need not be a coroutine function to be driven from a task."""
    actual = asyncio.run(aplay(Receiver(), cap=4))

    assert uninterrupted.journal.canonical() == actual.journal.canonical()


def test_one_thread_drives_one_at_a_time(uninterrupted):
    """The synchronous driver sends one after the other, however many its engine would allow."""
    driver = wired(Driver, Receiver(), cap=64, **STORY_HOOKS)

    for verb, arguments in runs.SHORT_STORY:
        driver.do(verb, arguments)

    assert uninterrupted.journal.canonical() == driver.engine.journal.canonical()


# ---- verbs -------------------------------------------------------------------------------------


def test_a_verb_returns_when_the_world_is_quiet():
    """When a verb returns, its deliveries have been answered, and the handle is live."""
    heard = []
    driver = shop(lambda request: heard.append(request.event))

    order = driver.do(*PURCHASE)

    assert heard == ["customer.created", "order.completed"]
    assert driver.engine.quiet
    assert (order.kind, order.status) == ("order", "paid")
    driver.do("refund", {"order": order})
    assert order.status == "refunded"


def test_verbs_without_an_object_return_nothing():
    """`advance`, `settle` and the like have no object to return."""
    driver = shop(lambda request: None)

    assert driver.do("advance", {"days": 1}) is None
    assert driver.do("settle", {}) is None
    assert driver.do("set_policy", {"name": "retry-ladder"}) is None


def test_settle_sends_what_is_waiting():
    """`settle` changes nothing; it sends what has been left over, and is no input."""
    heard = []
    driver = shop(lambda request: heard.append(request.event))
    runs.do(driver.engine, PURCHASE[0], **PURCHASE[1])
    lines = len(driver.engine.journal.entries)

    driver.do("settle", {})

    assert heard == ["customer.created", "order.completed"]
    assert [e.kind for e in driver.engine.journal.entries][lines:] == ["take", "record"] * 2


def test_a_webhook_that_is_sent_over_http_is_not_called():
    """Handlers answer for their webhook only."""
    heard = []
    driver = shop(lambda request: heard.append(request.json()["webhookId"]))
    driver.do("create_webhook", {"id": "hook_2", "url": "https://example.com/"})

    driver.do(*PURCHASE)

    assert heard == ["hook_1", "hook_1"]


def test_reads_follow_a_restore():
    """Handles that were made before going back show the world as it is after."""
    driver = shop(lambda request: None)
    order = driver.do(*PURCHASE)
    driver.do("snapshot", {"name": "paid"})
    driver.do("refund", {"order": order})

    driver.do("restore", {"name": "paid"})

    assert order.status == "paid"
    assert driver.state is driver.engine.world.state


# ---- calling back ------------------------------------------------------------------------------


MOVES = [
    ("advance", {"days": 1}),
    ("settle", {}),
    ("snapshot", {"name": "x"}),
    ("restore", {"name": "start"}),
]
moves = pytest.mark.parametrize(("verb", "arguments"), MOVES, ids=[verb for verb, _ in MOVES])


@moves
def test_a_receiver_cannot_move_time_while_it_is_waited_for(verb, arguments):
    """What waits for quiet, called by a receiver, is refused at once; the world is unharmed."""
    refused = []

    def receiver(request):
        digest = driver.engine.world.digest()
        with pytest.raises(CalledDuringDelivery, match=f"{verb} was called by a receiver"):
            driver.do(verb, arguments)
        refused.append(digest == driver.engine.world.digest())

    driver = shop(receiver)
    driver.do("snapshot", {"name": "start"})

    driver.do(*PURCHASE)

    assert refused == [True, True]
    assert runs.walk(driver.engine) == ["2030-01-31 cc0 oc1"]
    assert driver.engine.quiet


@moves
def test_a_coroutine_receiver_cannot_move_time_either(verb, arguments):
    """The same holds for the asynchronous driver."""
    refused = []

    async def receiver(request):
        with pytest.raises(CalledDuringDelivery, match=f"{verb} was called by a receiver"):
            await driver.do(verb, arguments)
        refused.append(verb)

    driver = wired(AsyncDriver, receiver)

    async def main():
        for name, given in (HOOK, COURSE, ("snapshot", {"name": "start"}), PURCHASE):
            await driver.do(name, given)

    asyncio.run(main())

    assert [verb, verb] == refused
    assert runs.walk(driver.engine) == ["2030-01-31 cc0 oc1"]


def test_an_unhandled_refusal_reaches_the_test():
    """A receiver that does not catch the refusal fails, and so does the verb that was running."""
    driver = shop(lambda request: driver.do("advance", {"days": 1}))

    with pytest.raises(CalledDuringDelivery):
        driver.do(*PURCHASE)

    first = next(driver.engine.journal.deliveries())
    assert (first.outcome.kind, first.outcome.status) == ("rejected", 500)


def test_a_receiver_may_call_back():
    """A verb called by a receiver acts at once; its events are sent by the verb that is running."""
    heard = []

    async def receiver(request):
        heard.append(request.event)
        if request.event == "order.completed":
            refund = await driver.do("refund", {"order": request.json()["order"]["id"]})
            heard.append(refund.status)

    driver = wired(AsyncDriver, receiver)

    async def main():
        for name, given in (HOOK, COURSE, PURCHASE):
            await driver.do(name, given)

    asyncio.run(main())

    assert heard == ["customer.created", "order.completed", "succeeded", "order.refunded"]
    assert runs.walk(driver.engine) == ["2030-01-31 cc0 oc1 refunded2"]


def test_a_receiver_finds_its_own_try_in_the_journal():
    """A try is journalled before the receiver sees its first byte."""
    found = []

    def receiver(request):
        entry = driver.engine.journal.entries[-1]
        line = json.loads(list(driver.engine.journal.log())[-1])
        found.append((entry.kind, entry.what.outcome, line["body"] == request.body.decode()))

    driver = shop(receiver)

    driver.do(*PURCHASE)

    assert found == [("take", None, True)] * 2


# ---- errors ------------------------------------------------------------------------------------


def test_what_a_receiver_raises_is_raised_from_the_verb():
    """An exception is recorded as an answer of 500, and then fails the test that caused it."""

    def receiver(request):
        if request.event == "customer.created":
            raise ZeroDivisionError("in the handler")

    driver = shop(receiver)

    with pytest.raises(ZeroDivisionError, match="in the handler"):
        driver.do(*PURCHASE)

    states = [delivery.state for delivery in driver.engine.journal.deliveries()]
    assert states == ["rejected", "waiting"]
    driver.do("settle", {})
    assert driver.engine.quiet


def test_raising_can_be_turned_off():
    """With `raise_errors=False` an exception is an answer of 500 and nothing more."""

    def receiver(request):
        raise ZeroDivisionError

    driver = shop(receiver, raise_errors=False)

    driver.do(*PURCHASE)

    outcomes = [d.outcome for d in driver.engine.journal.deliveries()]
    assert [(o.kind, o.status) for o in outcomes] == [("rejected", 500)] * 2


@pytest.mark.parametrize("cap", [1, 4])
def test_what_a_coroutine_receiver_raises_is_raised_from_the_verb(cap):
    """The asynchronous driver raises too, and nothing stays out."""

    async def receiver(request):
        await asyncio.sleep(0)
        if request.event == "customer.created":
            raise ZeroDivisionError

    driver = wired(AsyncDriver, receiver, cap=cap)

    async def main():
        await driver.do(*HOOK)
        await driver.do(*COURSE)
        with pytest.raises(ZeroDivisionError):
            await driver.do(*PURCHASE)
        assert not driver.engine.outbox.out
        await driver.do("settle", {})

    asyncio.run(main())

    states = [delivery.state for delivery in driver.engine.journal.deliveries()]
    assert states == ["rejected", "delivered"]


def test_an_answer_that_has_arrived_counts():
    """Where one receiver raises, another's answer that came in the same moment is recorded."""
    calls = Counter()

    async def receiver(request):
        email = request.json()["customer"]["email"]
        calls[email, request.event] += 1
        if email == "jane@example.com":
            raise ZeroDivisionError

    driver = wired(AsyncDriver, receiver, cap=4)

    async def main():
        await driver.do(*HOOK)
        await driver.do(*COURSE)
        for email in ("jane@example.com", "tom@example.com", "ann@example.com"):
            arguments = {
                "product": "prod_course",
                "email": email,
                "first_name": "A",
                "last_name": "B",
            }
            driver.engine.submit("purchase", arguments)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await driver.drive()
        await driver.drive()

    asyncio.run(main())

    assert {1} == set(calls.values()), calls


@pytest.mark.parametrize("cap", [1, 4])
def test_a_handler_that_returns_nonsense(cap):
    """A return value that is no answer is an error of the test; the delivery waits again."""
    driver = shop(lambda request: "ok")

    async def receiver(request):
        return "ok"

    adriver = wired(AsyncDriver, receiver, cap=cap)

    async def main():
        await adriver.do(*HOOK)
        await adriver.do(*COURSE)
        with pytest.raises(InvalidInput, match="returned 'ok'"):
            await adriver.do(*PURCHASE)

    with pytest.raises(InvalidInput, match="returned 'ok'"):
        driver.do(*PURCHASE)
    asyncio.run(main())

    for engine in (driver.engine, adriver.engine):
        assert [d.state for d in engine.journal.deliveries()] == ["waiting", "waiting"]
        assert not engine.outbox.out


def test_an_async_handler_needs_the_async_driver():
    """The synchronous driver says which face to use."""

    async def receiver(request):
        return 200

    driver = shop(receiver)

    with pytest.raises(InvalidInput, match="AsyncEmulator"):
        driver.do(*PURCHASE)


def test_an_event_that_never_comes():
    """`advance(until=)` raises from the verb, and the driver can be used again."""
    driver = shop(lambda request: None)
    driver.do(*SUBSCRIBE)

    with pytest.raises(NeverDue, match="period end of sub_jane"):
        driver.do("advance", {"until": "customer.subscription.deleted"})
    driver.do("advance", {"days": 7})

    assert driver.engine.quiet


def test_a_late_answer_is_a_timeout(monkeypatch):
    """A handler that returns after the deadline did not answer; the verb returns as usual."""
    moments = iter([0.0, 9.0, 10.0, 11.0])
    monkeypatch.setattr(inprocess, "monotonic", lambda: next(moments))
    driver = shop(lambda request: 200)

    driver.do(*PURCHASE)

    found = [(d.state, d.outcome.duration) for d in driver.engine.journal.deliveries()]
    assert found == [("timeout_response", 9.0), ("delivered", 1.0)]


def test_an_advance_that_was_interrupted_goes_on():
    """Ctrl-C during an advance leaves the goal: driving on ends where the advance wanted to."""
    receiver = Receiver(6, interrupt)
    driver = shop(receiver)
    driver.do(*SUBSCRIBE)

    with pytest.raises(KeyboardInterrupt):
        driver.do("advance", {"days": 30})
    stopped = driver.engine.now
    driver.drive()

    assert clock.parse("2030-02-07") == stopped
    assert clock.parse("2030-03-02") == driver.engine.now


# ---- watching, blocking, closing ---------------------------------------------------------------


def test_every_outcome_can_be_watched():
    """`watch` is told of each try and what came of it, before an error is raised."""
    seen = []

    def receiver(request):
        if request.event == "order.completed":
            raise ZeroDivisionError

    driver = shop(
        receiver, watch=lambda attempt, outcome: seen.append((attempt.event, outcome.kind))
    )

    with pytest.raises(ZeroDivisionError):
        driver.do(*PURCHASE)

    assert seen == [("customer.created", "delivered"), ("order.completed", "rejected")]


@pytest.mark.parametrize("kind", [Driver, AsyncDriver])
def test_public_addresses_are_blocked(kind):
    """Nothing is sent to a public host that was not allowed; the outcome says so."""
    driver = kind(runs.engine())

    async def main():
        for verb, arguments in (
            ("create_webhook", {"url": "https://example.com/hooks"}),
            COURSE,
            PURCHASE,
        ):
            result = driver.do(verb, arguments)
            if kind is AsyncDriver:
                await result

    asyncio.run(main())

    found = [(d.state, d.outcome.detail) for d in driver.engine.journal.deliveries()]
    assert found == [("blocked", "https://example.com/hooks is a public address")] * 2


class Http:
    """Stands in for the HTTP transport: answers everything, remembers thread and closing."""

    def __init__(self, answer=None):
        self.sent, self.closed = [], False
        self._answer = answer

    async def send(self, attempt):
        self.sent.append((attempt.url, threading.current_thread().name))
        if self._answer is not None:
            await self._answer()
        return Outcome("delivered", 200)

    async def close(self):
        self.closed = True


@pytest.mark.parametrize("url", ["http://localhost:3000/", "https://example.com/"])
def test_urls_are_sent_to_from_a_thread_with_a_loop(url):
    """The synchronous driver keeps its connections in a loop of its own, until it is closed."""
    driver, http = Driver(runs.engine(), allow_public=True), Http()
    driver._http = http
    for verb, arguments in (("create_webhook", {"url": url}), COURSE, PURCHASE):
        driver.do(verb, arguments)
    loop = driver._loop

    driver.close()

    assert [(url, "pocketsflow-http")] * 2 == http.sent
    assert http.closed
    assert not loop._thread.is_alive()
    assert (driver._loop, driver._http) == (None, None)


def test_urls_are_sent_to_from_the_task():
    """The asynchronous driver sends from the loop it is awaited in."""
    driver, http = AsyncDriver(runs.engine(cap=4)), Http()
    driver._http = http

    async def main():
        for verb, arguments in (HOOK, COURSE, PURCHASE):
            await driver.do(verb, arguments)
        await driver.close()

    asyncio.run(main())

    assert [("http://localhost:3000/", threading.current_thread().name)] * 2 == http.sent
    assert http.closed
    assert driver._http is None


def test_closing_what_was_never_opened():
    """A driver that has sent nothing over HTTP closes without further ado, and twice."""
    driver, adriver = Driver(runs.engine()), AsyncDriver(runs.engine())

    driver.close()
    driver.close()
    asyncio.run(adriver.close())

    assert driver._loop is None


def test_closing_a_loop_without_connections():
    """A loop that was started and has no connections is ended too."""
    driver = Driver(runs.engine())
    driver._loop = loop = LoopThread()

    driver.close()

    assert not loop._thread.is_alive()


def test_what_is_broken_off_here_is_cancelled_there():
    """Ctrl-C while the loop's thread sends cancels the sending."""
    loop, ended = LoopThread(), threading.Event()

    async def send():
        try:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(KeyboardInterrupt):
        loop.call(send())

    assert ended.wait(5)
    loop.stop()


def test_verbs_of_another_thread_wait_for_no_send():
    """The lock is held for steps of the engine, never during a send: another thread's verb acts
    while a receiver is answering, and is delivered by the thread that drives.
    """
    heard = []

    def receiver(request):
        heard.append((request.event, threading.current_thread().name))
        if len(heard) == 1:
            other = threading.Thread(
                target=lambda: driver.do("set_verification", {"status": "verified"})
            )
            other.start()
            other.join(5)
            assert not other.is_alive()

    driver = shop(receiver)

    driver.do(*PURCHASE)

    me = threading.current_thread().name
    assert [
        ("customer.created", me),
        ("order.completed", me),
        ("identity.verification_session.verified", me),
    ] == heard
