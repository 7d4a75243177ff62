"""The account itself: the seller, the identity check and the dunning policy."""

import re
from functools import lru_cache

from pocketsflow_emulator.core import arguments, dunning, money
from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.ids import generated
from pocketsflow_emulator.core.models import Ref, User, Verification, ref
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.verbs.registry import verb
from pocketsflow_emulator.errors import InvalidInput, quoted

VERIFICATIONS = {
    "processing": e.VERIFICATION_PROCESSING,
    "requires_input": e.VERIFICATION_REQUIRES_INPUT,
    "verified": e.VERIFICATION_VERIFIED,
}
"""Status of an identity check -> its event."""

MISSING = ("document_back", "selfie")
"""What is asked for when more input is required. # G2 /api-webhooks/events, the example"""

SELLER = "seller@example.com"
"""The seller's e-mail until another one is set."""


@lru_cache(maxsize=1024)
def seller_id(seed: int) -> str:
    """Return the id of the seller whose account has this seed."""
    return generated(seed, "user", 1)


def seller(account: State) -> User:
    """Return the seller, whose account this is."""
    for known in account.store.table(User).values():
        return known
    return User(
        id=seller_id(account.origin),
        email=SELLER,
        first_name="Sam",
        last_name="Seller",
        currency="usd",
        country="US",
        subdomain="store",
        created_at=account.now,
    )


@verb
def update_user(
    account: State,
    *,
    email: object = None,
    first_name: object = None,
    last_name: object = None,
    currency: object = None,
    country: object = None,
    subdomain: object = None,
) -> Ref:
    """Change what is given of the seller. Silent."""
    found = seller(account)
    found = found._replace(
        email=found.email if email is None else arguments.email(email),
        first_name=found.first_name
        if first_name is None
        else arguments.text("first_name", first_name),
        last_name=found.last_name if last_name is None else arguments.text("last_name", last_name),
        currency=found.currency if currency is None else money.currency(currency),
        country=found.country if country is None else arguments.country(country),
        subdomain=found.subdomain if subdomain is None else _label(subdomain),
    )
    account.store.put(found)
    return ref(found)


def _label(value: object) -> str:
    label = arguments.text("subdomain", value)
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label):
        raise InvalidInput(
            f"subdomain is {quoted(value)}; write lower-case letters, digits and hyphens"
        )
    return label


@verb
def set_verification(account: State, *, status: object) -> Ref:
    """Let the seller's identity check reach a status; sends the event of that status. One session
    goes on until it is verified; after that a new one starts. # assumed
    """
    word = arguments.choice("status", status, VERIFICATIONS)
    sessions = list(account.store.table(Verification).values())
    open_session = sessions[-1] if sessions and sessions[-1].status != "verified" else None
    owner = seller(account)
    session = Verification(
        id=open_session.id if open_session else account.new_id("verification"),
        status=word,
        user_id=owner.id,
        email=owner.email,
        required_fields=MISSING if word == "requires_input" else (),
        verified_at=account.now if word == "verified" else None,
        created_at=open_session.created_at if open_session else account.now,
    )
    account.store.put(session)
    account.emit(VERIFICATIONS[word], session)
    return ref(session)


@verb
def set_dunning(account: State, *, name: object) -> None:
    """Choose what happens after failed charges of offers that name no policy of their own."""
    account.dunning = dunning.named(name).name
