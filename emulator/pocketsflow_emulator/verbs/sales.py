"""Who buys, what they buy once, and what comes after."""

from collections.abc import Mapping
from typing import Any

from pocketsflow_emulator.verbs.doing import Amount, D, Doing, H, N, Thing, given


class SaleVerbs(Doing[H, D, N]):
    """Customers, purchases, checkout sessions, refunds and reviews."""

    # ---- customers -----------------------------------------------------------------------------

    def create_customer(
        self,
        email: str | None = None,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        country: str | None = None,
        zip: str | None = None,
        state: str | None = None,
        id: str | None = None,
    ) -> H:
        """Add a buyer who has not bought yet. Silent: `customer.created` comes with the first
        paid order, subscription or trial.
        """
        return self._do("create_customer", given(locals()))

    def update_customer(
        self,
        customer: Thing,
        *,
        email: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        country: str | None = None,
        zip: str | None = None,
        state: str | None = None,
    ) -> H:
        """Change what is given. Silent."""
        return self._do("update_customer", given(locals()))

    def delete_customer(self, customer: Thing) -> H:
        """Remove a buyer without a living subscription. Silent."""
        return self._do("delete_customer", given(locals()))

    # ---- orders --------------------------------------------------------------------------------

    def purchase(
        self,
        product: Thing,
        *,
        email: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        country: str | None = None,
        zip: str | None = None,
        state: str | None = None,
        vat_number: str | None = None,
        tax_rate: Amount = 0,
        metadata: Mapping[str, Any] | None = None,
        client_reference_id: str | None = None,
        variant: Thing | None = None,
        discount: Thing | None = None,
        card: str = "ok",
        id: str | None = None,
    ) -> H:
        """Buy a product once: `customer.created` the first time, `order.completed`.

        `tax_rate` is a fraction ("0.08"), `discount` a code or a handle, `card` "ok", "declines",
        a decline code or a documented test card number. Declined, it sends
        `payment_intent.payment_failed` and returns the payment, whose `status` is "declined"; it
        never raises for that.
        """
        return self._do("purchase", given(locals()))

    def create_checkout(
        self,
        product: Thing,
        *,
        success_url: str = "",
        cancel_url: str = "",
        email: str = "",
        discount: Thing | None = None,
        metadata: Mapping[str, Any] | None = None,
        client_reference_id: str = "",
        id: str | None = None,
    ) -> H:
        """Make a page for buying a product or subscribing to an offer. Silent. It is finished by
        `complete_checkout`, `decline_checkout` or `abandon_checkout`.
        """
        return self._do("create_checkout", given(locals()))

    def complete_checkout(
        self,
        session: Thing,
        *,
        email: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        country: str | None = None,
        zip: str | None = None,
        state: str | None = None,
        vat_number: str | None = None,
        tax_rate: Amount = 0,
        card: str = "ok",
    ) -> H:
        """Let the buyer of a session (handle, id or address) pay. The session then has a
        `landing_url`, and an `order_id` or `subscription_id`; declined, it stays open and has an
        `error_code`.
        """
        return self._do("complete_checkout", given(locals()))

    def decline_checkout(
        self,
        session: Thing,
        *,
        email: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        code: str = "card_declined",
    ) -> H:
        """Let the payment of a session's buyer be declined; the session stays open."""
        return self._do("decline_checkout", given(locals()))

    def abandon_checkout(self, session: Thing) -> H:
        """Let the buyer of a session leave; they land on its `cancel_url`. Silent."""
        return self._do("abandon_checkout", given(locals()))

    def refund(self, order: Thing, *, amount: Amount | None = None, reason: str | None = None) -> H:
        """Give back what is left of an order, or `amount` of it; sends `order.refunded`. A
        subscription stands for its last paid invoice, and keeps its status.
        """
        return self._do("refund", given(locals()))

    def review(self, order: Thing, *, rating: int = 5, text: str | None = None) -> H:
        """Let the buyer of an order review its product (1 to 5); sends `review.created`."""
        return self._do("review", given(locals()))
