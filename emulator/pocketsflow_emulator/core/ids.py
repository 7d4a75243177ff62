"""Seeded ids: the n-th object of a kind always gets the same id under the same seed.

Every object has two ids with one fixed mapping: the prefixed one that `documented` webhooks show
(`order_65f0...`) and the 24-hex one of the API (`65f0...`). # G2 /api-webhooks/events, C13
"""

import re
from hashlib import blake2b

PREFIXES = {
    "webhook": "webhook",
    "product": "prod",
    "offer": "prod",
    "variant": "var",
    "discount": "disc",
    "upsell": "upsell",
    "checkout_session": "cs",
    "customer": "cust",
    "order": "order",
    "refund": "refund",
    "subscription": "sub",
    "invoice": "inv",
    "payment_intent": "pi",
    "review": "rev",
    "verification": "vs",
    "user": "user",
}
"""Kind of object -> the prefix its id has in `documented` webhooks."""

LARGEST_SEED = 2**63 - 1
"""What a seed may be; the least is 0."""

_HEX = re.compile(r"[0-9a-f]{24}")
_OWN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()


def generated(seed: int, kind: str, n: int) -> str:
    """Return the prefixed id of the n-th object of `kind` in a world with this seed."""
    return f"{PREFIXES[kind]}_{_hash(f'{seed}/{kind}/{n}')}"


def own(kind: str, text: str) -> str | None:
    """Turn an id that a user chose into a prefixed one, or return None where it cannot be an id.

    A 24-hex one becomes the API id; anything else stands as it is.
    """
    if _HEX.fullmatch(text):
        return f"{PREFIXES[kind]}_{text}"
    return text if _OWN.fullmatch(text) else None


def is_regular(id: str, kind: str) -> bool:
    """Say whether a prefixed id is the prefix of its kind and the API's id, and nothing else."""
    start = len(PREFIXES[kind]) + 1
    return id[:start] == f"{PREFIXES[kind]}_" and _HEX.fullmatch(id, start) is not None


def api_id(id: str) -> str:
    """Return the 24-hex id that the API shows for a prefixed id."""
    tail = id.rpartition("_")[2]
    return tail if _HEX.fullmatch(tail) else _hash(id)


def is_generated(text: str) -> bool:
    """Say whether an id looks like one that nobody chose: it ends in 24 hex digits."""
    return _HEX.fullmatch(text.rpartition("_")[2]) is not None


def customer_reference(id: str) -> str:
    """Return the id a customer has in subscription events: `cus_`, not `cust_`.
    # G2 /api-webhooks/events, C12
    """
    return "cus_" + (id.removeprefix("cust_"))


def secret(seed: int, n: int) -> str:
    """Return the n-th generated signing secret: `whsec_` and 20 characters.
    # G2 /api-webhooks/authentication-and-security
    """
    return "whsec_" + blake2b(f"{seed}/secret/{n}".encode(), digest_size=10).hexdigest()
