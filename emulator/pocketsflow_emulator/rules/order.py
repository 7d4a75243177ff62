"""What each action sends, in order, made of the rows of the lifecycle.

No page states an order; what is documented here is that a single event follows from an action.
"""

from collections.abc import Callable

from pocketsflow_emulator.core import dunning
from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core import lifecycle as lc
from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.core.lifecycle import TABLE
from pocketsflow_emulator.core.models import ACTIVE, PAST_DUE, PAUSED, TRIALING
from pocketsflow_emulator.rules.rule import Rule, assumed, documented, room
from pocketsflow_emulator.rules.sources import CON_1, G2_EVENTS, G3_EVENTS, G3_EX, Source

Row = tuple[str, str]
Step = EventType | Row

_BILLED_AND_PAID = {status: ((status, lc.BILL), (status, lc.PAID)) for status in (TRIALING, ACTIVE)}
_BILLED_AND_FAILED = {
    status: ((status, lc.BILL), (status, lc.FAILED)) for status in (TRIALING, ACTIVE)
}
_NOTICES = {lc.DUE_NOTICE: lc.NOTICE, lc.DUE_TRIAL_NOTICE: lc.TRIAL_NOTICE}


def _action(
    name: str,
    what: str,
    *steps: Step,
    then: str = "",
    says: Callable[..., Rule] = assumed,
    source: Source = G2_EVENTS,
    conflict: str = "",
) -> Rule:
    """Return the rule of an action that sends what its steps emit; `then` ends the sentence."""
    order = tuple(event for step in steps for event, _ in _emitted(step))
    told = ", ".join(_told(*emitted) for step in steps for emitted in _emitted(step))
    rows = tuple(step for step in steps if not isinstance(step, EventType))
    sentence = f"{what}: {told}{'; ' if then else ''}{then}."
    about = tuple(dict.fromkeys(order))
    return says(name, sentence, source, events=about, order=order, rows=rows, conflict=conflict)


def _emitted(step: Step) -> list[tuple[EventType, str]]:
    """Return the events of a step, each with the status that it is the first to show."""
    if isinstance(step, EventType):
        return [(step, "")]
    move = TABLE[step]
    status = move.to if move.to not in (step[0], lc.EARLIER) else ""
    showing = (e.SUBSCRIPTION_CREATED, e.SUBSCRIPTION_UPDATED, e.SUBSCRIPTION_DELETED)
    return [(event, status if event in showing else "") for event in move.emits]


def _told(event: EventType, status: str) -> str:
    notes = [
        "the buyer's first" if event == e.CUSTOMER_CREATED else "",
        "`current` only" if event.documented is None else "",
        status,
    ]
    note = ", ".join(filter(None, notes))
    return f"`{event.name}`" + (f" ({note})" if note else "")


ROOM = room(
    "order",
    "What an action sends",
    "The pages name the events and never their order. `customer.created` is left out where the"
    " buyer has bought before.",
    # ---- purchases -----------------------------------------------------------------------------
    _action("purchase", "A purchase", e.CUSTOMER_CREATED, e.ORDER_COMPLETED),
    _action(
        "purchase-declined",
        "A purchase that is declined",
        e.PAYMENT_FAILED,
        then="there is no order",
    ),
    _action(
        "refund",
        "A refund, of all or of a part",
        e.ORDER_REFUNDED,
        says=documented,
    ),
    _action("review", "A review", e.REVIEW_CREATED, says=documented),
    # ---- subscribing ---------------------------------------------------------------------------
    _action(
        "subscribe",
        "A subscription without a trial",
        e.CUSTOMER_CREATED,
        (lc.NEW, lc.BILL),
        (lc.NEW, lc.FIRST_PAYMENT),
    ),
    _action(
        "subscribe-declined",
        "A subscription whose first payment is declined",
        e.PAYMENT_FAILED,
        says=documented,
    ),
    _action(
        "trial",
        "A subscription with a trial",
        e.CUSTOMER_CREATED,
        (lc.NEW, lc.START_TRIAL),
    ),
    # ---- notices -------------------------------------------------------------------------------
    _action("invoice-notice", "The notice of an invoice", (ACTIVE, lc.NOTICE), says=documented),
    _action(
        "trial-notice", "The notice of a trial's end", (TRIALING, lc.TRIAL_NOTICE), says=documented
    ),
    _action(
        "both-notices",
        "Both notices at the same instant",
        *((TRIALING, _NOTICES[due]) for due in lc.DUES[TRIALING] if due in _NOTICES),
    ),
    # ---- charges -------------------------------------------------------------------------------
    _action("renewal-paid", "A renewal that is paid", *_BILLED_AND_PAID[ACTIVE]),
    _action("trial-end-paid", "The end of a trial, paid", *_BILLED_AND_PAID[TRIALING]),
    _action("renewal-failed", "A renewal that fails", *_BILLED_AND_FAILED[ACTIVE]),
    _action("trial-end-failed", "The end of a trial, not paid", *_BILLED_AND_FAILED[TRIALING]),
    _action("retry-failed", "A retry that fails", (PAST_DUE, lc.FAILED), says=documented),
    _action("retry-paid", "A retry that is paid", (PAST_DUE, lc.PAID)),
    *(
        _action(
            f"exhausted-{final.replace('_', '-')}",
            f"The last retry fails, and the dunning policy says {then}",
            (PAST_DUE, lc.FAILED),
            (PAST_DUE, lc.EXHAUSTED + final),
            then="all in the instant of the failure",
        )
        for final, then in (
            (dunning.CANCEL, "cancel"),
            (dunning.PAUSE, "pause"),
            (dunning.KEEP, "stay past due"),
        )
    ),
    _action("new-card", "A new card", (ACTIVE, lc.NEW_CARD)),
    _action(
        "new-card-past-due",
        "A new card while past due, which charges the open invoice at once",
        (PAST_DUE, lc.NEW_CARD),
        (PAST_DUE, lc.PAID),
    ),
    # ---- pausing -------------------------------------------------------------------------------
    _action("pause", "A pause", (ACTIVE, lc.PAUSE)),
    _action("pause-in-trial", "A pause during a trial", (TRIALING, lc.PAUSE)),
    _action("resume", "A resume within the period", (PAUSED, lc.RESUME)),
    _action(
        "resume-lapsed",
        "A resume after the period, which is billed from there",
        (PAUSED, lc.RESUME_LAPSED),
        *_BILLED_AND_PAID[ACTIVE],
    ),
    _action(
        "resume-unpaid",
        "A resume with an open invoice, which is charged",
        (PAUSED, lc.RESUME_LAPSED),
        (ACTIVE, lc.PAID),
    ),
    # ---- plans ---------------------------------------------------------------------------------
    _action(
        "change-plan",
        "A change of plan from the next renewal, or to a cheaper plan at once",
        (ACTIVE, lc.CHANGE_PLAN),
        says=documented,
    ),
    _action(
        "change-plan-paid",
        "A change of plan at once that costs more",
        (ACTIVE, lc.CHANGE_PLAN),
        (ACTIVE, lc.BILL),
        (ACTIVE, lc.CHANGE_PAID),
    ),
    _action(
        "change-plan-failed",
        "A change of plan at once that costs more, not paid",
        (ACTIVE, lc.CHANGE_PLAN),
        *_BILLED_AND_FAILED[ACTIVE],
    ),
    _action("extend-trial", "A longer trial", (TRIALING, lc.EXTEND_TRIAL)),
    _action(
        "end-trial",
        "A trial that is ended now",
        (TRIALING, lc.END_TRIAL),
        *_BILLED_AND_PAID[TRIALING],
    ),
    # ---- ending --------------------------------------------------------------------------------
    _action("cancel", "A cancellation", (ACTIVE, lc.CANCEL), says=documented, conflict="C22"),
    _action(
        "cancel-at-period-end",
        "A cancellation at the period's end",
        (ACTIVE, lc.CANCEL_LATER),
        then="the status stays",
        says=documented,
        source=G3_EX,
    ),
    _action("uncancel", "A cancellation at the period's end, taken back", (ACTIVE, lc.UNCANCEL)),
    _action(
        "period-over",
        "The end of a period that was cancelled",
        (ACTIVE, lc.PERIOD_OVER),
        says=documented,
        source=G3_EX,
        conflict="C22",
    ),
    _action(
        "cancel-past-due",
        "A cancellation at the period's end while past due, which ends it now",
        (PAST_DUE, lc.CANCEL_LATER),
    ),
    # ---- what is particular to `current` ---------------------------------------------------------
    documented(
        "paid-beside",
        "`invoice.paid` comes beside `invoice.payment_succeeded`, not instead of it.",
        G3_EVENTS,
        events=(e.INVOICE_PAID, e.INVOICE_PAYMENT_SUCCEEDED),
        dialects=("current",),
    ),
    assumed(
        "pause-alone",
        "In `current` a pause is told by `customer.subscription.pause` alone, without an update.",
        CON_1,
        events=(e.SUBSCRIPTION_PAUSED, e.SUBSCRIPTION_UPDATED),
        dialects=("current",),
    ),
    assumed(
        "own-events-first",
        "What falls due in the instant of an action happens after the action's own events.",
        G2_EVENTS,
    ),
)
