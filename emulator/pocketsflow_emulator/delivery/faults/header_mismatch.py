"""The header tells another event than the body."""

from pocketsflow_emulator.core import events
from pocketsflow_emulator.delivery.faults.kind import About, bends, text
from pocketsflow_emulator.wire.request import EVENT, Request


@bends("header-mismatch", event=text(""))
def header_mismatch(request: Request, about: About, *, event: str) -> Request:
    """The header names another event (`event`, else any) than the body, which is valid and signed:
    the header is not signed, so the body counts.
    """
    return request.saying(EVENT, event or _another(about))


def _another(about: About) -> str:
    delivery = about.delivery
    names = [
        name for row in events.CATALOGUE.values() if (name := row.in_dialect(delivery.dialect))
    ]
    names.remove(delivery.event)
    return names[int(about.draw() * len(names))]
