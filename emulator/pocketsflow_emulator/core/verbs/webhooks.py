"""Webhook configurations: create, update, delete, rotate the secret. All of it is silent."""

from pocketsflow_emulator.core import arguments, ids
from pocketsflow_emulator.core import events as catalogue
from pocketsflow_emulator.core.clock import SECOND
from pocketsflow_emulator.core.models import Ref, Webhook, ref
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.verbs.registry import verb

LONGEST_OVERLAP = 10 * 366 * 86_400
"""Seconds."""


@verb
def create_webhook(
    account: State,
    *,
    url: object,
    events: object = ("*",),
    dialect: object = "documented",
    secret: object = None,
    description: object = "",
    active: object = True,
    id: object = None,
) -> Ref:
    """Add a receiver. Without a secret it gets one from the seed."""
    webhook = Webhook(
        id=account.own_id("webhook", id) if id is not None else "",
        url=arguments.text("url", url),
        events=catalogue.patterns(events),
        description=arguments.text("description", description, empty=True),
        active=arguments.flag("active", active),
        dialect=_dialect(dialect),
        secret=arguments.secret(secret) if secret is not None else "",
        created_at=account.now,
    )
    webhook = webhook._replace(
        id=webhook.id or account.new_id("webhook"),
        secret=webhook.secret or ids.secret(account.seed, account.count("secret")),
    )
    account.store.put(webhook)
    return ref(webhook)


@verb
def update_webhook(
    account: State,
    *,
    webhook: object,
    url: object = None,
    events: object = None,
    dialect: object = None,
    description: object = None,
    active: object = None,
) -> Ref:
    """Change what is given; deliveries that are already queued keep body and dialect."""
    found = account.store.find("webhook", webhook, Webhook)
    found = found._replace(
        url=found.url if url is None else arguments.text("url", url),
        events=found.events if events is None else catalogue.patterns(events),
        dialect=found.dialect if dialect is None else _dialect(dialect),
        description=found.description
        if description is None
        else arguments.text("description", description, empty=True),
        active=found.active if active is None else arguments.flag("active", active),
    )
    account.store.put(found)
    return ref(found)


@verb
def delete_webhook(account: State, *, webhook: object) -> Ref:
    """Remove a receiver; what is queued for it is closed without a try."""
    found = account.store.find("webhook", webhook, Webhook)
    account.store.remove(found)
    return ref(found)


@verb
def rotate_secret(
    account: State, *, webhook: object, secret: object = None, overlap: object = 0
) -> Ref:
    """Give a receiver a new secret, used once `overlap` seconds are over."""
    found = account.store.find("webhook", webhook, Webhook)
    seconds = arguments.whole("overlap", overlap, 0, LONGEST_OVERLAP)
    fresh = arguments.secret(secret) if secret is not None else ""
    found = found._replace(
        secret=found.signing_secret(account.now),
        next_secret=fresh or ids.secret(account.seed, account.count("secret")),
        rotates_at=account.now + seconds * SECOND,
    )
    account.store.put(found)
    return ref(found)


def _dialect(value: object) -> str:
    return arguments.choice("dialect", value, catalogue.DIALECTS)
