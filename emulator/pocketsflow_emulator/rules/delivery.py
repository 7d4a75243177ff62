"""Rules of delivering: what counts as success, how long, how often, in which order."""

from pocketsflow_emulator.delivery.policy import DEADLINE, POLICIES, Policy
from pocketsflow_emulator.rules.rule import Rule, assumed, documented, room
from pocketsflow_emulator.rules.sources import (
    G2_EVENTS,
    G2_OVERVIEW,
    G3_EVENTS,
    GEN_OVERVIEW,
    SDK,
)
from pocketsflow_emulator.rules.spans import listed


def _policy(policy: Policy) -> Rule:
    name = f"policy-{policy.name}"
    if not policy.spans:
        sentence = f"Under the policy `{policy.name}` a delivery is tried once, and never again."
        return documented(name, sentence, G3_EVENTS, conflict="C2")
    sentence = (
        f"Under the policy `{policy.name}` a delivery that fails is tried again"
        f" {listed(policy.spans)} after the first try, until one succeeds."
    )
    return assumed(name, sentence, GEN_OVERVIEW, conflict="C2")


ROOM = room(
    "delivery",
    "Delivery",
    "No page promises an order of deliveries or says what a second try would look like.",
    documented("success", "Any status of 2xx is success.", G2_OVERVIEW, G3_EVENTS),
    documented(
        "deadline", f"A receiver has {DEADLINE:g} seconds to answer.", G2_OVERVIEW, G3_EVENTS
    ),
    assumed(
        "deadline-span",
        "The time runs from the first attempt to connect to the complete head of the answer.",
        G2_OVERVIEW,
    ),
    *(_policy(policy) for policy in POLICIES.values()),
    assumed(
        "never-given-up",
        "A webhook stays active however often it fails, unless the policy says `disable-after`.",
        G3_EVENTS,
    ),
    assumed("redirects", "A redirect is not followed, and is no success.", G2_OVERVIEW),
    assumed(
        "same-body", "Every try of a delivery carries the same body, byte for byte.", GEN_OVERVIEW
    ),
    assumed(
        "fixed-at-the-event",
        "Who is told, in which dialect and with which body, is fixed when the event happens; the"
        " address and the secret are those of the moment of a try.",
        G2_OVERVIEW,
    ),
    assumed(
        "inactive",
        "A webhook that is not active is told nothing; what waits for one that is switched off or"
        " deleted is not tried.",
        SDK,
    ),
    assumed(
        "in-order",
        "A webhook hears of one buyer in the order of the events, one after the other.",
        G2_OVERVIEW,
    ),
    assumed(
        "stamps",
        "The stamp of an event is its instant, or 1 ms after the last stamp of the same buyer where"
        " that is later, so that the stamps of a buyer rise. Dates inside a body are the"
        " instant.",
        G2_EVENTS,
    ),
    documented(
        "no-event-id",
        "Nothing in a request names the event or the delivery: `webhookId` is the id of the webhook"
        " configuration.",
        G2_EVENTS,
        conflict="C5",
    ),
)
