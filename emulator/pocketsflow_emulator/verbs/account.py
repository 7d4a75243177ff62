"""The account itself, and its time."""

from datetime import timedelta

from pocketsflow_emulator.verbs.doing import D, Doing, H, N, When, given


class AccountVerbs(Doing[H, D, N]):
    """The seller, his dunning, and letting time pass."""

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
        return self._do("update_user", given(locals()))

    def set_verification(self, status: str) -> H:
        """Let the seller's identity check be `processing`, `requires_input` or `verified`."""
        return self._do("set_verification", given(locals()))

    def set_dunning(self, name: str) -> N:
        """Choose what happens after failed charges: `standard`, `strict`, `patient`, `pausing`
        or `lenient`.
        """
        return self._do("set_dunning", given(locals()))

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
        return self._do("advance", given(locals()))

    def settle(self) -> N:
        """Send what is waiting; time stands still."""
        return self._do("settle", {})
