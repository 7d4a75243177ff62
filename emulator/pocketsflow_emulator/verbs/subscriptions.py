"""What happens to subscriptions, and to the cards that pay for them."""

from collections.abc import Mapping
from typing import Any

from pocketsflow_emulator.verbs.doing import Amount, D, Doing, H, N, Thing, When, given


class SubscriptionVerbs(Doing[H, D, N]):
    """Subscribe, pause, cancel, change plans; decline charges and put new cards on file."""

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
        return self._do("subscribe", given(locals()))

    def pause(self, subscription: Thing, *, until: When | None = None) -> H:
        """Stop billing, at most until a date; access stays."""
        return self._do("pause", given(locals()))

    def resume(self, subscription: Thing) -> H:
        """Let a paused subscription go on; past its period end it is billed at once."""
        return self._do("resume", given(locals()))

    def cancel(self, subscription: Thing, *, at_period_end: bool = False) -> H:
        """End a subscription now, or when its period is over."""
        return self._do("cancel", given(locals()))

    def uncancel(self, subscription: Thing) -> H:
        """Take a cancellation at period end back."""
        return self._do("uncancel", given(locals()))

    def change_plan(self, subscription: Thing, offer: Thing, *, proration: str = "none") -> H:
        """Move a subscription to another offer, or to the present price of its own. The next
        renewal is the first at the new price and interval; with `proration="immediate"` the rest
        of the period is settled now: a difference is charged, a credit lowers the next invoice,
        and a new interval starts a period at once. Refused while past
        due, paused or ending.
        """
        return self._do("change_plan", given(locals()))

    def extend_trial(self, subscription: Thing, *, days: int) -> H:
        """Let a trial end `days` later; its notices come again."""
        return self._do("extend_trial", given(locals()))

    def end_trial(self, subscription: Thing) -> H:
        """End a trial now: the first charge is made at once."""
        return self._do("end_trial", given(locals()))

    # ---- payments ------------------------------------------------------------------------------

    def decline_next(self, payer: Thing, *, times: int | str = 1, code: str = "card_declined") -> N:
        """Let the next `times` charges of a subscription, or of an e-mail, fail; or
        "until_new_card". 0 takes it back.
        """
        return self._do("decline_next", given(locals()))

    def update_payment_method(self, subscription: Thing, *, card: str = "ok") -> H:
        """Put a new card on file; an open invoice is charged at once."""
        return self._do("update_payment_method", given(locals()))
