"""Rules of pausing, going on and ending."""

from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.rules.rule import assumed, documented, room
from pocketsflow_emulator.rules.sources import G2_EVENTS, G2_SELLING, G3_EX, GEN_BUYERS, SDK

PAUSING = room(
    "pausing",
    "Pausing",
    "The name of the event differs between the pages: `events.customer.subscription.paused`.",
    documented(
        "access",
        "While a subscription is paused, billing stops and access stays.",
        G3_EX,
        events=(e.SUBSCRIPTION_PAUSED,),
    ),
    assumed("from", "Only an active or a trialing subscription can be paused.", G2_SELLING),
    assumed(
        "nothing-due",
        "While it is paused nothing falls due but an end that was planned, and the resume that was"
        " planned with the pause.",
        G2_SELLING,
    ),
    assumed(
        "resume-within",
        "A resume before the end of the period leads back to the earlier status; the period is the"
        " old one.",
        G2_EVENTS,
        events=(e.SUBSCRIPTION_RESUMED,),
    ),
    assumed(
        "resume-after",
        "A resume at the end of the period or later begins a period there, and bills it.",
        G2_EVENTS,
        events=(e.SUBSCRIPTION_RESUMED,),
    ),
    assumed(
        "resume-unpaid",
        "With an invoice that is still open a resume charges that one instead.",
        G2_EVENTS,
        events=(e.SUBSCRIPTION_RESUMED,),
    ),
)

ENDING = room(
    "ending",
    "Cancelling",
    "A subscription ends when access ends.",
    documented(
        "scheduled",
        "A cancellation at the period's end is an update with `cancelAtPeriodEnd` true; access"
        " stays until `customer.subscription.deleted`.",
        G3_EX,
        GEN_BUYERS,
        events=(e.SUBSCRIPTION_UPDATED, e.SUBSCRIPTION_DELETED),
        conflict="C22",
    ),
    documented(
        "now",
        "A cancellation at once shows `cancelAtPeriodEnd` false.",
        G2_EVENTS,
        events=(e.SUBSCRIPTION_DELETED,),
    ),
    assumed(
        "flag",
        "When a planned end has come, `cancelAtPeriodEnd` is true.",
        G2_EVENTS,
        events=(e.SUBSCRIPTION_DELETED,),
    ),
    assumed("api", "A cancellation through the API acts at once.", SDK),
    assumed(
        "past-due",
        "A cancellation at the period's end acts at once while past due.",
        G2_SELLING,
        events=(e.SUBSCRIPTION_DELETED,),
    ),
    assumed(
        "planned-before",
        "An end that was planned before an invoice became past due comes as planned.",
        G2_SELLING,
        events=(e.SUBSCRIPTION_DELETED,),
    ),
    assumed("open-invoice", "An open invoice of an ended subscription is void.", G2_SELLING),
    assumed("final", "A subscription that has ended stays so.", G2_SELLING),
)
