"""The shapes of the events page: what each body says, after the fields that all have in common.

# G2 /api-webhooks/events. Keys are in the page's order, dates ISO 8601 with milliseconds. How
amounts and ids are written is a dialect's `Style`. Each guess is marked *assumed*, here and in
`schemas/`.
"""

from collections.abc import Callable
from typing import NamedTuple

from pocketsflow_emulator.core import cards, ids
from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.billing import charge, days_left, next_period
from pocketsflow_emulator.core.clock import iso
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.core.models import (
    FREQUENCIES,
    Customer,
    Invoice,
    Offer,
    Order,
    PaymentIntent,
    Product,
    Refund,
    Review,
    Subscription,
    Verification,
)
from pocketsflow_emulator.wire.dialects.builders import Body, Builders


class Style(NamedTuple):
    """How a dialect writes an amount (minor units, currency), and the id of an object."""

    amount: Callable[[int, str], int | float]
    id: Callable[[str], str]


shapes: Builders[Style] = Builders("documented")


def _date(instant: int | None) -> str | None:
    return None if instant is None else iso(instant)


# ---- orders ------------------------------------------------------------------------------------


@shapes.builds(e.ORDER_COMPLETED)
def _order_completed(fact: Fact, style: Style) -> Body:
    order, customer = fact.get(Order), fact.get(Customer)
    rate = float(order.tax_rate)
    return {
        "product": {
            "id": style.id(order.product_id),
            "variantId": style.id(order.variant_id) if order.variant_id else None,
        },
        "order": {"id": style.id(order.id)},
        "currency": order.currency,
        "customer": {
            "email": customer.email,
            "firstName": customer.first_name,
            "lastName": customer.last_name,
        },
        "tax": {
            "amount": style.amount(order.tax, order.currency),
            "rate": rate,
            "ToCountry": order.country,
            "ToZip": order.zip or None,
            "ToState": order.state or None,
            "percentage": round(rate * 100, 6),
            "vatNumber": order.vat_number or None,
        },
        "amount": style.amount(order.amount, order.currency),
        "amountBeforeTax": style.amount(order.amount_before_tax, order.currency),
        "metadata": order.metadata,
    }


@shapes.builds(e.ORDER_REFUNDED)
def _order_refunded(fact: Fact, style: Style) -> Body:
    refund, order = fact.get(Refund), fact.get(Order)
    return {
        "order": {"id": style.id(order.id)},
        "refund": {
            "id": style.id(refund.id),
            "amount": style.amount(refund.amount, refund.currency),
            "reason": refund.reason,
            "status": refund.status,
        },
        "customer": {"email": order.email},
        "product": {"id": style.id(order.product_id)},
    }


# ---- subscriptions -----------------------------------------------------------------------------


@shapes.builds(
    e.SUBSCRIPTION_CREATED,
    e.SUBSCRIPTION_UPDATED,
    e.SUBSCRIPTION_PAUSED,
    e.SUBSCRIPTION_RESUMED,
)
def _subscription(fact: Fact, style: Style) -> Body:
    subscription, offer = fact.get(Subscription), fact.get(Offer)
    return {
        "subscription": {
            "id": style.id(subscription.id),
            "status": subscription.status,
            "billingInterval": FREQUENCIES[subscription.frequency],
            "currentPeriodStart": iso(subscription.period_start),
            "currentPeriodEnd": iso(subscription.period_end),
            "cancelAtPeriodEnd": subscription.cancel_at_period_end,
            "trialStart": _date(subscription.trial_start),
            "trialEnd": _date(subscription.trial_end),
        },
        "customer": {
            "email": subscription.email,
            "customerId": ids.customer_reference(subscription.customer_id),
        },
        "product": {"id": style.id(offer.id), "name": offer.name},
        "amount": style.amount(subscription.amount, subscription.currency),
        "currency": subscription.currency,
    }


@shapes.builds(e.SUBSCRIPTION_DELETED)
def _subscription_deleted(fact: Fact, style: Style) -> Body:
    subscription = fact.get(Subscription)
    return {
        "subscription": {
            "id": style.id(subscription.id),
            "status": subscription.status,
            "canceledAt": _date(subscription.canceled_at),
            # assumed: true when a scheduled end was reached; the example shows an immediate end
            "cancelAtPeriodEnd": subscription.cancel_at_period_end,
        },
        "customer": {"email": subscription.email},
    }


@shapes.builds(e.TRIAL_WILL_END)
def _trial_will_end(fact: Fact, style: Style) -> Body:
    subscription = fact.get(Subscription)
    return {
        "subscription": {
            "id": style.id(subscription.id),
            "trialEnd": _date(subscription.trial_end),
            "daysUntilTrialEnd": days_left(subscription.period_end, fact.instant),
        },
        "customer": {"email": subscription.email},
    }


# ---- invoices ----------------------------------------------------------------------------------


@shapes.builds(e.INVOICE_CREATED)
def _invoice_created(fact: Fact, style: Style) -> Body:
    invoice = fact.get(Invoice)
    return _about_invoice(
        invoice,
        {
            "id": style.id(invoice.id),
            "status": invoice.status,
            "amountDue": style.amount(invoice.amount, invoice.currency),
            "currency": invoice.currency,
            "periodStart": iso(invoice.period_start),
            "periodEnd": iso(invoice.period_end),
        },
        style,
    )


@shapes.builds(e.INVOICE_PAYMENT_SUCCEEDED)
def _invoice_payment_succeeded(fact: Fact, style: Style) -> Body:
    invoice = fact.get(Invoice)
    return _about_invoice(
        invoice,
        {
            "id": style.id(invoice.id),
            "status": invoice.status,
            "amountPaid": style.amount(invoice.amount, invoice.currency),
            "currency": invoice.currency,
            "paidAt": _date(invoice.paid_at),
        },
        style,
    )


@shapes.builds(e.INVOICE_PAYMENT_FAILED)
def _invoice_payment_failed(fact: Fact, style: Style) -> Body:
    invoice = fact.get(Invoice)
    shown = {
        "id": style.id(invoice.id),
        "status": invoice.status,
        "amountDue": style.amount(invoice.amount, invoice.currency),
        "attemptCount": invoice.attempt_count,
        "nextPaymentAttempt": _date(invoice.next_attempt_at),
    }
    return {**_about_invoice(invoice, shown, style), "error": _error(invoice.error_code)}


@shapes.builds(e.INVOICE_UPCOMING)
def _invoice_upcoming(fact: Fact, style: Style) -> Body:
    """The shape of `invoice.created` without an id. # assumed: the page gives no payload"""
    subscription = fact.get(Subscription)
    start, end = next_period(subscription)
    amount = charge(subscription, subscription.price).amount
    return {
        "invoice": {
            "status": "draft",
            "amountDue": style.amount(amount, subscription.currency),
            "currency": subscription.currency,
            "periodStart": iso(start),
            "periodEnd": iso(end),
        },
        "subscription": {"id": style.id(subscription.id)},
        "customer": {"email": subscription.email},
    }


def _about_invoice(invoice: Invoice, shown: Body, style: Style) -> Body:
    return {
        "invoice": shown,
        "subscription": {"id": style.id(invoice.subscription_id)},
        "customer": {"email": invoice.email},
    }


def _error(code: str) -> Body:
    return {"code": code, "message": cards.MESSAGES[code]}


# ---- payments ----------------------------------------------------------------------------------


@shapes.builds(e.PAYMENT_SUCCEEDED)
def _payment_succeeded(fact: Fact, style: Style) -> Body:
    intent = fact.get(PaymentIntent)
    return {
        "paymentIntent": _intent(intent, "succeeded", style),
        "customer": {"email": intent.email},
    }


@shapes.builds(e.PAYMENT_FAILED)
def _payment_failed(fact: Fact, style: Style) -> Body:
    intent = fact.get(PaymentIntent)
    return {
        "paymentIntent": _intent(intent, "requires_payment_method", style),
        "error": _error(intent.error_code),
    }


def _intent(intent: PaymentIntent, status: str, style: Style) -> Body:
    return {
        "id": style.id(intent.id),
        "amount": style.amount(intent.amount, intent.currency),
        "currency": intent.currency,
        "status": status,
    }


# ---- customers, products, reviews, identity ----------------------------------------------------


@shapes.builds(e.CUSTOMER_CREATED)
def _customer_created(fact: Fact, style: Style) -> Body:
    customer = fact.get(Customer)
    return {
        "customer": {
            "id": style.id(customer.id),
            "email": customer.email,
            "firstName": customer.first_name,
            "lastName": customer.last_name,
            "country": customer.country,
            "createdAt": iso(customer.created_at),
        },
        "product": {"id": style.id(fact.get(Product, Offer).id)},
    }


@shapes.builds(e.PRODUCT_CREATED, e.PRODUCT_UPDATED)
def _product(fact: Fact, style: Style) -> Body:
    product = fact.get(Product)
    return {
        "product": {
            "id": style.id(product.id),
            "name": product.name,
            "price": style.amount(product.price, product.currency),
            "currency": product.currency,
            "published": product.published,
            "createdAt": iso(product.created_at),
        }
    }


@shapes.builds(e.PRODUCT_DELETED)
def _product_deleted(fact: Fact, style: Style) -> Body:
    product = fact.get(Product)
    return {"product": {"id": style.id(product.id), "deletedAt": _date(product.deleted_at)}}


@shapes.builds(e.REVIEW_CREATED)
def _review_created(fact: Fact, style: Style) -> Body:
    review, product = fact.get(Review), fact.get(Product)
    customer = fact.get(Customer)
    return {
        "review": {
            "id": style.id(review.id),
            "rating": review.rating,
            "review": review.text,
            "createdAt": iso(review.created_at),
        },
        "product": {"id": style.id(product.id), "name": product.name},
        "customer": {"email": customer.email, "firstName": customer.first_name},
        "order": {"id": style.id(review.order_id)},
    }


@shapes.builds(e.VERIFICATION_VERIFIED, e.VERIFICATION_PROCESSING)
def _verification(fact: Fact, style: Style) -> Body:
    session = fact.get(Verification)
    return {
        "verificationSession": {
            "id": style.id(session.id),
            "status": session.status,
            "verifiedAt": _date(session.verified_at),  # assumed: null while processing
        },
        "user": {"id": style.id(session.user_id), "email": session.email},
    }


@shapes.builds(e.VERIFICATION_REQUIRES_INPUT)
def _verification_requires_input(fact: Fact, style: Style) -> Body:
    session = fact.get(Verification)
    return {
        "verificationSession": {
            "id": style.id(session.id),
            "status": session.status,
            "requiredFields": list(session.required_fields),
        }
    }
