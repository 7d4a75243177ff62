"""The walks of the design: what the rules give, event by event, stamp by stamp."""

import json

import pytest

import runs
from pocketsflow_emulator.delivery.transports.handler import HandlerTransport
from pocketsflow_emulator.driver import Driver

MONTHLY = {"offer": "prod_pro", "email": "jane@example.com", "id": "sub_jane"}


def world(start, **offer):
    """An engine with one `documented` webhook and one offer."""
    made = runs.hooked(start)
    runs.do(made, "create_offer", id="prod_pro", name="Pro", price="29.00", **offer)
    return made


def bodies(made, event):
    """The bodies of the deliveries of one event, in order."""
    return [json.loads(d.body) for d in made.journal.deliveries() if d.event == event]


def attempts(made):
    """What each failed payment says: attempt count and the date of the next."""
    return [
        (body["invoice"]["attemptCount"], (body["invoice"]["nextPaymentAttempt"] or "none")[:10])
        for body in bodies(made, "invoice.payment_failed")
    ]


def periods(made):
    """Status and period of the subscription in each `updated`."""
    return [
        (
            body["subscription"]["status"],
            body["subscription"]["currentPeriodStart"][:10],
            body["subscription"]["currentPeriodEnd"][:10],
        )
        for body in bodies(made, "customer.subscription.updated")
    ]


def test_a_renewal_fails_and_the_second_retry_recovers_it():
    """Walk 1: monthly from 31 January, one renewal fails, the second retry recovers it."""
    made = world("2030-01-31")
    runs.play(made, "subscribe", **MONTHLY)
    runs.play(made, "decline_next", payer="sub_jane", times=2)

    runs.play(made, "advance", to="2030-03-31")

    assert runs.walk(made) == [
        "2030-01-31 cc0 ic1 pis2 cr3",
        "2030-02-21 iu0",
        "2030-02-28 ic0 pf1 up2",
        "2030-03-02 pf0",
        "2030-03-05 ps0 up2",
        "2030-03-24 iu0",
        "2030-03-31 ic0 ps1 up3",
    ]
    assert attempts(made) == [(1, "2030-03-02"), (2, "2030-03-05")]
    assert periods(made) == [
        ("past_due", "2030-01-31", "2030-02-28"),
        ("active", "2030-02-28", "2030-03-31"),
        ("active", "2030-03-31", "2030-04-30"),
    ]


def test_the_last_retry_recovers_a_weekly_renewal():
    """Walk 2: weekly, the first renewal is recovered by the last retry, the missed notice comes
    with it, and the boundary that has passed is not billed.
    """
    made = world("2030-01-01", frequency="weekly")
    runs.play(made, "subscribe", **MONTHLY)
    runs.play(made, "decline_next", payer="sub_jane", times=3)

    runs.play(made, "advance", to="2030-01-22")

    assert runs.walk(made) == [
        "2030-01-01 cc0 ic1 pis2 cr3 iu4",
        "2030-01-08 ic0 pf1 up2",
        "2030-01-10 pf0",
        "2030-01-13 pf0",
        "2030-01-17 ps0 up2 iu3",
        "2030-01-22 ic0 ps1 up3 iu4",
    ]
    assert attempts(made) == [(1, "2030-01-10"), (2, "2030-01-13"), (3, "2030-01-17")]
    assert periods(made)[1] == ("active", "2030-01-08", "2030-01-22")


def test_the_last_retry_fails_and_the_subscription_ends():
    """Walk 2, lost: the last retry fails too, and the subscription ends in the same instant."""
    made = world("2030-01-01", frequency="weekly")
    runs.play(made, "subscribe", **MONTHLY)
    runs.play(made, "decline_next", payer="sub_jane", times=4)

    runs.play(made, "advance", to="2030-03-01")

    assert runs.walk(made)[-1] == "2030-01-17 pf0 del1"
    assert attempts(made)[-1] == (4, "none")


def test_a_trial_ends_with_a_declined_charge_and_a_new_card_saves_it():
    """Walk 3: a trial of 14 days, the first charge is declined, a new card comes a minute later."""
    made = world("2030-01-01", trial_days=14)
    runs.play(made, "subscribe", **MONTHLY, card="declines")
    runs.play(made, "advance", to="2030-01-15T00:01:00Z")

    runs.play(made, "update_payment_method", subscription="sub_jane")

    assert runs.walk(made) == [
        "2030-01-01 cc0 cr1",
        "2030-01-08 iu0",
        "2030-01-12 twe0",
        "2030-01-15 ic0 pf1 up2",
        "2030-01-15T00:01 up0 ps1 up3",
    ]
    assert attempts(made) == [(1, "2030-01-17")]
    assert periods(made) == [
        ("past_due", "2030-01-01", "2030-01-15"),
        ("past_due", "2030-01-01", "2030-01-15"),
        ("active", "2030-01-15", "2030-02-15"),
    ]


def test_a_pause_outlasts_the_period():
    """Walk 4: paused on 20 January, resumed on 10 February, billed from there."""
    made = world("2030-01-01")
    runs.play(made, "subscribe", **MONTHLY)
    runs.play(made, "advance", to="2030-01-20T12:00:00Z")
    runs.play(made, "pause", subscription="sub_jane")
    runs.play(made, "advance", to="2030-02-10T12:00:00Z")
    runs.play(made, "resume", subscription="sub_jane")

    runs.play(made, "advance", to="2030-03-04")

    assert runs.walk(made) == [
        "2030-01-01 cc0 ic1 pis2 cr3",
        "2030-01-20T12:00 up0 paused1",
        "2030-02-10T12:00 up0 resumed1 ic2 ps3 up5",
        "2030-03-03T12:00 iu0",
    ]
    assert periods(made) == [
        ("paused", "2030-01-01", "2030-02-01"),
        ("active", "2030-01-01", "2030-02-01"),
        ("active", "2030-02-10", "2030-03-10"),
    ]


@pytest.mark.parametrize(
    ("cancelled", "expected"),
    [
        (
            "2030-01-20",
            [
                "2030-01-01 cc0 ic1 pis2 cr3",
                "2030-01-20 up0",
                "2030-01-28T09:00 up0 iu1",
                "2030-02-01 ic0 ps1 up3",
            ],
        ),
        (
            "2030-01-26",
            [
                "2030-01-01 cc0 ic1 pis2 cr3",
                "2030-01-25 iu0",
                "2030-01-26 up0",
                "2030-01-28T09:00 up0",
                "2030-02-01 ic0 ps1 up3",
            ],
        ),
    ],
    ids=["before the notice", "after the notice"],
)
def test_a_cancellation_is_taken_back(cancelled, expected):
    """Walk 5: cancelled at period end and undone; a notice that was missed comes at once, one
    that was sent does not come again.
    """
    made = world("2030-01-01")
    runs.play(made, "subscribe", **MONTHLY)
    runs.play(made, "advance", to=cancelled)
    runs.play(made, "cancel", subscription="sub_jane", at_period_end=True)
    runs.play(made, "advance", to="2030-01-28T09:00:00Z")
    runs.play(made, "uncancel", subscription="sub_jane")

    runs.play(made, "advance", to="2030-02-01")

    flags = [
        body["subscription"]["cancelAtPeriodEnd"]
        for body in bodies(made, "customer.subscription.updated")
    ]
    assert expected == runs.walk(made)
    assert flags == [True, False, False]


def refunding():
    """A world whose receiver refunds inside its own handler; what it was called with, in order."""
    made = runs.hooked("2030-01-01")
    driver = Driver(made)
    heard = []

    def receiver(request):
        heard.append((request.event, made.quiet))
        if request.event == "order.completed":
            order = driver.do("refund", {"order": request.json()["order"]["id"]})
            heard.append(("refunded", order.status))

    driver.targets["hook_1"] = HandlerTransport(receiver)
    driver.do("create_product", {"id": "prod_course", "price": "60.00", "quiet": True})
    driver.do("purchase", {"product": "prod_course", "email": "jane@example.com"})
    heard.append(("returned", made.quiet))
    return made, heard


def test_two_webhooks_in_two_dialects():
    """Walk 6: the same stamps for both, fact by fact; each dialect has a gap of its own."""
    made = runs.hooked("2030-01-01")
    runs.do(made, "create_webhook", id="hook_2", url="3000", dialect="current")
    runs.do(made, "create_offer", id="prod_pro", price="29.00")
    runs.play(made, "subscribe", **MONTHLY)
    runs.play(made, "advance", to="2030-02-01")
    runs.play(made, "pause", subscription="sub_jane")

    heard = [
        (d.webhook, d.event, int(dict(d.tries[0].headers)["X-Pocketsflow-Timestamp"]) - made.now)
        for d in made.journal.deliveries()
        if d.fact.instant == made.now
    ]

    assert heard == [
        ("hook_1", "invoice.created", 0),
        ("hook_2", "invoice.created", 0),
        ("hook_1", "invoice.payment_succeeded", 1),
        ("hook_2", "invoice.payment_succeeded", 1),
        ("hook_2", "invoice.paid", 2),
        ("hook_1", "customer.subscription.updated", 3),
        ("hook_2", "customer.subscription.updated", 3),
        ("hook_1", "customer.subscription.updated", 4),
        ("hook_1", "customer.subscription.paused", 5),
        ("hook_2", "customer.subscription.pause", 5),
    ]


def test_a_receiver_refunds_inside_its_own_handler():
    """Walk 7: the refund happens at once, its event is sent inside the running purchase."""
    made, heard = refunding()

    assert runs.walk(made) == ["2030-01-01 cc0 oc1 refunded2"]
    assert heard == [
        ("customer.created", False),
        ("order.completed", False),
        ("refunded", "succeeded"),
        ("order.refunded", False),
        ("returned", True),
    ]


def test_calling_back_is_repeatable():
    """Walk 7 again: the same run makes the same canonical journal."""
    first, _ = refunding()

    second, _ = refunding()

    assert first.journal.canonical() == second.journal.canonical()
    assert first.world.digest() == second.world.digest()


def test_going_back_brings_the_same_ids_stamps_and_bytes():
    """Walk 9: walk 1, snapshot on 21 February, on to the 28th, back, and on again."""
    made = world("2030-01-31")
    runs.play(made, "subscribe", **MONTHLY)
    runs.play(made, "decline_next", payer="sub_jane", times=2)
    runs.play(made, "advance", to="2030-02-21")
    runs.play(made, "snapshot", name="notice")
    runs.play(made, "advance", to="2030-02-28")
    before = list(made.journal.deliveries())
    canonical, digest = made.journal.canonical(), made.world.digest()

    runs.play(made, "restore", name="notice")
    back = (runs.walk(made)[-1], made.now)
    runs.play(made, "advance", to="2030-02-28")

    after = list(made.journal.deliveries())
    assert ("2030-02-21 iu0", before[4].fact.instant) == back
    assert runs.walk(made)[-1] == "2030-02-28 ic0 pf1 up2"
    assert [d.body for d in before] == [d.body for d in after]
    assert canonical == made.journal.canonical()
    assert digest == made.world.digest()
    assert [d.number for d in before] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [d.number for d in after] == [1, 2, 3, 4, 5, 9, 10, 11]


def test_the_branch_left_behind_stays_in_the_journal():
    """Walk 9 again: what was sent before going back is kept, and marked as abandoned."""
    made = world("2030-01-31")
    runs.play(made, "subscribe", **MONTHLY)
    runs.play(made, "snapshot", name="start")
    runs.play(made, "advance", to="2030-02-28")

    runs.play(made, "restore", name="start")

    kept = [(r.fact.event.key, r.abandoned) for r in made.journal.facts]
    lost = [d for r in made.journal.facts if r.abandoned for d in r.deliveries]
    assert kept[3:5] == [("customer.subscription.created", False), ("invoice.upcoming", True)]
    assert [d.number for d in lost] == [5, 6, 7, 8]
    assert all(d.abandoned for d in lost)
    assert runs.walk(made) == ["2030-01-31 cc0 ic1 pis2 cr3"]
    assert not any("upcoming" in line for line in made.journal.canonical())
