"""The register of what writes which event."""

import pytest

from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.wire.dialects.builders import Builders


def test_an_event_has_one_builder():
    """A second builder for an event is refused, by the dialect and the event."""
    builders = Builders("documented")
    builders.builds(e.ORDER_COMPLETED)(lambda _fact, _style: {})

    with pytest.raises(ValueError, match=r"documented has two builders for order\.completed"):
        builders.builds(e.ORDER_COMPLETED)(lambda _fact, _style: {})


def test_a_fact_without_a_builder_is_not_told():
    """Where a dialect has no builder for an event, there is nothing to send."""
    builders = Builders("documented")
    fact = Fact(1, e.INVOICE_PAID, 0, 0, "", "", ())

    body = builders.build(fact, None)

    assert body is None
