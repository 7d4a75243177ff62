"""Fields that were added since."""

from pocketsflow_emulator.delivery.faults.kind import About, bends
from pocketsflow_emulator.delivery.faults.rewriting import rewritten
from pocketsflow_emulator.wire.request import Request


@bends("extra-fields")
def extra_fields(request: Request, about: About) -> Request:
    """The body and every object in it have fields that no page knows, correctly signed: a strict
    model must not refuse them.
    """

    def widen(body: dict[str, object]) -> dict[str, object]:
        wide = {name: _wider(value) for name, value in body.items()}
        return {**wide, "apiVersion": "2031-01-01", "newList": [], "newObject": {"nested": None}}

    return rewritten(request, about, widen)


def _wider(value: object) -> object:
    return {**value, "newField": "added"} if isinstance(value, dict) else value
