"""An event that nobody has heard of yet."""

from pocketsflow_emulator.delivery.faults.kind import About, bends, text
from pocketsflow_emulator.delivery.faults.rewriting import rewritten
from pocketsflow_emulator.wire.request import EVENT, Request


@bends("unknown-event", name=text("customer.archived"))
def unknown_event(request: Request, about: About, *, name: str) -> Request:
    """The event has a `name` that does not exist today, correctly signed: to be answered with 2xx
    and left alone.
    """

    def rename(body: dict[str, object]) -> dict[str, object]:
        return {**body, "event": name} if "event" in body else body

    return rewritten(request, about, rename).saying(EVENT, name)
