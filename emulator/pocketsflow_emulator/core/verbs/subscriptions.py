"""Subscriptions: start, pause, resume, cancel, trials. What time brings is in `renewals.py`."""

from pocketsflow_emulator.core import arguments, billing, cards, clock, lifecycle
from pocketsflow_emulator.core.clock import DAY
from pocketsflow_emulator.core.models import (
    ACTIVE,
    PAST_DUE,
    PAUSED,
    TRIALING,
    Invoice,
    PaymentIntent,
    Ref,
    Subscription,
    ref,
)
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.verbs import catalog, customers, discounts, orders, payments
from pocketsflow_emulator.core.verbs.registry import verb
from pocketsflow_emulator.errors import IllegalMove, InvalidInput


@verb
def subscribe(
    account: State,
    *,
    offer: object,
    email: object,
    first_name: object = "",
    last_name: object = "",
    country: object = "US",
    zip: object = "",
    state: object = "",
    vat_number: object = "",
    tax_rate: object = 0,
    metadata: object = None,
    client_reference_id: object = "",
    trial_days: object = None,
    discount: object = None,
    card: object = "ok",
    id: object = None,
    person: object = None,
) -> Ref:
    """Subscribe to an offer, with its trial or `trial_days` of one. Returns the subscription, or
    the payment that was declined: then there is no subscription.
    """
    sold = catalog.live_offer(account, offer, "subscribe to")
    who = customers.buyer(email, first_name, last_name, country, zip, state)
    price, discount_id = discounts.applied(account, discount, sold)
    taxed = orders.tax(tax_rate, price, vat_number)
    days = sold.trial_days if trial_days is None else trial_days
    days = arguments.whole("trial_days", days, 0, catalog.LONGEST_TRIAL)
    trial_end = account.now + days * DAY if days else None
    own = account.own_id("subscription", id) if id is not None else ""
    terms = orders.terms(sold, who, taxed, metadata, client_reference_id, discount_id)
    wanted = Subscription(
        id="",
        terms=terms,
        status=lifecycle.NEW,
        price=price,
        tax=taxed.amount,
        frequency=sold.frequency,
        anchor=account.now if trial_end is None else trial_end,
        cycle=1 if trial_end is None else 0,
        period_start=account.now,
        period_end=0,
        trial_start=None if trial_end is None else account.now,
        trial_end=trial_end,
        card=cards.decline_code(card),
        created_at=account.now,
        counted_in=sold.frequency,
    )
    end = billing.boundary(wanted.anchor, wanted.frequency, wanted.cycle)
    wanted = wanted._replace(period_end=end)
    customers.note_person(account, person)
    if trial_end is None:
        code = payments.charge_buyer(account, who.email, wanted.card, wanted.amount)
        if code:
            return ref(payments.declined(account, who.email, wanted.amount, wanted.currency, code))
    customer = customers.announce(account, who, sold)
    own = own or account.new_id("subscription")
    terms = terms._replace(subscription_id=own, customer_id=customer.id)
    wanted = wanted._replace(id=own, terms=terms)
    if trial_end is not None:
        return ref(account.move(wanted, lifecycle.START_TRIAL))
    return ref(_first_payment(account, wanted))


def _first_payment(account: State, wanted: Subscription) -> Subscription:
    wanted, invoice = payments.bill(account, wanted, wanted.period_start, wanted.period_end)
    invoice = invoice._replace(status="paid", paid_at=account.now, attempt_count=1)
    account.store.put(invoice)
    intent = PaymentIntent(
        id=account.new_id("payment_intent"),
        email=wanted.email,
        amount=wanted.amount,
        currency=wanted.currency,
        status="succeeded",
        error_code="",
        created_at=account.now,
    )
    account.store.put(intent)
    order = payments.invoice_order(account, wanted, invoice)
    account.store.put(order._replace(payment_intent_id=intent.id))
    return account.move(
        wanted,
        lifecycle.FIRST_PAYMENT,
        intent,
        invoice,
        last_order_id=order.id,
        period_price=wanted.price,
    )


@verb
def pause(account: State, *, subscription: object, until: object = None) -> Ref:
    """Stop billing, at most `until` an instant (an ISO date); access stays."""
    found = account.store.find("subscription", subscription, Subscription)
    resume_at = None if until is None else clock.parse(arguments.text("until", until))
    if resume_at is not None and resume_at <= account.now:
        raise InvalidInput(f"until is {until}, which is not ahead of {clock.iso(account.now)}")
    found = account.move(found, lifecycle.PAUSE, paused_from=found.status, resume_at=resume_at)
    return ref(found)


@verb
def resume(account: State, *, subscription: object) -> Ref:
    """Let a paused subscription go on; where its period is over it is billed at once, from now."""
    found = account.store.find("subscription", subscription, Subscription)
    lifecycle.move(found, lifecycle.RESUME)
    return ref(go_on(account, found))


def go_on(account: State, found: Subscription) -> Subscription:
    """Resume a subscription: back to its earlier status within the period, or where it ends in
    this instant; else bill it.
    """
    changes = {"paused_from": "", "resume_at": None}
    if found.open_invoice_id:
        invoice = account.store.table(Invoice)[found.open_invoice_id]
        found = account.move(found, lifecycle.RESUME_LAPSED, **changes)
        return payments.collect(account, found, invoice)
    if account.now < found.period_end or found.cancel_at_period_end:
        return account.move(found, lifecycle.RESUME, **changes)
    start, frequency = account.now, found.frequency
    end = billing.boundary(start, frequency, 1)
    counting = {"anchor": start, "cycle": 0, "counted_in": frequency}
    found = account.move(found, lifecycle.RESUME_LAPSED, **counting, **changes)
    return payments.collect(account, *payments.bill(account, found, start, end))


@verb
def cancel(account: State, *, subscription: object, at_period_end: object = False) -> Ref:
    """End a subscription, now or when its period is over. While past due it always ends now."""
    found = account.store.find("subscription", subscription, Subscription)
    if not arguments.flag("at_period_end", at_period_end):
        return ref(end(account, found, lifecycle.CANCEL))
    if found.cancel_at_period_end and found.status in (TRIALING, ACTIVE, PAUSED):
        raise IllegalMove(
            "subscription", found.id, "ending at its period end already", "cancel at period end"
        )
    if found.status == PAST_DUE:
        return ref(end(account, found, lifecycle.CANCEL_LATER))
    return ref(account.move(found, lifecycle.CANCEL_LATER, cancel_at_period_end=True))


def end(account: State, found: Subscription, happening: str) -> Subscription:
    """Cancel a subscription for good; an open invoice of it is void."""
    lifecycle.move(found, happening)
    if found.open_invoice_id:
        invoice = account.store.table(Invoice)[found.open_invoice_id]
        account.store.put(invoice._replace(status="void", next_attempt_at=None))
    account.declines.pop(found.id, None)
    return account.move(
        found, happening, canceled_at=account.now, open_invoice_id="", retry_at=None
    )


@verb
def uncancel(account: State, *, subscription: object) -> Ref:
    """Take a cancellation at period end back."""
    found = account.store.find("subscription", subscription, Subscription)
    lifecycle.move(found, lifecycle.UNCANCEL)
    if not found.cancel_at_period_end:
        raise IllegalMove(
            "subscription", found.id, f"{found.status} and not ending", lifecycle.UNCANCEL
        )
    return ref(account.move(found, lifecycle.UNCANCEL, cancel_at_period_end=False))


@verb
def extend_trial(account: State, *, subscription: object, days: object) -> Ref:
    """Let a trial end later; its notices come again for the new end."""
    found = account.store.find("subscription", subscription, Subscription)
    more = arguments.whole("days", days, 1, catalog.LONGEST_TRIAL)
    lifecycle.move(found, lifecycle.EXTEND_TRIAL)
    later = found.period_end + more * DAY
    if later > clock.LATEST:
        raise InvalidInput(f"a trial of {more} more days would end past the year 8999")
    return ref(
        account.move(found, lifecycle.EXTEND_TRIAL, anchor=later, period_end=later, trial_end=later)
    )


@verb
def end_trial(account: State, *, subscription: object) -> Ref:
    """End a trial now: the first charge is made at once and the period begins."""
    found = account.store.find("subscription", subscription, Subscription)
    now = account.now
    ended = account.move(
        found,
        lifecycle.END_TRIAL,
        anchor=now,
        period_end=now,
        trial_end=now,
        cancel_at_period_end=False,
    )
    return ref(bill(account, ended))


def bill(account: State, found: Subscription) -> Subscription:
    """Bill the next period of a subscription and charge it."""
    start, end = billing.next_period(found)
    found = billing.renewing(found)
    return payments.collect(account, *payments.bill(account, found, start, end))
