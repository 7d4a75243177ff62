"""One module per generation of the wire format: a builder per event that it knows.

To add an event: a row in `core/events.py`, a shape in `shapes.py`, one of its own in `current.py`
where that is published, and its schemas.
"""

from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.wire.dialects import current, documented
from pocketsflow_emulator.wire.stringify import encode, encode_plain

BUILDERS = {"documented": documented.build, "current": current.build}
"""Dialect -> function of (fact, webhook id, livemode) that makes the body, or None."""


def body(fact: Fact, webhook: Webhook, *, livemode: bool) -> bytes | None:
    """Return the bytes that tell a webhook of a fact, or None where its dialect does not."""
    built = BUILDERS[webhook.dialect](fact, webhook.id, livemode)
    if built is None:
        return None
    return encode(built) if built.get("metadata") or "tax" in built else encode_plain(built)
