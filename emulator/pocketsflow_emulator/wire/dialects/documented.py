"""The `documented` dialect: bodies as the events page shows them. # G2 /api-webhooks/events

Amounts are major units as JSON numbers, dates ISO 8601 with milliseconds, keys in the page's order
after the five common ones. Each guess is marked *assumed*, here and in `schemas/documented/`.
"""

from pocketsflow_emulator.core import cards, ids
from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.billing import days_left, next_period
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
from pocketsflow_emulator.core.money import UNITS
from pocketsflow_emulator.wire.dialects.builders import Body, Builders

documented = Builders("documented")


def build(fact: Fact, webhook_id: str, livemode: bool) -> Body | None:
    """Return the body of a fact for one webhook, or None where the page knows no such event."""
    rest = documented.build(fact)
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


def _amount(minor: int, currency: str) -> int | float:
    """Return minor units as the number that JSON carries: 60, not 60.0; 64.99."""
    unit = UNITS[currency]
    whole, rest = divmod(minor, unit)
    return minor / unit if rest else whole


def _date(instant: int | None) -> str | None:
    return None if instant is None else iso(instant)


# ---- orders ------------------------------------------------------------------------------------


@documented.builds(e.ORDER_COMPLETED)
def _order_completed(fact: Fact) -> Body:
    order, customer = fact.get(Order), fact.get(Customer)
    rate = float(order.tax_rate)
    return {
        "product": {"id": order.product_id, "variantId": order.variant_id or None},
        "order": {"id": order.id},
        "currency": order.currency,
        "customer": {
            "email": customer.email,
            "firstName": customer.first_name,
            "lastName": customer.last_name,
        },
        "tax": {
            "amount": _amount(order.tax, order.currency),
            "rate": rate,
            "ToCountry": order.country,
            "ToZip": order.zip or None,
            "ToState": order.state or None,
            "percentage": round(rate * 100, 6),
            "vatNumber": order.vat_number or None,
        },
        "amount": _amount(order.amount, order.currency),
        "amountBeforeTax": _amount(order.amount_before_tax, order.currency),
        "metadata": order.metadata,
    }


@documented.builds(e.ORDER_REFUNDED)
def _order_refunded(fact: Fact) -> Body:
    refund, order = fact.get(Refund), fact.get(Order)
    return {
        "order": {"id": order.id},
        "refund": {
            "id": refund.id,
            "amount": _amount(refund.amount, refund.currency),
            "reason": refund.reason,
            "status": refund.status,
        },
        "customer": {"email": order.email},
        "product": {"id": order.product_id},
    }


# ---- subscriptions -----------------------------------------------------------------------------


@documented.builds(
    e.SUBSCRIPTION_CREATED,
    e.SUBSCRIPTION_UPDATED,
    e.SUBSCRIPTION_PAUSED,
    e.SUBSCRIPTION_RESUMED,
)
def _subscription(fact: Fact) -> Body:
    subscription, offer = fact.get(Subscription), fact.get(Offer)
    return {
        "subscription": {
            "id": subscription.id,
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
        "product": {"id": offer.id, "name": offer.name},
        "amount": _amount(subscription.amount, subscription.currency),
        "currency": subscription.currency,
    }


@documented.builds(e.SUBSCRIPTION_DELETED)
def _subscription_deleted(fact: Fact) -> Body:
    subscription = fact.get(Subscription)
    return {
        "subscription": {
            "id": subscription.id,
            "status": subscription.status,
            "canceledAt": _date(subscription.canceled_at),
            # assumed: true when a scheduled end was reached; the example shows an immediate end
            "cancelAtPeriodEnd": subscription.cancel_at_period_end,
        },
        "customer": {"email": subscription.email},
    }


@documented.builds(e.TRIAL_WILL_END)
def _trial_will_end(fact: Fact) -> Body:
    subscription = fact.get(Subscription)
    return {
        "subscription": {
            "id": subscription.id,
            "trialEnd": _date(subscription.trial_end),
            "daysUntilTrialEnd": days_left(subscription.period_end, fact.instant),
        },
        "customer": {"email": subscription.email},
    }


# ---- invoices ----------------------------------------------------------------------------------


@documented.builds(e.INVOICE_CREATED)
def _invoice_created(fact: Fact) -> Body:
    invoice = fact.get(Invoice)
    return _about_invoice(
        invoice,
        {
            "id": invoice.id,
            "status": invoice.status,
            "amountDue": _amount(invoice.amount, invoice.currency),
            "currency": invoice.currency,
            "periodStart": iso(invoice.period_start),
            "periodEnd": iso(invoice.period_end),
        },
    )


@documented.builds(e.INVOICE_PAYMENT_SUCCEEDED)
def _invoice_payment_succeeded(fact: Fact) -> Body:
    invoice = fact.get(Invoice)
    return _about_invoice(
        invoice,
        {
            "id": invoice.id,
            "status": invoice.status,
            "amountPaid": _amount(invoice.amount, invoice.currency),
            "currency": invoice.currency,
            "paidAt": _date(invoice.paid_at),
        },
    )


@documented.builds(e.INVOICE_PAYMENT_FAILED)
def _invoice_payment_failed(fact: Fact) -> Body:
    invoice = fact.get(Invoice)
    shown = {
        "id": invoice.id,
        "status": invoice.status,
        "amountDue": _amount(invoice.amount, invoice.currency),
        "attemptCount": invoice.attempt_count,
        "nextPaymentAttempt": _date(invoice.next_attempt_at),
    }
    return {**_about_invoice(invoice, shown), "error": _error(invoice.error_code)}


@documented.builds(e.INVOICE_UPCOMING)
def _invoice_upcoming(fact: Fact) -> Body:
    """The shape of `invoice.created` without an id. # assumed: the page gives no payload"""
    subscription = fact.get(Subscription)
    start, end = next_period(subscription)
    return {
        "invoice": {
            "status": "draft",
            "amountDue": _amount(subscription.amount, subscription.currency),
            "currency": subscription.currency,
            "periodStart": iso(start),
            "periodEnd": iso(end),
        },
        "subscription": {"id": subscription.id},
        "customer": {"email": subscription.email},
    }


def _about_invoice(invoice: Invoice, shown: Body) -> Body:
    return {
        "invoice": shown,
        "subscription": {"id": invoice.subscription_id},
        "customer": {"email": invoice.email},
    }


def _error(code: str) -> Body:
    return {"code": code, "message": cards.MESSAGES[code]}


# ---- payments ----------------------------------------------------------------------------------


@documented.builds(e.PAYMENT_SUCCEEDED)
def _payment_succeeded(fact: Fact) -> Body:
    intent = fact.get(PaymentIntent)
    return {
        "paymentIntent": _intent(intent, "succeeded"),
        "customer": {"email": intent.email},
    }


@documented.builds(e.PAYMENT_FAILED)
def _payment_failed(fact: Fact) -> Body:
    intent = fact.get(PaymentIntent)
    return {
        "paymentIntent": _intent(intent, "requires_payment_method"),
        "error": _error(intent.error_code),
    }


def _intent(intent: PaymentIntent, status: str) -> Body:
    return {
        "id": intent.id,
        "amount": _amount(intent.amount, intent.currency),
        "currency": intent.currency,
        "status": status,
    }


# ---- customers, products, reviews, identity ----------------------------------------------------


@documented.builds(e.CUSTOMER_CREATED)
def _customer_created(fact: Fact) -> Body:
    customer = fact.get(Customer)
    return {
        "customer": {
            "id": customer.id,
            "email": customer.email,
            "firstName": customer.first_name,
            "lastName": customer.last_name,
            "country": customer.country,
            "createdAt": iso(customer.created_at),
        },
        "product": {"id": fact.get(Product, Offer).id},
    }


@documented.builds(e.PRODUCT_CREATED, e.PRODUCT_UPDATED)
def _product(fact: Fact) -> Body:
    product = fact.get(Product)
    return {
        "product": {
            "id": product.id,
            "name": product.name,
            "price": _amount(product.price, product.currency),
            "currency": product.currency,
            "published": product.published,
            "createdAt": iso(product.created_at),
        }
    }


@documented.builds(e.PRODUCT_DELETED)
def _product_deleted(fact: Fact) -> Body:
    product = fact.get(Product)
    return {"product": {"id": product.id, "deletedAt": _date(product.deleted_at)}}


@documented.builds(e.REVIEW_CREATED)
def _review_created(fact: Fact) -> Body:
    review, product = fact.get(Review), fact.get(Product)
    customer = fact.get(Customer)
    return {
        "review": {
            "id": review.id,
            "rating": review.rating,
            "review": review.text,
            "createdAt": iso(review.created_at),
        },
        "product": {"id": product.id, "name": product.name},
        "customer": {"email": customer.email, "firstName": customer.first_name},
        "order": {"id": review.order_id},
    }


@documented.builds(e.VERIFICATION_VERIFIED, e.VERIFICATION_PROCESSING)
def _verification(fact: Fact) -> Body:
    session = fact.get(Verification)
    return {
        "verificationSession": {
            "id": session.id,
            "status": session.status,
            "verifiedAt": _date(session.verified_at),  # assumed: null while processing
        },
        "user": {"id": session.user_id, "email": session.email},
    }


@documented.builds(e.VERIFICATION_REQUIRES_INPUT)
def _verification_requires_input(fact: Fact) -> Body:
    session = fact.get(Verification)
    return {
        "verificationSession": {
            "id": session.id,
            "status": session.status,
            "requiredFields": list(session.required_fields),
        }
    }
