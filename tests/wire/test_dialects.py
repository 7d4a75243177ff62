"""From a fact to the bytes of a body, in every dialect."""

import pytest

import runs
from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.wire import dialects
from pocketsflow_emulator.wire.dialects import documented
from pocketsflow_emulator.wire.stringify import encode

PEOPLE = ("Jane", "Zoë 😀\u2028", "half \ud83d a character", '<"\\\x00\x1f\x7f')


def webhook(dialect):
    return Webhook("webhook_1", "http://localhost/", ("*",), "", True, dialect, "whsec_1", 0)


def facts(currency, name):
    """The facts of a story that has every kind of amount and text."""
    made = runs.hooked()
    runs.do(made, "create_product", id="prod_course", name=name, price="60", currency=currency)
    runs.do(made, "create_offer", id="prod_pro", name=name, price="29", currency=currency)
    somebody = {"email": "jane@example.com", "first_name": name, "last_name": name}
    buyer = {**somebody, "tax_rate": "0.08", "metadata": {"2": 1e-7, "1": [1e21, 60.0]}}
    runs.do(made, "purchase", product="prod_course", id="order_jane", **buyer)
    runs.do(made, "refund", order="order_jane", amount="7")
    runs.do(made, "review", order="order_jane", text=name)
    runs.do(made, "subscribe", offer="prod_pro", id="sub_jane", **somebody, tax_rate="0.0001")
    runs.do(made, "subscribe", offer="prod_pro", email="tom@example.com", first_name=name)
    runs.do(made, "decline_next", payer="sub_jane", times=1)
    runs.play(made, "advance", days=40)
    runs.play(made, "set_verification", status="requires_input")
    return [record.fact for record in made.journal.living()]


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("currency", ["usd", "jpy", "kwd"])
@pytest.mark.parametrize("dialect", events.DIALECTS)
def test_bodies_are_written_as_javascript_writes_them(dialect, currency, name):
    """However a body is written, its bytes are those of the writer that minds every peculiarity."""
    told = facts(currency, name)
    hook = webhook(dialect)

    bodies = [dialects.body(fact, hook, livemode=False) for fact in told]

    built = [dialects.BUILDERS[dialect](fact, hook.id, False) for fact in told]
    assert [None if body is None else encode(body) for body in built] == bodies
    assert len(set(bodies)) > 15


def test_a_dialect_is_silent_about_what_it_does_not_know():
    """The documented generation has no `invoice.paid`: there is no body."""
    fact = Fact(1, events.INVOICE_PAID, 0, 0, "jane@example.com", "period end", ())

    body = dialects.body(fact, webhook("documented"), livemode=False)

    assert body is None
    assert documented.build(fact, "webhook_1", False) is None
