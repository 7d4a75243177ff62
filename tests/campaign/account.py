"""The account, told a second time: who may buy what, for how much, and what is sent about it.

A method per verb, with the verb's own parameters: it returns what will be sent, or raises `Refused`
and changes nothing.
"""

from dataclasses import dataclass, field
from fractions import Fraction

import oracles
from campaign.catalogue import Catalogue, Product
from campaign.expected import DECIMALS, Expected, Refused, amount
from campaign.life import Life
from campaign.plan import Payment

UNTIL_NEW_CARD = "until_new_card"
CODES = {"ok": "", "declines": "card_declined"}


@dataclass
class Customer:
    """A buyer; `id` is known once it has been seen."""

    email: str
    id: str = ""
    announced: bool = False
    deleted: bool = False


@dataclass
class Session:
    """A checkout page."""

    sold: object
    email: str
    discount: str | None
    open: bool = True


@dataclass
class Account(Catalogue):
    """Everything the model knows. `declines` are payer -> (how many, code)."""

    customers: dict[str, Customer] = field(default_factory=dict)
    orders: dict[str, tuple[str, Payment]] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    lives: dict[str, Life] = field(default_factory=dict)
    declines: dict[str, tuple[int, str]] = field(default_factory=dict)
    policy: str = "standard"

    # ---- what lives ask of their account ---------------------------------------------------------

    def policy_of(self, plan):
        """Return the dunning policy that holds for a plan."""
        return plan.policy or self.policy

    def declines_charge(self, life):
        """Return the code with which a charge fails, using up a decline that was asked for."""
        return life.card or self._scripted(life.id) or self._scripted(life.email)

    def _scripted(self, payer):
        left, code = self.declines.get(payer, (0, ""))
        if left == 1:
            del self.declines[payer]
        elif left and left != UNTIL_NEW_CARD:
            self.declines[payer] = left - 1, code
        return code

    def forget(self, payer):
        """A subscription has ended."""
        self.declines.pop(payer, None)

    def new_card(self, life):
        """A new card ends what was asked for until there is one."""
        for payer in (life.id, life.email):
            if self.declines.get(payer, (0, ""))[0] == UNTIL_NEW_CARD:
                del self.declines[payer]

    def life(self, id):
        """Return a subscription."""
        return self._find(self.lives, id)

    # ---- customers -------------------------------------------------------------------------------

    def _customer(self, id):
        found = next((c for c in self.customers.values() if id and c.id == id), None)
        if found is None or found.deleted:
            raise Refused("no such customer")
        return found

    def create_customer(self, now, *, email, id, **names):
        if email in self.customers:
            raise Refused("exists")
        self.customers[email] = Customer(email, id)
        return []

    def update_customer(self, now, *, customer, email=None, first_name=None):
        found = self._customer(customer)
        if email not in (None, found.email):
            if found.announced or email in self.customers:
                raise Refused("the e-mail stays")
            del self.customers[found.email]
            found.email = email
            self.customers[email] = found
        return []

    def delete_customer(self, now, *, customer):
        found = self._customer(customer)
        if any(x.email == found.email and x.status != "canceled" for x in self.lives.values()):
            raise Refused("still pays")
        found.deleted = True
        return []

    def _announced(self, now, email, sold):
        known = self.customers.setdefault(email, Customer(email))
        known.deleted = False
        if known.announced:
            return []
        known.announced = True
        about = {"customer": {"email": email}, "product": {"id": sold.id}}
        return [Expected("customer.created", now, email, about)]

    # ---- buying ----------------------------------------------------------------------------------

    def purchase(
        self, now, *, product, email, id, variant=None, discount=None, tax_rate="0", card="ok"
    ):
        bought = self.live(self.products, product)
        version = None if variant is None else self.live_variant(variant)
        if version is not None and version.product is not bought:
            raise Refused("a variant of another product")
        price = self.priced(now, discount, bought, version)
        tax = oracles.half_up(price * Fraction(tax_rate))
        code = self._declined(email, card, price + tax)
        if code:
            return self._payment_failed(now, email, price + tax, bought.currency, code)
        events = self._announced(now, email, bought)
        self.orders[id] = email, Payment(price + tax, bought.currency, bought.id, id)
        about = {
            "order": {"id": id},
            "product": {"id": bought.id, "variantId": variant},
            "currency": bought.currency,
            "amount": amount(price + tax, bought.currency),
            "amountBeforeTax": amount(price, bought.currency),
            "tax": {"amount": amount(tax, bought.currency)},
        }
        return [*events, Expected("order.completed", now, email, about)]

    def _declined(self, email, card, total):
        if not total:
            return ""
        return CODES.get(card, card) or self._scripted(email)

    def _payment_failed(self, now, email, total, currency, code):
        shown = {"amount": amount(total, currency), "currency": currency}
        about = {"paymentIntent": shown, "error": {"code": code}}
        return [Expected("payment_intent.payment_failed", now, email, about)]

    def subscribe(
        self, now, *, offer, email, id, trial_days=None, discount=None, tax_rate="0", card="ok"
    ):
        plan = self.live(self.offers, offer)
        price = self.priced(now, discount, plan)
        rate = Fraction(tax_rate)
        total = price + oracles.half_up(price * rate)
        days = plan.trial if trial_days is None else trial_days
        if not days and (code := self._declined(email, card, total)):
            return self._payment_failed(now, email, total, plan.currency, code)
        events = self._announced(now, email, plan)
        life = Life(id, email, plan, price, rate, now, now, now, self, CODES.get(card, card))
        self.lives[id] = life
        return events + (life.begin_trial(now, days) if days else life.begin_paid(now))

    def create_checkout(self, now, *, product, id, email="", discount=None):
        known = self.offers if product in self.offers else self.products
        sold = self.live(known, product)
        if discount is not None:
            self.valid(now, discount, sold)
        self.sessions[id] = Session(sold, email, discount)
        return []

    def _session(self, id):
        found = self._find(self.sessions, id)
        if not found.open:
            raise Refused("the page is closed")
        return found

    def complete_checkout(self, now, *, session, email="", card="ok", tax_rate="0", code=None):
        found = self._session(session)
        payer = email or found.email
        if not payer:
            raise Refused("whose page is it")
        form = {"email": payer, "card": card, "tax_rate": tax_rate, "discount": found.discount}
        if isinstance(found.sold, Product):
            events = self.purchase(now, product=found.sold.id, id=f"of {session}", **form)
            done = self.orders.pop(f"of {session}", None) is not None
        else:
            events = self.subscribe(now, offer=found.sold.id, id=f"of {session}", **form)
            done = f"of {session}" in self.lives
        found.open = not done
        return [self._without_id(event) for event in events]

    def _without_id(self, event):
        """The id of what was bought is the world's own."""
        about = dict(event.about)
        for name in about.keys() & {"order", "subscription"}:
            about[name] = {key: value for key, value in about[name].items() if key != "id"}
        return event._replace(about=about)

    def met(self, event, body):
        """Learn the ids that the world has given, from the body of an expected event."""
        if event.key == "customer.created":
            self.customers[event.buyer].id = body["customer"]["id"]
        if event.key == "customer.subscription.created":
            name = next((name for name in self.lives if name.startswith("of ")), None)
            if name is not None:
                life = self.lives.pop(name)
                life.id = body["subscription"]["id"]
                self.lives[life.id] = life

    def decline_checkout(self, now, *, session, email="", code="card_declined"):
        found = self._session(session)
        sold = found.sold
        price = self.priced(now, found.discount, self.alive(sold))
        if not price or (not isinstance(sold, Product) and sold.trial):
            raise Refused("nothing to pay")
        return self.complete_checkout(now, session=session, email=email, card=code)

    def abandon_checkout(self, now, *, session):
        self._session(session).open = False
        return []

    # ---- after the sale --------------------------------------------------------------------------

    def refund(self, now, *, order, amount=None):
        email, paid = self._paid_for(order)
        left = paid.total - paid.given_back
        asked = left if amount is None else self.minor(amount, paid.currency)
        if not 0 < asked <= left:
            raise Refused("not that much is left")
        paid.given_back += asked
        shown = {"amount": oracles.major(asked, DECIMALS[paid.currency])}
        about = {"refund": shown, "product": {"id": paid.product}}
        if paid.id:
            about["order"] = {"id": paid.id}
        return [Expected("order.refunded", now, email, about)]

    def _paid_for(self, id):
        if id in self.lives:
            life = self.lives[id]
            if not life.payments:
                raise Refused("nothing paid yet")
            return life.email, life.payments[-1]
        return self._find(self.orders, id)

    def review(self, now, *, order, rating=5):
        email, paid = self._find(self.orders, order)
        if paid.product not in self.products:
            raise Refused("only products are reviewed")
        about = {"review": {"rating": rating}, "order": {"id": order}}
        return [Expected("review.created", now, email, about)]

    def decline_next(self, now, *, payer, times=1, code="card_declined"):
        if "@" not in payer and self.life(payer).status == "canceled":
            raise Refused("is not charged any more")
        self.declines[payer] = times, code
        if not times:
            del self.declines[payer]
        return []

    # ---- subscriptions ---------------------------------------------------------------------------

    def pause(self, now, *, subscription, until=None):
        when = None if until is None else oracles.instant(until)
        return self.life(subscription).pause(now, when)

    def resume(self, now, *, subscription):
        return self.life(subscription).resume(now)

    def cancel(self, now, *, subscription, at_period_end=False):
        return self.life(subscription).cancel(now, at_period_end)

    def uncancel(self, now, *, subscription):
        return self.life(subscription).uncancel(now)

    def extend_trial(self, now, *, subscription, days):
        return self.life(subscription).extend_trial(now, days)

    def end_trial(self, now, *, subscription):
        return self.life(subscription).end_trial(now)

    def change_plan(self, now, *, subscription, offer, proration="none"):
        life, plan = self.life(subscription), self.live(self.offers, offer)
        return life.change_plan(now, plan, proration == "immediate")

    def update_payment_method(self, now, *, subscription, card="ok"):
        return self.life(subscription).new_card(now, CODES.get(card, card))

    # ---- the account -----------------------------------------------------------------------------

    def set_dunning(self, now, *, name):
        self.policy = name
        return []

    def set_verification(self, now, *, status):
        about = {"verificationSession": {"status": status}}
        return [Expected(f"identity.verification_session.{status}", now, "", about)]

    def update_user(self, now, **_):
        return []
