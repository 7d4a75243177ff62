"""Changing the plan of a subscription: at its next renewal, or now and prorated.

# assumed throughout: no page says how a change of plan is billed
"""

from decimal import Decimal
from typing import Any

from pocketsflow_emulator.core import arguments, billing, lifecycle, money
from pocketsflow_emulator.core.models import TRIALING, Offer, Ref, Subscription, ref
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.verbs import catalog, payments
from pocketsflow_emulator.core.verbs.registry import verb
from pocketsflow_emulator.errors import IllegalMove, InvalidInput

NONE, IMMEDIATE = "none", "immediate"


@verb
def change_plan(
    account: State, *, subscription: object, offer: object, proration: object = NONE
) -> Ref:
    """Move a subscription to another offer, or to the present price of its own. It shows the new
    plan at once. With `none` the next renewal is the first at its price and interval; with
    `immediate` the rest of the period is settled now. A trial is never charged for it.
    """
    found = account.store.find("subscription", subscription, Subscription)
    lifecycle.move(found, lifecycle.CHANGE_PLAN)
    wanted = catalog.live_offer(account, offer, "change a plan to")
    now = arguments.choice("proration", proration, (NONE, IMMEDIATE)) == IMMEDIATE
    _refuse(found, wanted)
    if found.status == TRIALING or not now:
        return ref(_move(account, found, wanted))
    if wanted.frequency != found.counted_in:
        return ref(_new_period(account, found, wanted))
    return ref(_rest_of_period(account, found, wanted))


def _refuse(found: Subscription, wanted: Offer) -> None:
    if found.cancel_at_period_end:
        raise IllegalMove(
            "subscription",
            found.id,
            "ending at its period end",
            lifecycle.CHANGE_PLAN,
            "uncancel it first",
        )
    if wanted.currency != found.currency:
        raise InvalidInput(
            f"{found.id} is paid in {found.currency} and {wanted.id} in {wanted.currency};"
            " a plan keeps its currency"
        )
    if (wanted.id, wanted.price) == (found.offer_id, found.price):
        raise IllegalMove("subscription", found.id, f"on {wanted.id} already", "change the plan of")


def _rest_of_period(account: State, found: Subscription, wanted: Offer) -> Subscription:
    """Charge the difference for the rest of the period, or put it to the credit."""
    difference = wanted.price - found.period_price
    rest = _share_left(account, found, abs(difference))
    if difference <= 0 or not rest:
        credit = found.credit + rest
        return _move(account, found, wanted, credit=credit, period_price=wanted.price)
    changed = _move(account, found, wanted)
    billed = payments.bill(account, changed, account.now, changed.period_end, rest=rest)
    return payments.collect(account, *billed, paid=lifecycle.CHANGE_PAID)


def _new_period(account: State, found: Subscription, wanted: Offer) -> Subscription:
    """Start a period of the new interval now, at its full price less the unused rest of the old
    one. What is unused beyond that lowers later invoices.
    """
    start = account.now
    end = billing.boundary(start, wanted.frequency, 1)
    changed = _move(
        account,
        found,
        wanted,
        anchor=start,
        cycle=1,
        counted_in=wanted.frequency,
        period_start=start,
        period_end=end,
        credit=found.credit + _share_left(account, found, found.period_price),
    )
    changed, invoice = payments.bill(account, changed, start, end)
    unpaid = changed._replace(  # until it is paid, the dates are those last paid
        cycle=0, period_start=found.period_start, period_end=found.period_end
    )
    return payments.collect(account, unpaid, invoice, paid=lifecycle.CHANGE_PAID)


def _share_left(account: State, found: Subscription, amount: int) -> int:
    length = found.period_end - found.period_start
    return money.share(amount, found.period_end - account.now, length)


def _move(account: State, found: Subscription, wanted: Offer, **changes: Any) -> Subscription:
    return account.move(
        found,
        lifecycle.CHANGE_PLAN,
        terms=found.terms._replace(product_id=wanted.id, discount_id=""),
        price=wanted.price,
        tax=money.tax(wanted.price, Decimal(found.tax_rate)),
        frequency=wanted.frequency,
        **changes,
    )
