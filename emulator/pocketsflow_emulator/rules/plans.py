"""Rules of changing the plan."""

from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.rules.rule import assumed, room
from pocketsflow_emulator.rules.sources import G2_SELLING

ROOM = room(
    "plans",
    "Changing the plan",
    "No page says how a change of plan is billed. `none` and `immediate` are the two ways known"
    " elsewhere.",
    assumed(
        "shown-at-once",
        "A subscription shows its new plan at once.",
        G2_SELLING,
        events=(e.SUBSCRIPTION_UPDATED,),
    ),
    assumed(
        "none",
        "With `none`, price and interval hold from the next renewal.",
        G2_SELLING,
        events=(e.SUBSCRIPTION_UPDATED,),
    ),
    assumed(
        "taken-back",
        "A change that is taken back before the next renewal leaves all dates as they were.",
        G2_SELLING,
    ),
    assumed(
        "late",
        "A difference that is paid only after its period was over has paid for the period that runs"
        " then; no more than that is ever credited.",
        G2_SELLING,
    ),
    assumed(
        "immediate",
        "With `immediate`, the difference for the rest of the period is charged now.",
        G2_SELLING,
        events=(e.SUBSCRIPTION_UPDATED, e.INVOICE_CREATED),
    ),
    assumed(
        "credit",
        "A cheaper plan makes no invoice now; what was paid too much lowers the next invoices,"
        " never below 0.",
        G2_SELLING,
    ),
    assumed(
        "interval",
        "With `immediate`, a new interval begins a period now, at the full price less the unused"
        " rest of the old period.",
        G2_SELLING,
        events=(e.INVOICE_CREATED,),
    ),
    assumed(
        "unpaid",
        "A change that is not paid is dunned like a renewal, and the period stays the one last"
        " paid.",
        G2_SELLING,
        events=(e.INVOICE_PAYMENT_FAILED,),
    ),
    assumed("trial", "During a trial nothing is charged for a change.", G2_SELLING),
    assumed(
        "refused",
        "A subscription that is past due, paused or ending cannot change its plan, and none its"
        " currency.",
        G2_SELLING,
    ),
    assumed("discount", "A change of plan ends a discount.", G2_SELLING),
)
