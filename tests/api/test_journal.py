"""The journal over HTTP: exporting it, and sending deliveries again."""

import json

import pytest

from clients import serving
from pocketsflow_emulator.delivery.rebuilding import rebuilt
from pocketsflow_emulator.delivery.recorded import read

PURCHASE = {"product": "prod_course", "email": "jane@example.com"}


@pytest.fixture
def sold(receiver):
    """A client of a served world in which something has been sold; delivery 2 is the order."""
    with serving(webhooks=(receiver.url,), secret="whsec_mine") as client:
        client.act("create_product", id="prod_course", price="60.00", quiet=True)
        client.act("purchase", **PURCHASE)
        yield client


def exported(client):
    """The journal of a world, read back."""
    answer = client.get("/_emulator/journal")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/x-ndjson")
    (run,) = read(answer.text.encode().splitlines(keepends=True), "exported")
    return answer.text, run


def test_the_journal_of_a_served_world_is_exported(sold, receiver):
    """Everything that happened comes as NDJSON, which the reader takes; secrets are masked."""
    text, run = exported(sold)

    assert "whsec_mine" not in text
    assert (run.name, run.template["ring"], run.let_go) == ("test", 100_000, 0)
    assert [given.verb for given in run.inputs] == ["create_webhook", "create_product", "purchase"]
    bodies = [request.partition(b"\r\n\r\n")[2] for request in receiver.requests]
    assert bodies == [attempt.body for attempt in run.tries]


def test_a_served_world_is_rebuilt_from_its_export(sold):
    """Who knows the secret makes the same world again from what was exported."""
    sold.control("clock/advance", {"days": 3})

    made = rebuilt(exported(sold)[1], secret="whsec_mine")

    assert made.journal.canonical()
    assert made.now == 1_896_048_000_000 + 3 * 86_400_000


def test_a_small_ring_is_told(receiver):
    """A server's journals keep as much as they are told to, and say how much they let go."""
    with serving(webhooks=(receiver.url,), ring=5) as client:
        client.act("create_product", id="prod_course", quiet=True)
        client.act("purchase", **PURCHASE)

        text, run = exported(client)

    assert len(text.splitlines()) == 6
    assert (run.template["ring"], run.let_go, len(run.log)) == (5, 6, 5)


def test_a_long_journal_is_exported_whole(receiver):
    """An export longer than what is written at once has every line."""
    with serving(webhooks=(receiver.url,)) as client:
        client.act("create_offer", id="prod_pro", frequency="weekly")
        client.act("subscribe", offer="prod_pro", email="jane@example.com")
        client.control("clock/advance", {"years": 2})

        _, run = exported(client)

    assert len(run.tries) > 400
    assert len(run.tries) == len(run.deliveries)


def test_a_delivery_is_sent_again(sold, receiver):
    """The same bytes arrive once more; the answer has the number of what was sent, and its fate."""
    answer = sold.control("deliveries/2/replay")

    assert answer["result"] == [3]
    expected = [{"id": 3, "event": "order.completed", "outcome": "delivered", "status": 200}]
    assert answer["deliveries"] == expected
    first, again = receiver.requests[-2:]
    assert first == again


def test_a_delivery_is_sent_again_with_edits(sold, receiver):
    """Edits by path, a new timestamp and all webhooks, in either spelling of the names."""
    sold.control("clock/advance", {"days": 3})

    answer = sold.control(
        "deliveries/2/replay",
        {"edits": {"tax.amount": 5.5}, "timestamp": "now", "resign": True, "webhook": "all"},
    )

    body = json.loads(receiver.requests[-1].partition(b"\r\n\r\n")[2])
    assert answer["result"] == [3]
    assert (body["tax"]["amount"], body["timestamp"]) == (5.5, 1_896_307_200_000)


@pytest.mark.parametrize("delivery", [2, "2", "order.completed"])
def test_a_verb_sends_a_delivery_again(sold, delivery):
    """`actions/replay` takes a number, or an event for its newest delivery, and lists what it has
    sent.
    """
    answer = sold.control("actions/replay", {"delivery": delivery})

    expected = [{"id": 3, "event": "order.completed", "outcome": "delivered", "status": 200}]
    assert answer["deliveries"] == expected


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("deliveries/9/replay", {}, 404, "there is no delivery 9"),
        ("deliveries/x/replay", {}, 404, "there is no delivery x"),
        (f"deliveries/{'9' * 30}/replay", {}, 404, "there is no delivery 9"),
        ("deliveries/2/replay", {"edits": {"tax.amuont": 1}}, 400, "did you mean 'amount'?"),
        ("deliveries/2/replay", {"edit": {}}, 400, "did you mean 'edits'?"),
        ("actions/replay", {"delivery": "order.complete"}, 400, "did you mean 'order.completed'?"),
        (
            "actions/replay",
            {"delivery": "order.refunded"},
            404,
            "there is no delivery of order.ref",
        ),
        ("actions/replay", {"delivery": "9" * 5000}, 400, "unknown event type"),
        ("actions/replay", {}, 400, "replay needs delivery"),
        ("deliveries/2/replay", {"delivery": 1}, 400, "the delivery stands in the path"),
    ],
)
def test_what_cannot_be_sent_again(sold, path, body, status, said):
    """A replay that cannot be is refused with a sentence."""
    answer = sold.post(f"/_emulator/{path}", body)

    assert answer.status == status
    assert said in answer.json["message"]
