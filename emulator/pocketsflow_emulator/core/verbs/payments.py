"""Charging: whether a card works, what a failed charge leads to, and the verbs about cards."""

from pocketsflow_emulator.core import arguments, billing, cards, dunning, lifecycle
from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.change import changed
from pocketsflow_emulator.core.models import (
    PAST_DUE,
    Invoice,
    Offer,
    Order,
    PaymentIntent,
    Ref,
    Subscription,
    ref,
)
from pocketsflow_emulator.core.state import UNTIL_NEW_CARD, Decline, State
from pocketsflow_emulator.core.verbs.registry import verb

MOST_DECLINES = 1_000
UNTIL = "until_new_card"


# ---- the first payment -------------------------------------------------------------------------


def charge_buyer(account: State, email: str, broken: str, amount: int) -> str:
    """Return the decline code of a first charge, empty when it is paid; nothing is never declined.

    `broken` is the code with which the card given fails, empty for a good one.
    """
    if not amount:
        return ""
    return broken or _scripted(account, email)


def _scripted(account: State, payer: str) -> str:
    """Use up one decline that was asked for with `decline_next`, and return its code."""
    decline = account.declines.get(payer)
    if decline is None:
        return ""
    if decline.left == 1:
        del account.declines[payer]
    elif decline.left != UNTIL_NEW_CARD:
        account.declines[payer] = decline._replace(left=decline.left - 1)
    return decline.code


def declined(account: State, email: str, amount: int, currency: str, code: str) -> PaymentIntent:
    """Record a first payment that failed; sends `payment_intent.payment_failed`."""
    intent = PaymentIntent(
        id=account.new_id("payment_intent"),
        email=email,
        amount=amount,
        currency=currency,
        status="declined",
        error_code=code,
        created_at=account.now,
    )
    account.store.put(intent)
    account.emit(e.PAYMENT_FAILED, intent, buyer=email)
    return intent


# ---- invoices ----------------------------------------------------------------------------------


def bill(
    account: State, subscription: Subscription, start: int, end: int, *, rest: int | None = None
) -> tuple[Subscription, Invoice]:
    """Bill a period of a subscription, or `rest` (before tax) for the rest of one; sends
    `invoice.created`. Its credit is used up first.
    """
    charge = billing.charge(subscription, subscription.price if rest is None else rest)
    invoice = Invoice(
        id=account.new_id("invoice"),
        terms=subscription.terms,
        status="open",
        amount=charge.amount,
        tax=charge.tax,
        period_start=start,
        period_end=end,
        created_at=account.now,
        prorated=rest is not None,
    )
    account.store.put(invoice)
    return account.move(subscription, lifecycle.BILL, invoice, credit=charge.credit), invoice


def collect(
    account: State,
    subscription: Subscription,
    invoice: Invoice,
    *,
    by_hand: bool = False,
    paid: str = lifecycle.PAID,
) -> Subscription:
    """Charge an open invoice, and let what follows follow: `paid`, retried later, or given up.

    `by_hand` is a charge beside the plan: it counts as an attempt and leaves the others' dates.
    """
    code = subscription.card if invoice.amount else ""
    if account.declines and invoice.amount and not code:
        code = _scripted(account, subscription.id) or _scripted(account, subscription.email)
    if code:
        return _unpaid(account, subscription, invoice, code, by_hand=by_hand)
    return _paid(account, subscription, invoice, paid)


def _paid(
    account: State, subscription: Subscription, invoice: Invoice, happening: str
) -> Subscription:
    """Move the period on: from the invoice's start to the next boundary still ahead. Paying for
    the rest of a period that is not over leaves its dates; paid later, it has paid for what runs
    now.
    """
    paid = changed(
        invoice,
        status="paid",
        paid_at=account.now,
        attempt_count=invoice.attempt_count + 1,
        next_attempt_at=None,
        error_code="",
    )
    account.store.put(paid)
    period: dict[str, int] = {"period_price": subscription.price}
    if not paid.prorated or account.now >= subscription.period_end:
        cycle, end = billing.next_boundary(
            subscription.anchor, subscription.frequency, subscription.cycle, account.now
        )
        end = paid.period_end if end == paid.period_end else end  # one number for both to keep
        period |= {"cycle": cycle, "period_start": paid.period_start, "period_end": end}
        if paid.prorated:
            period["period_price"] = paid.amount - paid.tax
    return account.move(
        subscription,
        happening,
        paid,
        **period,
        open_invoice_id="",
        retry_at=None,
        last_order_id=invoice_order(account, subscription, paid).id,
    )


def _unpaid(
    account: State, subscription: Subscription, invoice: Invoice, code: str, *, by_hand: bool
) -> Subscription:
    """Plan the next attempt; give up after the last."""
    policy = dunning_of(account, subscription)
    since = account.now if invoice.first_failed_at is None else invoice.first_failed_at
    next_at = subscription.retry_at if by_hand else policy.next_attempt(since, account.now)
    failed = changed(
        invoice,
        attempt_count=invoice.attempt_count + 1,
        error_code=code,
        first_failed_at=since,
        next_attempt_at=next_at,
    )
    account.store.put(failed)
    subscription = account.move(
        subscription, lifecycle.FAILED, failed, open_invoice_id=failed.id, retry_at=next_at
    )
    if next_at is None and not by_hand:
        return _give_up(account, subscription, failed, policy)
    return subscription


def _give_up(
    account: State, subscription: Subscription, invoice: Invoice, policy: dunning.Dunning
) -> Subscription:
    """Do what the dunning policy says when the last retry has failed."""
    changes: dict[str, object] = {}
    if policy.final == dunning.CANCEL:
        account.store.put(invoice._replace(status="void"))
        account.declines.pop(subscription.id, None)
        changes = {"canceled_at": account.now, "open_invoice_id": ""}
    elif policy.final == dunning.PAUSE:
        changes = {"paused_from": PAST_DUE}
    return account.move(subscription, lifecycle.EXHAUSTED + policy.final, **changes)


def dunning_of(account: State, subscription: Subscription) -> dunning.Dunning:
    """Return the policy that holds for a subscription: its offer's, else the world's."""
    offer = account.store.table(Offer)[subscription.offer_id]
    return dunning.named(offer.dunning or account.dunning)


def invoice_order(account: State, subscription: Subscription, invoice: Invoice) -> Order:
    """Record the order of a paid invoice, so that a refund can name it; it has no event.
    # assumed: the API's orders carry `isSubscription`, CON-1
    """
    order = Order(
        id=account.new_id("order"),
        terms=subscription.terms,
        amount_before_tax=invoice.amount - invoice.tax if invoice.tax else invoice.amount,
        tax=invoice.tax,
        payment_intent_id="",
        invoice_id=invoice.id,
        created_at=account.now,
    )
    account.store.put(order)
    return order


# ---- verbs -------------------------------------------------------------------------------------


@verb
def decline_next(
    account: State, *, payer: object, times: object = 1, code: object = "card_declined"
) -> None:
    """Let the next charges of a subscription, or of a buyer's e-mail, fail: `times` of them, or
    "until_new_card"; 0 takes it back.
    """
    reason = cards.code(code)
    left = UNTIL_NEW_CARD if times == UNTIL else arguments.whole("times", times, 0, MOST_DECLINES)
    key = _payer(account, payer)
    if left:
        account.declines[key] = Decline(left, reason)
    else:
        account.declines.pop(key, None)


def _payer(account: State, value: object) -> str:
    if isinstance(value, str) and "@" in value:
        return arguments.email(value)
    return lifecycle.alive(account.store.find("payer", value, Subscription), "decline").id


@verb
def update_payment_method(account: State, *, subscription: object, card: object = "ok") -> Ref:
    """Put a new card on file; an open invoice is charged at once, as an attempt of its own."""
    found = account.store.find("subscription", subscription, Subscription)
    broken = cards.decline_code(card)
    lifecycle.move(found, lifecycle.NEW_CARD)
    for payer in (found.id, found.email):
        if account.declines.get(payer, Decline(0, "")).left == UNTIL_NEW_CARD:
            del account.declines[payer]
    found = account.move(found, lifecycle.NEW_CARD, card=broken)
    if found.status == PAST_DUE and found.open_invoice_id:
        invoice = account.store.table(Invoice)[found.open_invoice_id]
        collect(account, found, invoice, by_hand=True)
    return ref(found)
