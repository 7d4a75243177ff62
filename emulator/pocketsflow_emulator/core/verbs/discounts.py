"""Discount codes. All silent. Fields, SDK 1.2.1; what they do to a price is assumed."""

from pocketsflow_emulator.core import arguments, clock, money
from pocketsflow_emulator.core.models import Discount, Offer, Product, Ref, Variant, ref
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.verbs.registry import verb
from pocketsflow_emulator.errors import IllegalMove, InvalidInput, quoted

PERCENTAGE, FIXED = "percentage", "fixed"
MOST_PRODUCTS = 1_000


@verb
def create_discount(
    account: State,
    *,
    code: object,
    value: object,
    value_type: object = PERCENTAGE,
    name: object = "Discount",
    products: object = None,
    active: object = True,
    expiration: object = None,
    id: object = None,
) -> Ref:
    """Add a code that takes `value` percent, or `value` major units, off `products` (or off
    everything), before tax, until `expiration` (an ISO date).
    """
    kind = arguments.choice("value_type", value_type, (PERCENTAGE, FIXED))
    own = account.own_id("discount", id) if id is not None else ""
    discount = Discount(
        name=arguments.text("name", name),
        code=_free_code(account, code),
        value=_value(kind, value),
        value_type=kind,
        product_ids=_products(account, products),
        active=arguments.flag("active", active),
        expires_at=_expiry(account, expiration),
        created_at=account.now,
        id=own or account.new_id("discount"),
    )
    account.store.put(discount)
    return ref(discount)


@verb
def update_discount(
    account: State,
    *,
    discount: object,
    code: object = None,
    value: object = None,
    value_type: object = None,
    name: object = None,
    products: object = None,
    active: object = None,
    expiration: object = None,
) -> Ref:
    """Change what is given; what was sold with the code keeps its price."""
    found = _live(account, discount, "update")
    kind = arguments.choice("value_type", value_type or found.value_type, (PERCENTAGE, FIXED))
    found = found._replace(
        code=found.code if code is None else _free_code(account, code, found),
        value=_value(kind, found.value if value is None else value),
        value_type=kind,
        name=found.name if name is None else arguments.text("name", name),
        product_ids=found.product_ids if products is None else _products(account, products),
        active=found.active if active is None else arguments.flag("active", active),
        expires_at=found.expires_at if expiration is None else _expiry(account, expiration),
    )
    account.store.put(found)
    return ref(found)


@verb
def delete_discount(account: State, *, discount: object) -> Ref:
    """Withdraw a code; what was sold with it keeps its price."""
    found = _live(account, discount, "delete")._replace(deleted_at=account.now)
    account.store.put(found)
    return ref(found)


def applied(
    account: State, discount: object, sold: Product | Offer, variant: Variant | None = None
) -> tuple[int, str]:
    """Return the price before tax (minor units) with a discount, and the discount's id.

    Never below 0; a free order is complete without a charge. A subscription keeps the discounted
    price for all its periods. Raises an `EmulatorError` where the code does not hold for this.
    """
    price = variant.price if variant else sold.price
    if discount is None:
        return price, ""
    found = valid(account, discount, sold)
    if found.value_type == PERCENTAGE:
        off = money.tax(price, money.decimal("value", found.value).scaleb(-2))
    else:
        off = money.minor("the discount's value", found.value, sold.currency)
    return max(0, price - off), found.id


def valid(
    account: State,
    value: object,
    sold: Product | Offer | None = None,
    *,
    name: str = "discount",
) -> Discount:
    """Return the discount that a code or an id names; refuses one that does not hold now, or not
    for what is `sold`. `name` is the parameter it came by.
    """
    found = _live(account, value, "use", name)
    if not found.active:
        raise IllegalMove("discount", found.id, "not active", "use")
    if found.expires_at is not None and found.expires_at <= account.now:
        raise IllegalMove("discount", found.id, f"expired at {clock.iso(found.expires_at)}", "use")
    if sold is not None and found.product_ids and sold.id not in found.product_ids:
        listed = ", ".join(found.product_ids)
        raise InvalidInput(f"discount {found.code!r} is for {listed}, not for {sold.id}")
    return found


def _live(account: State, value: object, doing: str, name: str = "discount") -> Discount:
    found = _by_code(account, value) or account.store.find(name, value, Discount)
    if found.deleted_at is not None:
        raise IllegalMove("discount", found.id, "deleted", doing)
    return found


def _by_code(account: State, code: object) -> Discount | None:
    if not isinstance(code, str):
        return None
    for discount in account.store.table(Discount).values():
        if discount.deleted_at is None and discount.code.casefold() == code.casefold():
            return discount
    return None


def _free_code(account: State, code: object, own: Discount | None = None) -> str:
    text = arguments.text("code", code)
    taken = _by_code(account, text)
    if taken is not None and (own is None or taken.id != own.id):
        raise InvalidInput(f"code {quoted(code)} is taken by {taken.id}; choose another")
    return text


def _value(kind: str, value: object) -> str:
    amount = money.decimal("value", value)
    if amount <= 0 or (kind == PERCENTAGE and amount > 100):
        allowed = "above 0 and at most 100" if kind == PERCENTAGE else "above 0"
        raise InvalidInput(f"value is {quoted(value)}; a {kind} discount takes a number {allowed}")
    if -int(amount.as_tuple().exponent) > 4:
        raise InvalidInput(f"value {quoted(value)} has more than four decimals")
    return format(amount, "f")


def _products(account: State, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or len(value) > MOST_PRODUCTS:
        raise InvalidInput(f"products is {quoted(value)}; write a list of products and offers")
    return tuple(account.store.find("products", item, Product, Offer).id for item in value)


def _expiry(account: State, value: object) -> int | None:
    if value is None:
        return None
    when = clock.parse(arguments.text("expiration", value))
    if when <= account.now:
        raise InvalidInput(f"expiration is {value}, which is not ahead of {clock.iso(account.now)}")
    return when
