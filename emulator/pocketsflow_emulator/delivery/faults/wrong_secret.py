"""The signature of somebody who does not know the secret."""

from pocketsflow_emulator.delivery.faults.kind import About, bends
from pocketsflow_emulator.wire.request import Request


@bends("wrong-secret")
def wrong_secret(request: Request, about: About) -> Request:
    """The body is signed with a secret that no webhook has: a forgery, to be refused."""
    return request.signed(f"whsec_forged_{int(about.draw() * 10**9)}")
