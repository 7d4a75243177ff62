"""A shop in FastAPI that sells through Pocketsflow: who has paid may come in.

uvicorn --factory shop:create_app --port 3000
"""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI, Header, HTTPException, Request

OPEN = {"trialing", "active", "past_due"}  # past due: the card is tried again, they stay


@dataclass
class Order:
    email: str
    paid: int
    refunded: int = 0


@dataclass
class Subscription:
    email: str
    status: str
    at: int


@dataclass
class Shop:
    """What the shop knows; a real one keeps it in a database."""

    seen: set[str] = field(default_factory=set)
    orders: dict[str, Order] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    mails: list[tuple[str, str]] = field(default_factory=list)

    def has_access(self, email: str) -> bool:
        bought = any(o.email == email and o.refunded < o.paid for o in self.orders.values())
        return bought or any(
            s.email == email and s.status in OPEN for s in self.subscriptions.values()
        )

    def is_new(self, body: bytes) -> bool:
        """An event has no id, but when it comes again its bytes are the same."""
        event = hashlib.sha256(body).hexdigest()
        if event in self.seen:
            return False
        self.seen.add(event)
        return True

    def note(self, id: str, subscription: Subscription) -> None:
        """Events may overtake each other: an older one does not undo a newer one."""
        known = self.subscriptions.get(id)
        if known is None or subscription.at > known.at:
            self.subscriptions[id] = subscription

    def send(self, email: str, text: str) -> None:
        self.mails.append((email, text))


def create_app(secret: str | None = None) -> FastAPI:
    """Make the application; the secret is the one of the webhook in Pocketsflow."""
    app = FastAPI()
    app.state.secret = (secret or os.environ["POCKETSFLOW_WEBHOOK_SECRET"]).encode()
    app.state.shop = Shop()
    app.post("/webhooks/pocketsflow", status_code=204)(webhook)
    app.get("/members/{email}")(member)
    return app


# ---- what Pocketsflow sends --------------------------------------------------------------------


async def signed_body(
    request: Request, x_pocketsflow_signature: Annotated[str, Header()] = ""
) -> bytes:
    """The body as it came, byte by byte: what was parsed and written again has no signature."""
    body = await request.body()
    expected = hmac.new(request.app.state.secret, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), x_pocketsflow_signature.encode()):
        raise HTTPException(401)
    return body


async def webhook(
    body: Annotated[bytes, Depends(signed_body)], request: Request, later: BackgroundTasks
) -> None:
    shop: Shop = request.app.state.shop
    if shop.is_new(body):
        handle(shop, json.loads(body), later)


def handle(shop: Shop, event: dict, later: BackgroundTasks) -> None:
    email = event.get("customer", {}).get("email")
    match event["event"]:
        case "order.completed":
            shop.orders[event["order"]["id"]] = Order(email, cents(event["amount"]))
        case "order.refunded":
            if order := shop.orders.get(event["order"]["id"]):
                order.refunded += cents(event["refund"]["amount"])
        case "customer.subscription.trial_will_end":
            days = event["subscription"]["daysUntilTrialEnd"]
            later.add_task(shop.send, email, f"Your trial ends in {days} days.")
        case "invoice.payment_failed":
            later.add_task(shop.send, email, "Your card was declined; please give us another one.")
        case name if name.startswith("customer.subscription."):
            told = event["subscription"]
            shop.note(told["id"], Subscription(email, told["status"], event["timestamp"]))


def cents(amount: float) -> int:
    return round(amount * 100)


# ---- what the shop does with it ----------------------------------------------------------------


async def member(email: str, request: Request) -> dict[str, bool]:
    return {"access": request.app.state.shop.has_access(email)}
