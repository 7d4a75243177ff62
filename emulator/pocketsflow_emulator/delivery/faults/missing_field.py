"""A field that is not there."""

from pocketsflow_emulator.delivery.faults.kind import About, bends, text
from pocketsflow_emulator.delivery.faults.rewriting import ENVELOPE, rewritten
from pocketsflow_emulator.wire.request import Request


@bends("missing-field", field=text(""))
def missing_field(request: Request, about: About, *, field: str) -> Request:
    """One field is missing (`field` as a path, else any), correctly signed: a clear answer of 4xx,
    not a crash, and nothing half done.
    """

    def strip(body: dict[str, object]) -> dict[str, object]:
        path = field.split(".") if field else [_any(body, about)]
        return _without(body, path)

    return rewritten(request, about, strip)


def _any(body: dict[str, object], about: About) -> str:
    names = [name for name in body if name not in ENVELOPE]
    return names[int(about.draw() * len(names))] if names else ""


def _without(body: dict[str, object], path: list[str]) -> dict[str, object]:
    first, *rest = path
    kept = dict(body)
    inner = kept.get(first)
    if rest and isinstance(inner, dict):
        kept[first] = _without(inner, rest)
    elif not rest:
        kept.pop(first, None)
    return kept
