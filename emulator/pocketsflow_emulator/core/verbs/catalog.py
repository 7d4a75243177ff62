"""What is for sale: products announce themselves, variants and offers are silent.

Deleted things stay readable for the orders and subscriptions that name them, and cannot be bought.
"""

from pocketsflow_emulator.core import arguments, dunning, money
from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.models import (
    FREQUENCIES,
    NO_DETAILS,
    Offer,
    Product,
    Ref,
    Variant,
    ref,
)
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.verbs.registry import verb
from pocketsflow_emulator.errors import IllegalMove

LONGEST_TRIAL = 3_650
"""Days."""


@verb
def create_product(
    account: State,
    *,
    name: object = "Product",
    price: object = "10.00",
    currency: object = "usd",
    published: object = True,
    details: object = None,
    id: object = None,
    quiet: object = False,
) -> Ref:
    """Add a product; sends `product.created` unless `quiet`."""
    code = money.currency(currency)
    silent = arguments.flag("quiet", quiet)
    own = account.own_id("product", id) if id is not None else ""
    product = Product(
        name=arguments.text("name", name),
        price=money.minor("price", price, code),
        currency=code,
        published=arguments.flag("published", published),
        created_at=account.now,
        updated_at=account.now,
        details=arguments.details(details, NO_DETAILS),
        id=own or account.new_id("product"),
    )
    account.store.put(product)
    if not silent:
        account.emit(e.PRODUCT_CREATED, product)
    return ref(product)


@verb
def update_product(
    account: State,
    *,
    product: object,
    name: object = None,
    price: object = None,
    currency: object = None,
    published: object = None,
    details: object = None,
) -> Ref:
    """Change what is given; sends `product.updated`. In another currency the same figures hold, for
    the product and its variants.
    """
    found = live_product(account, product, "update")
    code = found.currency if currency is None else money.currency(currency)
    figure = str(money.major(found.price, found.currency)) if price is None else price
    versions = _versions(account, found, code)
    found = found._replace(
        name=found.name if name is None else arguments.text("name", name),
        price=money.minor("price", figure, code),
        currency=code,
        published=found.published if published is None else arguments.flag("published", published),
        details=arguments.details(details, found.details),
        updated_at=account.now,
    )
    for version in versions:
        account.store.put(version)
    account.store.put(found)
    account.emit(e.PRODUCT_UPDATED, found)
    return ref(found)


def _versions(account: State, product: Product, code: str) -> list[Variant]:
    """Return the variants of a product that are not in this currency yet, in it."""
    return [
        variant._replace(
            price=money.minor(
                f"the price of {variant.id}",
                str(money.major(variant.price, variant.currency)),
                code,
            ),
            currency=code,
        )
        for variant in account.store.table(Variant).values()
        if variant.product_id == product.id
        and variant.deleted_at is None
        and variant.currency != code
    ]


@verb
def delete_product(account: State, *, product: object) -> Ref:
    """Take a product out of the catalogue; sends `product.deleted`. Its variants go with it."""
    found = live_product(account, product, "delete")._replace(deleted_at=account.now)
    account.store.put(found)
    account.emit(e.PRODUCT_DELETED, found)
    return ref(found)


@verb
def create_variant(
    account: State,
    *,
    product: object,
    name: object = "Variant",
    price: object,
    details: object = None,
    id: object = None,
) -> Ref:
    """Add a version of a product, with its own price."""
    parent = live_product(account, product, "add a variant to")
    own = account.own_id("variant", id) if id is not None else ""
    variant = Variant(
        product_id=parent.id,
        name=arguments.text("name", name),
        price=money.minor("price", price, parent.currency),
        currency=parent.currency,
        created_at=account.now,
        details=arguments.details(details, NO_DETAILS),
        id=own or account.new_id("variant"),
    )
    account.store.put(variant)
    return ref(variant)


@verb
def update_variant(
    account: State,
    *,
    variant: object,
    name: object = None,
    price: object = None,
    details: object = None,
) -> Ref:
    """Change what is given."""
    found = live_variant(account, variant, "update")
    found = found._replace(
        name=found.name if name is None else arguments.text("name", name),
        price=found.price if price is None else money.minor("price", price, found.currency),
        details=arguments.details(details, found.details),
    )
    account.store.put(found)
    return ref(found)


@verb
def delete_variant(account: State, *, variant: object) -> Ref:
    """Take a variant out of the catalogue."""
    found = live_variant(account, variant, "delete")._replace(deleted_at=account.now)
    account.store.put(found)
    return ref(found)


@verb
def create_offer(
    account: State,
    *,
    name: object = "Membership",
    price: object = "10.00",
    currency: object = "usd",
    frequency: object = "monthly",
    trial_days: object = 0,
    dunning: object = None,
    details: object = None,
    id: object = None,
) -> Ref:
    """Add something to subscribe to. Without `dunning` the world's policy holds."""
    code = money.currency(currency)
    own = account.own_id("offer", id) if id is not None else ""
    offer = Offer(
        name=arguments.text("name", name),
        price=money.minor("price", price, code),
        currency=code,
        frequency=arguments.choice("frequency", frequency, FREQUENCIES),
        trial_days=arguments.whole("trial_days", trial_days, 0, LONGEST_TRIAL),
        dunning=_policy(dunning),
        created_at=account.now,
        updated_at=account.now,
        details=arguments.details(details, NO_DETAILS),
        id=own or account.new_id("offer"),
    )
    account.store.put(offer)
    return ref(offer)


@verb
def update_offer(
    account: State,
    *,
    offer: object,
    name: object = None,
    price: object = None,
    trial_days: object = None,
    dunning: object = None,
    details: object = None,
) -> Ref:
    """Change what is given; subscriptions keep the price they were sold at. # assumed"""
    found = live_offer(account, offer, "update")
    found = found._replace(
        name=found.name if name is None else arguments.text("name", name),
        price=found.price if price is None else money.minor("price", price, found.currency),
        trial_days=found.trial_days
        if trial_days is None
        else arguments.whole("trial_days", trial_days, 0, LONGEST_TRIAL),
        dunning=found.dunning if dunning is None else _policy(dunning),
        details=arguments.details(details, found.details),
        updated_at=account.now,
    )
    account.store.put(found)
    return ref(found)


@verb
def delete_offer(account: State, *, offer: object) -> Ref:
    """Stop selling an offer; its subscriptions go on as they are. # assumed"""
    found = live_offer(account, offer, "delete")._replace(deleted_at=account.now)
    account.store.put(found)
    return ref(found)


def live_product(account: State, value: object, doing: str) -> Product:
    """Return the product that an argument names; refuses a deleted one."""
    found = account.store.find("product", value, Product)
    if found.deleted_at is not None:
        raise IllegalMove("product", found.id, "deleted", doing)
    return found


def live_variant(account: State, value: object, doing: str) -> Variant:
    """Return the variant that an argument names; refuses a deleted one or one of a deleted."""
    found = account.store.find("variant", value, Variant)
    if found.deleted_at is not None:
        raise IllegalMove("variant", found.id, "deleted", doing)
    live_product(account, found.product_id, f"{doing} a variant of")
    return found


def live_offer(account: State, value: object, doing: str) -> Offer:
    """Return the offer that an argument names; refuses a deleted one."""
    found = account.store.find("offer", value, Offer)
    if found.deleted_at is not None:
        raise IllegalMove("offer", found.id, "deleted", doing)
    return found


def _policy(name: object) -> str:
    return "" if name is None else dunning.named(name).name
