"""The engine's own verbs: inputs like all others, but about more than the account.

They are about time, about deliveries, and about going back. Each takes the engine first.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from pocketsflow_emulator.core import arguments, clock, events
from pocketsflow_emulator.core.events import EventType
from pocketsflow_emulator.core.models import Ref
from pocketsflow_emulator.core.verbs import registry
from pocketsflow_emulator.delivery import faults, launches, policy, replays, snapshot, triggers
from pocketsflow_emulator.errors import InvalidInput, NeverDue, UnknownName, quoted

if TYPE_CHECKING:
    from pocketsflow_emulator.delivery.engine import Engine

LONGEST_JUMP_MONTHS = 1_200
LONGEST_WAIT_MONTHS = 24

SNAPSHOT = "snapshot"
"""What a snapshot is called that nobody names."""


class Goal(NamedTuple):
    """Where an advance wants to get: an instant (ms), or an event before that instant."""

    to: int
    until: EventType | None
    facts_before: int


def _advance(engine: "Engine", *, to: int | None = None, until: str | None = None) -> None:
    state = engine.world.state
    wanted = None if until is None else events.named(until)
    if (to is None and wanted is None) or isinstance(to, bool) or not isinstance(to, int | None):
        raise InvalidInput(f"advance to {quoted(to)}; write an instant in ms, or until an event")
    if wanted is not None and not len(state.agenda):
        raise NeverDue(f"{until} is not going to happen: nothing is due at all")
    if to is None:
        to = min(clock.add_months(state.now, LONGEST_WAIT_MONTHS), clock.LATEST)
    state.check_move(to)
    if to > clock.add_months(state.now, LONGEST_JUMP_MONTHS):
        raise InvalidInput("cannot advance the world by more than 100 years at once")
    engine.aim(Goal(to, wanted, state.fact_count))


def _set_policy(engine: "Engine", *, name: object) -> None:
    engine.policy = policy.read(name)
    if not engine.policy.disable_after:  # nobody watches from here on, so nothing is known of then
        engine.failing.clear()


def _fault(engine: "Engine", *, fault: object) -> None:
    engine.faults.add(faults.read(fault), engine.world.state.store)


def _clear_faults(engine: "Engine") -> None:
    engine.faults.clear()


def _release_held(engine: "Engine") -> None:
    launches.release_held(engine)


def _snapshot(engine: "Engine", *, name: str = SNAPSHOT) -> None:
    arguments.text("name", name)
    if engine.outbox.out:
        raise InvalidInput("cannot take a snapshot while a try is out")
    engine.snapshots[name] = snapshot.taken(engine)


def _restore(engine: "Engine", *, name: str = SNAPSHOT) -> None:
    arguments.text("name", name)
    if engine.outbox.out:
        raise InvalidInput("cannot restore a snapshot while a try is out")
    if name not in engine.snapshots:
        raise UnknownName("snapshot", name, engine.snapshots)
    snapshot.restore(engine, engine.snapshots[name])


OWN_VERBS: Mapping[str, registry.Verb] = MappingProxyType(
    {
        verb.name: verb
        for verb in (
            registry.declare("advance", _advance),
            registry.declare("set_policy", _set_policy),
            registry.declare("test_webhook", triggers.test_webhook),
            registry.declare("trigger", triggers.trigger),
            registry.declare("fault", _fault),
            registry.declare("clear_faults", _clear_faults),
            registry.declare("release_held", _release_held),
            registry.declare("snapshot", _snapshot),
            registry.declare("restore", _restore),
            registry.declare("branch", snapshot.branch),
            registry.declare("replay", replays.replay),
        )
    }
)
"""Name -> verb."""


def call(engine: "Engine", name: str, given: Mapping[str, Any]) -> Ref | None:
    """Apply an input: the engine's own verb, or one of the account."""
    own = OWN_VERBS.get(name)
    return own.call(engine, given) if own is not None else engine.world.do(name, given)
