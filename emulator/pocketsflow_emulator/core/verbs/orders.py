"""One-time purchases, refunds and reviews."""

from typing import NamedTuple

from pocketsflow_emulator.core import arguments, cards, money
from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.models import (
    Customer,
    Offer,
    Order,
    Product,
    Ref,
    Refund,
    Review,
    Subscription,
    Variant,
    ref,
)
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.terms import Terms
from pocketsflow_emulator.core.verbs import catalog, customers, discounts, payments
from pocketsflow_emulator.core.verbs.registry import verb
from pocketsflow_emulator.errors import IllegalMove, InvalidInput, NotFound

RATINGS = (1, 5)
"""The least and the best."""


class Tax(NamedTuple):
    """A tax rate as a fraction, the tax of an amount, and the buyer's VAT number."""

    rate: str
    amount: int
    vat_number: str


def tax(rate: object, price: int, vat_number: object) -> Tax:
    """Check a tax rate (a fraction below 1) and apply it to a price in minor units."""
    fraction = money.fraction("tax_rate", rate)
    return Tax(
        rate=format(fraction, "f"),
        amount=money.tax(price, fraction),
        vat_number=arguments.text("vat_number", vat_number, empty=True),
    )


def terms(
    sold: Product | Offer,
    who: customers.Buyer,
    taxed: Tax,
    metadata: object,
    client_reference_id: object,
    discount_id: str,
) -> Terms:
    """Check the merchant's own data and return the terms of a sale; who the customer is, and which
    variant or subscription it is, is known later.
    """
    return Terms(
        product_id=sold.id,
        variant_id="",
        subscription_id="",
        customer_id="",
        email=who.email,
        currency=sold.currency,
        tax_rate=taxed.rate,
        country=who.country,
        zip=who.zip,
        state=who.state,
        vat_number=taxed.vat_number,
        metadata=arguments.metadata(metadata),
        client_reference_id=arguments.text("client_reference_id", client_reference_id, empty=True),
        discount_id=discount_id,
    )


@verb
def purchase(
    account: State,
    *,
    product: object,
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
    variant: object = None,
    discount: object = None,
    card: object = "ok",
    id: object = None,
    person: object = None,
) -> Ref:
    """Buy a product once. Returns the order, or the payment that was declined."""
    bought = catalog.live_product(account, product, "purchase")
    version = _variant(account, bought, variant)
    price, discount_id = discounts.applied(account, discount, bought, version)
    who = customers.buyer(email, first_name, last_name, country, zip, state)
    taxed = tax(tax_rate, price, vat_number)
    agreed = terms(bought, who, taxed, metadata, client_reference_id, discount_id)
    broken = cards.decline_code(card)
    own = account.own_id("order", id) if id is not None else ""
    customers.note_person(account, person)
    total = price + taxed.amount
    code = payments.charge_buyer(account, who.email, broken, total)
    if code:
        return ref(payments.declined(account, who.email, total, bought.currency, code))
    customer = customers.announce(account, who, bought)
    order = Order(
        id=own or account.new_id("order"),
        terms=agreed._replace(customer_id=customer.id, variant_id=version.id if version else ""),
        amount_before_tax=price,
        tax=taxed.amount,
        payment_intent_id=account.new_id("payment_intent"),
        invoice_id="",
        created_at=account.now,
    )
    account.store.put(order)
    account.emit(e.ORDER_COMPLETED, order, bought, customer, buyer=customer.email)
    return ref(order)


def _variant(account: State, product: Product, value: object) -> Variant | None:
    if value is None:
        return None
    found = catalog.live_variant(account, value, "purchase")
    if found.product_id != product.id:
        raise InvalidInput(f"variant {found.id} is one of {found.product_id}, not of {product.id}")
    return found


@verb
def refund(
    account: State,
    *,
    order: object,
    amount: object = None,
    reason: object = "requested_by_customer",
) -> Ref:
    """Give back an order's money, all that is left or an `amount` of it. Naming a subscription
    refunds its last paid invoice and leaves its status alone. # assumed
    """
    found = _refundable(account, order)
    left = found.amount - found.refunded
    if not left:
        status = found.status if found.refunded else "free"
        raise IllegalMove("order", found.id, status, "refund")
    text = arguments.text("reason", reason)
    asked = left if amount is None else money.minor("amount", amount, found.currency, least=1)
    if asked > left:
        rest = f"{money.major(left, found.currency)} {found.currency}"
        raise IllegalMove(
            "order",
            found.id,
            f"{found.status} with {rest} left",
            f"refund {money.major(asked, found.currency)} {found.currency} of",
        )
    given = Refund(
        id=account.new_id("refund"),
        order_id=found.id,
        amount=asked,
        currency=found.currency,
        reason=text,
        status="succeeded",
        created_at=account.now,
    )
    found = found._replace(refunded=found.refunded + asked)
    account.store.put(given)
    account.store.put(found)
    account.emit(e.ORDER_REFUNDED, given, found, buyer=found.email)
    return ref(given)


def _refundable(account: State, value: object) -> Order:
    found = account.store.find("order", value, Order, Subscription)
    if isinstance(found, Order):
        return found
    if not found.last_order_id:
        raise IllegalMove(
            "subscription", found.id, f"{found.status} and has not paid yet", "refund"
        )
    return account.store.table(Order)[found.last_order_id]


@verb
def review(
    account: State,
    *,
    order: object,
    rating: object = 5,
    text: object = "Great product, highly recommend!",
) -> Ref:
    """Let the buyer of an order review its product; sends `review.created`."""
    found = account.store.find("order", order, Order)
    if found.product_id not in account.store.table(Product):
        raise NotFound(f"order {found.id} is of a subscription; only products are reviewed")
    product = account.store.table(Product)[found.product_id]
    written = Review(
        id="",
        order_id=found.id,
        product_id=product.id,
        customer_id=found.customer_id,
        rating=arguments.whole("rating", rating, *RATINGS),
        text=arguments.text("text", text, empty=True),
        created_at=account.now,
    )
    written = written._replace(id=account.new_id("review"))
    account.store.put(written)
    customer = account.store.table(Customer)[found.customer_id]
    account.emit(e.REVIEW_CREATED, written, product, customer, found, buyer=found.email)
    return ref(written)
