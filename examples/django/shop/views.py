"""What Pocketsflow sends, and who may come in."""

import hashlib
import hmac
import json

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from shop.models import Order, Seen, Subscription, has_access


@csrf_exempt  # it is signed; a token is for browsers
@require_POST
def webhook(request):
    body = request.body
    if not is_signed(body, request.headers.get("X-Pocketsflow-Signature", "")):
        return HttpResponse(status=401)
    with transaction.atomic():  # what an event did, and that it has been seen
        if is_new(body):
            handle(json.loads(body))
    return HttpResponse(status=204)


def is_signed(body, signature):
    secret = settings.POCKETSFLOW_SECRET.encode()
    expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def is_new(body):
    """An event has no id, but when it comes again its bytes are the same."""
    _, new = Seen.objects.get_or_create(event=hashlib.sha256(body).hexdigest())
    return new


def handle(event):
    email = event.get("customer", {}).get("email")
    match event["event"]:
        case "order.completed":
            paid = cents(event["amount"])
            Order.objects.create(id=event["order"]["id"], email=email, paid=paid)
        case "order.refunded":
            refunded = F("refunded") + cents(event["refund"]["amount"])
            Order.objects.filter(id=event["order"]["id"]).update(refunded=refunded)
        case "customer.subscription.trial_will_end":
            days = event["subscription"]["daysUntilTrialEnd"]
            tell(email, f"Your trial ends in {days} days.")
        case "invoice.payment_failed":
            tell(email, "Your card was declined; please give us another one.")
        case name if name.startswith("customer.subscription."):
            note(email, event["subscription"], event["timestamp"])


def note(email, told, at):
    """Events may overtake each other: an older one does not undo a newer one."""
    values = {"email": email, "status": told["status"], "at": at}
    known, new = Subscription.objects.get_or_create(id=told["id"], defaults=values)
    if not new and at > known.at:
        Subscription.objects.filter(id=known.id).update(**values)


def tell(email, text):
    """Send a mail when what it says is in the database, and not if it never comes there."""
    transaction.on_commit(lambda: send_mail("Your subscription", text, None, [email]))


def cents(amount):
    return round(amount * 100)


def member(_request, email):
    return JsonResponse({"access": has_access(email)})
