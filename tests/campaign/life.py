"""The life of one subscription, told a second time: slowly, and by the rules of the platform alone.

Nothing here comes from the product. It remembers what a subscriber would remember, and says what
will be sent when.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import oracles
from campaign.expected import Expected, Refused, amount, date
from campaign.plan import Bill, Payment, Plan
from oracles import DAY

INTERVALS = {"weekly": "week", "monthly": "month", "yearly": "year"}
RETRIES = {
    "standard": (2, 5, 9),
    "strict": (),
    "patient": (3, 7, 14, 21),
    "pausing": (2, 5, 9),
    "lenient": (2, 5, 9),
}
PAUSES, STAYS = "pausing", "lenient"
"""The policies that do not end a subscription when nothing has helped."""


@dataclass
class Life:
    """A subscription. `origin` is where its periods are counted from, `count` how many have gone
    by, `counted` the interval they are counted in: another than the plan's until the next renewal
    where a change of plan waits for it. `worth` is what the current period was sold for.
    """

    id: str
    email: str
    plan: Plan
    price: int
    rate: Fraction
    start: int
    end: int
    origin: int
    account: Any
    card: str = ""
    status: str = "new"
    count: int = 0
    counted: str = ""
    trial: tuple[int, int] | None = None
    worth: int = 0
    credit: int = 0
    ending: bool = False
    before_pause: str = ""
    wakes: int | None = None
    bill: Bill | None = None
    noticed: set[int] = field(default_factory=set)
    warned: set[int] = field(default_factory=set)
    payments: list[Payment] = field(default_factory=list)

    # ---- what receivers see ----------------------------------------------------------------------

    def _say(self, key, now, **about):
        return Expected(key, now, self.email, about)

    def _shown(self, key, now):
        trial = self.trial or (None, None)
        subscription = {
            "id": self.id,
            "status": self.status,
            "billingInterval": INTERVALS[self.plan.every],
            "currentPeriodStart": date(self.start),
            "currentPeriodEnd": date(self.end),
            "cancelAtPeriodEnd": self.ending,
            "trialStart": date(trial[0]),
            "trialEnd": date(trial[1]),
        }
        total = self.price + self._tax(self.price)
        return self._say(
            f"customer.subscription.{key}",
            now,
            subscription=subscription,
            product={"id": self.plan.id},
            amount=amount(total, self.plan.currency),
            currency=self.plan.currency,
        )

    def _updated(self, now):
        return self._shown("updated", now)

    def _tax(self, net):
        return oracles.half_up(net * self.rate)

    def _boundary(self, index):
        return oracles.boundary(self.origin, self.counted, index)

    # ---- beginning -------------------------------------------------------------------------------

    def begin_paid(self, now):
        """The first payment has worked."""
        self.status, self.origin, self.count, self.counted = "active", now, 1, self.plan.every
        self.start, self.end = now, self._boundary(1)
        self.worth = self.price
        events = [self._invoice(now, self.start, self.end, self.price)]
        total, currency = self.bill.total, self.plan.currency
        self.payments.append(Payment(total, currency, self.plan.id))
        self.bill = None
        intent = {"amount": amount(total, currency), "currency": currency, "status": "succeeded"}
        events.append(self._say("payment_intent.succeeded", now, paymentIntent=intent))
        return [*events, self._shown("created", now)]

    def begin_trial(self, now, days):
        """A trial begins."""
        self.status, self.counted = "trialing", self.plan.every
        self.start, self.end = now, now + days * DAY
        self.origin, self.trial = self.end, (now, self.end)
        return [self._shown("created", now)]

    # ---- billing ---------------------------------------------------------------------------------

    def _invoice(self, now, start, end, price, *, part=False):
        assert self.bill is None, f"{self.id} would have two open invoices"
        used = min(price, self.credit)
        self.credit -= used
        self.bill = Bill(start, end, price - used, self._tax(price - used), part)
        shown = {
            "status": "open",
            "amountDue": amount(self.bill.total, self.plan.currency),
            "currency": self.plan.currency,
            "periodStart": date(start),
            "periodEnd": date(end),
        }
        return self._say("invoice.created", now, invoice=shown, subscription={"id": self.id})

    def _charge(self, now, *, by_hand=False, settles=False):
        """Try the open bill. `settles`: it pays for a change of plan, and says nothing more."""
        bill = self.bill
        code = self.account.declines_charge(self) if bill.total else ""
        bill.tries += 1
        return self._failed(now, code, by_hand) if code else self._paid(now, settles)

    def _paid(self, now, settles):
        bill, self.bill = self.bill, None
        shown = {
            "status": "paid",
            "amountPaid": amount(bill.total, self.plan.currency),
            "currency": self.plan.currency,
            "paidAt": date(now),
        }
        self.payments.append(Payment(bill.total, self.plan.currency, self.plan.id))
        self.status, self.worth = "active", self.price
        if not bill.part or now >= self.end:
            self.count += 1
            while self._boundary(self.count) <= now:
                self.count += 1
            self.start, self.end = bill.start, self._boundary(self.count)
            if bill.part:  # the period was had for what was left to pay of the one before
                self.worth = bill.net
        events = [
            self._say(key, now, invoice=shown, subscription={"id": self.id})
            for key in ("invoice.payment_succeeded", "invoice.paid")
        ]
        return events if settles else [*events, self._updated(now)]

    def _failed(self, now, code, by_hand):
        bill = self.bill
        if bill.failed_at is None:
            bill.failed_at = now
        policy = self.account.policy_of(self.plan)
        if not by_hand:
            ahead = [bill.failed_at + days * DAY for days in RETRIES[policy]]
            bill.retry = next((when for when in ahead if when > now), None)
        shown = {
            "status": "open",
            "amountDue": amount(bill.total, self.plan.currency),
            "attemptCount": bill.tries,
            "nextPaymentAttempt": date(bill.retry),
        }
        about = {"invoice": shown, "subscription": {"id": self.id}, "error": {"code": code}}
        events = [self._say("invoice.payment_failed", now, **about)]
        if self.status != "past_due":
            self.status = "past_due"
            events.append(self._updated(now))
        if by_hand or bill.retry is not None:
            return events
        return events + self._given_up(now, policy)

    def _given_up(self, now, policy):
        if policy == STAYS:
            return []
        if policy == PAUSES:
            self.status, self.before_pause = "paused", "past_due"
            return [self._updated(now), self._shown("paused", now)]
        return self._ended(now)

    def _ended(self, now):
        self.status, self.bill = "canceled", None
        self.account.forget(self.id)
        shown = {
            "id": self.id,
            "status": "canceled",
            "canceledAt": date(now),
            "cancelAtPeriodEnd": self.ending,
        }
        return [self._say("customer.subscription.deleted", now, subscription=shown)]

    # ---- what time brings ------------------------------------------------------------------------

    def due(self, now):
        """Return when the next thing falls due, and what; None where nothing does."""
        coming = [(max(when, now), order, what) for order, (when, what) in enumerate(self._dues())]
        return min(coming, default=None)

    def _dues(self):
        if self.status in ("trialing", "active"):
            if not self.ending and self.end not in self.noticed:
                yield max(self.end - 7 * DAY, self.start), "notice"
            if self.status == "trialing" and not self.ending and self.end not in self.warned:
                yield max(self.end - 3 * DAY, self.start), "warning"
            yield self.end, "end"
        if self.status in ("past_due", "paused") and self.ending:
            yield self.end, "end"
        if self.status == "past_due" and self.bill.retry is not None:
            yield self.bill.retry, "retry"
        if self.status == "paused" and self.wakes is not None:
            yield self.wakes, "wake"

    def fall_due(self, now, what):
        """Do what has fallen due."""
        return getattr(self, f"_on_{what}")(now)

    def _on_notice(self, now):
        self.noticed.add(self.end)
        _, start, end = self._following()
        net = self.price - min(self.price, self.credit)
        shown = {
            "status": "draft",
            "amountDue": amount(net + self._tax(net), self.plan.currency),
            "currency": self.plan.currency,
            "periodStart": date(start),
            "periodEnd": date(end),
        }
        return [self._say("invoice.upcoming", now, invoice=shown, subscription={"id": self.id})]

    def _on_warning(self, now):
        self.warned.add(self.end)
        days = -(-(self.end - now) // DAY)
        shown = {"id": self.id, "trialEnd": date(self.end), "daysUntilTrialEnd": days}
        return [self._say("customer.subscription.trial_will_end", now, subscription=shown)]

    def _on_end(self, now):
        if self.ending:
            return self._ended(now)
        (self.origin, self.count, self.counted), start, end = self._following()
        return [self._invoice(now, start, end, self.price), *self._charge(now)]

    def _following(self):
        """How periods are counted from the end of this one, and the next one's start and end."""
        counting = self.origin, self.count, self.counted
        if self.counted != self.plan.every:
            counting = self.end, 0, self.plan.every
        origin, count, counted = counting
        return counting, self.end, oracles.boundary(origin, counted, count + 1)

    def _on_retry(self, now):
        return self._charge(now)

    def _on_wake(self, now):
        return self.resume(now)

    # ---- verbs -----------------------------------------------------------------------------------

    def _only(self, *statuses):
        if self.status not in statuses:
            raise Refused(f"{self.id} is {self.status}")

    def pause(self, now, until):
        self._only("trialing", "active")
        if until is not None and until <= now:
            raise Refused("until is not ahead")
        self.before_pause, self.status, self.wakes = self.status, "paused", until
        return [self._updated(now), self._shown("paused", now)]

    def resume(self, now):
        self._only("paused")
        self.wakes = None
        if self.bill is not None:
            self.status = "active"
            return [*self._resumed(now), *self._charge(now)]
        if now < self.end:
            self.status = self.before_pause
            return self._resumed(now)
        self.status = "active"
        events = self._resumed(now)
        self.origin, self.count, self.counted = now, 0, self.plan.every
        events.append(self._invoice(now, now, self._boundary(1), self.price))
        return [*events, *self._charge(now)]

    def _resumed(self, now):
        return [self._updated(now), self._shown("resumed", now)]

    def cancel(self, now, later):
        self._only("trialing", "active", "past_due", "paused")
        if not later or self.status == "past_due":
            return self._ended(now)
        if self.ending:
            raise Refused("is ending already")
        self.ending = True
        return [self._updated(now)]

    def uncancel(self, now):
        self._only("trialing", "active", "paused")
        if not self.ending:
            raise Refused("is not ending")
        self.ending = False
        return [self._updated(now)]

    def extend_trial(self, now, days):
        self._only("trialing")
        self.end += days * DAY
        self.origin, self.trial = self.end, (self.trial[0], self.end)
        return [self._updated(now)]

    def end_trial(self, now):
        self._only("trialing")
        self.ending, self.end, self.trial = False, now, (self.trial[0], now)
        self.origin = now
        return self._on_end(now)

    def new_card(self, now, code):
        self._only("trialing", "active", "past_due", "paused")
        self.card = code
        self.account.new_card(self)
        events = [self._updated(now)]
        return events + self._charge(now, by_hand=True) if self.status == "past_due" else events

    def change_plan(self, now, plan, at_once):
        self._only("trialing", "active")
        if self.ending:
            raise Refused("is ending")
        if plan.currency != self.plan.currency:
            raise Refused("another currency")
        if (plan.id, plan.price) == (self.plan.id, self.price):
            raise Refused("on it already")
        self.plan, self.price = plan, plan.price
        if self.status == "trialing" or not at_once:
            return [self._updated(now)]
        if plan.every != self.counted:
            return self._new_interval(now)
        return self._same_interval(now)

    def _rest(self, now, price):
        return oracles.half_up(Fraction(price * (self.end - now), self.end - self.start))

    def _same_interval(self, now):
        difference = self.price - self.worth
        rest = self._rest(now, abs(difference))
        if difference <= 0 or not rest:
            self.credit += rest
            self.worth = self.price
            return [self._updated(now)]
        events = [self._updated(now), self._invoice(now, now, self.end, rest, part=True)]
        return events + self._charge(now, settles=True)

    def _new_interval(self, now):
        """A period begins now; until it is paid, the dates are those last paid."""
        self.credit += self._rest(now, self.worth)
        self.origin, self.count, self.counted = now, 0, self.plan.every
        before = self.start, self.end
        self.start, self.end = now, self._boundary(1)
        events = [self._updated(now), self._invoice(now, self.start, self.end, self.price)]
        self.start, self.end = before
        return events + self._charge(now, settles=True)
