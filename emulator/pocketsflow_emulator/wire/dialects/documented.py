"""The `documented` dialect: bodies as the events page shows them. # G2 /api-webhooks/events

Five fields that all events have in common come first. Amounts are major units as JSON numbers.
"""

from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.money import number
from pocketsflow_emulator.wire.dialects.builders import Body
from pocketsflow_emulator.wire.dialects.shapes import Style, shapes


def build(fact: Fact, webhook_id: str, livemode: bool) -> Body | None:
    """Return the body of a fact for one webhook, or None where the page knows no such event."""
    rest = shapes.build(fact, _STYLE)
    if rest is None:
        return None
    return {
        "webhookId": webhook_id,
        "event": fact.event.documented,
        "timestamp": fact.stamp,
        "testMode": not livemode,
        "livemode": livemode,
        **rest,
    }


_STYLE = Style(number, str)
