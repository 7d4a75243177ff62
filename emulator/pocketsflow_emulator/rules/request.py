"""Rules of the request that carries an event."""

from pocketsflow_emulator.rules.rule import assumed, documented, observed, room
from pocketsflow_emulator.rules.sources import (
    CON_3,
    G2_AUTHENTICATION,
    G2_EVENTS,
    G2_OVERVIEW,
    G3_EX,
    G3_WOOCOMMERCE,
)
from pocketsflow_emulator.wire.request import EVENT, SIGNATURE, TIMESTAMP

ROOM = room(
    "request",
    "The request",
    "What reaches a receiver, whichever event it tells of.",
    documented(
        "post",
        "An event comes as a `POST` with a JSON body and `Content-Type: application/json`.",
        G2_OVERVIEW,
    ),
    documented(
        "signature",
        f"`{SIGNATURE}` is the HMAC-SHA256 of the raw body as 64 lower-case hex digits, without a"
        " prefix. Nothing but the body is signed.",
        G2_AUTHENTICATION,
        conflict="C3",
    ),
    documented(
        "key",
        "The key of the signature is the whole secret as shown, its `whsec_` included.",
        G3_EX,
    ),
    documented("secret", "A secret is `whsec_` and random characters.", G2_AUTHENTICATION),
    assumed(
        "rotation",
        "After a rotation the old secret signs until the overlap asked for is over.",
        G2_AUTHENTICATION,
    ),
    documented("event", f"`{EVENT}` is the name of the event.", G2_EVENTS),
    documented(
        "timestamp",
        f"`{TIMESTAMP}` is Unix time in milliseconds, in decimal.",
        G3_WOOCOMMERCE,
    ),
    assumed(
        "timestamp-is-the-bodys",
        f"`{TIMESTAMP}` and the `timestamp` of a body are the same number.",
        G2_EVENTS,
    ),
    observed(
        "bytes",
        "A body is written as JavaScript's `JSON.stringify` writes it: compact, `60` and not"
        " `60.00`, slashes and letters beyond ASCII as they are.",
        CON_3,
    ),
)
