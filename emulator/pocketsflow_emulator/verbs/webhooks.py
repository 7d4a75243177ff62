"""Where events go."""

from collections.abc import Sequence

from pocketsflow_emulator.verbs.doing import D, Doing, H, N, Thing, given


class WebhookVerbs(Doing[H, D, N]):
    """Add, change and remove receivers."""

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
        return self._do("create_webhook", given(locals()))

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
        return self._do("update_webhook", given(locals()))

    def delete_webhook(self, webhook: Thing) -> H:
        """Remove a receiver; what is queued for it is closed without a try."""
        return self._do("delete_webhook", given(locals()))

    def rotate_secret(self, webhook: Thing, *, secret: str | None = None, overlap: int = 0) -> H:
        """Give a receiver a new secret, used once `overlap` seconds are over."""
        return self._do("rotate_secret", given(locals()))

    def test_webhook(self, webhook: Thing) -> D:
        """Send a receiver a sample of the first event that it hears, about objects that are in
        nobody's account. Returns the deliveries.
        """
        return self._do("test_webhook", given(locals()))
