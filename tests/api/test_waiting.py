"""`deliveries/wait`: until they are there, or with the nearest misses."""

import threading

import pytest

import receivers
from clients import serving

ORDER = {"product": "prod_course", "email": "jane@example.com"}


@pytest.fixture
def shop(api):
    """A served world with a product, whose receiver answers 200."""
    api.act("create_product", id="prod_course", price="60.00")
    return api


def wait(api, **wanted):
    """Wait; returns the envelope."""
    return api.control("deliveries/wait", wanted)


def test_what_is_there_is_found_at_once(shop):
    """By event pattern, outcome and values of the body; the answer lists what fits."""
    shop.post("/_emulator/actions/purchase", ORDER)

    answer = wait(shop, event="order.*", where={"amount": 60, "customer.email": "jane@example.com"})

    assert answer["result"] == {"ok": True, "found": 1, "misses": []}
    assert [one["event"] for one in answer["deliveries"]] == ["order.completed"]


def test_what_comes_later_is_waited_for(shop):
    """The request stays open until as many are there as are wanted."""
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(wait(shop, event="product.created", count=4, timeout=20))
    )
    waiting.start()

    for number in range(3):
        shop.post("/products", {"name": str(number), "price": 1})

    waiting.join(15)
    assert answers[0]["result"] == {"ok": True, "found": 4, "misses": []}


def test_a_miss_is_explained(shop):
    """What was expected, what was found, and the deliveries that come nearest."""
    shop.post("/_emulator/actions/purchase", ORDER)

    answer = wait(shop, event="order.completed", where={"amount": 61}, timeout=0)

    assert answer["result"]["ok"] is False
    expected, nearest = answer["result"]["misses"]
    assert expected.startswith(
        "expected order.completed with amount = 61 delivered once within 0 s"
    )
    assert expected.endswith("found 0 such deliveries of 3")
    assert nearest == "  near miss, delivery 3: amount: expected 61, found 60"
    assert answer["deliveries"] == []


def test_too_few_are_a_miss_as_well(shop):
    """Those that fit are listed, and counted."""
    answer = wait(shop, count=2, timeout=0)

    assert (answer["result"]["ok"], answer["result"]["found"]) == (False, 1)
    assert "delivered 2 times within 0 s; found 1 such delivery" in answer["result"]["misses"][0]
    assert len(answer["deliveries"]) == 1


def test_outcomes_can_be_waited_for():
    """`any` is whatever came of what was sent; a bad outcome is explained in a miss."""
    with receivers.answering(500) as broken, serving(webhooks=(broken.url,)) as api:
        api.act("create_product", price="1")

        rejected = wait(api, outcome="rejected")
        sent = wait(api, outcome="any")
        delivered = wait(api, timeout=0)

    assert rejected["result"]["ok"]
    assert sent["result"]["ok"]
    assert "expected 'delivered', found 'rejected'" in delivered["result"]["misses"][1]
    assert "answered 500" in delivered["result"]["misses"][1]


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({"event": "order.complete"}, "UNKNOWN_NAME", "did you mean 'order.completed'?"),
        ({"event": 5}, "INVALID_INPUT", "write a text"),
        ({"evnt": "*"}, "UNKNOWN_NAME", "did you mean 'event'?"),
        ({"count": 0}, "INVALID_INPUT", "from 1 to"),
        ({"outcome": "deliverd"}, "UNKNOWN_NAME", "did you mean 'delivered'?"),
        ({"where": []}, "INVALID_INPUT", "write values by path"),
        ({"timeout": 61}, "INVALID_INPUT", "seconds from 0 to 60"),
        ({"timeout": "soon"}, "INVALID_INPUT", "seconds from 0 to 60"),
        ({"timeout": True}, "INVALID_INPUT", "seconds from 0 to 60"),
    ],
)
def test_what_cannot_be_waited_for_is_refused(api, body, code, said):
    """At once, with what to write instead."""
    answer = api.post("/_emulator/deliveries/wait", body)

    assert (answer.status, answer.json["code"]) == (400, code)
    assert said in answer.json["message"]
