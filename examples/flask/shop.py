"""A shop in Flask that sells through Pocketsflow: who has paid may come in.

flask --app shop run --port 3000
"""

import hashlib
import hmac
import json
import os
import sqlite3

from flask import Flask, abort, current_app, g, request

TABLES = """
CREATE TABLE IF NOT EXISTS seen (event TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, email TEXT, paid INTEGER, refunded INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS subscriptions (
    id TEXT PRIMARY KEY, email TEXT, status TEXT, at INTEGER);
CREATE TABLE IF NOT EXISTS mails (email TEXT, text TEXT);
"""

OPEN = ("trialing", "active", "past_due")  # past due: the card is tried again, they stay


def create_app(database="shop.db", secret=None):
    """Make the application; the secret is the one of the webhook in Pocketsflow."""
    app = Flask(__name__)
    app.config["DATABASE"] = str(database)
    app.config["SECRET"] = secret or os.environ["POCKETSFLOW_WEBHOOK_SECRET"]
    app.post("/webhooks/pocketsflow")(webhook)
    app.get("/members/<email>")(member)
    app.teardown_appcontext(close)
    with app.app_context():
        db().executescript(TABLES)
    return app


def db():
    if "db" not in g:
        g.db = sqlite3.connect(current_app.config["DATABASE"])
    return g.db


def close(_error):
    if "db" in g:
        g.pop("db").close()


# ---- what Pocketsflow sends --------------------------------------------------------------------


def webhook():
    body = request.get_data()
    if not is_signed(body, request.headers.get("X-Pocketsflow-Signature", "")):
        abort(401)
    with db():  # one transaction: what an event did, and that it has been seen
        if is_new(body):
            handle(json.loads(body))
    return "", 204


def is_signed(body, signature):
    secret = current_app.config["SECRET"].encode()
    expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def is_new(body):
    """An event has no id, but when it comes again its bytes are the same."""
    event = hashlib.sha256(body).hexdigest()
    return db().execute("INSERT OR IGNORE INTO seen VALUES (?)", [event]).rowcount == 1


def handle(event):
    email = event.get("customer", {}).get("email")
    match event["event"]:
        case "order.completed":
            order = [event["order"]["id"], email, cents(event["amount"])]
            db().execute("INSERT INTO orders (id, email, paid) VALUES (?, ?, ?)", order)
        case "order.refunded":
            refund = [cents(event["refund"]["amount"]), event["order"]["id"]]
            db().execute("UPDATE orders SET refunded = refunded + ? WHERE id = ?", refund)
        case "customer.subscription.trial_will_end":
            days = event["subscription"]["daysUntilTrialEnd"]
            send(email, f"Your trial ends in {days} days.")
        case "invoice.payment_failed":
            send(email, "Your card was declined; please give us another one.")
        case name if name.startswith("customer.subscription."):
            subscription = event["subscription"]
            note(subscription["id"], email, subscription["status"], event["timestamp"])


def note(id, email, status, at):
    """Events may overtake each other: an older one does not undo a newer one."""
    db().execute(
        "INSERT INTO subscriptions VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
        " SET status = excluded.status, at = excluded.at WHERE excluded.at > at",
        [id, email, status, at],
    )


def send(email, text):
    db().execute("INSERT INTO mails VALUES (?, ?)", [email, text])


def cents(amount):
    return round(amount * 100)


# ---- what the shop does with it ----------------------------------------------------------------


def has_access(email):
    bought = "SELECT 1 FROM orders WHERE email = ? AND refunded < paid"
    marks = ", ".join("?" * len(OPEN))
    member = f"SELECT 1 FROM subscriptions WHERE email = ? AND status IN ({marks})"
    if db().execute(bought, [email]).fetchone():
        return True
    return db().execute(member, [email, *OPEN]).fetchone() is not None


def member(email):
    return {"access": has_access(email)}
