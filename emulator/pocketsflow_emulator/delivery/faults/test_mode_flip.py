"""A test event that says it is live, or the reverse."""

from typing import Any

from pocketsflow_emulator.delivery.faults.kind import About, bends
from pocketsflow_emulator.delivery.faults.rewriting import rewritten
from pocketsflow_emulator.wire.request import Request

_MODES = ("testMode", "livemode")


@bends("test-mode-flip", dialects=("documented",))
def test_mode_flip(request: Request, about: About) -> Request:
    """`testMode` and `livemode` say the opposite, correctly signed: test events must not touch live
    data.
    """

    def flip(body: dict[str, Any]) -> dict[str, Any]:
        return {name: not value if name in _MODES else value for name, value in body.items()}

    return rewritten(request, about, flip)
