"""The verbs as methods, written once for both faces. One module per room of `core/verbs/`.

A verb returns when the world is quiet. Every parameter takes a handle or either id of an object;
amounts are major units as str, int or Decimal (floats are refused). Every verb raises an
`EmulatorError` that says what to do, and then leaves the world as it was.
"""

from pocketsflow_emulator.verbs.account import AccountVerbs
from pocketsflow_emulator.verbs.catalog import CatalogVerbs
from pocketsflow_emulator.verbs.deliveries import DeliveryVerbs
from pocketsflow_emulator.verbs.doing import D, H, N, When
from pocketsflow_emulator.verbs.history import HistoryVerbs
from pocketsflow_emulator.verbs.sales import SaleVerbs
from pocketsflow_emulator.verbs.subscriptions import SubscriptionVerbs
from pocketsflow_emulator.verbs.webhooks import WebhookVerbs

__all__ = ["Verbs", "When"]


class Verbs(
    WebhookVerbs[H, D, N],
    CatalogVerbs[H, D, N],
    SaleVerbs[H, D, N],
    SubscriptionVerbs[H, D, N],
    AccountVerbs[H, D, N],
    DeliveryVerbs[H, D, N],
    HistoryVerbs[H, D, N],
):
    """Everything somebody can do to a world."""
