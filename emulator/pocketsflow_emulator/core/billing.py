"""Periods and due dates of subscriptions, as pure functions of a subscription.

Periods are counted from the anchor, so 31 January renews on 28 February and on 31 March.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pocketsflow_emulator.core import lifecycle, money
from pocketsflow_emulator.core.clock import DAY, WEEK, add_months
from pocketsflow_emulator.core.models import PAST_DUE, PAUSED, Subscription

NOTICE_AHEAD = 7 * DAY
"""`invoice.upcoming` comes this long before an invoice. # G2 /api-webhooks/events"""

TRIAL_NOTICE_AHEAD = 3 * DAY
"""`trial_will_end` comes this long before a trial's end. # G2 /api-webhooks/events"""


@lru_cache(maxsize=8192)  # each is asked for three times in a period
def boundary(anchor: int, frequency: str, index: int) -> int:
    """Return the instant at which period number `index` from the anchor begins."""
    if frequency == "weekly":
        return anchor + index * WEEK
    return add_months(anchor, index if frequency == "monthly" else 12 * index)


def next_boundary(anchor: int, frequency: str, index: int, now: int) -> tuple[int, int]:
    """Return (index, instant) of the first boundary after `index` that is still ahead of `now`."""
    index += 1
    while (instant := boundary(anchor, frequency, index)) <= now:
        index += 1
    return index, instant


def renewing(subscription: Subscription) -> Subscription:
    """Return a subscription as the periods after the current one count: those of a new interval
    from its end.
    """
    if subscription.counted_in == subscription.frequency:
        return subscription
    return subscription._replace(
        anchor=subscription.period_end, cycle=0, counted_in=subscription.frequency
    )


def next_period(subscription: Subscription) -> tuple[int, int]:
    """Return (start, end) of the period after the current one."""
    counted = renewing(subscription)
    end = boundary(counted.anchor, counted.frequency, counted.cycle + 1)
    return subscription.period_end, end


class Charge(NamedTuple):
    """What an invoice asks for, in minor units, and the credit that remains after it."""

    before_tax: int
    tax: int
    credit: int

    @property
    def amount(self) -> int:
        """The total with tax."""
        return self.before_tax + self.tax if self.tax else self.before_tax


def charge(subscription: Subscription, price: int) -> Charge:
    """Return what an invoice over `price` (before tax) asks for: less the credit, with tax."""
    credit = subscription.credit
    if credit:
        used = min(price, credit)
        price, credit = price - used, credit - used
    rate = subscription.tax_rate
    return Charge(price, money.tax(price, Decimal(rate)) if rate != "0" else 0, credit)


def days_left(until: int, now: int) -> int:
    """Return the days from `now` to `until`, rounded up."""
    return -((now - until) // DAY)


def next_due(subscription: Subscription) -> tuple[int, str] | None:
    """Return (when, kind) of what falls due next for a subscription, or None.

    The agenda is nothing but this for every subscription: it is derived, never decided elsewhere.
    A notice that was missed has a `when` in the past and is due at once.
    """
    first: tuple[int, str] | None = None
    for kind in lifecycle.DUES[subscription.status]:
        when = _WHEN[kind](subscription)
        if when is not None and (first is None or when < first[0]):
            first = (when, kind)
    return first


def _notice(subscription: Subscription) -> int | None:
    if subscription.cancel_at_period_end or subscription.notified_for == subscription.period_end:
        return None
    return max(subscription.period_end - NOTICE_AHEAD, subscription.period_start)


def _trial_notice(subscription: Subscription) -> int | None:
    end = subscription.period_end
    if subscription.cancel_at_period_end or subscription.trial_notified_for == end:
        return None
    return max(end - TRIAL_NOTICE_AHEAD, subscription.period_start)


def _period_end(subscription: Subscription) -> int | None:
    if subscription.status in (PAUSED, PAST_DUE) and not subscription.cancel_at_period_end:
        return None
    return subscription.period_end


def _retry(subscription: Subscription) -> int | None:
    return subscription.retry_at


def _resume(subscription: Subscription) -> int | None:
    return subscription.resume_at


_WHEN: dict[str, Callable[[Subscription], int | None]] = {
    lifecycle.DUE_NOTICE: _notice,
    lifecycle.DUE_TRIAL_NOTICE: _trial_notice,
    lifecycle.DUE_PERIOD_END: _period_end,
    lifecycle.DUE_RETRY: _retry,
    lifecycle.DUE_RESUME: _resume,
}
