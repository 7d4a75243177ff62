"""The merchant API, one module per kind of object. # G2 /api-reference/introduction, SDK"""

from pocketsflow_emulator.api.rest import (
    checkout,
    creator_pages,
    customers,
    discounts,
    offers,
    orders,
    payments,
    products,
    refunds,
    reviews,
    subscriptions,
    upsells,
    users,
    webhooks,
)
from pocketsflow_emulator.api.routes import Route

GROUPS = (
    products.group,
    offers.group,
    checkout.group,
    orders.group,
    refunds.group,
    subscriptions.group,
    payments.group,
    customers.group,
    reviews.group,
    discounts.group,
    upsells.group,
    webhooks.group,
    users.group,
    creator_pages.group,
)
"""In the order of the page of documentation."""

ROUTES: tuple[Route, ...] = tuple(route for group in GROUPS for route in group.routes)
