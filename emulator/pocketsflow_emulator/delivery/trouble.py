"""What faults do to a delivery: when it goes, and what goes again. Data, made when it is queued."""

from typing import NamedTuple

from pocketsflow_emulator.delivery.tries import Delivery


class Extra(Delivery):
    """A delivery `of` another again, because a fault asked for it: the same number and bytes, in
    its place a try more. A `Replay` is one with a number and perhaps bytes of its own.
    """

    __slots__ = ("extra", "of", "sealed")
    counts = False

    def __init__(self, of: Delivery, extra: str, sealed: str = "") -> None:
        super().__init__(of.number, of.fact, of.webhook, of.dialect, of.event, of.body)
        self.of, self.extra, self.sealed = of, extra, sealed

    def beside(self, of: Delivery) -> "Extra":
        """Return the same for another delivery, as if it had not been tried."""
        return Extra(of, self.extra, self.sealed)


class Later(NamedTuple):
    """An extra try that is wanted: by which fault, how long (ms) after the first could have come,
    of which delivery (None: the one that the fault has hit), and the signature it must have.
    """

    extra: str
    after: int
    of: Delivery | None = None
    sealed: str = ""


class Plan(NamedTuple):
    """When a delivery is sent: never, when released, `wait` ms late; and what is sent `again`."""

    dropped: bool = False
    held: bool = False
    wait: int = 0
    again: tuple[Later, ...] = ()


class Firing(NamedTuple):
    """A fault that hit a delivery: its number in the world, its name, and all of it on one line."""

    number: int
    name: str
    text: str


class Trouble:
    """What faults do to one delivery, and the extra tries of it that hold."""

    __slots__ = ("again", "firings", "plan")

    def __init__(self, firings: tuple[Firing, ...], plan: Plan) -> None:
        self.firings, self.plan = firings, plan
        self.again: list[Extra] = []
