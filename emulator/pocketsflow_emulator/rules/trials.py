"""Rules of trials."""

from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.rules.rule import assumed, documented, observed, room
from pocketsflow_emulator.rules.sources import CON_1, G2_EVENTS, G2_SELLING, SDK

ROOM = room(
    "trials",
    "Trials",
    "A trial is a first period without a charge.",
    documented("days", "An offer says how many days its trial has.", SDK),
    observed(
        "at-checkout",
        "A trial begins at checkout, with `customer.subscription.created`.",
        CON_1,
        events=(e.SUBSCRIPTION_CREATED,),
    ),
    assumed(
        "no-charge",
        "Nothing is charged at checkout; a card that fails shows at the end of the trial.",
        G2_SELLING,
    ),
    assumed("period", "The current period of a trial is the trial.", G2_EVENTS),
    observed(
        "converts",
        "The first charge makes a trial active, and `customer.subscription.updated` says so.",
        CON_1,
        events=(e.SUBSCRIPTION_UPDATED,),
    ),
    assumed(
        "recurring",
        "The charge at the end of a trial counts as a recurring one: it is told by `invoice.*`, not"
        " by `payment_intent.*`.",
        G2_EVENTS,
        events=(e.INVOICE_PAYMENT_SUCCEEDED, e.INVOICE_PAYMENT_FAILED, e.INVOICE_PAID),
    ),
    assumed(
        "ended-now",
        "A trial that is ended now is charged now, and its first period begins there; a planned"
        " cancellation is taken back by it.",
        G2_SELLING,
    ),
    assumed(
        "extended",
        "A longer trial counts its days from the old end; the periods are counted from the new"
        " one.",
        G2_SELLING,
    ),
)
