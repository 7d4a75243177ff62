"""Checkout sessions: a page is made, and a buyer pays on it, fails to, or leaves.

# G3 /integrations/overview; what no page says is assumed: a session stays open after a declined
payment, and nothing is added to the addresses that buyers are sent to
"""

from typing import Any

from pocketsflow_emulator.core import arguments, cards
from pocketsflow_emulator.core.models import (
    CheckoutSession,
    Offer,
    PaymentIntent,
    Product,
    Ref,
    Subscription,
    ref,
)
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.verbs import catalog, discounts, orders, subscriptions
from pocketsflow_emulator.core.verbs.registry import verb
from pocketsflow_emulator.errors import EmulatorError, IllegalMove, InvalidInput

OPEN, COMPLETE, ABANDONED = "open", "complete", "abandoned"


@verb
def create_checkout(
    account: State,
    *,
    product: object,
    success_url: object = "",
    cancel_url: object = "",
    email: object = "",
    discount: object = None,
    metadata: object = None,
    client_reference_id: object = "",
    id: object = None,
) -> Ref:
    """Make a page for buying a product, or subscribing to an offer. Silent."""
    sold = _sold(account, product)
    own = account.own_id("checkout_session", id) if id is not None else ""
    session = CheckoutSession(
        product_id=sold.id,
        success_url=arguments.page("success_url", success_url),
        cancel_url=arguments.page("cancel_url", cancel_url),
        email=arguments.email(email) if email else "",
        discount_id="" if discount is None else discounts.valid(account, discount, sold).id,
        metadata=arguments.metadata(metadata),
        client_reference_id=arguments.text("client_reference_id", client_reference_id, empty=True),
        status=OPEN,
        created_at=account.now,
        id=own or account.new_id("checkout_session"),
    )
    account.store.put(session)
    return ref(session)


@verb
def complete_checkout(
    account: State,
    *,
    session: object,
    email: object = "",
    first_name: object = "",
    last_name: object = "",
    country: object = "US",
    zip: object = "",
    state: object = "",
    vat_number: object = "",
    tax_rate: object = 0,
    card: object = "ok",
    person: object = None,
) -> Ref:
    """Let the buyer of a session (its id or its address) pay. With a card that is declined the
    session stays open and has an `error_code`.
    """
    found = find(account, session, "complete")
    form = {
        "email": email or found.email,
        "first_name": first_name,
        "last_name": last_name,
        "country": country,
        "zip": zip,
        "state": state,
        "vat_number": vat_number,
        "tax_rate": tax_rate,
        "person": person,
        "card": card,
    }
    return ref(_pay(account, found, form))


@verb
def decline_checkout(
    account: State,
    *,
    session: object,
    email: object = "",
    first_name: object = "",
    last_name: object = "",
    code: object = "card_declined",
    person: object = None,
) -> Ref:
    """Let the payment of a session's buyer be declined; the session stays open."""
    found = find(account, session, "decline")
    reason = cards.code(code)
    sold = _sold(account, found.product_id)
    price, _ = discounts.applied(account, found.discount_id or None, sold)
    if not price or (isinstance(sold, Offer) and sold.trial_days):
        raise IllegalMove("checkout session", found.id, "free of charge now", "decline")
    form = {
        "email": email or found.email,
        "first_name": first_name,
        "last_name": last_name,
        "person": person,
        "card": reason,
    }
    return ref(_pay(account, found, form))


@verb
def abandon_checkout(account: State, *, session: object) -> Ref:
    """Let the buyer of a session leave; they land on its cancel address."""
    found = find(account, session, "abandon")
    found = found._replace(status=ABANDONED, landing_url=found.cancel_url)
    account.store.put(found)
    return ref(found)


def named(account: State, value: object) -> CheckoutSession | None:
    """Return the session that an id or a session's address names, or None."""
    try:
        return account.store.find("session", _id(value), CheckoutSession)
    except EmulatorError:
        return None


def find(account: State, value: object, doing: str) -> CheckoutSession:
    """Return the open session that an id or a session's address names."""
    found = account.store.find("session", _id(value), CheckoutSession)
    if found.status != OPEN:
        raise IllegalMove("checkout session", found.id, found.status, doing)
    return found


def _id(value: object) -> object:
    """Return the id in a session's address: the last part of its path."""
    if not isinstance(value, str):
        return value
    return value.partition("?")[0].rstrip("/").rpartition("/")[2]


def _sold(account: State, value: object) -> Product | Offer:
    found = account.store.find("product", value, Product, Offer)
    if isinstance(found, Product):
        return catalog.live_product(account, found.id, "sell")
    return catalog.live_offer(account, found.id, "sell")


def _pay(account: State, found: CheckoutSession, form: dict[str, Any]) -> CheckoutSession:
    if not form["email"]:
        raise InvalidInput(f"{found.id} has no e-mail of its own; give the buyer's as email")
    sold = account.store.find("product", found.product_id, Product, Offer)
    if isinstance(sold, Offer):
        bought = subscriptions.subscribe(account, offer=sold.id, **form, **_carried(found))
    else:
        bought = orders.purchase(account, product=sold.id, **form, **_carried(found))
    found = _after(account, found, bought)
    account.store.put(found)
    return found


def _carried(found: CheckoutSession) -> dict[str, Any]:
    return {
        "discount": found.discount_id or None,
        "metadata": found.metadata,
        "client_reference_id": found.client_reference_id,
    }


def _after(account: State, found: CheckoutSession, bought: Ref) -> CheckoutSession:
    if bought.kind == "payment_intent":
        code = account.store.table(PaymentIntent)[bought.id].error_code
        return found._replace(error_code=code)
    done = found._replace(status=COMPLETE, error_code="", landing_url=found.success_url)
    if bought.kind == "order":
        return done._replace(order_id=bought.id)
    order_id = account.store.table(Subscription)[bought.id].last_order_id
    return done._replace(subscription_id=bought.id, order_id=order_id)
