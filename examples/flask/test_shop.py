"""What the shop does when Pocketsflow has something to tell."""

import pytest
import shop

JANE = "jane@example.com"
HOOK = "/webhooks/pocketsflow"


@pytest.fixture
def app(pocketsflow, tmp_path):
    """The shop, with an empty database and the secret of the webhook."""
    return shop.create_app(tmp_path / "shop.db", pocketsflow.secret)


@pytest.fixture
def sent(pocketsflow, app):
    """What is done in Pocketsflow is sent to the shop."""
    pocketsflow.deliver_to(app, path=HOOK)
    return pocketsflow


@pytest.fixture
def offer(sent):
    return sent.create_offer(name="Pro", price="29.00", frequency="monthly", trial_days=14)


def may_enter(app):
    return app.test_client().get(f"/members/{JANE}").json["access"]


def mails(app):
    with app.app_context():
        return [text for (text,) in shop.db().execute("SELECT text FROM mails")]


def test_who_buys_may_enter(sent, app):
    assert not may_enter(app)

    sent.purchase(sent.create_product(price="60.00"), email=JANE)

    assert may_enter(app)


def test_a_refund_takes_access_back(sent, app):
    order = sent.purchase(sent.create_product(price="60.00"), email=JANE)

    sent.refund(order, amount="20.00")
    assert may_enter(app)

    sent.refund(order)
    assert not may_enter(app)


def test_an_event_that_comes_twice_counts_once(sent, app):
    order = sent.purchase(sent.create_product(price="60.00"), email=JANE)
    sent.refund(order, amount="30.00")
    refund = sent.assert_delivered("order.refunded")

    again = app.test_client().post(HOOK, data=refund.body, headers=refund.headers)

    assert again.status_code == 204
    assert may_enter(app)


def test_only_what_pocketsflow_has_signed_is_believed(pocketsflow, app):
    heard = []
    pocketsflow.deliver_to(heard.append)
    pocketsflow.purchase(pocketsflow.create_product(price="60.00"), email=JANE)
    client, sale = app.test_client(), heard[-1]
    changed = sale.body.replace(b"jane@", b"june@")

    answers = [
        client.post(HOOK, data=changed, headers=sale.headers),
        client.post(HOOK, data=sale.body, headers={"X-Pocketsflow-Signature": "0" * 64}),
        client.post(HOOK, data=sale.body),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert not may_enter(app)


def test_an_older_event_does_not_undo_a_newer_one(pocketsflow, app):
    heard = []
    pocketsflow.deliver_to(heard.append, events=["customer.subscription.*"])
    sub = pocketsflow.subscribe(pocketsflow.create_offer(price="29.00"), email=JANE)
    pocketsflow.cancel(sub)
    created, deleted = heard

    for request in (deleted, created):
        app.test_client().post(HOOK, data=request.body, headers=request.headers)

    assert not may_enter(app)


def test_a_trial_is_announced_and_becomes_a_subscription(sent, offer, app):
    sub = sent.subscribe(offer, email=JANE)
    assert may_enter(app)

    sent.advance(days=11)
    assert mails(app) == ["Your trial ends in 3 days."]

    sent.advance(days=3)
    assert (sub.status, may_enter(app)) == ("active", True)


def test_access_ends_when_no_card_pays(sent, offer, app):
    sub = sent.subscribe(offer, email=JANE, trial_days=0)
    sent.decline_next(sub, times="until_new_card")

    sent.advance(months=1)
    assert (sub.status, may_enter(app)) == ("past_due", True)

    sent.advance(days=9)
    assert (sub.status, may_enter(app)) == ("canceled", False)
    assert mails(app) == ["Your card was declined; please give us another one."] * 4


def test_a_cancelled_subscription_ends_with_its_period(sent, offer, app):
    sub = sent.subscribe(offer, email=JANE, trial_days=0)

    sent.cancel(sub, at_period_end=True)
    assert may_enter(app)

    sent.advance(months=1)
    assert not may_enter(app)


def test_a_pause_closes_the_door(sent, offer, app):
    sub = sent.subscribe(offer, email=JANE, trial_days=0)

    sent.pause(sub)
    assert not may_enter(app)

    sent.resume(sub)
    assert may_enter(app)
