"""What is for sale, told a second time, and who else listens."""

from dataclasses import dataclass, field, replace
from fractions import Fraction

import oracles
from campaign.expected import DECIMALS, Expected, Refused, amount
from campaign.plan import Plan

LARGEST = 10**12


@dataclass
class Product:
    """Something sold once."""

    id: str
    price: int
    currency: str
    deleted: bool = False


@dataclass
class Variant:
    """A version of a product."""

    id: str
    product: Product
    price: int
    deleted: bool = False


@dataclass
class Discount:
    """A code."""

    id: str
    code: str
    value: str
    percent: bool
    products: list[str]
    active: bool
    expires: int | None
    deleted: bool = False


@dataclass
class Receiver:
    """A webhook beside those that watch."""

    events: list[str]
    active: bool

    def asks_for(self, name):
        """Say whether it hears an event."""
        return self.active and any(
            name == pattern or (pattern[-1] == "*" and name.startswith(pattern[:-1]))
            for pattern in self.events
            if name != "invoice.paid"  # which has no name in its dialect
        )


@dataclass
class Catalogue:
    """Ids to things."""

    products: dict[str, Product] = field(default_factory=dict)
    variants: dict[str, Variant] = field(default_factory=dict)
    offers: dict[str, Plan] = field(default_factory=dict)
    discounts: dict[str, Discount] = field(default_factory=dict)
    upsells: dict[str, bool] = field(default_factory=dict)
    webhooks: dict[str, Receiver] = field(default_factory=dict)

    # ---- finding ---------------------------------------------------------------------------------

    def _find(self, table, id):
        if id not in table:
            raise Refused(f"there is no {id}")
        return table[id]

    def alive(self, found):
        if found.deleted:
            raise Refused(f"{found.id} is deleted")
        return found

    def live(self, table, id):
        """Return what an id names in a table; refuses what is deleted."""
        return self.alive(self._find(table, id))

    def live_variant(self, id):
        found = self.live(self.variants, id)
        self.alive(found.product)
        return found

    def minor(self, text, currency):
        """Read an amount; refuses what the currency cannot have."""
        exact = Fraction(text) * 10 ** DECIMALS[currency]
        if exact.denominator != 1 or not 0 <= exact <= LARGEST:
            raise Refused(f"{text} is no amount of {currency}")
        return int(exact)

    # ---- products --------------------------------------------------------------------------------

    def _product(self, key, now, product):
        shown = {
            "id": product.id,
            "price": amount(product.price, product.currency),
            "currency": product.currency,
        }
        return [Expected(f"product.{key}", now, "", {"product": shown})]

    def create_product(self, now, *, price, currency, id, quiet=False):
        product = Product(id, self.minor(price, currency), currency)
        self.products[id] = product
        return [] if quiet else self._product("created", now, product)

    def update_product(self, now, *, product, price=None, currency=None):
        """In another currency the same figures hold, for its variants too."""
        found = self.live(self.products, product)
        code = currency or found.currency
        figure = oracles.major(found.price, DECIMALS[found.currency]) if price is None else price
        own = self.minor(figure, code)
        versions = [v for v in self.variants.values() if v.product is found and not v.deleted]
        figures = [oracles.major(v.price, DECIMALS[found.currency]) for v in versions]
        prices = [self.minor(figure, code) for figure in figures]
        for version, price in zip(versions, prices, strict=True):
            version.price = price
        found.price, found.currency = own, code
        return self._product("updated", now, found)

    def delete_product(self, now, *, product):
        found = self.live(self.products, product)
        found.deleted = True
        return [Expected("product.deleted", now, "", {"product": {"id": found.id}})]

    def create_variant(self, now, *, product, price, id):
        parent = self.live(self.products, product)
        self.variants[id] = Variant(id, parent, self.minor(price, parent.currency))
        return []

    def update_variant(self, now, *, variant, price):
        found = self.live_variant(variant)
        found.price = self.minor(price, found.product.currency)
        return []

    def delete_variant(self, now, *, variant):
        self.live_variant(variant).deleted = True
        return []

    # ---- offers ----------------------------------------------------------------------------------

    def create_offer(self, now, *, price, currency, frequency, trial_days, dunning, id):
        cost = self.minor(price, currency)
        self.offers[id] = Plan(id, cost, currency, frequency, trial_days, dunning)
        return []

    def update_offer(self, now, *, offer, price=None, trial_days=None, dunning=None):
        """Subscriptions keep the price they have; the policy of their offer is its present one."""
        found = self.live(self.offers, offer)
        if price is not None:
            found.price = self.minor(price, found.currency)
        found.trial = found.trial if trial_days is None else trial_days
        found.policy = dunning or found.policy
        return []

    def delete_offer(self, now, *, offer):
        self.live(self.offers, offer).deleted = True
        return []

    # ---- discounts -------------------------------------------------------------------------------

    def _named(self, name):
        by_code = [
            d for d in self.discounts.values() if not d.deleted and d.code.lower() == name.lower()
        ]
        found = by_code[0] if by_code else self._find(self.discounts, name)
        return self.alive(found)

    def create_discount(
        self, now, *, code, value, value_type, id, products=(), active=True, expiration=None
    ):
        if any(not d.deleted and d.code.lower() == code.lower() for d in self.discounts.values()):
            raise Refused("the code is taken")
        for product in products:
            self._find({**self.products, **self.offers}, product)
        percent = value_type == "percentage"
        if Fraction(value) <= 0 or (percent and Fraction(value) > 100):
            raise Refused("no such discount")
        expires = None if expiration is None else oracles.instant(expiration)
        if expires is not None and expires <= now:
            raise Refused("expired from the start")
        self.discounts[id] = Discount(id, code, value, percent, list(products), active, expires)
        return []

    def update_discount(self, now, *, discount, value, active=True):
        found = self._named(discount)
        changed = replace(found, value=value, active=active)
        if Fraction(value) <= 0 or (found.percent and Fraction(value) > 100):
            raise Refused("no such discount")
        self.discounts[found.id] = changed
        return []

    def delete_discount(self, now, *, discount):
        self._named(discount).deleted = True
        return []

    def valid(self, now, discount, sold):
        found = self._named(discount)
        expired = found.expires is not None and found.expires <= now
        if not found.active or expired or (found.products and sold.id not in found.products):
            raise Refused("the code does not hold")
        return found

    def priced(self, now, discount, sold, version=None):
        """Return what something costs before tax."""
        price = (version or sold).price
        if discount is None:
            return price
        found = self.valid(now, discount, sold)
        if found.percent:
            off = oracles.half_up(price * Fraction(found.value) / 100)
        else:
            off = self.minor(found.value, sold.currency)
        return max(0, price - off)

    # ---- upsells and receivers -------------------------------------------------------------------

    def create_upsell(self, now, *, products, upsell_product, price, id):
        offered = self.live(self.products, upsell_product)
        if not products:
            raise Refused("for whom?")
        for product in products:
            self._find(self.products, product)
        self.minor(price, offered.currency)
        self.upsells[id] = True
        return []

    def _upsell(self, id):
        if not self._find(self.upsells, id):
            raise Refused("is deleted")

    def update_upsell(self, now, *, upsell, active):
        self._upsell(upsell)
        return []

    def delete_upsell(self, now, *, upsell):
        self._upsell(upsell)
        self.upsells[upsell] = False
        return []

    def create_webhook(self, now, *, url, events, id, active=True):
        self.webhooks[id] = Receiver(events, active)
        return []

    def update_webhook(self, now, *, webhook, active):
        self._find(self.webhooks, webhook).active = active
        return []

    def rotate_secret(self, now, *, webhook, overlap=0):
        self._find(self.webhooks, webhook)
        return []

    def delete_webhook(self, now, *, webhook):
        self._find(self.webhooks, webhook)
        del self.webhooks[webhook]
        return []
