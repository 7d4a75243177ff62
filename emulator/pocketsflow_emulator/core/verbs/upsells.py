"""Upsells: kept and shown as the API has them; the emulator's checkout does not offer them."""

from pocketsflow_emulator.core import arguments, money
from pocketsflow_emulator.core.models import NO_DETAILS, Product, Ref, Upsell, ref
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.verbs import catalog
from pocketsflow_emulator.core.verbs.registry import verb
from pocketsflow_emulator.errors import IllegalMove, InvalidInput, quoted

MOST_PRODUCTS = 1_000


@verb
def create_upsell(
    account: State,
    *,
    products: object,
    upsell_product: object,
    price: object,
    name: object = "Upsell",
    active: object = True,
    details: object = None,
    id: object = None,
) -> Ref:
    """Offer `upsell_product` at a price to those who buy one of `products`."""
    offered = catalog.live_product(account, upsell_product, "upsell")
    own = account.own_id("upsell", id) if id is not None else ""
    upsell = Upsell(
        name=arguments.text("name", name),
        product_ids=_products(account, products),
        upsell_product_id=offered.id,
        price=money.minor("price", price, offered.currency),
        currency=offered.currency,
        active=arguments.flag("active", active),
        created_at=account.now,
        details=arguments.details(details, NO_DETAILS),
        id=own or account.new_id("upsell"),
    )
    account.store.put(upsell)
    return ref(upsell)


@verb
def update_upsell(
    account: State,
    *,
    upsell: object,
    products: object = None,
    upsell_product: object = None,
    price: object = None,
    name: object = None,
    active: object = None,
    details: object = None,
) -> Ref:
    """Change what is given. For another product the same figure holds, in its currency."""
    found = live_upsell(account, upsell, "update")
    offered_id, code = found.upsell_product_id, found.currency
    if upsell_product is not None:
        offered = catalog.live_product(account, upsell_product, "upsell")
        offered_id, code = offered.id, offered.currency
    figure = str(money.major(found.price, found.currency)) if price is None else price
    found = found._replace(
        product_ids=found.product_ids if products is None else _products(account, products),
        upsell_product_id=offered_id,
        price=money.minor("price", figure, code),
        currency=code,
        name=found.name if name is None else arguments.text("name", name),
        active=found.active if active is None else arguments.flag("active", active),
        details=arguments.details(details, found.details),
    )
    account.store.put(found)
    return ref(found)


@verb
def delete_upsell(account: State, *, upsell: object) -> Ref:
    """Withdraw an upsell."""
    found = live_upsell(account, upsell, "delete")._replace(deleted_at=account.now)
    account.store.put(found)
    return ref(found)


def live_upsell(account: State, value: object, doing: str) -> Upsell:
    """Return the upsell that an argument names; refuses a deleted one."""
    found = account.store.find("upsell", value, Upsell)
    if found.deleted_at is not None:
        raise IllegalMove("upsell", found.id, "deleted", doing)
    return found


def _products(account: State, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not 0 < len(value) <= MOST_PRODUCTS:
        raise InvalidInput(f"products is {quoted(value)}; write a list of products")
    return tuple(account.store.find("products", item, Product).id for item in value)
