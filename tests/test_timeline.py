"""The timeline: what happened, as text that a person enjoys reading."""

import textwrap

from pocketsflow_emulator import Emulator

JANE = "jane@example.com"


def story(text):
    """Return a timeline as it is written below, with the margin of one."""
    return textwrap.indent(textwrap.dedent(text).strip("\n"), "  ")


def test_a_timeline_speaks_of_every_kind_of_object(shop):
    """Each line has what, what came of it and what it was about; an instant is written once."""
    course = shop.create_product(name="Course", price="60.00", id="prod_course")
    order = shop.purchase(course, email=JANE, id="order_jane")
    shop.purchase(course, email=JANE, card="declines")
    shop.advance(hours=9, minutes=30)
    shop.refund(order, amount=10)
    shop.review(order, rating=4)
    shop.set_verification("verified")

    text = shop.timeline()

    assert text == story(
        """
        2030-01-01            ✓ product.created                         200  Course  60.00 usd
                              ✓ customer.created                        200  jane@example.com
                              ✓ order.completed                         200  60.00 usd  jane@example.com
                              ✓ payment_intent.payment_failed           200  60.00 usd  jane@example.com  card_declined
        2030-01-01 09:30:00Z  ✓ order.refunded                          200  10.00 usd of order_jane
                              ✓ review.created                          200  4 of 5 for prod_course
                              ✓ identity.verification_session.verified  200  verified
        """  # noqa: E501
    )


def test_a_subscription_shows_how_it_stands(shop):
    """Lines about subscriptions say until when they run, those about invoices what comes next."""
    subscription = shop.subscribe(shop.create_offer(price="29.00"), email=JANE)
    shop.decline_next(subscription)
    shop.advance(to="2030-02-01")
    shop.update_payment_method(subscription)
    shop.pause(subscription)
    shop.resume(subscription)
    shop.cancel(subscription, at_period_end=True)
    shop.advance(to="2030-03-01")

    lines = shop.timeline().splitlines()

    assert [line.split("200  ")[1] for line in lines] == [
        "jane@example.com",
        "29.00 usd  jane@example.com",
        "29.00 usd  jane@example.com",
        "jane@example.com  active until 2030-02-01",
        "jane@example.com  active until 2030-02-01",
        "29.00 usd  jane@example.com",
        "29.00 usd  jane@example.com  attempt 1, card_declined, next 2030-02-03",
        "jane@example.com  past_due",
        "jane@example.com  past_due",
        "29.00 usd  jane@example.com",
        "jane@example.com  active until 2030-03-01",
        "jane@example.com  paused",
        "jane@example.com  paused",
        "jane@example.com  active until 2030-03-01",
        "jane@example.com  active until 2030-03-01",
        "jane@example.com  active, ends 2030-03-01",
        "jane@example.com  canceled",
    ]


def test_an_invoice_that_is_given_up(shop):
    """After the last retry an invoice says that there are no more tries."""
    subscription = shop.subscribe(shop.create_offer(), email=JANE)
    shop.decline_next(subscription, times="until_new_card")
    shop.advance(until="customer.subscription.deleted")

    *_, failed, deleted = shop.timeline().splitlines()

    assert failed.endswith("attempt 4, card_declined, no more tries")
    assert deleted.endswith("jane@example.com  canceled")


def test_marks_say_what_came_of_it():
    """A dot, a tick, a cross, an arrow: nobody there, delivered, wrong, to be tried again."""
    answers = iter([200, 500, 500, 200, 404, 503])
    with Emulator(start="2030-01-01", policy="retry-ladder") as emulator:
        emulator.create_product(name="nobody there")
        emulator.deliver_to(lambda _request: next(answers))
        emulator.create_product(name="at once")
        emulator.create_product(name="later")
        emulator.advance(minutes=5)
        emulator.set_policy("documented")
        emulator.create_product(name="wrong")
        emulator.set_policy("retry-ladder")
        emulator.create_product(name="not yet")

        text = emulator.timeline()

    assert text == story(
        """
        2030-01-01            · product.created  no receiver   nobody there  10.00 usd
                              ✓ product.created  200           at once  10.00 usd
                              ✓ product.created  200 (try 3)   later  10.00 usd
        2030-01-01 00:05:00Z  ✗ product.created  404 rejected  wrong  10.00 usd
                              ↻ product.created  503 rejected  not yet  10.00 usd
        """
    )


def test_a_new_world_has_no_timeline():
    """Where nothing has happened there is nothing to tell."""
    with Emulator() as emulator:
        assert emulator.timeline() == ""


def test_what_was_sent_on_request_is_a_sample():
    """A line about a triggered event says so: its body may have other values than the sample."""
    with Emulator(seed=7) as emulator:
        emulator.deliver_to(lambda request: 200)
        emulator.trigger("customer.created", overrides={"customer.email": "jane@example.com"})

        told = emulator.timeline()

    assert told.endswith("200  sample: customer@example.com")
