"""The table of what happens to subscriptions: complete, reachable, and nothing beside it."""

import pytest

from pocketsflow_emulator.core import lifecycle
from pocketsflow_emulator.core.lifecycle import NEW, TABLE
from pocketsflow_emulator.core.models import ACTIVE, CANCELED, PAST_DUE, PAUSED, STATUSES, TRIALING
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.errors import IllegalMove
from worlds import JANE, Story, day, keys, timeline

HAPPENINGS = sorted({happening for _, happening in TABLE})
ILLEGAL = [
    (status, happening)
    for status in (NEW, *STATUSES)
    for happening in HAPPENINGS
    if (status, happening) not in TABLE
]


def trialing(story):
    return story.subscriber(trial_days=14)


def active(story):
    return story.subscriber()


def past_due(story):
    sub = story.subscriber(dunning="lenient", frequency="weekly")
    story.do("decline_next", payer=sub.id, times="until_new_card")
    story.advance(story.world.now + 14 * 86_400_000)
    return story.again(sub)


def paused(story):
    sub = active(story)
    return story.do("pause", subscription=sub.id)


def lapsed(story):
    sub = paused(story)
    story.advance(sub.period_end)
    return sub


def canceled(story):
    sub = active(story)
    return story.do("cancel", subscription=sub.id)


def long_canceled(story):
    sub = canceled(story)
    story.advance(sub.period_end)
    return sub


def ending(story):
    sub = active(story)
    return story.do("cancel", subscription=sub.id, at_period_end=True)


def free(story):
    return story.subscriber(price=0)


@pytest.mark.parametrize(("status", "happening"), ILLEGAL)
def test_what_is_not_in_the_table_is_refused(status, happening):
    """What the table does not have is refused with the subscription, its status and the verb."""
    sub = active(Story())._replace(status=status)

    with pytest.raises(IllegalMove) as caught:
        lifecycle.move(sub, happening)

    error = caught.value
    actual = (error.kind, error.id, error.status, error.verb)
    expected = ("subscription", sub.id, status, happening)
    assert expected == actual
    assert f"cannot {happening} subscription {sub.id}: it is {status}" in str(error)


def test_a_refusal_says_when_it_goes():
    """A refused move names the statuses in which it goes."""
    sub = active(Story())

    with pytest.raises(IllegalMove, match=r"it must be paused$"):
        lifecycle.move(sub, lifecycle.RESUME)
    with pytest.raises(IllegalMove, match=r"it must be trialing or active$"):
        lifecycle.move(sub._replace(status=PAST_DUE), lifecycle.PAUSE)


def test_a_refusal_of_what_only_starts_a_subscription_has_no_remedy():
    """What only happens to a new subscription has no status in which it goes."""
    sub = active(Story())

    with pytest.raises(IllegalMove, match=r"it is active$"):
        lifecycle.move(sub, lifecycle.START_TRIAL)


@pytest.mark.parametrize(
    ("make", "verb", "arguments", "status", "name"),
    [
        (active, "resume", {}, "active", "resume"),
        (trialing, "resume", {}, "trialing", "resume"),
        (past_due, "resume", {}, "past_due", "resume"),
        (canceled, "resume", {}, "canceled", "resume"),
        (long_canceled, "resume", {}, "canceled", "resume"),
        (paused, "pause", {}, "paused", "pause"),
        (paused, "pause", {"until": "2040-01-01"}, "paused", "pause"),
        (past_due, "pause", {}, "past_due", "pause"),
        (canceled, "pause", {}, "canceled", "pause"),
        (canceled, "cancel", {}, "canceled", "cancel"),
        (canceled, "cancel", {"at_period_end": True}, "canceled", "cancel at period end"),
        (
            ending,
            "cancel",
            {"at_period_end": True},
            "ending at its period end already",
            "cancel at period end",
        ),
        (active, "uncancel", {}, "active and not ending", "uncancel"),
        (trialing, "uncancel", {}, "trialing and not ending", "uncancel"),
        (paused, "uncancel", {}, "paused and not ending", "uncancel"),
        (past_due, "uncancel", {}, "past_due", "uncancel"),
        (canceled, "uncancel", {}, "canceled", "uncancel"),
        (active, "extend_trial", {"days": 1}, "active", "extend the trial of"),
        (paused, "extend_trial", {"days": 1}, "paused", "extend the trial of"),
        (past_due, "extend_trial", {"days": 1}, "past_due", "extend the trial of"),
        (canceled, "extend_trial", {"days": 1}, "canceled", "extend the trial of"),
        (active, "end_trial", {}, "active", "end the trial of"),
        (paused, "end_trial", {}, "paused", "end the trial of"),
        (past_due, "end_trial", {}, "past_due", "end the trial of"),
        (canceled, "end_trial", {}, "canceled", "end the trial of"),
        (canceled, "update_payment_method", {}, "canceled", "update the payment method of"),
    ],
)
def test_verbs_that_a_status_does_not_allow(make, verb, arguments, status, name):
    """A verb that the status does not allow is refused by its name, and the world stays as it
    was."""
    story = Story()
    sub = make(story)

    error = story.refuse(verb, subscription=sub.id, **arguments)

    assert isinstance(error, IllegalMove)
    assert (sub.id, status, name) == (error.id, error.status, error.verb)
    assert f"cannot {name} subscription {sub.id}: it is {status}" in str(error)


def test_a_resume_leads_back_to_the_earlier_status():
    """A resume within the period leads back to the status before the pause."""
    sub = active(Story())._replace(status=PAUSED, paused_from=TRIALING)

    row = lifecycle.move(sub, lifecycle.RESUME)

    assert row.to == TRIALING


def test_a_canceled_one_is_not_alive():
    """What needs a living subscription refuses a canceled one."""
    story = Story()
    sub = active(story)

    assert lifecycle.alive(sub, "decline") == sub
    with pytest.raises(IllegalMove, match=f"cannot decline subscription {sub.id}: it is canceled"):
        lifecycle.alive(sub._replace(status=CANCELED), "decline")


def test_every_status_says_what_may_fall_due_in_it():
    """There is a line for what may fall due in every status."""
    assert set(STATUSES) == set(lifecycle.DUES)


# ---- every row is reached -----------------------------------------------------------------------


def notices_and_conversion(story):
    sub = trialing(story)
    story.advance(sub.period_end)
    story.advance(story.again(sub).period_end)


def trial_declined(story):
    sub = trialing(story)
    story.do("decline_next", payer=sub.id, times=4)
    story.advance("2030-03-01")


def trial_verbs(story):
    sub = trialing(story)
    story.do("extend_trial", subscription=sub.id, days=1)
    story.do("update_payment_method", subscription=sub.id)
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.do("uncancel", subscription=sub.id)
    story.do("pause", subscription=sub.id)
    story.do("resume", subscription=sub.id)
    story.do("end_trial", subscription=sub.id)


def trial_over(story):
    sub = trialing(story)
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.advance(sub.period_end)
    story.do("cancel", subscription=trialing(story).id)


def active_verbs(story):
    sub = active(story)
    story.do("update_payment_method", subscription=sub.id)
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.do("uncancel", subscription=sub.id)
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.advance(sub.period_end)
    canceled(story)


def plan_changes(story):
    better = story.do("create_offer", price="59.00")
    for sub in (trialing(story), active(story)):
        story.do("change_plan", subscription=sub.id, offer=better.id, proration="immediate")


def paused_verbs(story):
    sub = paused(story)
    story.do("update_payment_method", subscription=sub.id)
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.do("uncancel", subscription=sub.id)
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.advance(sub.period_end)
    story.do("cancel", subscription=paused(story).id)
    story.do("resume", subscription=lapsed(story).id)


def ending_while_past_due(story):
    sub = active(story)
    dear = story.do("create_offer", price="99.00", dunning="pausing")
    story.do("decline_next", payer=sub.id, times="until_new_card")
    story.advance("2030-01-20")
    story.do("change_plan", subscription=sub.id, offer=dear.id, proration="immediate")
    story.advance("2030-01-29")
    story.do("cancel", subscription=sub.id, at_period_end=True)
    story.do("update_offer", offer=dear.id, dunning="patient")
    story.do("resume", subscription=sub.id)
    story.advance("2030-02-01")


def dunning_finals(story):
    for policy in ("standard", "pausing", "lenient"):
        sub = story.subscriber(dunning=policy)
        story.do("decline_next", payer=sub.id, times="until_new_card")
    story.advance("2030-03-01")
    story.do("update_payment_method", subscription=past_due(story).id)
    story.do("cancel", subscription=past_due(story).id)
    story.do("cancel", subscription=past_due(story).id, at_period_end=True)


def test_every_row_can_be_reached(monkeypatch):
    """Every row of the table is taken by some life of a subscription; there is no dead row."""
    taken, move = set(), State.move

    def recorded(state, subscription, happening, *about, **changes):
        moved = move(state, subscription, happening, *about, **changes)
        taken.add((subscription.status, happening))
        return moved

    monkeypatch.setattr(State, "move", recorded)
    for life in (
        notices_and_conversion,
        trial_declined,
        trial_verbs,
        trial_over,
        active_verbs,
        plan_changes,
        paused_verbs,
        dunning_finals,
        ending_while_past_due,
    ):
        life(Story())

    assert set(TABLE) == taken


def test_the_status_after_a_move_is_the_table_s():
    """Wherever a subscription goes, its status changes only as a row of the table says."""
    story = Story()
    sub = story.subscriber(dunning="pausing", trial_days=14)
    story.do("decline_next", payer=sub.id, times=4)

    statuses = [story.again(sub).status]
    for _ in range(60):
        story.advance(story.world.now + 86_400_000)
        if story.again(sub).status != statuses[-1]:
            statuses.append(story.again(sub).status)

    expected = [TRIALING, PAST_DUE, PAUSED]
    assert expected == statuses


# ---- rules beside the table ---------------------------------------------------------------------


def test_a_cancellation_at_period_end_while_past_due_acts_now():
    """A past due subscription has no period left, so cancelling it always ends it now."""
    story = Story()
    sub = past_due(story)

    story.do("cancel", subscription=sub.id, at_period_end=True)

    assert keys(story.last) == ["customer.subscription.deleted"]
    after = story.again(sub)
    assert (after.status, after.cancel_at_period_end, after.open_invoice_id) == (
        CANCELED,
        False,
        "",
    )


def test_a_resumed_trial_is_a_trial_again():
    """A trial that is resumed before its end is trialing again and gets the notice it missed."""
    story = Story("2030-01-01")
    sub = trialing(story)
    story.do("pause", subscription=sub.id)
    story.advance("2030-01-13")

    story.do("resume", subscription=sub.id)

    expected = {"2030-01-13": "up0 resumed1 iu2 twe3"}
    assert expected == timeline(story.last)
    assert story.again(sub).status == TRIALING


def test_a_trial_that_lapsed_while_paused_is_charged_on_resume():
    """A trial that is resumed after its end is billed at once, with a period from the resume."""
    story = Story("2030-01-01")
    sub = trialing(story)
    story.do("pause", subscription=sub.id)
    story.advance("2030-01-20")

    story.do("resume", subscription=sub.id)

    expected = {"2030-01-20": "up0 resumed1 ic2 ps3 paid4 up5"}
    assert expected == timeline(story.last)
    after = story.again(sub)
    assert (after.status, day(after.period_start), day(after.period_end)) == (
        ACTIVE,
        "2030-01-20",
        "2030-02-20",
    )


def test_a_resume_that_is_declined_goes_into_dunning():
    """Where the charge on resume is declined, dunning goes as for a renewal."""
    story = Story("2030-01-01")
    sub = lapsed(story)
    story.do("decline_next", payer=sub.id, times=1)

    story.do("resume", subscription=sub.id)
    story.advance("2030-02-03")

    expected = {
        "2030-02-01": "up0 resumed1 ic2 pf3 up4",
        "2030-02-03": "ps0 paid1 up2",
    }
    recent = [fact for fact in story.facts if day(fact.instant) >= "2030-02-01"]
    assert expected == timeline(recent)
    assert day(story.again(sub).period_end) == "2030-03-01"


def test_buyers_are_not_mixed_up():
    """What happens to one subscription leaves another of the same buyer alone."""
    story = Story()
    first, second = active(story), story.subscriber(email=JANE)

    story.do("cancel", subscription=first.id)

    assert story.again(first).status == CANCELED
    assert story.again(second) == second
