"""Webhook configurations."""

import pytest

from pocketsflow_emulator.core import ids
from pocketsflow_emulator.core.clock import MINUTE, parse
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.errors import InvalidInput, NotFound, UnknownName
from worlds import Story

URL = "http://127.0.0.1:5000/webhooks"


def test_a_webhook():
    """A webhook hears everything in the documented dialect, with a secret from the seed."""
    story = Story("2030-01-01", seed=7)

    webhook = story.do("create_webhook", url=URL)

    expected = Webhook(
        id=webhook.id,
        url=URL,
        events=("*",),
        description="",
        active=True,
        dialect="documented",
        secret=ids.secret(7, 1),
        created_at=parse("2030-01-01"),
    )
    assert expected == webhook
    assert story.facts == []


def test_a_webhook_of_one_s_own():
    """Everything about a webhook can be chosen."""
    story = Story("2030-01-01")

    webhook = story.do(
        "create_webhook",
        url=URL,
        events=["order.*", "customer.subscription.pause"],
        dialect="current",
        secret="whsec_mine",
        description="mine",
        active=False,
        id="hook",
    )

    expected = Webhook(
        "hook",
        URL,
        ("order.*", "customer.subscription.pause"),
        "mine",
        False,
        "current",
        "whsec_mine",
        parse("2030-01-01"),
    )
    assert expected == webhook


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("*", ("*",)),
        ("order.completed", ("order.completed",)),
        (["order.completed"], ("order.completed",)),
        (("order.*", "invoice.paid"), ("order.*", "invoice.paid")),
    ],
)
def test_a_filter_is_a_name_or_a_list(events, expected):
    """The events of a webhook are one name or pattern, or a list of them."""
    webhook = Story().do("create_webhook", url=URL, events=events)

    assert expected == webhook.events


def test_each_webhook_has_a_secret_of_its_own():
    """Two webhooks made without a secret have different ones."""
    story = Story()

    secrets = [story.do("create_webhook", url=URL).secret for _ in range(2)]

    assert secrets[0] != secrets[1]


def test_a_change_of_a_webhook():
    """What is given is changed; the rest and the secret stay."""
    story = Story()
    webhook = story.do("create_webhook", url=URL, description="mine")

    off = story.do("update_webhook", webhook=webhook.id, active=False)
    moved = story.do("update_webhook", webhook=webhook.id, url="http://other", description="")
    heard = story.do(
        "update_webhook", webhook=webhook.id, events=["order.*"], dialect="current", active=True
    )

    assert off == webhook._replace(active=False)
    assert moved == off._replace(url="http://other", description="")
    assert heard == moved._replace(events=("order.*",), dialect="current", active=True)


def test_a_deleted_webhook_is_gone():
    """A deleted webhook is gone and cannot be changed any more."""
    story = Story()
    webhook = story.do("create_webhook", url=URL)

    story.do("delete_webhook", webhook=webhook.id)

    assert story.all(Webhook) == []
    for verb in ("update_webhook", "delete_webhook", "rotate_secret"):
        assert isinstance(story.refuse(verb, webhook=webhook.id), NotFound)


@pytest.mark.parametrize("api", [True, False])
def test_webhooks_are_found_by_both_ids(api):
    """A webhook is found by its prefixed id and by the API's."""
    story = Story()
    webhook = story.do("create_webhook", url=URL)

    found = story.do("update_webhook", webhook=ids.api_id(webhook.id) if api else webhook.id)

    assert webhook == found


def test_a_rotation_without_overlap():
    """Without an overlap the new secret holds at once."""
    story = Story()
    webhook = story.do("create_webhook", url=URL, secret="old")

    rotated = story.do("rotate_secret", webhook=webhook.id, secret="new")

    assert rotated.signing_secret(story.world.now) == "new"


def test_a_rotation_with_an_overlap():
    """The old secret signs until the overlap is over."""
    story = Story("2030-01-01")
    webhook = story.do("create_webhook", url=URL, secret="old")

    rotated = story.do("rotate_secret", webhook=webhook.id, secret="new", overlap=60)

    now = story.world.now
    secrets = [rotated.signing_secret(now + wait) for wait in (0, MINUTE - 1, MINUTE)]
    expected = ["old", "old", "new"]
    assert expected == secrets


def test_a_second_rotation_starts_from_the_secret_in_use():
    """Rotated again within an overlap, the old secret stays in use; after it, the new one."""
    story = Story("2030-01-01")
    webhook = story.do("create_webhook", url=URL, secret="first")
    story.do("rotate_secret", webhook=webhook.id, secret="second", overlap=60)

    within = story.do("rotate_secret", webhook=webhook.id, secret="third", overlap=60)
    story.advance("2030-01-02")
    after = story.do("rotate_secret", webhook=webhook.id, secret="fourth", overlap=60)

    assert (within.secret, within.next_secret) == ("first", "third")
    assert (after.secret, after.next_secret) == ("third", "fourth")


def test_a_rotation_makes_up_a_secret():
    """Without a secret of one's own the next one from the seed is used."""
    story = Story(seed=7)
    webhook = story.do("create_webhook", url=URL)

    rotated = story.do("rotate_secret", webhook=webhook.id)

    assert rotated.next_secret == ids.secret(7, 2)


@pytest.mark.parametrize(
    ("verb", "arguments", "kind", "match"),
    [
        ("create_webhook", {"url": ""}, InvalidInput, "url is empty"),
        ("create_webhook", {"url": None}, InvalidInput, "url is None"),
        ("create_webhook", {"events": []}, InvalidInput, "write a list"),
        ("create_webhook", {"events": None}, InvalidInput, "write a list"),
        ("create_webhook", {"events": ["order.complet"]}, UnknownName, "did you mean"),
        ("create_webhook", {"events": [5]}, InvalidInput, "names are text"),
        ("create_webhook", {"dialect": "newest"}, UnknownName, "unknown dialect"),
        ("create_webhook", {"secret": ""}, InvalidInput, "secret is empty"),
        ("create_webhook", {"description": 5}, InvalidInput, "description is 5"),
        ("create_webhook", {"active": 1}, InvalidInput, "active is 1"),
        ("create_webhook", {"id": "hook"}, InvalidInput, "taken"),
        ("update_webhook", {"webhook": "hok"}, NotFound, "did you mean 'hook'"),
        ("update_webhook", {"url": ""}, InvalidInput, "url is empty"),
        ("update_webhook", {"events": []}, InvalidInput, "write a list"),
        ("update_webhook", {"dialect": ""}, UnknownName, "unknown dialect"),
        ("update_webhook", {"description": []}, InvalidInput, "description is"),
        ("update_webhook", {"active": "no"}, InvalidInput, "active is 'no'"),
        ("delete_webhook", {"webhook": 5}, InvalidInput, "webhook is 5"),
        ("rotate_secret", {"secret": ""}, InvalidInput, "secret is empty"),
        ("rotate_secret", {"overlap": -1}, InvalidInput, "overlap is -1"),
        ("rotate_secret", {"overlap": "60"}, InvalidInput, "overlap is '60'"),
    ],
)
def test_refusals(verb, arguments, kind, match):
    """What cannot be a webhook is refused with what was asked and what to do instead."""
    story = Story()
    story.do("create_webhook", url=URL, id="hook")
    needed = {"url": URL} if verb == "create_webhook" else {"webhook": "hook"}

    error = story.refuse(verb, **(needed | arguments))

    assert isinstance(error, kind)
    assert match in str(error)
