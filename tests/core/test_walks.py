"""The walks of the design: which events come when, with which stamps, worked out by hand."""

from pocketsflow_emulator.core.models import Invoice, Subscription
from worlds import JANE, Story, day, period, timeline


def at(story, when, key):
    """The facts of one event on one day."""
    return [fact for fact in story.facts if day(fact.instant) == when and fact.event.key == key]


def attempt(story, when):
    """The attempt that failed on a day, and the day of the next."""
    (fact,) = at(story, when, "invoice.payment_failed")
    invoice = fact.get(Invoice)
    following = invoice.next_attempt_at
    return invoice.attempt_count, None if following is None else day(following)


def updates(story, when):
    """What the updates of a day say: status, period start, period end."""
    subscriptions = [
        fact.get(Subscription) for fact in at(story, when, "customer.subscription.updated")
    ]
    return [(sub.status, *period(sub)) for sub in subscriptions]


def monthly_with_a_failing_renewal():
    """Walk 1: monthly from 31 January, the second retry of the first renewal recovers it."""
    story = Story("2030-01-31")
    sub = story.subscriber()
    story.do("decline_next", payer=sub.id, times=2)
    story.advance("2030-03-31")
    return story


def test_walk_1_recovers_with_the_second_retry():
    """A monthly subscription from 31 January whose first renewal fails is tried again after 2
    and 5 days; it recovers into the period it owed and goes on at the ends of the months."""
    expected = {
        "2030-01-31": "cc0 ic1 pis2 cr3",
        "2030-02-21": "iu0",
        "2030-02-28": "ic0 pf1 up2",
        "2030-03-02": "pf0",
        "2030-03-05": "ps0 paid1 up2",
        "2030-03-24": "iu0",
        "2030-03-31": "ic0 ps1 paid2 up3",
    }

    story = monthly_with_a_failing_renewal()

    assert expected == timeline(story.facts)


def test_walk_1_says_when_it_tries_again_and_which_period_it_is_in():
    """While a renewal is unpaid the subscription keeps the dates it last paid for."""
    attempts = {"2030-02-28": (1, "2030-03-02"), "2030-03-02": (2, "2030-03-05")}
    periods = {
        "2030-02-28": [("past_due", "2030-01-31", "2030-02-28")],
        "2030-03-05": [("active", "2030-02-28", "2030-03-31")],
        "2030-03-31": [("active", "2030-03-31", "2030-04-30")],
    }

    story = monthly_with_a_failing_renewal()

    assert attempts == {when: attempt(story, when) for when in attempts}
    assert periods == {when: updates(story, when) for when in periods}


def weekly_with_a_failing_renewal(times):
    """Walk 2: weekly from 1 January; the first renewal fails `times` times."""
    story = Story("2030-01-01")
    sub = story.subscriber(frequency="weekly")
    story.do("decline_next", payer=sub.id, times=times)
    story.advance("2030-01-22")
    return story


def test_walk_2_recovers_with_the_last_retry():
    """The last retry of a weekly subscription skips the boundary that went by, and sends the
    notice that was missed meanwhile."""
    expected = {
        "2030-01-01": "cc0 ic1 pis2 cr3 iu4",
        "2030-01-08": "ic0 pf1 up2",
        "2030-01-10": "pf0",
        "2030-01-13": "pf0",
        "2030-01-17": "ps0 paid1 up2 iu3",
        "2030-01-22": "ic0 ps1 paid2 up3 iu4",
    }
    attempts = {
        "2030-01-08": (1, "2030-01-10"),
        "2030-01-10": (2, "2030-01-13"),
        "2030-01-13": (3, "2030-01-17"),
    }

    story = weekly_with_a_failing_renewal(times=3)

    assert expected == timeline(story.facts)
    assert attempts == {when: attempt(story, when) for when in attempts}
    recovered = [("active", "2030-01-08", "2030-01-22")]
    assert recovered == updates(story, "2030-01-17")


def test_walk_2_lost():
    """When the last retry fails too, the subscription ends in the same instant."""
    expected = {
        "2030-01-01": "cc0 ic1 pis2 cr3 iu4",
        "2030-01-08": "ic0 pf1 up2",
        "2030-01-10": "pf0",
        "2030-01-13": "pf0",
        "2030-01-17": "pf0 del1",
    }

    story = weekly_with_a_failing_renewal(times=4)

    assert expected == timeline(story.facts)
    last_attempt = (4, None)
    assert last_attempt == attempt(story, "2030-01-17")
    (deleted,) = at(story, "2030-01-17", "customer.subscription.deleted")
    assert deleted.get(Subscription).status == "canceled"


def test_walk_3_a_new_card_saves_a_trial():
    """The first charge after a trial is declined; a new card a minute later is charged at once."""
    expected = {
        "2030-01-01": "cc0 cr1",
        "2030-01-08": "iu0",
        "2030-01-12": "twe0",
        "2030-01-15": "ic0 pf1 up2",
        "2030-01-15 00:01": "up0 ps1 paid2 up3",
    }
    story = Story("2030-01-01")

    sub = story.subscriber(trial_days=14)
    story.do("decline_next", payer=sub.id, times="until_new_card")
    story.advance("2030-01-15T00:01:00Z")
    story.do("update_payment_method", subscription=sub.id)

    assert expected == timeline(story.facts)
    first_attempt = (1, "2030-01-17")
    assert first_attempt == attempt(story, "2030-01-15")
    failed = [("past_due", "2030-01-01", "2030-01-15")]
    assert failed == updates(story, "2030-01-15")
    saved = [("past_due", "2030-01-01", "2030-01-15"), ("active", "2030-01-15", "2030-02-15")]
    assert saved == updates(story, "2030-01-15 00:01")


def paused_and_resumed():
    """Walk 4: monthly from 1 January, paused on 20 January, resumed on 10 February, at noon."""
    story = Story("2030-01-01")
    sub = story.subscriber()
    story.advance("2030-01-20T12:00:00Z")
    story.do("pause", subscription=sub.id)
    story.advance("2030-02-10T12:00:00Z")
    story.do("resume", subscription=sub.id)
    story.advance("2030-03-03T12:00:00Z")
    return story


def test_walk_4_pause_and_resume():
    """A paused subscription sends no notice and no renewal; resumed after its period it is billed
    at once, from that moment."""
    expected = {
        "2030-01-01": "cc0 ic1 pis2 cr3",
        "2030-01-20 12:00": "up0 paused1",
        "2030-02-10 12:00": "up0 resumed1 ic2 ps3 paid4 up5",
        "2030-03-03 12:00": "iu0",
    }

    story = paused_and_resumed()

    assert expected == timeline(story.facts)
    resumed = [
        ("active", "2030-01-01", "2030-02-01"),
        ("active", "2030-02-10 12:00", "2030-03-10 12:00"),
    ]
    assert resumed == updates(story, "2030-02-10 12:00")


def test_walk_5_a_cancellation_taken_back():
    """A subscription that ends at its period end gets no notice; taking that back sends it."""
    expected = {
        "2030-01-01": "cc0 ic1 pis2 cr3",
        "2030-01-20": "up0",
        "2030-01-28 09:00": "up0 iu1",
        "2030-02-01": "ic0 ps1 paid2 up3",
    }
    story = Story("2030-01-01")

    sub = story.subscriber()
    story.advance("2030-01-20")
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.advance("2030-01-28T09:00:00Z")
    story.do("uncancel", subscription=sub.id)
    story.advance("2030-02-01")

    assert expected == timeline(story.facts)
    ending = [
        at(story, when, "customer.subscription.updated")[0].get(Subscription).cancel_at_period_end
        for when in ("2030-01-20", "2030-01-28 09:00")
    ]
    flags = [True, False]
    assert flags == ending


def test_walk_5_the_notice_is_not_sent_twice():
    """Cancelled after its notice and taken back, a subscription gets no second notice."""
    expected = {
        "2030-01-01": "cc0 ic1 pis2 cr3",
        "2030-01-25": "iu0",
        "2030-01-26": "up0",
        "2030-01-28 09:00": "up0",
        "2030-02-01": "ic0 ps1 paid2 up3",
    }
    story = Story("2030-01-01")

    sub = story.subscriber()
    story.advance("2030-01-26")
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.advance("2030-01-28T09:00:00Z")
    story.do("uncancel", subscription=sub.id)
    story.advance("2030-02-01")

    assert expected == timeline(story.facts)


def test_walk_6_documented_has_a_gap_where_paid_stands():
    """A stamp belongs to the fact, not to the dialect: `invoice.paid` has its millisecond and a
    name in `current` only, so `documented` shows a gap there."""
    expected = {
        "documented": {
            0: "invoice.created",
            1: "invoice.payment_succeeded",
            3: "customer.subscription.updated",
        },
        "current": {
            0: "invoice.created",
            1: "invoice.payment_succeeded",
            2: "invoice.paid",
            3: "customer.subscription.updated",
        },
    }

    story = monthly_with_a_failing_renewal()

    renewal = [fact for fact in story.facts if day(fact.instant) == "2030-03-31"]
    assert expected == {dialect: named_stamps(renewal, dialect) for dialect in expected}


def test_walk_6_a_pause_has_the_same_stamp_under_both_names():
    """A pause is `.paused` in `documented` and `.pause` in `current`, stamped alike."""
    expected = {
        "documented": "customer.subscription.paused",
        "current": "customer.subscription.pause",
    }

    story = paused_and_resumed()

    pause = [fact for fact in story.facts if day(fact.instant) == "2030-01-20 12:00"]
    assert expected == {dialect: named_stamps(pause, dialect)[1] for dialect in expected}


def test_walk_7_a_refund_inside_the_handler_of_its_order():
    """What a receiver causes in the instant of a purchase is stamped after it."""
    expected = {"2030-01-01": "cc0 oc1 refunded2"}
    story = Story("2030-01-01")
    product = story.do("create_product", quiet=True)

    order = story.do("purchase", product=product.id, email=JANE)
    story.do("refund", order=order.id)

    assert expected == timeline(story.facts)


def named_stamps(facts, dialect):
    """Stamp after the instant -> the name in a dialect, for the facts it has a name for."""
    return {
        fact.stamp - fact.instant: fact.event.in_dialect(dialect)
        for fact in facts
        if fact.event.in_dialect(dialect) is not None
    }
