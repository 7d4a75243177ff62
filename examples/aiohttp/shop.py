"""A shop in aiohttp that sells through Pocketsflow: who has paid may come in.

python -m aiohttp.web -P 3000 shop:create_app
"""

import asyncio
import hashlib
import hmac
import json
import os

from aiohttp import web

OPEN = {"trialing", "active", "past_due"}  # past due: the card is tried again, they stay


class Shop:
    """What the shop knows; a real one keeps it in a database."""

    def __init__(self, secret):
        self.secret = secret.encode()
        self.seen = set()
        self.orders = {}
        self.subscriptions = {}
        self.mails = []
        self.outbox = asyncio.Queue()

    def has_access(self, email):
        bought = any(o["email"] == email and o["left"] > 0 for o in self.orders.values())
        return bought or any(
            s["email"] == email and s["status"] in OPEN for s in self.subscriptions.values()
        )

    def is_signed(self, body, signature):
        expected = hmac.new(self.secret, body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), signature.encode())

    def is_new(self, body):
        """An event has no id, but when it comes again its bytes are the same."""
        event = hashlib.sha256(body).hexdigest()
        if event in self.seen:
            return False
        self.seen.add(event)
        return True

    def handle(self, event):
        email = event.get("customer", {}).get("email")
        match event["event"]:
            case "order.completed":
                order = {"email": email, "left": cents(event["amount"])}
                self.orders[event["order"]["id"]] = order
            case "order.refunded":
                if order := self.orders.get(event["order"]["id"]):
                    order["left"] -= cents(event["refund"]["amount"])
            case "customer.subscription.trial_will_end":
                days = event["subscription"]["daysUntilTrialEnd"]
                self.outbox.put_nowait((email, f"Your trial ends in {days} days."))
            case "invoice.payment_failed":
                text = "Your card was declined; please give us another one."
                self.outbox.put_nowait((email, text))
            case name if name.startswith("customer.subscription."):
                self.note(email, event["subscription"], event["timestamp"])

    def note(self, email, told, at):
        """Events may overtake each other: an older one does not undo a newer one."""
        known = self.subscriptions.get(told["id"])
        if known is None or at > known["at"]:
            self.subscriptions[told["id"]] = {"email": email, "status": told["status"], "at": at}

    async def send_mails(self):
        while not self.outbox.empty():
            self.mails.append(await self.outbox.get())


SHOP = web.AppKey("shop", Shop)
TASKS = web.AppKey("tasks", set)


def create_app(argv=None, secret=None):
    """Make the application; the secret is the one of the webhook in Pocketsflow."""
    app = web.Application()
    app[SHOP] = Shop(secret or os.environ["POCKETSFLOW_WEBHOOK_SECRET"])
    app[TASKS] = set()
    app.add_routes(
        [web.post("/webhooks/pocketsflow", webhook), web.get("/members/{email}", member)]
    )
    return app


async def webhook(request):
    shop, body = request.app[SHOP], await request.read()
    if not shop.is_signed(body, request.headers.get("X-Pocketsflow-Signature", "")):
        raise web.HTTPUnauthorized
    if shop.is_new(body):
        shop.handle(json.loads(body))
        task = asyncio.create_task(shop.send_mails())  # the answer does not wait for a mail server
        request.app[TASKS].add(task)
        task.add_done_callback(request.app[TASKS].discard)
    return web.Response(status=204)


async def member(request):
    return web.json_response({"access": request.app[SHOP].has_access(request.match_info["email"])})


def cents(amount):
    return round(amount * 100)
