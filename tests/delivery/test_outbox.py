"""The outbox: lanes, shares, and places that are kept."""

from collections import Counter
from random import Random

import pytest

from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.facts import Fact
from pocketsflow_emulator.delivery.outbox import Outbox
from pocketsflow_emulator.delivery.tries import Delivery

SEEDS = (1, 2, 3, 4, 5, 6)


def delivery(number, webhook="hook_1", buyer="jane@example.com"):
    fact = Fact(number, events.ORDER_COMPLETED, 0, number, buyer, "purchase", ())
    return Delivery(number, fact, webhook, "documented", "order.completed", b"{}")


def filled(*deliveries):
    outbox = Outbox()
    for item in deliveries:
        outbox.put(item)
    return outbox


def taken(outbox, cap, webhooks=1):
    """The numbers of all that may be taken out now."""
    numbers = []
    while (item := outbox.take(cap, webhooks)) is not None:
        numbers.append(item.number)
    return numbers


def lane(item):
    return item.webhook, item.fact.buyer


def done(outbox, number):
    """Decide a delivery that is out, and return it."""
    item = outbox.out[number]
    outbox.done(item)
    return item


def test_a_new_outbox_is_empty():
    """Where nothing was put there is nothing to take."""
    outbox = Outbox()

    assert outbox.empty
    assert outbox.take(1, 0) is None
    assert list(outbox.waiting()) == []


def test_what_is_out_is_not_nothing():
    """An outbox is empty only when what it handed out has been decided."""
    outbox = filled(delivery(1))

    outbox.take(1, 1)

    assert not outbox.empty
    assert list(outbox.waiting()) == []
    assert done(outbox, 1).number == 1
    assert outbox.empty


def test_turns_go_by_the_order_of_queueing():
    """One at a time, deliveries leave in the order in which they were put."""
    outbox = filled(*(delivery(n, buyer=f"{n % 3}@example.com") for n in range(1, 10)))
    order = []

    while (item := outbox.take(1, 1)) is not None:
        order.append(done(outbox, item.number).number)

    assert order == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_a_lane_has_one_out():
    """Of one webhook and one buyer a second delivery waits until the first is decided."""
    outbox = filled(delivery(1), delivery(2), delivery(3, buyer="tom@example.com"))

    first = taken(outbox, 64)
    done(outbox, 1)
    second = taken(outbox, 64)

    assert first == [1, 3]
    assert second == [2]


def test_webhooks_have_lanes_of_their_own():
    """The same buyer's events go to two webhooks side by side."""
    outbox = filled(delivery(1), delivery(2, webhook="hook_2"))

    assert taken(outbox, 64, webhooks=2) == [1, 2]


@pytest.mark.parametrize(
    ("cap", "webhooks", "expected"),
    [
        pytest.param(1, 1, {"hook_1": 1}, id="one"),
        pytest.param(4, 1, {"hook_1": 4}, id="a webhook alone"),
        pytest.param(4, 2, {"hook_1": 2, "hook_2": 2}, id="two webhooks"),
        pytest.param(5, 2, {"hook_1": 2, "hook_2": 2}, id="rounded down"),
        pytest.param(2, 4, {"hook_1": 1, "hook_2": 1}, id="at least one each"),
        pytest.param(64, 0, {"hook_1": 6, "hook_2": 6}, id="all webhooks gone"),
    ],
)
def test_each_webhook_has_its_share(cap, webhooks, expected):
    """At most `cap` are out, and of them at most `cap // webhooks` for one webhook."""
    numbered = [delivery(n, f"hook_{1 + n % 2}", f"{n}@example.com") for n in range(12)]
    if webhooks == 1:
        numbered = [delivery(n, "hook_1", f"{n}@example.com") for n in range(12)]
    outbox = filled(*numbered)

    taken(outbox, cap, webhooks)

    assert expected == Counter(delivery.webhook for delivery in outbox.out.values())


def test_what_is_put_back_keeps_its_place():
    """A delivery that was put back is next again, in its lane and among all lanes."""
    outbox = filled(delivery(1), delivery(2), delivery(3, buyer="tom@example.com"))
    outbox.take(1, 1)
    outbox.put(delivery(4))

    outbox.put_back(outbox.out[1])

    assert [item.number for item in outbox.waiting()] == [1, 2, 3, 4]
    assert outbox.take(1, 1).number == 1


def test_the_last_of_a_lane_can_be_put_back():
    """Putting back works where the lane has nothing else."""
    outbox = filled(delivery(1), delivery(2, buyer="tom@example.com"))
    outbox.take(1, 1)

    outbox.put_back(outbox.out[1])

    assert [item.number for item in outbox.waiting()] == [1, 2]


def test_a_delivery_put_again_waits_behind_all_others():
    """A retry takes a place at the end, like anything new."""
    outbox = filled(delivery(1), delivery(2, buyer="tom@example.com"))
    outbox.take(1, 1)
    again = done(outbox, 1)

    outbox.put(again)

    assert [item.number for item in outbox.waiting()] == [2, 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_order_of_events_breaks_the_rules(seed):
    """However put, take, put back and done follow each other: every lane stays in order, nothing
    is lost, nothing comes twice, and the next out is always the earliest that may go.
    """
    random = Random(seed)
    outbox, model, out, ended = Outbox(), [], [], []
    cap, webhooks = random.choice([(1, 1), (4, 2), (64, 3)])
    share = max(1, cap // webhooks)
    number = 0
    for step in range(600):
        action = random.randrange(5)
        if action == 0:
            number += 1
            buyer = f"{random.randrange(4)}@example.com"
            item = delivery(number, f"hook_{random.randrange(webhooks)}", buyer)
            outbox.put(item)
            model.append(item)
        elif action < 3:
            busy = {lane(item) for item in out}
            under_way = Counter(item.webhook for item in out)
            free = [i for i in model if lane(i) not in busy and under_way[i.webhook] < share]
            expected = free[0].number if free and len(out) < cap else None
            found = outbox.take(cap, webhooks)
            actual = found.number if found else None
            assert expected == actual, f"seed {seed}, step {step}"
            if found:
                out.append(found)
                model.remove(found)
        elif out:
            item = out.pop(random.randrange(len(out)))
            if action == 3:
                ended.append(done(outbox, item.number))
            else:
                outbox.put_back(item)
                model = sorted([*model, item], key=lambda i: i.number)
        waiting = [item.number for item in outbox.waiting()]
        assert [item.number for item in model] == waiting, f"seed {seed}, step {step}"
        assert outbox.empty == (not model and not out), f"seed {seed}, step {step}"
    for one in {lane(item) for item in ended}:
        numbers = [item.number for item in ended if lane(item) == one]
        assert sorted(numbers) == numbers, f"seed {seed}, lane {one}"
