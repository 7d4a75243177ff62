"""How tries leave: one module per way of handing a request over, the only outgoing I/O."""

from typing import Protocol

from pocketsflow_emulator.delivery.tries import Behaviour, Headers, Outcome

USER_AGENT = "pocketsflow-emulator"


CLIENT_HEADERS: Headers = (("User-Agent", USER_AGENT), ("Accept", "*/*"))
"""What goes with every request besides the headers that Pocketsflow documents."""


class Attempt(Protocol):
    """As much of a try as goes over the wire."""

    @property
    def url(self) -> str:
        """Where to."""

    @property
    def event(self) -> str:
        """The name of the event in the receiver's dialect."""

    @property
    def headers(self) -> Headers:
        """The headers that Pocketsflow documents."""

    @property
    def body(self) -> bytes:
        """The exact bytes that are signed and sent."""

    @property
    def behaviour(self) -> Behaviour | None:
        """How the request is sent badly, or None."""


class Sender(Protocol):
    """What sends tries from a task."""

    async def send(self, attempt: Attempt) -> Outcome:
        """Send the try once and return what came of it."""

    async def close(self) -> None:
        """Close what is kept open between tries."""
