"""Secrets: one for each receiver, and changed without a refused delivery."""

import pytest

from clients import serving
from pocketsflow_emulator import Emulator, verify


def checking(accepted, seen):
    """A handler that takes what any of these secrets signs, and notes which one it was."""

    def handler(request):
        signature = request.headers["X-Pocketsflow-Signature"]
        fitting = [secret for secret in accepted if verify(request.body, signature, secret)]
        seen.extend(fitting)
        return 200 if fitting else 401

    return handler


def test_a_secret_is_changed_without_a_refused_delivery():
    """Who takes both secrets during the overlap, and then only the new one, refuses nothing: the
    old one signs until the overlap is over, the new one from then on.
    """
    accepted, seen = ["whsec_old"], []
    with Emulator(start="2030-01-31", seed=7) as emulator:
        webhook = emulator.deliver_to(checking(accepted, seen), secret="whsec_old")
        course = emulator.create_product(price="60.00")
        emulator.purchase(course, email="jane@example.com")
        emulator.rotate_secret(webhook, secret="whsec_new", overlap=86_400)
        accepted.append("whsec_new")
        emulator.purchase(course, email="jane@example.com")
        emulator.advance(hours=24)
        accepted.remove("whsec_old")
        emulator.purchase(course, email="jane@example.com")

        assert emulator.unexpected() == ()
    old, new = ["whsec_old"], ["whsec_new"]
    events = ["product.created", "customer.created", "order.completed"]
    assert seen == old * len(events) + old + new


def test_every_receiver_has_a_secret_of_its_own():
    """Two receivers, two secrets: each verifies its own and no other."""
    one, other = [], []
    with Emulator(start="2030-01-31", seed=7) as emulator:
        emulator.deliver_to(checking(["whsec_one"], one), secret="whsec_one")
        emulator.deliver_to(checking(["whsec_other"], other), secret="whsec_other")
        emulator.purchase(emulator.create_product(), email="jane@example.com")

    assert one == ["whsec_one"] * 3
    assert other == ["whsec_other"] * 3


@pytest.mark.parametrize(("shown", "whole"), [("once", False), ("always", True)])
def test_the_api_shows_a_secret_once_or_always(shown, whole):
    """The pages and the client differ on it, so it is a choice of the server."""
    with serving(show_secrets=shown) as api:
        asked = {"url": "http://127.0.0.1:1/", "events": ["*"]}
        made = api.post("/webhooks", asked).json
        read = api.get(f"/webhooks/{made['_id']}").json
        (listed,) = api.get("/webhooks").json
        changed = api.ask("PUT", f"/webhooks/{made['_id']}", {"description": "x"}).json

    secrets = {answer["secret"] for answer in (read, listed, changed)}
    assert len(secrets) == 1
    assert (made["secret"] in secrets) == whole
    assert not made["secret"].startswith("whsec_...")


def test_a_secret_that_is_not_changed_has_no_date():
    """Where nothing is planned, `rotates_at` is null; after a rotation it is the overlap's end."""
    with Emulator(start="2030-01-31", seed=7) as emulator:
        webhook = emulator.create_webhook("http://127.0.0.1:9/")
        before = webhook.to_dict()["rotates_at"]
        emulator.rotate_secret(webhook, overlap=86_400)

        assert (before, webhook.to_dict()["rotates_at"]) == (None, "2030-02-01T00:00:00.000Z")
