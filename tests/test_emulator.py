"""`Emulator`: one world, driven from the calling thread."""

import gc
import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

import receivers
from pocketsflow_emulator import Emulator, Missed, verify
from pocketsflow_emulator.errors import (
    CalledDuringDelivery,
    InvalidInput,
    NeverDue,
    NotFound,
    UnknownName,
)

JANE = "jane@example.com"


@pytest.fixture
def subscribed(shop):
    """A shop with Jane's monthly subscription, from 1 January, after a trial of 14 days."""
    offer = shop.create_offer(price="29.00", trial_days=14)
    shop.subscribe(offer, email=JANE, id="sub_jane")
    return shop


# ---- time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"days": 3}, "2030-01-04"),
        ({"weeks": 1, "hours": 1, "minutes": 2, "seconds": 3}, "2030-01-08T01:02:03"),
        ({"months": 1}, "2030-02-01"),
        ({"years": 1}, "2031-01-01"),
        ({"by": timedelta(days=1, milliseconds=5)}, "2030-01-02T00:00:00.005"),
        ({"to": "2030-01-31"}, "2030-01-31"),
        ({"until": "customer.subscription.trial_will_end"}, "2030-01-12"),
    ],
    ids=str,
)
def test_time_passes_by_a_span_to_a_date_or_until_an_event(subscribed, arguments, expected):
    """`advance` stops exactly where it was told to, and the clock shows it."""
    subscribed.advance(**arguments)

    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == subscribed.clock.now


def test_advance_returns_what_was_sent_meanwhile(subscribed):
    """The deliveries of an `advance` are those it made, and none from before."""
    made = subscribed.advance(days=14)

    assert [d.event for d in made] == [
        "invoice.upcoming",
        "customer.subscription.trial_will_end",
        "invoice.created",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
    ]
    assert [d.id for d in made] == [d.id for d in subscribed.deliveries[-5:]]


def test_what_falls_due_at_the_date_has_happened(subscribed):
    """`to` is inclusive: at the end of the trial the first charge has been made."""
    subscribed.advance(to="2030-01-14")
    before = subscribed.handle("sub_jane").status

    subscribed.advance(to="2030-01-15")

    assert before == "trialing"
    assert subscribed.handle("sub_jane").status == "active"


def test_until_returns_after_the_event_was_answered(subscribed):
    """`until` stops once the event has been answered, before anything later."""
    made = subscribed.advance(until="invoice.created")

    assert made.last.event == "customer.subscription.updated"
    assert {"delivered"} == {d.outcome for d in made}
    assert datetime(2030, 1, 15, tzinfo=UTC) == subscribed.clock.now


def test_an_event_that_is_never_due_is_an_error(shop):
    """Waiting for what nothing will cause ends with an error, not with two years in vain."""
    with pytest.raises(NeverDue, match=r"order\.refunded"):
        shop.advance(until="order.refunded")

    assert datetime(2030, 1, 1, tzinfo=UTC) == shop.clock.now


# ---- receivers ---------------------------------------------------------------------------------


def test_a_handler_gets_the_signed_request():
    """A function is called with the bytes, headers and event that an endpoint would get."""
    got = []
    with Emulator(secret="whsec_own") as emulator:
        webhook = emulator.deliver_to(got.append)
        emulator.create_product(name="Kurs für Jané")

    [request] = got
    assert request.event == "product.created"
    assert webhook == request.json()["webhookId"]
    assert verify(request.body, request.headers["X-Pocketsflow-Signature"], "whsec_own")
    assert "Jané".encode() in request.body


def test_a_url_gets_the_same_bytes_over_a_socket():
    """What a function is called with is what a server receives."""
    got = []
    with receivers.answering(204) as receiver, Emulator(start="2030-01-01", seed=7) as emulator:
        emulator.deliver_to(receiver.url)
        emulator.create_product(id="prod_course")
        delivery = emulator.assert_delivered("product.created")
    with Emulator(start="2030-01-01", seed=7) as twin:
        twin.deliver_to(got.append)
        twin.create_product(id="prod_course")

    [raw] = receiver.requests
    head, _, body = raw.partition(b"\r\n\r\n")
    assert got[0].body == body
    assert delivery.status == 204
    assert f"X-Pocketsflow-Signature: {got[0].headers['X-Pocketsflow-Signature']}" in head.decode()


def test_receivers_are_added(shop):
    """A second receiver does not replace the first; each hears what it asked for."""
    first, second = [], []
    shop.deliver_to(first.append, events="order.*")
    shop.deliver_to(handler=second.append, events=["customer.*", "product.created"])

    shop.purchase(shop.create_product(), email=JANE)

    assert [request.event for request in first] == ["order.completed"]
    assert [request.event for request in second] == ["product.created", "customer.created"]


def test_an_endpoint_that_is_down_is_an_outcome():
    """A refused connection is no error of the verb; the delivery says what came of it."""
    with receivers.refusing() as receiver, Emulator() as emulator:
        emulator.deliver_to(url=receiver.url)
        emulator.create_product()

        delivery = emulator.assert_delivered("product.created", outcome="refused")

    assert delivery.status is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "deliver_to takes one receiver"),
        ({"target": "3000", "handler": print}, "deliver_to takes one receiver"),
        ({"target": 3000}, "3000 is no receiver; give a URL, an application, or"),
        ({"target": print, "events": "order.completd"}, "did you mean 'order.completed'"),
        ({"target": print, "dialect": "documentd"}, "did you mean 'documented'"),
    ],
    ids=str,
)
def test_what_is_no_receiver_is_named(arguments, message):
    """A receiver that cannot be used is refused, with what to give instead; none is added."""
    with Emulator() as emulator:
        with pytest.raises(InvalidInput) as caught:
            emulator.deliver_to(**arguments)
        emulator.create_product()

        assert emulator.deliveries == ()
    assert message in str(caught.value)


def test_what_a_handler_raises_is_raised_from_the_verb():
    """An assertion inside a handler fails the test; the delivery is an answer of 500."""

    def webhook(request):
        assert request.json()["price"] == "free"

    with Emulator() as emulator:
        emulator.deliver_to(webhook)
        with pytest.raises((AssertionError, KeyError)):
            emulator.create_product()

        emulator.assert_delivered("product.created", outcome="rejected")


def test_errors_can_be_kept_to_the_record():
    """With `raise_errors=False` a handler that raises is a receiver that answers 500."""
    with Emulator() as emulator:
        emulator.deliver_to(lambda _request: 1 / 0, raise_errors=False)
        emulator.create_product()

        delivery = emulator.assert_delivered("product.created", outcome="rejected")

    assert delivery.status == 500
    assert "ZeroDivisionError" in delivery.explanation


def test_a_receiver_may_act_but_not_move_time():
    """A handler may refund inside `order.completed`; `reset` and reads that wait are refused."""
    refusals = []

    def webhook(request):
        if request.event == "order.completed":
            emulator.refund(request.json()["order"]["id"])
            for call in (emulator.reset, lambda: emulator.advance(days=1)):
                with pytest.raises(CalledDuringDelivery) as caught:
                    call()
                refusals.append(str(caught.value))
            assert emulator.events[-1] == "order.refunded"

    with Emulator() as emulator:
        emulator.deliver_to(webhook)
        order = emulator.purchase(emulator.create_product(quiet=True), email=JANE)

        emulator.assert_sequence("order.completed", "order.refunded")
    assert order.status == "refunded"
    assert [text.split()[0] for text in refusals] == ["reset", "advance"]


# ---- scenarios ---------------------------------------------------------------------------------


def test_a_scenario_plays_in_this_world(shop):
    """`run_scenario` uses the receivers that are there and gives its objects back."""
    result = shop.run_scenario("trial-ends-in-three-days", trial_days=14, email=JANE)

    assert result.ok
    assert (result.sub.email, result.sub.status) == (JANE, "trialing")
    assert shop.events[-1] == "customer.subscription.trial_will_end"
    assert datetime(2030, 1, 12, tzinfo=UTC) == shop.clock.now


def test_a_scenario_that_does_not_hold(tmp_path):
    """A scenario's expectation is an assertion of the test: line, miss and timeline are shown."""
    file = tmp_path / "course.yaml"
    file.write_text(
        "version: 1\nname: course\ntitle: A course is sold\nsteps:\n"
        "  - create_product: {name: Course}\n    expect: {events: [product.deleted]}\n",
        encoding="utf-8",
    )
    with Emulator() as emulator:
        emulator.deliver_to(lambda _request: 200)

        with pytest.raises(Missed) as caught:
            emulator.run_scenario(str(file))

    assert "scenario course does not hold:" in str(caught.value)
    assert "course.yaml:" in str(caught.value)
    assert "✓ product.created" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("refnd", {}, "unknown scenario 'refnd'; did you mean 'refund'?"),
        ("refund", {"emial": JANE}, "unknown option of refund 'emial'; did you mean 'email'?"),
    ],
)
def test_a_misspelt_scenario_or_option(shop, name, options, message):
    """A name that no scenario has is an error with the nearest one; nothing happens."""
    with pytest.raises(UnknownName) as caught:
        shop.run_scenario(name, **options)

    assert message == str(caught.value)
    assert shop.events == []


# ---- the world ---------------------------------------------------------------------------------


def play(seed, start="2030-01-31"):
    """Return the journal of a small story."""
    with Emulator(seed=seed, start=start) as emulator:
        emulator.deliver_to(lambda _request: 200)
        emulator.subscribe(emulator.create_offer(frequency="weekly"))
        emulator.advance(months=2)
        return emulator.journal()


def test_seed_and_start_repeat_every_byte():
    """The same seed and start give the same journal; another of either gives another."""
    first = play(7)

    assert first == play(7)
    assert all(json.loads(line) for line in first)
    assert first != play(8)
    assert first != play(7, "2030-02-01")


def test_a_world_that_nobody_gave_a_start():
    """By default a world begins on 1 January 2030 with seed 0, and says so."""
    with Emulator() as emulator:
        emulator.deliver_to(lambda _request: 200)

        assert (emulator.seed, emulator.start) == (0, "2030-01-01T00:00:00.000Z")


def test_a_world_whose_first_receiver_is_a_url_starts_now():
    """A living application has a clock of its own, so the world takes the present and a fresh
    seed, unless either was chosen.
    """
    before = datetime.now(UTC) - timedelta(seconds=1)  # noqa: TID251
    with Emulator() as emulator, Emulator(seed=7) as chosen:
        emulator.deliver_to("localhost:3000/webhooks")
        chosen.deliver_to("localhost:3000/webhooks")

        assert before <= emulator.clock.now <= datetime.now(UTC)  # noqa: TID251
        assert emulator.seed > 0
        assert (chosen.seed, chosen.start) == (7, "2030-01-01T00:00:00.000Z")


def test_a_world_that_has_begun_stays_where_it_is():
    """After the first verb neither a URL nor `begin_at` changes where the world stands."""
    with Emulator() as emulator:
        emulator.create_product()
        emulator.deliver_to("localhost:3000/webhooks")

        emulator.begin_at("2031-01-01")

        assert (emulator.seed, emulator.start) == (0, "2030-01-01T00:00:00.000Z")


def test_reset_begins_anew():
    """After `reset` the same seed and start repeat the same story, from an empty world."""
    with Emulator(seed=7, dunning="patient") as emulator:

        def story():
            emulator.deliver_to(lambda _request: 200)
            emulator.purchase(emulator.create_product())
            return emulator.journal()

        first = story()
        emulator.reset()
        empty = emulator.journal(), emulator.events, emulator.deliveries

        assert empty == ([], [], ())
        assert first == story()


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"start": "2030-13-01"}, InvalidInput, "'2030-13-01' is not a date"),
        ({"policy": "ladder"}, UnknownName, "unknown delivery policy 'ladder'"),
        ({"dunning": "ptient"}, UnknownName, "did you mean 'patient'"),
        ({"concurrency": 65}, InvalidInput, "concurrency is 65; choose 1 to 64"),
    ],
    ids=str,
)
def test_settings_that_cannot_be(settings, kind, message):
    """A setting that cannot be used is refused when the world is made."""
    with pytest.raises(kind, match=message):
        Emulator(**settings)


def test_dunning_and_livemode_are_settings():
    """The world is made with the dunning and the mode that were asked for."""
    with Emulator(dunning="strict", livemode=True) as emulator:
        emulator.deliver_to(lambda _request: 200)
        subscription = emulator.subscribe(emulator.create_offer(), email=JANE)
        emulator.decline_next(subscription, times="until_new_card")
        emulator.advance(months=2)

        body = emulator.assert_delivered("customer.subscription.deleted").json

    assert (body["livemode"], body["testMode"]) == (True, False)
    assert subscription.status == "canceled"


# ---- the end -----------------------------------------------------------------------------------


def test_closing_ends_threads_and_connections():
    """After `close`, which may be called twice, nothing of the emulator is left running."""
    threads = set(threading.enumerate())
    with receivers.answering(200) as receiver:
        emulator = Emulator()
        emulator.deliver_to(receiver.url)
        emulator.create_product()
        during = {thread.name for thread in threading.enumerate()}

        emulator.close()
        emulator.close()

        assert receiver.hung_up.wait(receivers.BOUND)
    gc.collect()  # what was left open would warn now, and warnings are errors
    assert "pocketsflow-http" in during
    assert threads == set(threading.enumerate())


def test_an_error_inside_the_context_closes_too():
    """Leaving the context with an error closes as well, and the error goes on."""
    with receivers.answering(200) as receiver:
        emulator = Emulator()
        emulator.deliver_to(receiver.url)
        emulator.create_product()

        with pytest.raises(NotFound), emulator:
            emulator.refund("order_nobody")

        assert "pocketsflow-http" not in {thread.name for thread in threading.enumerate()}


def test_a_program_ends_without_a_word():
    """With every warning an error and in Python's development mode, a program that used a URL
    prints nothing of its own at its end.
    """
    code = (
        "import sys; from pocketsflow_emulator import Emulator\n"
        "with Emulator() as emulator:\n"
        "    emulator.deliver_to(sys.argv[1]); emulator.create_product()\n"
        "    emulator.assert_delivered('product.created')\n"
    )
    with receivers.answering(200) as receiver:
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", "-c", code, receiver.url],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_checkout_is_paid_by_whom_it_was_made_for(shop):
    """A page that was made for a buyer is completed without naming them again."""
    page = shop.create_checkout(shop.create_product(price="60.00"), email=JANE)

    shop.complete_checkout(page)

    assert shop.assert_delivered("order.completed").json["customer"]["email"] == JANE
