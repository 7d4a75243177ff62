"""Buyers. Creating, changing and deleting one is silent: `customer.created` comes with the first
paid order, subscription or trial."""

from typing import NamedTuple

from pocketsflow_emulator.core import arguments
from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.models import (
    CANCELED,
    Customer,
    Offer,
    Product,
    Ref,
    Subscription,
    ref,
)
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.verbs.registry import verb
from pocketsflow_emulator.errors import IllegalMove, InvalidInput


class Buyer(NamedTuple):
    """Who buys, as the checkout form has it."""

    email: str
    first_name: str
    last_name: str
    country: str
    zip: str
    state: str


def buyer(
    email: object,
    first_name: object,
    last_name: object,
    country: object,
    zip: object,
    state: object,
) -> Buyer:
    """Check what a buyer fills in."""
    return Buyer(
        email=arguments.email(email),
        first_name=arguments.text("first_name", first_name, empty=True),
        last_name=arguments.text("last_name", last_name, empty=True),
        country=arguments.country(country),
        zip=arguments.text("zip", zip, empty=True),
        state=arguments.text("state", state, empty=True),
    )


def note_person(account: State, person: object) -> None:
    """Remember how many buyers' names have been drawn; the driver draws the next from there."""
    if person is not None:
        account.counters["person"] = arguments.whole("person", person, 1, 10**9)


def announce(account: State, who: Buyer, bought: Product | Offer) -> Customer:
    """Return the customer who bought, and send `customer.created` the first time."""
    customer = account.store.customer_of(who.email)
    if customer is None:
        customer = Customer(account.new_id("customer"), *who, created_at=account.now)
    if customer.deleted_at is not None:
        customer = customer._replace(deleted_at=None)
    if not customer.announced:
        customer = customer._replace(announced=True)
        account.emit(e.CUSTOMER_CREATED, customer, bought, buyer=customer.email)
    account.store.put(customer)
    return customer


@verb
def create_customer(
    account: State,
    *,
    email: object,
    first_name: object = "",
    last_name: object = "",
    country: object = "US",
    zip: object = "",
    state: object = "",
    id: object = None,
    person: object = None,
) -> Ref:
    """Add a buyer who has not bought yet."""
    who = buyer(email, first_name, last_name, country, zip, state)
    known = account.store.customer_of(who.email)
    if known is not None:
        what = "was deleted, and comes back with the next order" if known.deleted_at else "exists"
        raise InvalidInput(f"a customer {who.email} {what}; choose another e-mail")
    own = account.own_id("customer", id) if id is not None else ""
    note_person(account, person)
    customer = Customer(own or account.new_id("customer"), *who, created_at=account.now)
    account.store.put(customer)
    return ref(customer)


@verb
def update_customer(
    account: State,
    *,
    customer: object,
    email: object = None,
    first_name: object = None,
    last_name: object = None,
    country: object = None,
    zip: object = None,
    state: object = None,
) -> Ref:
    """Change what is given. The e-mail of a buyer with orders or subscriptions stays."""
    found = _live(account, customer, "update")
    given = {
        "email": email,
        "first_name": first_name,
        "last_name": last_name,
        "country": country,
        "zip": zip,
        "state": state,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    kept = {name: getattr(found, name) for name in given}
    who = buyer(**(kept | changed))
    if who.email != found.email:
        _refuse_new_email(account, found, who.email)
    fresh = found._replace(**who._asdict())
    account.store.put(fresh)
    if fresh.email != found.email:
        account.store.rename_customer(found.email, fresh)
    return ref(fresh)


@verb
def delete_customer(account: State, *, customer: object) -> Ref:
    """Remove a buyer; refused while a subscription of theirs lives."""
    found = _live(account, customer, "delete")
    for subscription in account.store.table(Subscription).values():
        if subscription.customer_id == found.id and subscription.status != CANCELED:
            raise IllegalMove(
                "customer",
                found.id,
                f"the payer of {subscription.id}, which is {subscription.status}",
                "delete",
                "cancel the subscription first",
            )
    account.store.put(found._replace(deleted_at=account.now))
    return ref(found)


def _live(account: State, value: object, doing: str) -> Customer:
    found = account.store.find("customer", value, Customer)
    if found.deleted_at is not None:
        raise IllegalMove("customer", found.id, "deleted", doing)
    return found


def _refuse_new_email(account: State, found: Customer, email: str) -> None:
    if found.announced:
        raise IllegalMove(
            "customer", found.id, "known by its e-mail to its orders", "change the e-mail of"
        )
    if account.store.customer_of(email) is not None:
        raise InvalidInput(f"there is already a customer {email}")
