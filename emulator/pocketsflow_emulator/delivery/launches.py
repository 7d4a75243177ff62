"""How a delivery that faults have hit sets out: never, when let go, late, more than once. Pure."""

from itertools import count
from typing import TYPE_CHECKING

from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.delivery.tries import DROPPED, HELD, WAITING, Bent, Delivery, Outcome
from pocketsflow_emulator.delivery.trouble import Extra, Later, Plan, Trouble

if TYPE_CHECKING:
    from pocketsflow_emulator.delivery.engine import Engine


def plan(engine: "Engine", delivery: Delivery, webhook: Webhook, planned: Plan) -> None:
    """Do with a delivery what its faults have planned."""
    if planned.dropped:
        delivery.begin(engine.now, webhook.url, "", Bent((), delivery.body))
        delivery.result, delivery.state = Outcome("dropped"), DROPPED
    elif planned.held:
        delivery.state = HELD
        engine.held.append(delivery)
    else:
        _launch(engine, delivery, planned)


def release_held(engine: "Engine") -> None:
    """Let go what faults hold, in order."""
    held, engine.held = engine.held, []
    for delivery in held:
        _launch(engine, delivery, delivery.trouble.plan if delivery.trouble else Plan())


def _launch(engine: "Engine", delivery: Delivery, planned: Plan) -> None:
    """Send a delivery, and what comes again."""
    _send(engine, delivery, planned.wait, delivery.subject)
    for later in planned.again:
        _again(engine, delivery, planned.wait, later)


def _again(engine: "Engine", hit: Delivery, wait: int, later: Later) -> None:
    of = later.of or hit
    if of.trouble is None:
        of.trouble = Trouble((), Plan())
    extra = Extra(of, later.extra, later.sealed)
    of.trouble.again.append(extra)
    _send(engine, extra, wait + later.after, _free_subject(engine, of))


def _free_subject(engine: "Engine", of: Delivery) -> str:
    """Return a name for an extra try on the agenda. A replay shares those of its first delivery."""
    names = (f"{of.subject}, again {number}" for number in count(1))
    return next(name for name in names if name not in engine.scheduled)


def _send(engine: "Engine", delivery: Delivery, wait: int, name: str) -> None:
    if wait:
        engine.schedule(delivery, engine.now + wait, name)
    else:
        delivery.state = WAITING
        engine.outbox.put(delivery)
