"""Every order that the rules state is played, and is what a world does."""

import pytest

from pocketsflow_emulator.core import lifecycle
from pocketsflow_emulator.core.clock import DAY
from pocketsflow_emulator.core.lifecycle import TABLE
from pocketsflow_emulator.rules import RULES
from pocketsflow_emulator.rules.rule import ASSUMED
from worlds import JANE, Story

ORDERS = {rule.id.removeprefix("order."): rule for rule in RULES.values() if rule.order}
PLAYS = {}


def play(function):
    """Register how the action of an order is brought about; the last step is the action."""
    PLAYS[function.__name__.replace("_", "-")] = function
    return function


@pytest.fixture
def story():
    """A world with a course and two further plans."""
    story = Story("2030-01-01")
    story.do("create_product", id="course", price="60.00", quiet=True)
    story.do("create_offer", id="more", price="99.00")
    return story


def bought(story, **arguments):
    return story.do("purchase", product="course", email=JANE, **arguments)


def failing(story, times="until_new_card", **arguments):
    """Return a subscription whose charges fail after the first."""
    sub = story.subscriber(**arguments)
    story.do("decline_next", payer=sub.id, times=times)
    return sub


def past_due(story, **arguments):
    sub = failing(story, **arguments)
    story.advance(sub.period_end)
    return story.again(sub)


def exhausted(story, dunning, times=4):
    sub = past_due(story, dunning=dunning, times=times)
    story.advance(sub.period_end + 9 * DAY)
    return sub


# ---- purchases ---------------------------------------------------------------------------------


@play
def purchase(story):
    bought(story)


@play
def purchase_declined(story):
    bought(story, card="declines")


@play
def refund(story):
    story.do("refund", order=bought(story).id)


@play
def review(story):
    story.do("review", order=bought(story).id)


# ---- subscribing and notices -------------------------------------------------------------------


@play
def subscribe(story):
    story.subscriber()


@play
def subscribe_declined(story):
    story.subscriber(card="declines")


@play
def trial(story):
    story.subscriber(trial_days=14)


@play
def invoice_notice(story):
    story.advance(story.subscriber().period_end - 7 * DAY)


@play
def trial_notice(story):
    story.advance(story.subscriber(trial_days=14).trial_end - 3 * DAY)


@play
def both_notices(story):
    story.subscriber(trial_days=3)
    story.last = [fact for fact in story.last if fact.cause in lifecycle.DUES["trialing"]]


# ---- charges -----------------------------------------------------------------------------------


@play
def renewal_paid(story):
    story.advance(story.subscriber().period_end)


@play
def trial_end_paid(story):
    story.advance(story.subscriber(trial_days=14).trial_end)


@play
def renewal_failed(story):
    past_due(story)


@play
def trial_end_failed(story):
    story.advance(story.subscriber(trial_days=14, card="declines").trial_end)


@play
def retry_failed(story):
    story.advance(past_due(story).retry_at)


@play
def retry_paid(story):
    story.advance(past_due(story, times=1).retry_at)


@play
def exhausted_cancel(story):
    exhausted(story, "standard")


@play
def exhausted_pause(story):
    exhausted(story, "pausing")


@play
def exhausted_keep_past_due(story):
    exhausted(story, "lenient")


@play
def new_card(story):
    story.do("update_payment_method", subscription=story.subscriber().id)


@play
def new_card_past_due(story):
    story.do("update_payment_method", subscription=past_due(story).id)


# ---- pausing -----------------------------------------------------------------------------------


@play
def pause(story):
    return story.do("pause", subscription=story.subscriber().id)


@play
def pause_in_trial(story):
    story.do("pause", subscription=story.subscriber(trial_days=14).id)


@play
def resume(story):
    story.do("resume", subscription=pause(story).id)


@play
def resume_lapsed(story):
    sub = pause(story)
    story.advance(sub.period_end)
    story.do("resume", subscription=sub.id)


@play
def resume_unpaid(story):
    story.do("resume", subscription=exhausted(story, "pausing").id)


# ---- plans and trials --------------------------------------------------------------------------


@play
def change_plan(story):
    story.do("change_plan", subscription=story.subscriber().id, offer="more")


@play
def change_plan_paid(story):
    sub = story.subscriber()
    story.do("change_plan", subscription=sub.id, offer="more", proration="immediate")


@play
def change_plan_failed(story):
    sub = failing(story)
    story.do("change_plan", subscription=sub.id, offer="more", proration="immediate")


@play
def extend_trial(story):
    story.do("extend_trial", subscription=story.subscriber(trial_days=14).id, days=7)


@play
def end_trial(story):
    story.do("end_trial", subscription=story.subscriber(trial_days=14).id)


# ---- ending ------------------------------------------------------------------------------------


@play
def cancel(story):
    story.do("cancel", subscription=story.subscriber().id)


@play
def cancel_at_period_end(story):
    return story.do("cancel", subscription=story.subscriber().id, at_period_end=True)


@play
def uncancel(story):
    story.do("uncancel", subscription=cancel_at_period_end(story).id)


@play
def period_over(story):
    story.advance(cancel_at_period_end(story).period_end)


@play
def cancel_past_due(story):
    story.do("cancel", subscription=past_due(story).id, at_period_end=True)


# ---- the tests ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ORDERS)
def test_an_action_sends_what_its_rule_says(story, name):
    """What an action sends, and in which order, is what `explain` says of it."""
    PLAYS[name](story)

    sent = tuple(fact.event for fact in story.last if fact.instant == story.world.now)
    assert ORDERS[name].order == sent


def test_every_play_is_of_a_rule():
    """No rule is without a play, and no play without a rule."""
    assert set(ORDERS) == set(PLAYS)


def test_every_row_that_sends_several_events_has_a_rule_for_their_order():
    """Wherever the lifecycle sends more than one event, a rule says in which order."""
    several = {row for row, move in TABLE.items() if len(move.emits) > 1}

    stated = {row for rule in ORDERS.values() for row in rule.rows}
    assert several <= stated


def test_no_order_of_several_events_is_documented():
    """The pages never state an order, so every order of several events is a guess."""
    wrong = [rule.id for rule in ORDERS.values() if len(rule.order) > 1 and rule.level != ASSUMED]

    assert wrong == []
