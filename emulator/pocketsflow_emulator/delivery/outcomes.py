"""Every way a try can end, with what it means, the likely cause and what to do about it."""

from types import MappingProxyType
from typing import NamedTuple


class Explanation(NamedTuple):
    """What people are told about an outcome."""

    sentence: str
    cause: str
    remedy: str


OUTCOMES = MappingProxyType(
    {
        "delivered": Explanation(
            "The receiver answered with a 2xx status.",
            "All is well.",
            "Nothing to do.",
        ),
        "rejected": Explanation(
            "The receiver answered, but not with a 2xx status.",
            "A 401 or 403 is usually the signature check or CSRF protection, a 404 the path,"
            " a 5xx an error in the handler.",
            "Read the answer's body and the receiver's log; compare the secret on both sides.",
        ),
        "redirected": Explanation(
            "The receiver answered with a redirect; Pocketsflow does not follow redirects.",
            "A missing or surplus slash at the end of the path, or http where https is wanted.",
            "Register the address that the Location header names.",
        ),
        "timeout_connect": Explanation(
            "No connection came about within the deadline.",
            "The address is not reachable from here, or a firewall drops the packets.",
            "Check host and port from the machine that sends.",
        ),
        "timeout_response": Explanation(
            "The receiver did not answer within the deadline; Pocketsflow gives up too.",
            "The handler works before it answers.",
            "Answer first, then work: put slow things into a background task.",
        ),
        "refused": Explanation(
            "Nothing listens at that address.",
            "The application is not running, or on another port.",
            "Start it, or correct the address.",
        ),
        "dns": Explanation(
            "The host name could not be resolved.",
            "A misspelt name, or one that only exists in another network.",
            "Check the name from the machine that sends.",
        ),
        "reset": Explanation(
            "The connection was broken off (reset).",
            "The receiver crashed or was killed while it handled the request.",
            "Look into the receiver's log at this moment.",
        ),
        "disconnected": Explanation(
            "The receiver closed the connection without answering.",
            "The process ended, or speaks TLS where the address says http.",
            "Look into the receiver's log; check http against https.",
        ),
        "tls_untrusted": Explanation(
            "The receiver's certificate is not trusted.",
            "It is self-signed, expired, or made for another name.",
            "Use http for local work, or a certificate this machine trusts.",
        ),
        "tls_error": Explanation(
            "No TLS connection could be made.",
            "The port speaks plain http, or an old TLS version.",
            "Is this an http port? Then write http:// in the address.",
        ),
        "not_http": Explanation(
            "Something answered, but not in HTTP.",
            "Another service listens on that port.",
            "Check the port.",
        ),
        "bad_response": Explanation(
            "The answer is not acceptable HTTP.",
            "Headers that are too large or malformed, or a broken chunk.",
            "Look at what the receiver or the proxy before it sends.",
        ),
        "dropped": Explanation(
            "A fault that was asked for dropped the delivery.",
            "The fault list says so.",
            "Nothing to do.",
        ),
        "blocked": Explanation(
            "The address is public, and sending there was not allowed.",
            "A scenario is aimed at a real server.",
            "Use --allow-public-targets if that is what you want.",
        ),
        "cancelled": Explanation(
            "The try was broken off from our side; the delivery waits for its turn again.",
            "Ctrl-C, or a cancelled task.",
            "Go on with the run; the receiver may see this event twice.",
        ),
        "unknown": Explanation(
            "The emulator ended while this try was under way.",
            "A crash or a kill.",
            "Ask the receiver; the event may or may not have arrived.",
        ),
    }
)
"""Outcome -> explanation; there are no others."""

COULD_NOT_CONNECT = frozenset({"timeout_connect", "refused", "dns", "tls_untrusted", "tls_error"})
"""Outcomes that say the receiver was never reached."""
