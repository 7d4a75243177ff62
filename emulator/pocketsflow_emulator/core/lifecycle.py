"""Every status change of a subscription is a row of this table; there is no other place.

House rules: a row says what a subscription in a status does when something happens to it (a verb,
or time): the status it goes to and the events that follow, in order. What is not in the table is
refused. What falls due in a status is in `DUES`. Numbers and dates are billing's business.
# Which events, G2 /api-webhooks/events; their order is assumed throughout: no page states it.
"""

from types import MappingProxyType
from typing import NamedTuple

from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.models import (
    ACTIVE,
    CANCELED,
    PAST_DUE,
    PAUSED,
    STATUSES,
    TRIALING,
    Subscription,
)
from pocketsflow_emulator.errors import IllegalMove

NEW = "new"
"""Before there is a subscription."""

EARLIER = "earlier"
"""Stands for the status the subscription had before it was paused."""

# What can happen. The first group are verbs, the second is what charges and time bring about.
PAUSE = "pause"
RESUME = "resume"
CANCEL = "cancel"
CANCEL_LATER = "cancel at period end"
UNCANCEL = "uncancel"
EXTEND_TRIAL = "extend the trial of"
END_TRIAL = "end the trial of"
NEW_CARD = "update the payment method of"
CHANGE_PLAN = "change the plan of"

BILL = "bill"
FIRST_PAYMENT = "first payment"
START_TRIAL = "start trial"
PAID = "charge paid"
FAILED = "charge failed"
CHANGE_PAID = "plan change paid"
EXHAUSTED = "retries exhausted, "
RESUME_LAPSED = "resume after the period"
PERIOD_OVER = "scheduled end"
NOTICE = "notice"
TRIAL_NOTICE = "trial notice"


class Move(NamedTuple):
    """Where a row leads: the status after it and the events it emits, in order."""

    to: str
    emits: tuple[e.EventType, ...] = ()


_billed = (e.INVOICE_CREATED,)
_paid = Move(ACTIVE, (e.INVOICE_PAYMENT_SUCCEEDED, e.INVOICE_PAID, e.SUBSCRIPTION_UPDATED))
_failed = Move(PAST_DUE, (e.INVOICE_PAYMENT_FAILED, e.SUBSCRIPTION_UPDATED))
_paused = Move(PAUSED, (e.SUBSCRIPTION_UPDATED, e.SUBSCRIPTION_PAUSED))
_deleted = Move(CANCELED, (e.SUBSCRIPTION_DELETED,))


def _changed(status: str) -> Move:
    return Move(status, (e.SUBSCRIPTION_UPDATED,))


_table = {
    (NEW, BILL): Move(NEW, _billed),
    (NEW, FIRST_PAYMENT): Move(ACTIVE, (e.PAYMENT_SUCCEEDED, e.SUBSCRIPTION_CREATED)),
    (NEW, START_TRIAL): Move(TRIALING, (e.SUBSCRIPTION_CREATED,)),
    # ---- trialing --------------------------------------------------------------------------
    (TRIALING, NOTICE): Move(TRIALING, (e.INVOICE_UPCOMING,)),
    (TRIALING, TRIAL_NOTICE): Move(TRIALING, (e.TRIAL_WILL_END,)),
    (TRIALING, BILL): Move(TRIALING, _billed),
    (TRIALING, PAID): _paid,
    (TRIALING, FAILED): _failed,
    (TRIALING, END_TRIAL): Move(TRIALING),
    (TRIALING, EXTEND_TRIAL): _changed(TRIALING),
    (TRIALING, NEW_CARD): _changed(TRIALING),
    (TRIALING, CHANGE_PLAN): _changed(TRIALING),
    (TRIALING, PAUSE): _paused,
    (TRIALING, CANCEL_LATER): _changed(TRIALING),
    (TRIALING, UNCANCEL): _changed(TRIALING),
    (TRIALING, PERIOD_OVER): _deleted,
    (TRIALING, CANCEL): _deleted,
    # ---- active ----------------------------------------------------------------------------
    (ACTIVE, NOTICE): Move(ACTIVE, (e.INVOICE_UPCOMING,)),
    (ACTIVE, BILL): Move(ACTIVE, _billed),
    (ACTIVE, PAID): _paid,
    (ACTIVE, FAILED): _failed,
    (ACTIVE, NEW_CARD): _changed(ACTIVE),
    (ACTIVE, CHANGE_PLAN): _changed(ACTIVE),
    (ACTIVE, CHANGE_PAID): Move(ACTIVE, (e.INVOICE_PAYMENT_SUCCEEDED, e.INVOICE_PAID)),
    (ACTIVE, PAUSE): _paused,
    (ACTIVE, CANCEL_LATER): _changed(ACTIVE),
    (ACTIVE, UNCANCEL): _changed(ACTIVE),
    (ACTIVE, PERIOD_OVER): _deleted,
    (ACTIVE, CANCEL): _deleted,
    # ---- past due: one invoice is open, no other is made -------------------------------------
    (PAST_DUE, PAID): _paid,
    (PAST_DUE, FAILED): Move(PAST_DUE, (e.INVOICE_PAYMENT_FAILED,)),
    (PAST_DUE, EXHAUSTED + "cancel"): _deleted,
    (PAST_DUE, EXHAUSTED + "pause"): _paused,
    (PAST_DUE, EXHAUSTED + "keep_past_due"): Move(PAST_DUE),
    (PAST_DUE, NEW_CARD): _changed(PAST_DUE),
    (PAST_DUE, CANCEL_LATER): _deleted,
    (PAST_DUE, PERIOD_OVER): _deleted,
    (PAST_DUE, CANCEL): _deleted,
    # ---- paused: billing stops, access stays -------------------------------------------------
    (PAUSED, RESUME): Move(EARLIER, (e.SUBSCRIPTION_UPDATED, e.SUBSCRIPTION_RESUMED)),
    (PAUSED, RESUME_LAPSED): Move(ACTIVE, (e.SUBSCRIPTION_UPDATED, e.SUBSCRIPTION_RESUMED)),
    (PAUSED, NEW_CARD): _changed(PAUSED),
    (PAUSED, CANCEL_LATER): _changed(PAUSED),
    (PAUSED, UNCANCEL): _changed(PAUSED),
    (PAUSED, PERIOD_OVER): _deleted,
    (PAUSED, CANCEL): _deleted,
}
TABLE = MappingProxyType(_table)
"""(status, what happens) -> move."""

DUE_NOTICE = "invoice notice"
DUE_TRIAL_NOTICE = "trial notice"
DUE_PERIOD_END = "period end"
DUE_RETRY = "payment retry"
DUE_RESUME = "scheduled resume"

DUES = MappingProxyType(
    {
        TRIALING: (DUE_NOTICE, DUE_TRIAL_NOTICE, DUE_PERIOD_END),
        ACTIVE: (DUE_NOTICE, DUE_PERIOD_END),
        PAST_DUE: (DUE_PERIOD_END, DUE_RETRY),
        PAUSED: (DUE_PERIOD_END, DUE_RESUME),
        CANCELED: (),
    }
)
"""Status -> what may fall due in it; at the same instant in this order."""


def move(subscription: Subscription, happening: str) -> Move:
    """Return the row for what happens to a subscription, with `EARLIER` resolved.

    Raises `IllegalMove` naming the subscription, its status and what was asked.
    """
    row = _table.get((subscription.status, happening))
    if row is None:
        allowed = [status for status in STATUSES if (status, happening) in TABLE]
        remedy = f"it must be {' or '.join(allowed)}" if allowed else ""
        raise IllegalMove("subscription", subscription.id, subscription.status, happening, remedy)
    return row if row.to != EARLIER else row._replace(to=subscription.paused_from)


def alive(subscription: Subscription, doing: str) -> Subscription:
    """Return the subscription; refuses a canceled one."""
    if subscription.status == CANCELED:
        raise IllegalMove("subscription", subscription.id, CANCELED, doing)
    return subscription
