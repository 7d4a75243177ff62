"""The signature of a webhook, as sent in `X-Pocketsflow-Signature`."""

import hmac
from functools import lru_cache

DEFAULT_SECRET = "whsec_pocketsflow_emulator"  # noqa: S105  (public on purpose)
"""The secret where none was given: fixed, so that an application can be configured with it."""


def sign(body: bytes, secret: str) -> str:
    """Return the signature of a body: HMAC-SHA256 of its raw bytes, as 64 lower-case hex digits.

    The key is the whole secret as UTF-8, its `whsec_` included. Raises `TypeError` where `body`
    is not bytes or `secret` not str, and `UnicodeEncodeError` (a `ValueError`) for a secret with
    a lone surrogate, which has no UTF-8 form. # G2 /api-webhooks/authentication-and-security
    """
    if not isinstance(secret, str):
        raise TypeError(f"secret is {type(secret).__name__}; give it as str")
    if not isinstance(body, bytes):
        raise TypeError(f"body is {type(body).__name__}; give the raw bytes as received")
    keyed = _keyed(secret).copy()
    keyed.update(body)
    return keyed.hexdigest()


@lru_cache(maxsize=64)
def _keyed(secret: str) -> hmac.HMAC:
    """Return the hash that a secret begins; preparing the key costs as much as a short body."""
    return hmac.new(secret.encode(), digestmod="sha256")


def verify(body: bytes, signature: str, secret: str) -> bool:
    """Tell whether `signature` is exactly what `sign` gives for this body and secret.

    Takes the same time wherever the two differ. Upper-case digits, a prefix, white space, another
    length, characters outside ASCII and arguments of other types make it False; it never raises.
    # G2 /api-webhooks/authentication-and-security
    """
    if not isinstance(signature, str) or not signature.isascii():
        return False
    try:
        expected = sign(body, secret)
    except (TypeError, ValueError):
        return False
    return hmac.compare_digest(expected, signature)


def masked(secret: str) -> str:
    """Return a secret with all but its last four characters hidden; nothing where there is none."""
    if not secret:
        return ""
    return f"whsec_...{secret[-4:]}" if len(secret) >= 16 else "whsec_..."
