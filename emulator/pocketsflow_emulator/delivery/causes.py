"""What probably went wrong with a try, told by the answer itself and by where it came from. Pure.

`likely` is what people are shown. It is as particular as the answer allows; what no cause here
knows is explained as `outcomes.OUTCOMES` does.
"""

import ipaddress
import json
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit, urlunsplit

from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.delivery.outcomes import OUTCOMES, Explanation
from pocketsflow_emulator.delivery.tries import Outcome
from pocketsflow_emulator.errors import EnvironmentFailure

IN_CONTAINER = "inside a container"
"""How a detail says so: only the transport knows where it runs."""

BY_FAULT = "broken off from this side"
"""How a detail says that the connection was reset on purpose."""

HOST = "host.docker.internal"
"""The name of the host inside its containers."""

_SHOWN = 120
_FORGED = frozenset((400, 403, 419, 422))  # Flask-WTF, Django, Laravel, Rails
_EXEMPT = "Exempt this path from it; the signature is what protects a webhook."


class _Case(NamedTuple):
    """A try that went wrong, as far as a cause looks at it."""

    outcome: Outcome
    url: str
    said: str
    """The answer's body, in lower case."""

    @property
    def status(self) -> int:
        return self.outcome.status or 0

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"

    def header(self, name: str) -> str:
        return next((v for known, v in self.outcome.headers if known.lower() == name), "")


class _Found(NamedTuple):
    cause: str
    remedy: str


def likely(outcome: Outcome, url: str) -> Explanation:
    """Return what is told about the outcome of a try to this URL."""
    known = OUTCOMES[outcome.kind]
    case = _Case(outcome, url, outcome.body.decode(errors="replace").lower())
    for cause in _CAUSES.get(outcome.kind, ()):
        found = cause(case)
        if found is not None:
            return Explanation(known.sentence, *found)
    return known


def unreachable(outcome: Outcome, url: str) -> EnvironmentFailure:
    """Return the error that ends a run of which nothing could be delivered."""
    known = likely(outcome, url)
    return EnvironmentFailure(
        f"cannot reach {addresses.masked(url)} ({outcome.kind}: {outcome.detail})."
        f" {known.sentence} {known.remedy}"
    )


def is_loopback(host: str) -> bool:
    """Say whether a host name or address always is the machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


# ---- no connection -----------------------------------------------------------------------------


def _own_container(case: _Case) -> _Found | None:
    parts = urlsplit(case.url)
    if IN_CONTAINER not in case.outcome.detail or not is_loopback(parts.hostname or ""):
        return None
    port = f":{parts.port}" if parts.port else ""
    there = urlunsplit(parts._replace(netloc=f"{HOST}{port}"))
    return _Found(
        f"The emulator runs in a container, where {parts.hostname} is that container, and nothing"
        f" listens on that port in it.",
        f"For an application on the host use {there} (on Linux start the container with"
        f" --add-host {HOST}:host-gateway, and let the application listen on 0.0.0.0); for one in"
        " another container, the name of its service.",
    )


def _host_of_containers(case: _Case) -> _Found | None:
    if urlsplit(case.url).hostname != HOST:
        return None
    return _Found(
        f"{HOST} is a name that only containers have, and on Linux only where it was added.",
        f"In a container, start it with --add-host {HOST}:host-gateway; outside, use localhost.",
    )


def _our_fault(case: _Case) -> _Found | None:
    if not case.outcome.detail.startswith(BY_FAULT):
        return None
    return _Found("The fault connection-reset asked for it.", "See that the receiver goes on.")


# ---- redirects ---------------------------------------------------------------------------------


def _slash(case: _Case) -> _Found | None:
    there = _location(case)
    if _without_slash(there) != _without_slash(case.url) or there == case.url:
        return None
    if there.split("?")[0].endswith("/"):
        what = "lacks the slash at its end (Django's APPEND_SLASH, Flask and Starlette do this)"
    else:
        what = "has a slash too many at its end"
    return _Found(f"The path {case.path} {what}.", _register(there))


def _scheme(case: _Case) -> _Found | None:
    there = _location(case)
    if not (case.url.startswith("http:") and there.startswith("https:")):
        return None
    return _Found("The server, or the proxy before it, wants https.", _register(there))


def _login(case: _Case) -> _Found | None:
    if not re.search(r"log-?in|sign-?in|auth", case.header("location").lower()):
        return None
    return _Found("The application wants a login first.", _EXEMPT)


def _elsewhere(case: _Case) -> _Found | None:
    there = case.header("location") and _location(case)
    return _Found(OUTCOMES["redirected"].cause, _register(there)) if there else None


def _location(case: _Case) -> str:
    return urljoin(case.url, case.header("location"))


def _without_slash(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/"), fragment=""))


def _register(url: str) -> str:
    return f"Register {_short(addresses.masked(url))} instead."


# ---- refusals ----------------------------------------------------------------------------------


def _append_slash(case: _Case) -> _Found | None:
    if "end in a slash and you have append_slash set" not in case.said:
        return None
    parts = urlsplit(case.url)
    return _Found(
        "Django's APPEND_SLASH wants to redirect to the path with a slash at its end, and cannot"
        " redirect a POST without losing its body.",
        _register(urlunsplit(parts._replace(path=f"{parts.path}/"))),
    )


def _csrf(case: _Case) -> _Found | None:
    reason = f"{case.said} {case.outcome.detail.lower()}"
    if case.status not in _FORGED or not re.search("csrf|authenticity ?token|page expired", reason):
        return None
    return _Found(
        "The framework's CSRF protection stands before the handler; it is made for browsers.",
        "Exempt the view from it (Django: @csrf_exempt; Flask-WTF: csrf.exempt); the signature is"
        " what protects a webhook.",
    )


def _signature(case: _Case) -> _Found | None:
    if case.status not in (400, 401, 403) or "signature" not in case.said:
        return None
    return _Found(
        "The handler checks with another secret, or checks a body that was parsed and written"
        " again instead of the raw bytes.",
        "Compare its secret with the one named above; hash the body exactly as it came in.",
    )


def _validation(case: _Case) -> _Found | None:
    if case.status != 422:
        return None
    wrong = _first_complaint(case.outcome.body)
    return _Found(
        f"The handler's model does not fit the body{wrong}.",
        "Take the raw body (FastAPI: await request.body()), which the signature needs anyway, and"
        " parse it after the check; or make the model fit the event.",
    )


def _first_complaint(body: bytes) -> str:
    """Return what FastAPI's answer says of the first field that does not fit."""
    try:
        first = json.loads(body)["detail"][0]
        where, what = ".".join(map(str, first["loc"])), first["msg"]
    except (ValueError, LookupError, TypeError):
        return ""
    return f" ({_short(f'{where}: {what}')})"


def _by_status(case: _Case) -> _Found | None:
    if case.status == 405:
        allowed = case.header("allow")
        takes = f"; it takes {_short(allowed)}" if allowed else ""
        return _Found(
            f"There is something at {_short(case.path)}, but not for POST{takes}.",
            "Let the route take POST, or correct the path.",
        )
    if case.status == 404:
        return _Found(
            f"The application has no route {_short(case.path)}, or the port is another one's.",
            "Compare the path with the application's routes, to the last slash.",
        )
    return _STATUSES.get(case.status)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


_LOCKED = _Found("Something before the handler wants a login, a token or another address.", _EXEMPT)
_RAISED = _Found(
    "The handler raised an error, or one that it called did.",
    "Look for a traceback in the application's log at this moment.",
)
_PROXY = "A proxy before the application answered in its place: the application is"

_STATUSES = {
    400: _Found(
        "The handler, or the server before it, did not understand the request.",
        "Read the answer's body and the receiver's log; compare the secret on both sides.",
    ),
    401: _LOCKED,
    403: _LOCKED,
    413: _Found(
        "The body is larger than the server, or the proxy before it, accepts.",
        "Raise its limit (nginx: client_max_body_size; Express: express.json limit).",
    ),
    415: _Found(
        "The handler does not take application/json, or takes only what has a charset with it.",
        "Let it take Content-Type: application/json, and read the raw body.",
    ),
    429: _Found(
        "A limit of requests stands before the handler.",
        "Exempt this path from it, or send more slowly.",
    ),
    500: _RAISED,
    502: _Found(f"{_PROXY} not running, or broke off.", "Read the logs of both."),
    503: _Found(f"{_PROXY} not ready, or switched off.", "Wait until it is up; read both logs."),
    504: _Found(f"{_PROXY} too slow for it.", "Answer first, then work; read both logs."),
}
"""Status -> cause and next step, where the answer says no more."""

_CAUSES: dict[str, tuple[Callable[[_Case], _Found | None], ...]] = {
    "refused": (_own_container,),
    "timeout_connect": (_own_container,),
    "dns": (_host_of_containers,),
    "reset": (_our_fault,),
    "redirected": (_slash, _scheme, _login, _elsewhere),
    "rejected": (_append_slash, _csrf, _signature, _validation, _by_status),
}
"""Outcome -> what to look for, the most particular first."""
