"""What the shop does when Pocketsflow has something to tell."""

import pytest
from shop.models import has_access
from shop.wsgi import application

pytestmark = pytest.mark.django_db

JANE = "jane@example.com"
HOOK = "/webhooks/pocketsflow"


@pytest.fixture(autouse=True)
def _secret(pocketsflow, settings):
    """The shop has the secret of the webhook."""
    settings.POCKETSFLOW_SECRET = pocketsflow.secret


@pytest.fixture
def sent(pocketsflow):
    """What is done in Pocketsflow is sent to the shop."""
    pocketsflow.deliver_to(application, path=HOOK)
    return pocketsflow


@pytest.fixture
def offer(sent):
    return sent.create_offer(name="Pro", price="29.00", frequency="monthly", trial_days=14)


def post(client, body, headers):
    return client.post(HOOK, data=body, content_type="application/json", headers=headers)


def test_who_buys_may_enter(sent):
    assert not has_access(JANE)

    sent.purchase(sent.create_product(price="60.00"), email=JANE)

    assert has_access(JANE)


def test_a_refund_takes_access_back(sent):
    order = sent.purchase(sent.create_product(price="60.00"), email=JANE)

    sent.refund(order, amount="20.00")
    assert has_access(JANE)

    sent.refund(order)
    assert not has_access(JANE)


def test_an_event_that_comes_twice_counts_once(sent, client):
    order = sent.purchase(sent.create_product(price="60.00"), email=JANE)
    sent.refund(order, amount="30.00")
    refund = sent.assert_delivered("order.refunded")

    again = post(client, refund.body, refund.headers)

    assert again.status_code == 204
    assert has_access(JANE)


def test_only_what_pocketsflow_has_signed_is_believed(pocketsflow, client):
    heard = []
    pocketsflow.deliver_to(heard.append)
    pocketsflow.purchase(pocketsflow.create_product(price="60.00"), email=JANE)
    sale = heard[-1]
    changed = sale.body.replace(b"jane@", b"june@")

    answers = [
        post(client, changed, sale.headers),
        post(client, sale.body, {"X-Pocketsflow-Signature": "0" * 64}),
        post(client, sale.body, {}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert not has_access(JANE)


def test_an_older_event_does_not_undo_a_newer_one(pocketsflow, client):
    heard = []
    pocketsflow.deliver_to(heard.append, events=["customer.subscription.*"])
    sub = pocketsflow.subscribe(pocketsflow.create_offer(price="29.00"), email=JANE)
    pocketsflow.cancel(sub)
    created, deleted = heard

    for request in (deleted, created):
        post(client, request.body, request.headers)

    assert not has_access(JANE)


def test_a_trial_is_announced_and_becomes_a_subscription(sent, offer, mailoutbox):
    sub = sent.subscribe(offer, email=JANE)
    assert has_access(JANE)

    sent.advance(days=11)
    assert [mail.body for mail in mailoutbox] == ["Your trial ends in 3 days."]

    sent.advance(days=3)
    assert (sub.status, has_access(JANE)) == ("active", True)


def test_access_ends_when_no_card_pays(sent, offer, mailoutbox):
    sub = sent.subscribe(offer, email=JANE, trial_days=0)
    sent.decline_next(sub, times="until_new_card")

    sent.advance(months=1)
    assert (sub.status, has_access(JANE)) == ("past_due", True)

    sent.advance(days=9)
    assert (sub.status, has_access(JANE)) == ("canceled", False)
    assert [mail.body for mail in mailoutbox] == [
        "Your card was declined; please give us another one."
    ] * 4


def test_a_cancelled_subscription_ends_with_its_period(sent, offer):
    sub = sent.subscribe(offer, email=JANE, trial_days=0)

    sent.cancel(sub, at_period_end=True)
    assert has_access(JANE)

    sent.advance(months=1)
    assert not has_access(JANE)


def test_a_pause_closes_the_door(sent, offer):
    sub = sent.subscribe(offer, email=JANE, trial_days=0)

    sent.pause(sub)
    assert not has_access(JANE)

    sent.resume(sub)
    assert has_access(JANE)
