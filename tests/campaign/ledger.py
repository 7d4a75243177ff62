"""What must be true of any account, whatever its rules: kept from what is seen alone."""

from collections import Counter, defaultdict
from decimal import Decimal

from pocketsflow_emulator.core import lifecycle
from pocketsflow_emulator.core.models import ACTIVE, TRIALING

LEGAL = {
    (before, after)
    for (before, _), row in lifecycle.TABLE.items()
    for after in ((TRIALING, ACTIVE) if row.to == lifecycle.EARLIER else (row.to,))
}
"""The changes of status that the product's table has."""

CUTTING = ("change_plan", "end_trial")
"""The verbs that end a period before its end."""


class Ledger:
    """The books of one world, kept from the bodies of the `documented` dialect.

    `open` are the unpaid invoices and `periods` what has been paid for or is a trial, by
    subscription; `gone` is what has ended or is deleted.
    """

    def __init__(self):
        self.open = {}
        self.status = {}
        self.periods = {}
        self.shown = {}
        self.paused = set()
        self.gone = set()
        self.stamps = defaultdict(int)
        self.notices = set()
        self.orders = {}
        self.refunds = defaultdict(Decimal)
        self.moves = Counter()

    def enter(self, verb, seen):
        """Enter an event that a verb has caused; `AssertionError` where the books are wrong."""
        body = seen.body
        buyer = body.get("customer", {}).get("email")
        if buyer is not None:  # a declined first payment names no buyer
            assert seen.stamp > self.stamps[buyer], f"the stamps of {buyer} do not rise"
            self.stamps[buyer] = seen.stamp
        subject = body.get("subscription") or body.get("product") or {}
        if seen.event.startswith(("customer.subscription.", "invoice.", "product.")):
            assert subject["id"] not in self.gone, f"{seen.event} of {subject['id']}, which is gone"
        handler = getattr(self, "_" + seen.event.replace(".", "_"), None)
        if handler is not None:
            handler(verb, body)
        if "currentPeriodStart" in subject:
            self._shows(subject)
        if seen.event.startswith("customer.subscription.") and "status" in subject:
            self._moves(subject["id"], subject["status"])

    # ---- status and periods ----------------------------------------------------------------------

    def _moves(self, id, status):
        before = self.status.get(id, lifecycle.NEW)
        assert (before, status) in LEGAL or before == status, f"{id}: {before} -> {status}"
        self.moves[f"{before} to {status}"] += 1
        self.status[id] = status
        if status == "paused":
            self.paused.add(id)

    def _shows(self, subject):
        """Where an invoice has just been paid, or in a trial, the period shown is the one had."""
        id, period = subject["id"], (subject["currentPeriodStart"], subject["currentPeriodEnd"])
        paid_from = self.shown.pop(id, None)
        if paid_from is not None:
            same = period == self.periods[id]  # the rest of a period was paid for
            assert same or period[0] == paid_from, f"{id} has {period}, paid from {paid_from}"
            self.periods[id] = period
            self.paused.discard(id)
        elif subject["status"] == TRIALING or id not in self.periods:
            self.periods[id] = period

    def _customer_subscription_deleted(self, _, body):
        id = body["subscription"]["id"]
        self.open.pop(id, None)
        self.gone.add(id)

    def _customer_subscription_created(self, _, body):
        self.open.pop(body["subscription"]["id"], None)  # its first invoice is paid

    # ---- invoices --------------------------------------------------------------------------------

    def _invoice_created(self, verb, body):
        id, invoice = body["subscription"]["id"], body["invoice"]
        assert id not in self.open, f"{id} has two open invoices"
        self.open[id] = invoice
        if id not in self.periods:
            return
        start, end = self.periods[id]
        begins = invoice["periodStart"]
        whole = begins == end  # one period after the other
        after_pause = id in self.paused and begins >= end
        cut = verb in CUTTING and start <= begins <= end
        assert whole or after_pause or cut, f"{id}: {begins} does not follow {start} to {end}"
        assert begins < invoice["periodEnd"]

    def _invoice_payment_succeeded(self, verb, body):
        id = body["subscription"]["id"]
        invoice = self.open.pop(id)
        assert invoice["id"] == body["invoice"]["id"]
        assert invoice["amountDue"] == body["invoice"]["amountPaid"]
        if verb != "change_plan":
            self.shown[id] = invoice["periodStart"]  # an update follows
        elif invoice["periodEnd"] != self.periods[id][1]:
            self.periods[id] = invoice["periodStart"], invoice["periodEnd"]

    def _invoice_payment_failed(self, _, body):
        invoice = self.open[body["subscription"]["id"]]
        assert invoice["id"] == body["invoice"]["id"]
        invoice["tries"] = invoice.get("tries", 0) + 1
        assert invoice["tries"] == body["invoice"]["attemptCount"], "attempts count up by one"

    def _invoice_upcoming(self, _, body):
        notice = body["subscription"]["id"], body["invoice"]["periodStart"]
        assert notice not in self.notices, f"a second notice of {notice}"
        self.notices.add(notice)

    # ---- money and goods -------------------------------------------------------------------------

    def _product_deleted(self, _, body):
        self.gone.add(body["product"]["id"])

    def _order_completed(self, _, body):
        assert body["amount"] == body["amountBeforeTax"] + body["tax"]["amount"]
        self.orders[body["order"]["id"]] = body["amount"]

    def _order_refunded(self, _, body):
        id, amount = body["order"]["id"], body["refund"]["amount"]
        assert amount > 0
        self.refunds[id] += amount
        if id in self.orders:
            assert self.refunds[id] <= self.orders[id], f"more refunded of {id} than paid"
