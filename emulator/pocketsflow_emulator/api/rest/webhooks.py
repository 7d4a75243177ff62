"""Webhook configurations."""

from typing import Annotated

from pydantic import Field

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import Body, Event, Link, Message, Note, TypedDict
from pocketsflow_emulator.api.routes import ASSUMED, Group
from pocketsflow_emulator.api.world import ALWAYS
from pocketsflow_emulator.core import ids, models
from pocketsflow_emulator.core.clock import iso
from pocketsflow_emulator.wire.signature import masked

group = Group("Webhooks")

Events = Annotated[list[Event], Field(min_length=1, max_length=100)]


class Webhook(TypedDict):
    """Where events are sent. The secret is whole in the answer to creating it, then masked."""

    _id: str
    userId: str
    url: str
    events: list[str]
    description: str
    active: bool
    secret: str
    testMode: bool
    createdAt: str


class NewWebhook(Body):
    """What a webhook is made from. Events are names of any dialect, `*`, or `invoice.*`."""

    url: Link
    events: Events
    description: Note = ""
    active: bool = True


class WebhookChange(Body):
    """What of a webhook can be changed."""

    url: Link | None = None
    events: Events | None = None
    description: Note | None = None
    active: bool | None = None


def webhook(call: Call, item: models.Webhook, *, whole: bool = False) -> Webhook:
    """Return a webhook as the API shows it. The pages say that the secret is shown once, the types
    of the client have it on every webhook; so it is a choice. # facts C19
    """
    whole = whole or call.world.show_secrets == ALWAYS
    secret = item.signing_secret(call.state.now)
    return {
        "_id": ids.api_id(item.id),
        "userId": call.user_id,
        "url": item.url,
        "events": list(item.events),
        "description": item.description,
        "active": item.active,
        "secret": secret if whole else masked(secret),
        "testMode": call.test_mode,
        "createdAt": iso(item.created_at),
    }


@group.route("GET", "/webhooks", source="SDK 1.2.1", assumed="C19: secrets are masked here")
def index(call: Call) -> list[Webhook]:
    """List webhooks."""
    return [webhook(call, item) for item in call.store.table(models.Webhook).values()]


@group.route("GET", "/webhooks/{id}", source="SDK 1.2.1", assumed="C19: the secret is masked here")
def show(call: Call) -> Webhook:
    """Get a webhook."""
    return webhook(call, call.named(models.Webhook))


@group.route(
    "POST",
    "/webhooks",
    status=201,
    level=ASSUMED,
    source="SDK 1.2.1, G3 /integrations/woocommerce",
    assumed="the status 201",
)
def create(call: Call, body: NewWebhook) -> Webhook:
    """Create a webhook; the answer has its secret."""
    made = call.do(
        "create_webhook",
        models.Webhook,
        url=body.url,
        events=body.events,
        description=body.description,
        active=body.active,
        dialect=call.world.dialect,
    )
    return webhook(call, made, whole=True)


@group.route("PUT", "/webhooks/{id}", source="SDK 1.2.1")
def update(call: Call, body: WebhookChange) -> Webhook:
    """Change a webhook."""
    found = call.named(models.Webhook)
    changed = call.do("update_webhook", models.Webhook, webhook=found.id, **body.given())
    return webhook(call, changed)


@group.route("DELETE", "/webhooks/{id}", source="SDK 1.2.1")
def delete(call: Call) -> Message:
    """Delete a webhook."""
    found = call.named(models.Webhook)
    call.world.submit("delete_webhook", {"webhook": found.id})
    return {"message": "Webhook deleted"}


@group.route(
    "POST",
    "/webhooks/{id}/test",
    source="SDK 1.2.1",
    assumed="which event: the first of the catalogue that the webhook hears, about objects that are"
    " not in the account",
)
def test(call: Call) -> Message:
    """Send a webhook a sample of an event it hears."""
    call.world.submit("test_webhook", {"webhook": call.named(models.Webhook).id})
    return {"message": "Test event sent"}
