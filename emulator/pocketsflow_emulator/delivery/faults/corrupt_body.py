"""The body is changed on the way."""

from pocketsflow_emulator.delivery.faults.kind import About, bends
from pocketsflow_emulator.wire.request import Request


@bends("corrupt-body")
def corrupt_body(request: Request, about: About) -> Request:
    """One digit of the body is another than was signed, and it stays JSON: the signature must be
    checked over the raw bytes.
    """
    body = bytearray(request.body)
    digits = [place for place, byte in enumerate(body) if byte in b"0123456789"]
    place = digits[int(about.draw() * len(digits))] if digits else len(body) - 1
    was = body[place]
    body[place] = was ^ 1 if was != ord("1") else ord("2")  # no number begins with 0
    return request._replace(body=bytes(body))
