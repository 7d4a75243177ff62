"""Who hears of what: webhooks by event, remembered until one of them changes. Pure."""

from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.core.store import Store
from pocketsflow_emulator.delivery import addresses

Listening = list[tuple[Webhook, str]]
"""Webhooks, each with the name that an event has in its dialect."""


def listening(store: Store, event: EventType) -> Listening:
    """Return the active webhooks whose filter selects an event that their dialect has."""
    return [
        (webhook, name)
        for webhook in store.table(Webhook).values()
        if webhook.active
        and event in events.matching(*webhook.events)
        and (name := event.in_dialect(webhook.dialect)) is not None
    ]


class _Known(dict[str, Listening]):
    """Key of an event -> who hears of it, looked up when it is first asked for."""

    def __init__(self, store: Store) -> None:
        self.store, self.at = store, store.webhooks_changed
        webhooks = store.table(Webhook).values()
        self.pulling = frozenset(one.id for one in webhooks if addresses.is_pulled(one.url))

    def __missing__(self, key: str) -> Listening:
        self[key] = found = listening(self.store, events.CATALOGUE[key])
        return found


class Listeners:
    """The active webhooks that hear of an event; once, where asked for, one of them alone."""

    __slots__ = ("_alone", "_known")

    def __init__(self, store: Store) -> None:
        self._known = _Known(store)
        self._alone: dict[str, Listening] = {}

    def leave_alone(self, event: EventType, webhook: Webhook, name: str) -> None:
        """Let nobody but this webhook hear what is told next: this event, under this name."""
        self._alone = {event.key: [(webhook, name)]}

    def next(self, store: Store) -> dict[str, Listening]:
        """Return who hears of what is told next: key of an event -> webhooks."""
        if self._alone:
            alone, self._alone = self._alone, {}
            return alone
        return self._now(store)

    def pulling(self, store: Store) -> frozenset[str]:
        """Return the ids of the webhooks whose receivers ask for their tries."""
        known = self._known
        if known.store is store and known.at == store.webhooks_changed:
            return known.pulling
        return self._now(store).pulling

    def _now(self, store: Store) -> _Known:
        if self._known.store is not store or self._known.at != store.webhooks_changed:
            self._known = _Known(store)
        return self._known
