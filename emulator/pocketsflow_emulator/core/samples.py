"""One example of every event, from a story that is played in a world of its own."""

from collections.abc import Iterator
from hashlib import blake2b

from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.world import World
from pocketsflow_emulator.errors import IllegalMove, InvalidInput

SHORT_TRIAL = 3
"""Days: so short that its notices come at once."""

BUYER = {"email": "customer@example.com", "first_name": "Jane", "last_name": "Doe"}


def sample(event: EventType, seed: int, now: int) -> Fact:
    """Return a fact of this event at an instant (ms). Its objects are in nobody's account."""
    first, *_ = (fact for fact in _facts(World(seed, now)) if fact.event == event)
    return first


def _facts(scratch: World) -> Iterator[Fact]:
    for _ in _story(scratch):
        while scratch.due():
            pass
        yield from scratch.drain()


def for_account(account: State, event: EventType) -> Fact:
    """Return the sample that would be told next: about other objects each time, and never about
    those of the account.
    """
    text = f"{account.seed}/sample/{account.fact_count}"
    seed = int.from_bytes(blake2b(text.encode(), digest_size=7).digest())
    return sample(event, seed, account.now)._replace(stamp=account.now)


def tell(account: State, event: EventType, cause: str) -> None:
    """Append a sample to the facts of an account."""
    fact = for_account(account, event)
    account.cause = cause
    account.emit(event, *fact.objects, buyer=fact.buyer)


def heard_by(webhook: Webhook) -> tuple[EventType, str]:
    """Return the first event that a webhook hears, with its name there. Raises an
    `EmulatorError` where it hears none. # assumed: in the API nobody chooses the event of a test
    """
    if not webhook.active:
        raise IllegalMove("webhook", webhook.id, "not active", "test")
    heard = events.matching(*webhook.events)
    for event in events.CATALOGUE.values():
        name = event.in_dialect(webhook.dialect)
        if event in heard and name is not None:
            return event, name
    raise InvalidInput(f"{webhook.id} hears no event that the dialect {webhook.dialect} has")


def _story(world: World) -> Iterator[None]:
    """Play everything that can happen, all in one instant, and stop after each step."""

    def do(verb: str, **arguments: object) -> str:
        return getattr(world.do(verb, arguments), "id", "")

    product = do("create_product", name="Course", price="60.00")
    yield
    do("update_product", product=product, price="99.99")
    yield
    order = do("purchase", product=product, **BUYER)
    yield
    do("review", order=order, rating=5, text="Exactly what I needed.")
    yield
    do("refund", order=order)
    yield
    do("purchase", product=product, card="declines", **BUYER)
    yield
    offer = do("create_offer", name="Premium Membership", price="29.99")
    paid = do("subscribe", offer=offer, **BUYER)
    yield
    do("update_payment_method", subscription=paid)  # the first update: one of an active one
    yield
    for verb in ("pause", "resume", "cancel"):
        do(verb, subscription=paid)
        yield
    for fails in (False, True):
        trial = do("subscribe", offer=offer, trial_days=SHORT_TRIAL, **BUYER)
        yield
        if fails:
            do("decline_next", payer=trial)
        do("end_trial", subscription=trial)
        yield
    for status in ("processing", "requires_input", "verified"):
        do("set_verification", status=status)
        yield
    do("delete_product", product=product)
    yield
