"""What time brings to subscriptions: notices, renewals, retries, scheduled ends and resumes."""

from pocketsflow_emulator.core import lifecycle
from pocketsflow_emulator.core.agenda import Due
from pocketsflow_emulator.core.models import Invoice, Subscription
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.verbs import payments, subscriptions


def fall_due(account: State, due: Due) -> None:
    """Do what has fallen due for a subscription."""
    account.cause = due.kind
    _HANDLERS[due.kind](account, account.store.table(Subscription)[due.subject])


def _notice(account: State, found: Subscription) -> None:
    account.move(found, lifecycle.NOTICE, notified_for=found.period_end)


def _trial_notice(account: State, found: Subscription) -> None:
    account.move(found, lifecycle.TRIAL_NOTICE, trial_notified_for=found.period_end)


def _period_end(account: State, found: Subscription) -> None:
    if found.cancel_at_period_end:
        subscriptions.end(account, found, lifecycle.PERIOD_OVER)
    else:
        subscriptions.bill(account, found)


def _retry(account: State, found: Subscription) -> None:
    payments.collect(account, found, account.store.table(Invoice)[found.open_invoice_id])


def _resume(account: State, found: Subscription) -> None:
    subscriptions.go_on(account, found)


_HANDLERS = {
    lifecycle.DUE_NOTICE: _notice,
    lifecycle.DUE_TRIAL_NOTICE: _trial_notice,
    lifecycle.DUE_PERIOD_END: _period_end,
    lifecycle.DUE_RETRY: _retry,
    lifecycle.DUE_RESUME: _resume,
}
