"""The timeline: what happened in a world, as text that a person enjoys reading."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from pocketsflow_emulator.core import clock, money
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import (
    ACTIVE,
    TRIALING,
    Customer,
    Invoice,
    Object,
    Order,
    PaymentIntent,
    Product,
    Refund,
    Review,
    Subscription,
    Verification,
)
from pocketsflow_emulator.delivery import causes
from pocketsflow_emulator.delivery.journal import FactRecord
from pocketsflow_emulator.delivery.tries import Delivery, Outcome
from pocketsflow_emulator.errors import printable

SYMBOLS = {
    "skipped": "-",
    "dropped": "-",
    "delivered": "✓",
    "waiting": "…",
    "out": "…",
    "scheduled": "↻",
    "held": "‖",
}
"""State of a delivery -> its mark; everything else is a cross."""


_REQUESTED = frozenset(("trigger", "test_webhook"))
"""Causes of events that are about objects of their own."""

_SHOWN = 200
"""How many characters of an answer are shown."""


class Row(NamedTuple):
    """One line: when, what, what came of it, what it was about; `ok` unless a try went wrong."""

    at: int
    mark: str
    event: str
    result: str
    about: str
    ok: bool


def rows(records: Iterable[FactRecord], *, left: bool = False) -> Iterator[Row]:
    """Yield a row per delivery, and one per fact that nobody was told of; with `left`, also what
    was sent before a restore left it behind.
    """
    for record in records:
        fact = record.fact
        if fact.event.documented is None and not record.deliveries:
            continue
        shown = [d for d in record.deliveries if not d.abandoned or (left and d.outcome)]
        if not shown:
            yield Row(fact.instant, "·", fact.event.name, "no receiver", about(fact), True)
        for delivery in shown:
            ok = delivery.state in SYMBOLS
            mark = SYMBOLS.get(delivery.state, "✗")
            yield Row(fact.instant, mark, delivery.event, result(delivery), about(fact), ok)


def result(delivery: Delivery) -> str:
    """Say what came of a delivery: `200`, `500 rejected`, `refused`, `skipped` ..."""
    outcome = delivery.outcome
    faults = [firing.name for firing in delivery.trouble.firings] if delivery.trouble else []
    if outcome is None:
        return " ".join([delivery.state, *faults])
    words = [str(outcome.status)] if outcome.status is not None else []
    if outcome.kind != "delivered":
        words.append(outcome.kind)
    if len(delivery.counted) > 1:
        words.append(f"(try {len(delivery.counted)})")
    words += faults
    return " ".join(words)


def about(fact: Fact) -> str:
    """Say in a few words what a fact was about; of an event that was sent on request, what the
    sample is about, whose values its body may replace.
    """
    words = _about(fact)
    return f"sample: {words}" if fact.cause in _REQUESTED else words


def _about(fact: Fact) -> str:
    subjects = next((kinds for name, kinds in _SUBJECTS if fact.event.key.startswith(name)), ())
    for kind in subjects:
        for item in fact.objects:
            if type(item) is kind:
                return printable(_DESCRIBE[kind](item))
    return printable(fact.buyer)


def text(records: Iterable[FactRecord]) -> str:
    """Return the timeline as lines, a blank line and a date where the instant changes."""
    lines: list[str] = []
    last: int | None = None
    table = list(rows(records))
    width = max((len(row.event) for row in table), default=0)
    wide = max((len(row.result) for row in table), default=0)
    for row in table:
        when = moment(row.at) if row.at != last else ""
        last = row.at
        lines.append(
            f"  {when:20}  {row.mark} {row.event:{width}}  {row.result:{wide}}  {row.about}"
        )
    return "\n".join(line.rstrip() for line in lines)


def moment(instant: int) -> str:
    """Write an instant for people: `2030-01-31 09:00:00Z`; the clock time only where it has one."""
    date, _, time = clock.iso(instant).partition("T")
    return date if time == "00:00:00.000Z" else f"{date} {time[:8]}Z"


def explanation(delivery: Delivery) -> str:
    """Explain a delivery: what happened and, where it went wrong, the likely cause and remedy."""
    more = advice(delivery)
    return f"{happening(delivery)}. {more}" if more else happening(delivery)


def happening(delivery: Delivery) -> str:
    """Say in one line what happened to a delivery, with the beginning of a bad answer."""
    outcome = delivery.outcome
    if outcome is None:
        return f"{delivery.event} is {delivery.state}"
    status = f" {outcome.status}" if outcome.status is not None else ""
    detail = f" ({printable(outcome.detail)})" if outcome.detail else ""
    answer = _answer(outcome) if outcome.kind != "delivered" else ""
    return f"{delivery.event}: {outcome.kind}{status}{detail}{answer}"


def advice(delivery: Delivery) -> str:
    """Say what an outcome means and, where it is a bad one, its likely cause and the remedy."""
    outcome = delivery.outcome
    if outcome is None:
        return ""
    known = causes.likely(outcome, delivery.url)
    if outcome.kind == "delivered":
        return known.sentence
    return f"{known.sentence} Likely: {known.cause} {known.remedy}"


def _answer(outcome: Outcome) -> str:
    """Return the beginning of an answer's body, on one line."""
    if not outcome.body:
        return ""
    text = outcome.body[: 4 * _SHOWN].decode(errors="backslashreplace").strip()
    cut = len(text) > _SHOWN or len(outcome.body) > 4 * _SHOWN
    return f"; the answer: {printable(text[:_SHOWN])}{'…' if cut else ''}"


def _money(amount: int, currency: str) -> str:
    return f"{money.major(amount, currency)} {currency}"


def _invoice(invoice: Invoice) -> str:
    words = f"{_money(invoice.amount, invoice.currency)}  {invoice.email}"
    if invoice.status == "open" and invoice.attempt_count:
        planned = invoice.next_attempt_at
        then = f"next {moment(planned)}" if planned is not None else "no more tries"
        return f"{words}  attempt {invoice.attempt_count}, {invoice.error_code}, {then}"
    return words


def _subscription(subscription: Subscription) -> str:
    words = f"{subscription.email}  {subscription.status}"
    if subscription.canceled_at is not None:
        return words
    if subscription.cancel_at_period_end:
        return f"{words}, ends {moment(subscription.period_end)}"
    if subscription.status in (ACTIVE, TRIALING):
        return f"{words} until {moment(subscription.period_end)}"
    return words


def _intent(intent: PaymentIntent) -> str:
    words = f"{_money(intent.amount, intent.currency)}  {intent.email}"
    return f"{words}  {intent.error_code}" if intent.error_code else words


def _product(product: Product) -> str:
    return f"{product.name}  {_money(product.price, product.currency)}"


_DESCRIBE: dict[type[Object], Callable[[Any], str]] = {
    Refund: lambda refund: f"{_money(refund.amount, refund.currency)} of {refund.order_id}",
    Review: lambda review: f"{review.rating} of 5 for {review.product_id}",
    Order: lambda order: f"{_money(order.amount, order.currency)}  {order.email}",
    PaymentIntent: _intent,
    Invoice: _invoice,
    Subscription: _subscription,
    Customer: lambda customer: str(customer.email),
    Product: _product,
    Verification: lambda session: str(session.status),
}

_SUBJECTS: tuple[tuple[str, tuple[type[Object], ...]], ...] = (
    ("order.", (Refund, Order)),
    ("customer.subscription.", (Subscription,)),
    ("invoice.", (Invoice, Subscription)),
    ("payment_intent.", (PaymentIntent,)),
    ("customer.", (Customer,)),
    ("product.", (Product,)),
    ("review.", (Review,)),
    ("identity.", (Verification,)),
)
"""Beginning of an event's key -> the object that a line about it speaks of."""
