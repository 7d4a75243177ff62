"""Rules of subscriptions: what they can be, their periods, and the notices before an invoice."""

from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.billing import NOTICE_AHEAD, TRIAL_NOTICE_AHEAD
from pocketsflow_emulator.core.models import FREQUENCIES, STATUSES, TRIALING
from pocketsflow_emulator.rules.rule import assumed, documented, observed, room
from pocketsflow_emulator.rules.sources import CON_1, G2_EVENTS, G2_SELLING, SDK
from pocketsflow_emulator.rules.spans import written

_SHOWN = (
    e.SUBSCRIPTION_CREATED,
    e.SUBSCRIPTION_UPDATED,
    e.SUBSCRIPTION_PAUSED,
    e.SUBSCRIPTION_RESUMED,
)

STATES = room(
    "subscriptions",
    "Subscriptions",
    "A subscription moves from status to status as [the lifecycle](lifecycle.md) says.",
    documented(
        "statuses",
        "A subscription is " + ", ".join(f"`{s}`" for s in STATUSES if s != TRIALING) + ".",
        SDK,
    ),
    observed("trialing", f"A subscription in its trial is `{TRIALING}`.", CON_1),
    documented(
        "frequencies",
        "An offer is " + ", ".join(f"`{frequency}`" for frequency in FREQUENCIES) + ".",
        SDK,
    ),
    documented(
        "intervals",
        "The interval of a subscription is "
        + " or ".join(f"`{word}`" for word in FREQUENCIES.values() if word != "week")
        + ".",
        G2_EVENTS,
        events=_SHOWN,
        dialects=("documented",),
        conflict="C10",
    ),
    assumed(
        "weekly",
        f"The interval of a weekly subscription is `{FREQUENCIES['weekly']}`.",
        G2_EVENTS,
        events=_SHOWN,
        dialects=("documented",),
        conflict="C10",
    ),
    assumed(
        "declined",
        "Where the first payment is declined there is no subscription, and no customer.",
        G2_EVENTS,
        events=(e.PAYMENT_FAILED,),
    ),
    assumed(
        "price-stays",
        "A subscription keeps the price it was sold at when its offer changes, and goes on when its"
        " offer is deleted.",
        G2_SELLING,
    ),
    assumed(
        "orders",
        "Every paid invoice makes an order, so that a refund can name it; that order has no event.",
        CON_1,
    ),
)

PERIODS = room(
    "periods",
    "Periods and notices",
    "Periods are counted from an anchor, the start of the first paid period.",
    assumed(
        "months",
        "Months are calendar months from the anchor, cut to the month's last day: 31 January,"
        " 28 or 29 February, 31 March. Years likewise; a week is 7 days.",
        G2_SELLING,
    ),
    assumed(
        "anchor",
        "The anchor is set anew where a trial ends early or late, where the interval changes, and"
        " by a resume after the period.",
        G2_SELLING,
    ),
    documented(
        "invoice-notice",
        f"`invoice.upcoming` comes {written(NOTICE_AHEAD)} before the next invoice is due.",
        G2_EVENTS,
        events=(e.INVOICE_UPCOMING,),
    ),
    assumed(
        "invoice-notice-short",
        "In a shorter period `invoice.upcoming` comes at the start.",
        G2_EVENTS,
        events=(e.INVOICE_UPCOMING,),
    ),
    assumed(
        "invoice-notice-trial",
        "`invoice.upcoming` comes before the end of a trial too.",
        G2_EVENTS,
        events=(e.INVOICE_UPCOMING,),
    ),
    documented(
        "trial-notice",
        "`customer.subscription.trial_will_end` comes"
        f" {written(TRIAL_NOTICE_AHEAD)} before the end of a trial.",
        G2_EVENTS,
        events=(e.TRIAL_WILL_END,),
    ),
    assumed(
        "trial-notice-short",
        "In a shorter trial `customer.subscription.trial_will_end` comes at the start, with the"
        " days left, rounded up.",
        G2_EVENTS,
        events=(e.TRIAL_WILL_END,),
    ),
    assumed(
        "notices-muted",
        "No notice is sent while a subscription is paused, past due, or ending with its period.",
        G2_EVENTS,
        events=(e.INVOICE_UPCOMING, e.TRIAL_WILL_END),
    ),
    assumed(
        "notices-missed",
        "A notice that was missed is sent at once when the subscription recovers, goes on or is no"
        " longer ending, unless it has been sent for the same period's end.",
        G2_EVENTS,
        events=(e.INVOICE_UPCOMING, e.TRIAL_WILL_END),
    ),
    assumed(
        "steps",
        "What has happened by an instant does not depend on the steps in which time went there.",
        G2_EVENTS,
    ),
    assumed(
        "notices-again",
        "A longer trial has both notices again, before its new end.",
        G2_EVENTS,
        events=(e.INVOICE_UPCOMING, e.TRIAL_WILL_END),
    ),
)
