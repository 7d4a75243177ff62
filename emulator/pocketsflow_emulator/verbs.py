"""The verbs as methods, written once for both faces.

A verb returns when the world is quiet. Every parameter takes a handle or either id of an object;
amounts are major units as str, int or Decimal (floats are refused). Every verb raises an
`EmulatorError` that says what to do, and then leaves the world as it was.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar

from pocketsflow_emulator.handles import Handle

Amount = str | int | Decimal
Thing = Handle | str
When = datetime | date | str

H = TypeVar("H")
"""What a verb about an object returns: a handle, or an awaitable of one."""
D = TypeVar("D")
"""What `advance` returns: deliveries, or an awaitable of them."""
N = TypeVar("N")
"""What a verb about nothing returns: None, or an awaitable of it."""


class Verbs(ABC, Generic[H, D, N]):
    """Everything somebody can do to a world."""

    @abstractmethod
    def _do(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        """Apply a verb; arguments that are None were not given."""

    # ---- webhooks ------------------------------------------------------------------------------

    def create_webhook(
        self,
        url: str,
        *,
        events: Sequence[str] | str = ("*",),
        dialect: str = "documented",
        secret: str | None = None,
        description: str = "",
        active: bool = True,
        id: str | None = None,
    ) -> H:
        """Add a receiver at a URL. `events` are names of any dialect, `*`, or `invoice.*`."""
        return self._do("create_webhook", _given(locals()))

    def update_webhook(
        self,
        webhook: Thing,
        *,
        url: str | None = None,
        events: Sequence[str] | str | None = None,
        dialect: str | None = None,
        description: str | None = None,
        active: bool | None = None,
    ) -> H:
        """Change what is given; deliveries that are already queued keep body and dialect."""
        return self._do("update_webhook", _given(locals()))

    def delete_webhook(self, webhook: Thing) -> H:
        """Remove a receiver; what is queued for it is closed without a try."""
        return self._do("delete_webhook", _given(locals()))

    def rotate_secret(self, webhook: Thing, *, secret: str | None = None, overlap: int = 0) -> H:
        """Give a receiver a new secret, used once `overlap` seconds are over."""
        return self._do("rotate_secret", _given(locals()))

    # ---- catalogue -----------------------------------------------------------------------------

    def create_product(
        self,
        *,
        name: str = "Product",
        price: Amount = "10.00",
        currency: str = "usd",
        published: bool = True,
        details: Mapping[str, Any] | None = None,
        id: str | None = None,
        quiet: bool = False,
    ) -> H:
        """Add a product; sends `product.created` unless `quiet`. Prices exclude tax; `details` are
        what else the API shows of it, like `{"description": "..."}`.
        """
        return self._do("create_product", _given(locals()))

    def update_product(
        self,
        product: Thing,
        *,
        name: str | None = None,
        price: Amount | None = None,
        currency: str | None = None,
        published: bool | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> H:
        """Change what is given; sends `product.updated`."""
        return self._do("update_product", _given(locals()))

    def delete_product(self, product: Thing) -> H:
        """Take a product out of the catalogue; sends `product.deleted`."""
        return self._do("delete_product", _given(locals()))

    def create_variant(
        self,
        product: Thing,
        *,
        price: Amount,
        name: str = "Variant",
        details: Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> H:
        """Add a version of a product with a price of its own. Silent."""
        return self._do("create_variant", _given(locals()))

    def update_variant(
        self,
        variant: Thing,
        *,
        name: str | None = None,
        price: Amount | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> H:
        """Change what is given. Silent."""
        return self._do("update_variant", _given(locals()))

    def delete_variant(self, variant: Thing) -> H:
        """Take a variant out of the catalogue. Silent."""
        return self._do("delete_variant", _given(locals()))

    def create_offer(
        self,
        *,
        name: str = "Membership",
        price: Amount = "10.00",
        currency: str = "usd",
        frequency: str = "monthly",
        trial_days: int = 0,
        dunning: str | None = None,
        details: Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> H:
        """Add something to subscribe to: `weekly`, `monthly` or `yearly`. Silent."""
        return self._do("create_offer", _given(locals()))

    def update_offer(
        self,
        offer: Thing,
        *,
        name: str | None = None,
        price: Amount | None = None,
        trial_days: int | None = None,
        dunning: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> H:
        """Change what is given; subscriptions keep the price they were sold at. Silent."""
        return self._do("update_offer", _given(locals()))

    def delete_offer(self, offer: Thing) -> H:
        """Stop selling an offer; its subscriptions go on. Silent."""
        return self._do("delete_offer", _given(locals()))

    def create_discount(
        self,
        code: str,
        *,
        value: Amount,
        value_type: str = "percentage",
        name: str = "Discount",
        products: Sequence[Thing] | None = None,
        active: bool = True,
        expiration: When | None = None,
        id: str | None = None,
    ) -> H:
        """Add a code that takes `value` percent off, or with `value_type="fixed"` that many major
        units, before tax; off `products` and offers, or off everything. Silent.
        """
        return self._do("create_discount", _given(locals()))

    def update_discount(
        self,
        discount: Thing,
        *,
        code: str | None = None,
        value: Amount | None = None,
        value_type: str | None = None,
        name: str | None = None,
        products: Sequence[Thing] | None = None,
        active: bool | None = None,
        expiration: When | None = None,
    ) -> H:
        """Change what is given; what was sold with the code keeps its price. Silent."""
        return self._do("update_discount", _given(locals()))

    def delete_discount(self, discount: Thing) -> H:
        """Withdraw a code; what was sold with it keeps its price. Silent."""
        return self._do("delete_discount", _given(locals()))

    def create_upsell(
        self,
        products: Sequence[Thing],
        upsell_product: Thing,
        *,
        price: Amount,
        name: str = "Upsell",
        active: bool = True,
        details: Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> H:
        """Offer `upsell_product` at a price to those who buy one of `products`. Silent, and only
        kept: no checkout shows it.
        """
        return self._do("create_upsell", _given(locals()))

    def update_upsell(
        self,
        upsell: Thing,
        *,
        products: Sequence[Thing] | None = None,
        upsell_product: Thing | None = None,
        price: Amount | None = None,
        name: str | None = None,
        active: bool | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> H:
        """Change what is given. Silent."""
        return self._do("update_upsell", _given(locals()))

    def delete_upsell(self, upsell: Thing) -> H:
        """Withdraw an upsell. Silent."""
        return self._do("delete_upsell", _given(locals()))

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
        return self._do("create_customer", _given(locals()))

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
        return self._do("update_customer", _given(locals()))

    def delete_customer(self, customer: Thing) -> H:
        """Remove a buyer without a living subscription. Silent."""
        return self._do("delete_customer", _given(locals()))

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
        return self._do("purchase", _given(locals()))

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
        return self._do("create_checkout", _given(locals()))

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
        return self._do("complete_checkout", _given(locals()))

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
        return self._do("decline_checkout", _given(locals()))

    def abandon_checkout(self, session: Thing) -> H:
        """Let the buyer of a session leave; they land on its `cancel_url`. Silent."""
        return self._do("abandon_checkout", _given(locals()))

    def refund(self, order: Thing, *, amount: Amount | None = None, reason: str | None = None) -> H:
        """Give back what is left of an order, or `amount` of it; sends `order.refunded`. A
        subscription stands for its last paid invoice, and keeps its status.
        """
        return self._do("refund", _given(locals()))

    def review(self, order: Thing, *, rating: int = 5, text: str | None = None) -> H:
        """Let the buyer of an order review its product (1 to 5); sends `review.created`."""
        return self._do("review", _given(locals()))

    # ---- subscriptions -------------------------------------------------------------------------

    def subscribe(
        self,
        offer: Thing,
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
        trial_days: int | None = None,
        discount: Thing | None = None,
        card: str = "ok",
        id: str | None = None,
    ) -> H:
        """Subscribe to an offer, with its trial or `trial_days` of one; a `discount` (code or
        handle) lowers the price of every period. Declined, it returns the payment, whose `status`
        is "declined", and there is no subscription.
        """
        return self._do("subscribe", _given(locals()))

    def pause(self, subscription: Thing, *, until: When | None = None) -> H:
        """Stop billing, at most until a date; access stays."""
        return self._do("pause", _given(locals()))

    def resume(self, subscription: Thing) -> H:
        """Let a paused subscription go on; past its period end it is billed at once."""
        return self._do("resume", _given(locals()))

    def cancel(self, subscription: Thing, *, at_period_end: bool = False) -> H:
        """End a subscription now, or when its period is over."""
        return self._do("cancel", _given(locals()))

    def uncancel(self, subscription: Thing) -> H:
        """Take a cancellation at period end back."""
        return self._do("uncancel", _given(locals()))

    def change_plan(self, subscription: Thing, offer: Thing, *, proration: str = "none") -> H:
        """Move a subscription to another offer, or to the present price of its own. The next
        renewal is the first at the new price and interval; with `proration="immediate"` the rest
        of the period is settled now: a difference is charged, a credit lowers the next invoice,
        and a new interval starts a period at once. Refused while past due or paused.
        """
        return self._do("change_plan", _given(locals()))

    def extend_trial(self, subscription: Thing, *, days: int) -> H:
        """Let a trial end `days` later; its notices come again."""
        return self._do("extend_trial", _given(locals()))

    def end_trial(self, subscription: Thing) -> H:
        """End a trial now: the first charge is made at once."""
        return self._do("end_trial", _given(locals()))

    # ---- payments ------------------------------------------------------------------------------

    def decline_next(self, payer: Thing, *, times: int | str = 1, code: str = "card_declined") -> N:
        """Let the next `times` charges of a subscription, or of an e-mail, fail; or
        "until_new_card". 0 takes it back.
        """
        return self._do("decline_next", _given(locals()))

    def update_payment_method(self, subscription: Thing, *, card: str = "ok") -> H:
        """Put a new card on file; an open invoice is charged at once."""
        return self._do("update_payment_method", _given(locals()))

    # ---- the account and time ------------------------------------------------------------------

    def update_user(
        self,
        *,
        email: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        currency: str | None = None,
        country: str | None = None,
        subdomain: str | None = None,
    ) -> H:
        """Change what is given of the seller, whose account the world is. Silent."""
        return self._do("update_user", _given(locals()))

    def set_verification(self, status: str) -> H:
        """Let the seller's identity check be `processing`, `requires_input` or `verified`."""
        return self._do("set_verification", _given(locals()))

    def set_dunning(self, name: str) -> N:
        """Choose what happens after failed charges: `standard`, `strict`, `patient`, `pausing`
        or `lenient`.
        """
        return self._do("set_dunning", _given(locals()))

    def set_policy(self, name: str) -> N:
        """Choose when deliveries are tried again: `documented` (never) or `retry-ladder`."""
        return self._do("set_policy", _given(locals()))

    def advance(
        self,
        by: timedelta | None = None,
        *,
        to: When | None = None,
        until: str | None = None,
        days: int | None = None,
        hours: int | None = None,
        minutes: int | None = None,
        seconds: int | None = None,
        weeks: int | None = None,
        months: int | None = None,
        years: int | None = None,
    ) -> D:
        """Let time pass: by a span, to a date (inclusive), or until an event has been answered
        (at most two years; raises `NeverDue`). Returns the deliveries that were made.
        """
        return self._do("advance", _given(locals()))

    def settle(self) -> N:
        """Send what is waiting; time stands still."""
        return self._do("settle", {})


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name != "self"}
