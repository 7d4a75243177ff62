"""A shop as a WSGI application, with nothing but the standard library."""

import hashlib
import hmac
import json


class Shop:
    """Members by e-mail; `secret` is what webhooks are signed with."""

    def __init__(self, secret):
        self.secret = secret.encode()
        self.members = set()

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status = self.answer(body, environ.get("HTTP_X_POCKETSFLOW_SIGNATURE", ""))
        start_response(status, [("Content-Type", "text/plain")])
        return [status.encode()]

    def answer(self, body, signature):
        """Deal with a delivery; its signature is that of the bytes as they came in."""
        expected = hmac.new(self.secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            return "401 Unauthorized"
        event = json.loads(body)
        match event["event"]:
            case "order.completed":
                self.members.add(event["customer"]["email"])
            case "order.refunded":
                self.members.discard(event["customer"]["email"])
        return "200 OK"
