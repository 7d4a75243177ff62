"""A fault as data: which one, on which deliveries, with which settings. The same words everywhere.

As a mapping: `{"duplicate": "invoice.payment_failed", "copies": 1, "after": "30s"}`; on one line:
`duplicate=invoice.payment_failed,copies=1,after=30s`.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from pocketsflow_emulator.core import arguments, events, spans
from pocketsflow_emulator.delivery.faults.kind import KINDS, PLAN, Kind
from pocketsflow_emulator.errors import InvalidInput, UnknownName, quoted

FIRST, ALL = "first", "all"
_MOST = 1_000_000


class Asked(NamedTuple):
    """A fault that somebody wants. `events` is a pattern; empty `customer` and `webhook` mean any,
    0 of `nth` and `times` no limit; `tries` says whether only the first try is bent.
    """

    kind: Kind
    events: str
    settings: Mapping[str, Any]
    nth: int = 0
    times: int = 0
    customer: str = ""
    webhook: str = ""
    probability: float = 1.0
    tries: str = FIRST

    @property
    def text(self) -> str:
        """All of it on one line, as `read` takes it."""
        words = [f"{self.kind.name}={self.events}"]
        for name, parameter in self.kind.parameters.items():
            value = self.settings[name]
            if value != parameter.default:
                words.append(f"{name}={_written(parameter.read, value)}")
        given = self._asdict()
        default = Asked._field_defaults
        words += [f"{name}={given[name]}" for name in TARGETS if given[name] != default[name]]
        return ",".join(words)


def _written(read: Callable[..., Any], value: Any) -> Any:
    return spans.write(value) if read is spans.read else value


def _probability(name: str, value: Any) -> float:
    if isinstance(value, str):  # a fraction from a file, which is read exactly
        value = _scalar(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InvalidInput(f"{name} is {quoted(value)}; write a number from 0 to 1")
    return float(value)


def _word(name: str, value: Any) -> str:
    return arguments.choice(name, value, (FIRST, ALL))


def _limit(name: str, value: Any) -> int:
    return arguments.whole(name, value, 1, _MOST)


TARGETS: Mapping[str, Callable[[str, Any], Any]] = MappingProxyType(
    {
        "nth": _limit,
        "times": _limit,
        "customer": arguments.text,
        "webhook": arguments.text,
        "probability": _probability,
        "tries": _word,
    }
)
"""What chooses the deliveries that a fault hits, beside the event -> how it is read."""


def read(given: object) -> Asked:
    """Read a fault from a mapping or from one line. Raises `UnknownName` or `InvalidInput`."""
    spec = _parsed(given) if isinstance(given, str) else given
    if not isinstance(spec, Mapping) or not spec:
        raise InvalidInput(
            f"fault is {quoted(given)}; write one like {{duplicate: order.completed, after: 30s}}"
        )
    named = {str(word).replace("_", "-"): word for word in spec}
    chosen = [name for name in named if name in KINDS]
    if len(chosen) != 1:
        if not chosen:
            raise UnknownName("fault", str(next(iter(spec))), KINDS)
        raise InvalidInput(f"one fault at a time; this names {' and '.join(chosen)}")
    kind = KINDS[chosen[0]]
    pattern = spec[named[kind.name]]
    events.patterns(pattern)
    if not isinstance(pattern, str):
        raise InvalidInput(f"{kind.name} is {quoted(pattern)}; write one name or pattern of events")
    rest = {str(name): value for name, value in spec.items() if name != named[kind.name]}
    return _checked(kind, pattern, rest)


def _checked(kind: Kind, pattern: str, given: Mapping[str, Any]) -> Asked:
    known = [*kind.parameters, *TARGETS]
    for name in given:
        if name not in known:
            raise UnknownName(f"setting of the fault {kind.name}", name, known)
    settings = {
        name: parameter.read(name, given[name]) if name in given else parameter.default
        for name, parameter in kind.parameters.items()
    }
    targets = {name: reader(name, given[name]) for name, reader in TARGETS.items() if name in given}
    if targets.get("tries", FIRST) != FIRST and kind.seam == PLAN:
        raise InvalidInput(f"tries is for faults that change the request; {kind.name} does not")
    return Asked(kind, pattern, MappingProxyType(settings), **targets)


def _parsed(line: str) -> dict[str, Any]:
    """Read `name=value,name=value`; a word alone means every event."""
    spec: dict[str, Any] = {}
    for part in line.split(","):
        name, equals, value = part.strip().partition("=")
        if not name or (equals and not value):
            raise InvalidInput(
                f"fault is {quoted(line)}; write one like duplicate=order.completed,after=30s"
            )
        if name in spec:
            raise InvalidInput(f"fault {quoted(line)} says {name} twice")
        if not equals and spec:
            raise InvalidInput(f"fault {quoted(line)}: {name} has no value; write {name}=...")
        spec[name] = _scalar(value) if equals else "*"
    return spec


def _scalar(text: str) -> Any:
    if re.fullmatch(r"[0-9]{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(r"[01]?\.[0-9]{1,15}", text) else text
