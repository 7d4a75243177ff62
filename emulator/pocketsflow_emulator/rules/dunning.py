"""Rules of dunning: when a failed charge is tried again, and what happens in the end."""

from pocketsflow_emulator.core import dunning
from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.dunning import DEFAULT, POLICIES, Dunning
from pocketsflow_emulator.rules.rule import Rule, assumed, documented, room
from pocketsflow_emulator.rules.sources import G2_EVENTS, G3_EX, GEN_SELLING
from pocketsflow_emulator.rules.spans import listed, written

_FINALS = {
    dunning.CANCEL: "the subscription ends",
    dunning.PAUSE: "it is paused",
    dunning.KEEP: "it stays past due",
}


def _policy(policy: Dunning) -> Rule:
    tries = "no retry"
    if policy.offsets:
        tries = f"retries {listed(policy.offsets)} after the first failure"
    return assumed(
        f"policy-{policy.name}",
        f"`{policy.name}`: {tries}; then {_FINALS[policy.final]}.",
        GEN_SELLING,
        events=(e.INVOICE_PAYMENT_FAILED,),
    )


ROOM = room(
    "dunning",
    "Dunning",
    f"The documents claim retries and give no schedule. The policy is `{DEFAULT}` unless the offer"
    " or the world has another.",
    documented(
        "first-retry",
        f"The first retry of an example is {written(POLICIES[DEFAULT].offsets[0])} after the"
        " failure.",
        G2_EVENTS,
        events=(e.INVOICE_PAYMENT_FAILED,),
    ),
    *(_policy(policy) for policy in POLICIES.values()),
    documented(
        "past-due",
        "A renewal that fails makes a subscription `past_due`, and"
        " `customer.subscription.updated` says so; a payment makes it active again.",
        G3_EX,
        events=(e.SUBSCRIPTION_UPDATED,),
    ),
    assumed(
        "attempts",
        "`attemptCount` goes up with each failure; `nextPaymentAttempt` is null after the last.",
        G2_EVENTS,
        events=(e.INVOICE_PAYMENT_FAILED,),
    ),
    assumed(
        "last",
        "The final action follows in the instant of the last failure.",
        G2_EVENTS,
        events=(e.INVOICE_PAYMENT_FAILED, e.SUBSCRIPTION_DELETED),
    ),
    assumed(
        "one-open-invoice",
        "While an invoice is open no other is made, and the period stays the one last paid.",
        G2_EVENTS,
        events=(e.INVOICE_CREATED,),
    ),
    assumed(
        "skipped",
        "What would have begun meanwhile is skipped, unbilled: on recovery the period runs from the"
        " start of the open invoice to the next end still ahead.",
        G2_EVENTS,
        events=(e.SUBSCRIPTION_UPDATED,),
    ),
    assumed(
        "new-card",
        "A new card charges the open invoice at once. That is an attempt of its own, and leaves the"
        " dates of the others.",
        G2_EVENTS,
        events=(e.INVOICE_PAYMENT_SUCCEEDED, e.INVOICE_PAYMENT_FAILED),
    ),
)
