"""Tries that a receiver asks for, beside those that are sent: who may take what, and time."""

import pytest

import runs
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.errors import NeverDue

COURSE = {"id": "prod_course", "price": "60.00", "quiet": True}


def mixed(**options):
    """An engine with one receiver that is sent to and one that asks, and what can be bought."""
    made = runs.engine(**options)
    runs.do(made, "create_webhook", id="hook_sent", url="http://localhost:3000/")
    runs.do(made, "create_webhook", id="hook_asks", url="pull:/webhooks")
    runs.do(made, "create_product", **COURSE)
    runs.do(made, "create_offer", id="prod_week", frequency="weekly")
    return made


def taken(made, *, pull):
    """Take and deliver what may be taken so; return the webhooks, in order."""
    webhooks = []
    while (attempt := made.take(pull=pull)) is not None:
        webhooks.append(attempt.webhook)
        made.record(attempt, runs.ok())
    return webhooks


def test_each_side_takes_its_own():
    """What is asked for is never sent, and what is sent is never handed out."""
    made = mixed()
    runs.do(made, "purchase", product="prod_course", email="jane@example.com")

    sent, asked = taken(made, pull=False), taken(made, pull=True)

    assert sent == ["hook_sent"] * 2
    assert asked == ["hook_asks"] * 2
    assert made.quiet


def test_a_goal_stands_until_the_other_side_has_gone_on():
    """Neither side moves time while something waits for the other; both may move it after."""
    made = mixed()
    runs.do(made, "subscribe", offer="prod_week", email="jane@example.com")
    runs.do(made, "advance", days=8)

    sides = []
    while not made.quiet:
        for pull in (False, True):
            sides += taken(made, pull=pull)

    assert sides.count("hook_sent") == sides.count("hook_asks") > 6
    assert made.now == runs.clock.parse("2030-02-08")


def test_one_in_flight_is_one_of_both():
    """With one in flight, a try that was asked for keeps the others back, and the reverse."""
    made = mixed()
    runs.do(made, "purchase", product="prod_course", email="jane@example.com")

    sent = made.take()
    assert made.take(pull=True) is None
    made.record(sent, runs.ok())
    asked = made.take(pull=True)
    assert made.take() is None
    made.release(asked)

    assert made.take(pull=True).delivery is asked.delivery


def test_a_receiver_may_begin_to_ask():
    """The address counts at the time of the try: what was to be sent may be asked for instead."""
    made = runs.hooked()
    runs.do(made, "create_product", price="1")

    runs.do(made, "update_webhook", webhook="hook_1", url="pull:")

    assert made.take() is None
    assert made.take(pull=True).url == "pull:"


def test_a_receiver_that_is_gone_is_skipped():
    """What waited for a webhook that has been deleted is closed by whoever takes next."""
    made = mixed()
    runs.do(made, "create_product", price="1")
    runs.do(made, "delete_webhook", webhook="hook_asks")

    taken(made, pull=False)

    assert [d.state for d in made.journal.deliveries()] == ["delivered", "skipped"]
    assert made.quiet


def test_who_asks_hears_that_an_event_never_comes():
    """Time may be moved by a question, too, and then says what it finds."""
    made = mixed()
    runs.do(made, "subscribe", offer="prod_week", email="jane@example.com")
    taken(made, pull=False)
    taken(made, pull=True)
    runs.do(made, "advance", until="review.created")

    def wait():
        while True:
            taken(made, pull=False)
            taken(made, pull=True)

    with pytest.raises(NeverDue, match=r"review\.created did not happen before"):
        wait()

    assert made.goal is None


@pytest.mark.parametrize(
    ("address", "path"), [("pull:", "/"), ("pull:/", "/"), ("pull:/a/b?c=d", "/a/b?c=d")]
)
def test_addresses(address, path):
    """`pull:` and a path, or none; they are kept as they are written."""
    assert addresses.is_pulled(address)
    assert addresses.path(address) == path
    assert addresses.receiver(address) == address


@pytest.mark.parametrize(
    "address", ["pull", "pull:x", "pull://x/", "PULL:", "pull:/a b", "pull:/\n"]
)
def test_what_is_no_such_address(address):
    """Anything else is no puller's."""
    assert not addresses.is_pulled(address)


def test_restoring_brings_back_what_was_to_be_asked_for():
    """A snapshot has it, and it is asked for again under a new number."""
    made = mixed()
    runs.do(made, "create_product", price="1")
    runs.do(made, "snapshot", name="begun")
    taken(made, pull=False)
    taken(made, pull=True)

    runs.do(made, "restore", name="begun")

    assert len(made.world.state.store.table(Webhook)) == 2
    assert taken(made, pull=True) == ["hook_asks"]
    assert taken(made, pull=False) == ["hook_sent"]
