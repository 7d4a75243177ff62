"""Two merchants' receivers, as people write them: one that has learnt, and one that has not.

Each is called with a signed request and answers a status; `probes` say what became of it. They
share nothing with the emulator but its requests.
"""

import hashlib
import hmac
import json
from collections import defaultdict
from decimal import Decimal
from functools import partial
from operator import itemgetter

WITHOUT_DECIMALS = frozenset(("jpy", "krw", "vnd"))
ENTITLED = frozenset(("active", "trialing", "past_due", "paused"))
"""What a subscription may be while its buyer gets in: a failed charge is not an end yet."""


def major(documented, value, currency):
    """Return an amount in major units: `documented` bodies hold them, the others minor ones."""
    minor = not documented and currency not in WITHOUT_DECIMALS
    return Decimal(str(value)) / (100 if minor else 1)


class Hardened:
    """Checks the signature of the raw body, takes every fact once whatever comes twice or late,
    lets no older state replace a newer one, and passes over what it does not know.
    """

    def __init__(self, *secrets):
        self.secrets = [secret.encode() for secret in secrets]
        self.subscriptions = {}
        self.orders, self.payments, self.refunds = {}, {}, {}
        self.reminders = set()
        self.products, self.seller = {}, (0, "")
        self.currencies = defaultdict(lambda: "usd")

    def __call__(self, request):
        """Answer 401 to what is not signed, 400 to what is no event, and 200 to the rest."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        given = headers.get("x-pocketsflow-signature", "")
        signed = [hmac.new(key, request.body, hashlib.sha256).hexdigest() for key in self.secrets]
        if not any(hmac.compare_digest(each, given) for each in signed):
            return 401
        try:
            body = json.loads(request.body, parse_float=Decimal)
            event = body.get("event") or headers["x-pocketsflow-event"]
            stamp = int(body.get("timestamp") or headers["x-pocketsflow-timestamp"])
            self.take(event, stamp, body)
        except (ValueError, AttributeError, KeyError, TypeError):
            return 400
        return 200

    def take(self, event, stamp, body):
        """Learn from one event."""
        email = (body.get("customer") or {}).get("email")
        money = partial(major, "event" in body)
        match event:
            case "order.completed":
                currency = self.currencies[email] = body["currency"]
                self.orders[body["order"]["id"]] = (email, money(body["amount"], currency))
            case "order.refunded":
                refund, currency = body["refund"], self.currencies[email]
                amount = money(refund["amount"], currency)
                self.refunds[refund["id"]] = (email, body["order"]["id"], amount)
            case "payment_intent.succeeded":
                paid = body["paymentIntent"]
                currency = self.currencies[email] = paid["currency"]
                self.payments[paid["id"]] = (email, money(paid["amount"], currency))
            case "invoice.payment_succeeded":
                invoice = body.get("invoice")
                key = invoice["id"] if invoice else (body["subscriptionCustomerId"], stamp)
                amount = invoice["amountPaid"] if invoice else body["amount"]
                currency = (invoice or body)["currency"]
                self.payments[key] = (email, money(amount, currency))
            case "customer.subscription.trial_will_end":
                self.remind(body, email)
            case _ if event.startswith("customer.subscription."):
                self.subscribe(event, stamp, body, email)
            case _ if event.startswith("product."):
                product = body["product"]
                known = self.products.get(product["id"], (0, {}))
                self.products[product["id"]] = max(known, (stamp, product), key=itemgetter(0))
            case _ if event.startswith("identity."):
                told = (stamp, body["verificationSession"]["status"])
                self.seller = max(self.seller, told, key=itemgetter(0))

    def remind(self, body, email):
        """Write to a buyer whose trial ends, unless it is known to be over."""
        known = self.subscriptions.get(self.id_of(body), (0, "trialing", email))
        if known[1] == "trialing":
            self.reminders.add((email, body["subscription"]["trialEnd"]))

    def id_of(self, body):
        """Return which subscription a body is about."""
        return body.get("subscriptionCustomerId") or body["subscription"]["id"]

    def subscribe(self, event, stamp, body, email):
        """Keep the newest state of a subscription; an end is final."""
        id = self.id_of(body)
        status = body.get("status") or body["subscription"]["status"]
        known = self.subscriptions.get(id, (0, "", email))
        if known[1] != "canceled" and (stamp > known[0] or event.endswith("deleted")):
            self.subscriptions[id] = (stamp, status, email)

    @property
    def probes(self):
        """How the library may ask."""
        return {
            "member": self.member,
            "fulfilment": lambda email: {"count": sum(o[0] == email for o in self.orders.values())},
            "ledger": lambda email: {
                "paid": sum(
                    amount
                    for who, amount in (*self.orders.values(), *self.payments.values())
                    if who == email
                ),
                "refunded": sum(r[2] for r in self.refunds.values() if r[0] == email),
            },
            "reminders": lambda email: {"count": sum(r[0] == email for r in self.reminders)},
            "listing": self.listing,
            "seller": lambda: {"verified": self.seller[1] == "verified"},
        }

    def member(self, email):
        """Whether a buyer may use what was bought."""
        returned = defaultdict(list)
        for _, order, amount in self.refunds.values():
            returned[order].append(amount)
        kept = any(
            who == email and (not returned[order] or sum(returned[order]) < amount)
            for order, (who, amount) in self.orders.items()
        )
        subscribed = any(
            who == email and status in ENTITLED for _, status, who in self.subscriptions.values()
        )
        return {"access": kept or subscribed}

    def listing(self, course):
        """What the merchant's own shop shows of a product."""
        _, product = self.products.get(course.id) or self.products.get(course.api_id) or (0, {})
        gone = not product or "deletedAt" in product
        return {"listed": not gone, "name": product.get("name")}


class LastPaymentOnly(Hardened):
    """Tells a payment apart from the last one only."""

    class Book(dict):
        """Books what has another key than the last."""

        last = None

        def __setitem__(self, key, value):
            """Book it, unless it was the last."""
            if key != self.last:
                super().__setitem__(len(self), value)
            self.last = key

    def __init__(self, *secrets):
        super().__init__(*secrets)
        self.payments = self.Book()


class AtItsWord(Hardened):
    """Sends a reminder whenever it is told of one for the first time."""

    def remind(self, body, email):
        """Look at nothing but the event."""
        self.reminders.add((email, body["subscription"]["trialEnd"]))


class KnowsItsOwn(Hardened):
    """Refuses a failed payment of a subscription that its own database does not have."""

    def take(self, event, stamp, body):
        """Look the subscription up."""
        if event == "invoice.payment_failed":
            self.subscriptions[self.id_of(body)]
        super().take(event, stamp, body)


class Naive:
    """The handlers of the events page put together: no signature is checked, everything is taken
    as often and in the order in which it comes, and what a buyer has spent is the sum of every
    `amount` at the top of a body.
    """

    def __init__(self):
        self.courses, self.members, self.spent = [], set(), defaultdict(Decimal)
        self.reminders, self.products, self.verified = [], {}, False

    def __call__(self, request):
        """Answer 200 whatever it is."""
        body = json.loads(request.body, parse_float=Decimal)
        event = body.get("event")
        email = body.get("customer", {}).get("email")
        self.spent[email] += Decimal(str(body.get("amount", 0)))
        match event:
            case "order.completed":
                self.courses.append((email, body["product"]["id"]))
            case "customer.subscription.created" | "invoice.payment_succeeded":
                self.members.add(email)
            case "customer.subscription.deleted" | "invoice.payment_failed":
                self.members.discard(email)
            case "customer.subscription.trial_will_end":
                self.reminders.append(email)
            case "product.created" | "product.updated" | "product.deleted":
                self.products[body["product"]["id"]] = body["product"]
            case "identity.verification_session.verified":
                self.verified = True
        return 200

    @property
    def probes(self):
        """How the library may ask."""
        return {
            "member": lambda email: {"access": email in {*self.members, *dict(self.courses)}},
            "fulfilment": lambda email: {"count": sum(who == email for who, _ in self.courses)},
            "ledger": lambda email: {"paid": self.spent[email], "refunded": 0},
            "reminders": lambda email: {"count": self.reminders.count(email)},
            "listing": self.listing,
            "seller": lambda: {"verified": self.verified},
        }

    def listing(self, course):
        """What the merchant's own shop shows of a product."""
        product = self.products.get(course.id, {})
        return {"listed": "deletedAt" not in product, "name": product.get("name")}
